#!/usr/bin/env node
/**
 * The program `circuit`. This file is small and old-fashioned, so that an older Node can read it
 * and say what is wrong; everything else is loaded after that.
 */

import { keepNurserySmall } from './nursery.ts';
import { hearSignals } from './signals.ts';

const needed = 24;
const [major] = process.versions.node.split('.');

if (Number(major) < needed) {
  process.stderr.write(
    `circuit: this needs Node ${needed} or later, and ${process.execPath} is Node ` +
      `${process.versions.node}; run bin/circuit of a clone, which brings its own\n`,
  );
  process.exit(1);
}

const starts = process.argv[2] === 'start';
const signals = starts ? hearSignals() : undefined;

// Compiling takes half of the time of a command; what is compiled is kept in the user's cache.
const { HOME = '', XDG_CACHE_HOME = HOME && `${HOME}/.cache` } = process.env;
if (XDG_CACHE_HOME !== '' && process.env['NODE_COMPILE_CACHE'] === undefined) {
  process.getBuiltinModule('node:module').enableCompileCache(`${XDG_CACHE_HOME}/circuit`);
}

// A Node that ends while something is compiled in the background may wait for that for ever
// (https://github.com/nodejs/node/issues/54918). Commands that end at any moment compile in the
// foreground, with the compilers that can; a server and a simulation have long compiled what they need
// when they end.
if (!['start', 'sim'].includes(process.argv[2] ?? '')) {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--no-concurrent-recompilation');
  setFlagsFromString('--no-maglev');
  setFlagsFromString('--no-concurrent-sparkplug');
}

if (starts) keepNurserySmall();

const { run } = await import('./run.ts');
process.exit(await run(process.argv.slice(2), signals));
