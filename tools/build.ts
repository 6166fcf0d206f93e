/**
 * Builds dist/: the program, bundled for a fast start; and the library, file by file, with types.
 *
 * A client command lives for some milliseconds, and every file loaded costs one. So the program is
 * main.js, which looks at the name of the command; client.js with all that client commands need;
 * and all.js with everything, for the others.
 *
 * With `--cli` only the program is built.
 */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist/cli');
const clipanion = join(root, 'node_modules/clipanion/lib/advanced/index.mjs');

/** Loaded from all.js; the others from client.js. */
const notClient = ['start', 'limits', 'sim', 'demo', 'completion', 'help'];

/** The text of a file changed on its way into the bundle; an error when there is nothing to change. */
function rewrite(filter: RegExp, change: (text: string) => string): Plugin {
  return {
    name: `rewrite ${filter.source}`,
    setup: (build) =>
      build.onLoad({ filter }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        const changed = change(text);
        if (changed === text) throw new Error(`${path} is not as expected`);
        return { contents: changed, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      }),
  };
}

/** The parser makes streams for its commands that ours do not use; making them takes 5 ms. */
const noStreams: readonly Plugin[] = [
  rewrite(/clipanion\/lib\/advanced\/Cli\.mjs$/, (text) =>
    text.replace(/process\.(stdin|stdout|stderr),$/gm, 'undefined,'),
  ),
  rewrite(
    /clipanion\/lib\/platform\/node\.mjs$/,
    () =>
      'export const getCaptureActivator = () => null;\n' +
      'export const getDefaultColorDepth = () => 1;\n',
  ),
];

/** The parser loads it only for commands with a schema; ours check their arguments themselves. */
const noSchemas: Plugin = {
  name: 'no schemas',
  setup(build) {
    build.onResolve({ filter: /^typanion$/ }, ({ path }) => ({ path, namespace: 'none' }));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export {};' }));
  },
};

/**
 * Importing a module of Node as an ES module reads all that it exports, and with it loads half of
 * Node: 10 ms for `node:fs` and `node:net`. Taken from the process it is as lazy as it is made; and
 * not before the first of our own modules that imports it is loaded. What nobody uses is left out.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({
      path,
      namespace: 'builtin',
      sideEffects: false,
    }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter(isIdentifier);
      const lines = names.map(
        (name) => `export const ${name} = /* @__PURE__ */ (() => all.${name})();`,
      );
      const all = `const all = /* @__PURE__ */ process.getBuiltinModule("${path}");`;
      return { contents: [all, 'export default all;', ...lines].join('\n'), loader: 'js' };
    });
  },
};

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && name !== 'default';
}

/** The simulator stays out: scenarios import it from dist/sim, and there must be one of it. */
const simOutside: Plugin = {
  name: 'sim outside',
  setup: (build) =>
    build.onResolve({ filter: /\/sim\/index\.ts$/ }, () => ({
      path: '../sim/index.js',
      external: true,
    })),
};

/** Reports of runs, with all that draws them, are loaded when one is asked for. */
const reportOutside: Plugin = {
  name: 'report outside',
  setup: (build) =>
    build.onResolve({ filter: /\/report\/files\.ts$/ }, () => ({
      path: './sim-report.js',
      external: true,
    })),
};

/** In client.js there is no server, and no command that would need one. */
const clientOnly: readonly Plugin[] = [
  rewrite(/\/src\/index\.ts$/, (text) =>
    text.replace(/^export \{[^}]*\} from '\.\/server\/server\.ts';$/m, ''),
  ),
  rewrite(/\/transport\/index\.ts$/, (text) =>
    text.replace(
      /import\('\.\/(containers|listen|name-servers|spawner|storage)\.ts'\)/g,
      'undefined as never',
    ),
  ),
  rewrite(/\/cli\/table\.ts$/, (text) =>
    text.replace(new RegExp(`^ {2}(${notClient.join('|')}): .*\\n`, 'gm'), ''),
  ),
];

/** Which of the two bundles knows the command. What is no command at all, client.js knows too. */
const chooseBundle = rewrite(/\/cli\/main\.ts$/, (text) =>
  text.replace(
    "import('./run.ts')",
    `import(/^(-.*|${notClient.join('|')})?$/.test(process.argv[2] ?? '') ? './all.js' : './client.js')`,
  ),
);

async function bundle(source: string, target: string, plugins: readonly Plugin[]): Promise<void> {
  const result = await build({
    entryPoints: [join(root, source)],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Names stay as they are: a bug report shall say something.
    minifyWhitespace: true,
    minifySyntax: true,
    alias: { clipanion },
    resolveExtensions: ['.ts', '.mjs', '.js', '.json'],
    // The doors lead to dist/src, dist/sim and dist/transport, for scenarios and for us alike. The
    // others are large, and loaded only by servers that need them.
    external: ['./all.js', './client.js', 'circuit', 'circuit/*', 'dockerode'],
    plugins: [lazyBuiltins, ...plugins],
    logLevel: 'error', // Of what the empty module does not export.
    write: false,
  });
  const [output] = result.outputFiles;
  const draft = join(outdir, `.${target}`);
  writeFileSync(draft, output?.text ?? '');
  if (basename(source) === 'main.ts') chmodSync(draft, 0o755);
  renameSync(draft, join(outdir, target));
}

async function buildProgram(): Promise<void> {
  mkdirSync(outdir, { recursive: true });
  await bundle('cli/run.ts', 'client.js', [...noStreams, noSchemas, ...clientOnly]);
  await bundle('cli/run.ts', 'all.js', [...noStreams, noSchemas, simOutside, reportOutside]);
  await bundle('cli/sim/worker.ts', 'sim-worker.js', [noSchemas, simOutside]);
  await bundle('cli/sim/watchdog-thread.ts', 'sim-watchdog.js', []);
  await bundle('cli/sim/report/files.ts', 'sim-report.js', [simOutside]);
  const page = join(root, 'cli/sim/report/page');
  cpSync(page, join(outdir, 'sim-report-page'), { recursive: true });
  await bundle('cli/main.ts', 'main.js', [chooseBundle]);
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
