import { defineConfig } from 'vitest/config';

// Whoever runs the tests may use circuit, too: nothing of theirs is dialled, or gives a key.
for (const name of Object.keys(process.env))
  if (name.startsWith('CIRCUIT')) delete process.env[name];

/** Files that keep a machine busy by themselves: many servers, floods, hosts, containers. */
const heavy = [
  ...['busy-edge', 'descriptors', 'discovery', 'docker', 'docker-engine', 'hostile'],
  ...['hostile-keys', 'junk', 'level', 'lib-streams', 'lib-thousand', 'netns', 'process-hygiene'],
  ...['process-streams', 'soak-real', 'storm'],
].map((name) => `test/e2e/${name}.test.ts`);

/** One kind of tests: `vitest run --project NAME` runs it alone. */
function project(name: string, include: readonly string[], more: object = {}) {
  return { extends: true as const, test: { name, include: [...include], ...more } };
}

/**
 * Node itself runs the TypeScript, as it does in production: no transformer stands between a test
 * and the code. Files run in processes of their own, so that none sees another's handles or timers.
 */
export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/tidy.test.ts', 'test/docs.test.ts']),
      project('contract', ['test/contract/**/*.test.ts']),
      project('sim', ['test/sim/**/*.test.ts']),
      project('fuzz', ['test/fuzz/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts', 'test/readme.test.ts'], { exclude: heavy }),
      // One at a time, when all others are over.
      project('e2e-heavy', heavy, { fileParallelism: false, sequence: { groupOrder: 1 } }),
    ],
    pool: 'forks',
    // Both tell what hangs, and nothing else: on a machine that is ten times as slow as a quiet one,
    // no test comes near. Conditions are waited for less long (`until`), to say what never came.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    experimental: { viteModuleRunner: false },
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
