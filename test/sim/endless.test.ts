/** What ends a run that would go on for ever, and what a bug that shows itself comes to. */

import { expect, test } from 'vitest';
import { accuracy, scenario } from '../../sim/index.ts';
import { assert } from '../../src/assert.ts';
import { simulate } from '../support/simulate.ts';

function running(run: Parameters<typeof scenario>[0]['run']) {
  return simulate(scenario({ claim: 'it ends', checks: [accuracy()], run }), { seed: '1' });
}

test('an assertion that fails in an event breaks the run like a guarantee', async () => {
  const report = await running(async (cluster) => {
    cluster.world.after(1_000, () => assert(false, 'this cannot be'));
    await cluster.sleep(1_000_000);
  });
  expect(report.violations).toEqual([
    { guarantee: 'assertion', at: 1_000, message: 'this cannot be' },
  ]);
});

test('servers that do something again and again at one instant break the run', async () => {
  const report = await running(async (cluster) => {
    const { host } = cluster.start();
    const again = () => host.clock.schedule(host.clock.now(), again);
    again();
    await cluster.sleep(1_000_000);
  });
  expect(report.violations).toHaveLength(1);
  expect(report.violations[0]).toMatchObject({ guarantee: 'progress' });
  expect(report.violations[0]?.message).toContain('time does not pass');
  expect(report.violations[0]?.message).toContain('n1');
});

test('a story that says how long it takes may take four times as long', async () => {
  const second = 1_000_000;
  const told = (run: Parameters<typeof scenario>[0]['run']) =>
    simulate(scenario({ claim: 'it ends', checks: [], lengthUs: 100 * second, run }), {
      seed: '1',
    });
  await expect(
    told(async (cluster) => {
      for (;;) await cluster.sleep(1_000);
    }),
  ).rejects.toThrow('it should be over after 1000 s');
  const report = await told(async (cluster) => {
    while (cluster.now < 900 * second) await cluster.sleep(1_000);
  });
  expect(report.virtualSeconds).toBeGreaterThan(900);
});
