/**
 * Builds dist/: the program as one bundle in pieces, so that a command loads a file or two and no
 * more; and the library, file by file and with its types.
 *
 * With `--cli` only the program.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const clipanion = join(root, 'node_modules/clipanion/lib/advanced/index.mjs');

/** The simulator stays out: scenarios import it from dist/sim, and there must be one of it. */
const simOutside: Plugin = {
  name: 'sim-outside',
  setup: (build) =>
    build.onResolve({ filter: /\/sim\/index\.ts$/ }, () => ({
      path: '../sim/index.js',
      external: true,
    })),
};

/** The parser makes streams for its commands that ours do not use; making them takes 5 ms. */
const noStreams: Plugin = {
  name: 'no-streams',
  setup(build) {
    build.onLoad({ filter: /clipanion\/lib\/advanced\/Cli\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const lean = text.replace(/process\.(stdin|stdout|stderr),$/gm, 'undefined,');
      if (lean === text) throw new Error(`${path} is not as expected`);
      return { contents: lean };
    });
    build.onLoad({ filter: /clipanion\/lib\/platform\/node\.mjs$/ }, () => ({
      contents:
        'export const getCaptureActivator = () => null;\n' +
        'export const getDefaultColorDepth = () => 1;\n',
    }));
  },
};

async function buildProgram(): Promise<void> {
  const outdir = join(root, 'dist/cli');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [join(root, 'cli/main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true,
    alias: { clipanion },
    resolveExtensions: ['.ts', '.mjs', '.js', '.json'],
    chunkNames: '[name]-[hash]',
    plugins: [simOutside, noStreams],
    logLevel: 'warning',
  });
  chmodSync(join(outdir, 'main.js'), 0o755);
}

function buildLibrary(): void {
  for (const part of ['src', 'transport', 'sim']) {
    rmSync(join(root, 'dist', part), { recursive: true, force: true });
  }
  const tsc = join(root, 'node_modules/.bin/tsc');
  const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

await buildProgram();
if (!process.argv.includes('--cli')) buildLibrary();
