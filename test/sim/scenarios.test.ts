/** The scenarios hold, on seeds small enough for every commit. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import {
  accuracy,
  agreement,
  churn,
  completeness,
  order,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: handoff } = await import('../../scenarios/channel-handoff.ts');
const { default: subscriptions } = await import('../../scenarios/subscriptions.ts');
const { default: selectRace } = await import('../../scenarios/select-race.ts');

describe('channels lose, double and reorder nothing', () => {
  const seeds = Array.from({ length: 12 }, (_, i) => String(i + 1));
  test.each(seeds)('with seed %s', async (seed) => {
    const report = await simulate(handoff, { seed });
    expect(report.ok, told(report)).toBe(true);
  });

  // A send cut off by a goodbye was reported as without effect, and was received.
  test.each(['66', '70'])('with seed %s, when every operation waits', async (seed) => {
    const report = await simulate(handoff, { seed, set: { tryPercent: 0 } });
    expect(report.ok, told(report)).toBe(true);
  });
});

describe('a select does exactly one of its clauses or none', () => {
  test.each(['1', '2', '3'])('with seed %s', async (seed) => {
    const report = await simulate(selectRace, { seed });
    expect(report.ok, told(report)).toBe(true);
  });
});

describe('readers of subscriptions learn all that their server told', () => {
  const seeds = Array.from({ length: 8 }, (_, i) => String(i + 1));
  test.each(seeds)('with seed %s', async (seed) => {
    const report = await simulate(subscriptions, { seed });
    expect(report.ok, told(report)).toBe(true);
  });
});

describe('forty servers under heavy churn keep every guarantee', () => {
  const stormy = scenario({
    claim: 'half of the servers go within a minute, and the rest agree',
    checks: [completeness(), accuracy(), order(), agreement()],
    async run(cluster) {
      const nodes = await cluster.startMany(40);
      const fromUs = cluster.now + 2 * SECOND;
      cluster.play(
        churn(cluster.world.random.fork('churn'), {
          hosts: nodes.slice(1).map((node) => node.host.name),
          fromUs,
          toUs: fromUs + 60 * SECOND,
          ratioPerMinute: 0.5,
          awayUs: { min: 3 * SECOND, max: 20 * SECOND },
          ways: { crash: 2, dark: 1, leave: 1 },
        }),
      );
      await cluster.sleep(90 * SECOND);
    },
  });

  test.each(['1', '2', '3', '4', '5', '6'])('with seed %s', async (seed) => {
    const report = await simulate(stormy, { seed });
    expect(report.ok, told(report)).toBe(true);
  });
});

describe('one seed, one history', () => {
  test('the same seed gives the same trace hash, whatever ran before it', async () => {
    const alone = await simulate(handoff, { seed: '5' });
    await simulate(handoff, { seed: '6' });
    const after = await simulate(handoff, { seed: '5' });
    expect(after).toEqual(alone);
  });

  test('another seed gives another trace hash', async () => {
    const hashes = await Promise.all(
      ['a', 'b', 'c'].map(async (seed) => (await simulate(handoff, { seed })).hash),
    );
    expect(new Set(hashes).size).toBe(3);
  });
});
