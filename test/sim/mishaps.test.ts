/** What went wrong in a run is told, whoever did it, with how long it lasted. */

import { expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import {
  accuracy,
  type Cluster,
  MISHAPS_MAX,
  type Mishap,
  play,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { MishapBook } from '../../sim/measure/mishaps.ts';

async function mishapsOf(story: (cluster: Cluster) => Promise<void>): Promise<Mishap[]> {
  const told = scenario({
    claim: 'the story comes true',
    checks: [accuracy()],
    async run(cluster) {
      await cluster.startMany(5);
      await cluster.sleep(10 * SECOND - cluster.now);
      await story(cluster);
    },
  });
  const options = { seed: '1', drain: runPromises, sampleEveryUs: SECOND };
  return [...(await inMacrotask(() => play(told, options))).mishaps];
}

test('a server that is gone is down until one is started there again, or the run ends', async () => {
  const mishaps = await mishapsOf(async (cluster) => {
    cluster.crash('n2');
    cluster.play([{ at: 20 * SECOND, type: 'start', host: 'n2' }]);
    await cluster.sleep(2 * SECOND);
    cluster.dark('n3');
    await cluster.sleep(20 * SECOND);
  });
  expect(mishaps).toMatchObject([
    { incident: { type: 'crash', host: 'n2', at: 10 * SECOND }, untilUs: 20 * SECOND },
    { incident: { type: 'dark', host: 'n3', at: 12 * SECOND } },
  ]);
  expect(mishaps[1]?.untilUs).toBeGreaterThanOrEqual(32 * SECOND);
});

test('what ails the network is over after its time, or once all is healed', async () => {
  const mishaps = await mishapsOf(async (cluster) => {
    cluster.impose({ type: 'loss', ratio: 0.01, from: 'any', to: 'any' });
    cluster.play([{ at: 11 * SECOND, type: 'pause', host: 'n1', forUs: SECOND }]);
    cluster.split([['n4', 'n5']], 4 * SECOND);
    await cluster.sleep(50 * SECOND);
    cluster.heal();
    await cluster.sleep(SECOND);
  });
  expect(mishaps).toMatchObject([
    { incident: { type: 'rule', rule: { type: 'loss' } }, untilUs: 60 * SECOND },
    { incident: { type: 'split', groups: [['n4', 'n5']] }, untilUs: 14 * SECOND },
    { incident: { type: 'pause', host: 'n1' }, untilUs: 12 * SECOND },
  ]);
});

test('a clock that is changed goes wrong in a moment, once the moment has come', async () => {
  const change = { wallMs: 5 };
  const mishaps = await mishapsOf(async (cluster) => {
    cluster.play([
      { at: 11 * SECOND, type: 'clock', host: 'n1', change },
      { at: 9999 * SECOND, type: 'clock', host: 'n1', change },
    ]);
    await cluster.sleep(2 * SECOND);
  });
  expect(mishaps).toEqual([
    {
      incident: { at: 11 * SECOND, type: 'clock', host: 'n1', change },
      untilUs: 11 * SECOND,
    },
  ]);
});

test('of more than may be kept the rest is counted', () => {
  const heard: ((event: unknown) => void)[] = [];
  const cluster = {
    ...{ now: 5, player: { played: [] } },
    observe: (listener: (event: unknown) => void) => heard.push(listener),
  };
  const book = new MishapBook(cluster as unknown as Cluster);
  const incident = { at: 1, type: 'faulty', hosts: ['n1'], forUs: 1 };
  for (let i = 0; i < MISHAPS_MAX + 3; i++) heard[0]?.({ type: 'imposed', incident });
  expect(book.list()).toHaveLength(MISHAPS_MAX);
  expect(book.left).toBe(3);
});
