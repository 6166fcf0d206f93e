import { defineConfig } from 'vitest/config';

/**
 * Node itself runs the TypeScript, as it does in production: no transformer stands between a test
 * and the code. Files run in processes of their own, so that none sees another's handles or timers.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    experimental: { viteModuleRunner: false },
  },
});
