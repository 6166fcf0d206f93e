/** Thousands of processes of all kinds leave nothing behind on their server. */

import { expect, test } from 'vitest';
import { mix } from '../../tools/soak-processes/mix.ts';
import { startServer } from '../../tools/soak-processes/server.ts';
import { growth, soak } from '../../tools/soak-processes/soak.ts';

test('no zombie, no descriptor, no thread and no process is left of 2,000', {
  timeout: 900_000,
}, async () => {
  const server = await startServer();
  const soaked = await soak(server, { count: 2_000, parallel: 8, looks: 10, progress() {} });
  expect(await server.end()).toBe(0);
  expect(soaked.failures).toEqual([]);
  expect(growth(soaked)).toEqual([]);
  expect(soaked.samples.at(-1)?.done).toBe(2_000);
  expect(soaked.kinds.size).toBe(Object.keys(mix).length);
});
