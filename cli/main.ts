#!/usr/bin/env node
/**
 * The program `circuit`. This file is small and old-fashioned, so that an older Node can read it
 * and say what is wrong; everything else is loaded after that.
 */

const needed = 24;
const [major] = process.versions.node.split('.');

if (Number(major) < needed) {
  process.stderr.write(
    `circuit: this needs Node ${needed} or later, and ${process.execPath} is Node ` +
      `${process.versions.node}; run bin/circuit of a clone, which brings its own\n`,
  );
  process.exit(1);
}

const { run } = await import('./run.ts');
process.exit(await run(process.argv.slice(2)));

export {};
