/** The swarm holds, is one history for each seed, and finds a bug that was planted. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import { membershipMutant } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: swarm } = await import('../../scenarios/swarm.ts');

const short = { seconds: 20, faults: 20 };

describe('whatever goes wrong, every guarantee holds', () => {
  // Each of these once found a fault, or an excuse, that was not what it said.
  test.each(['39', '89', '94', '114', '125', '162', '374', '465', '1074'])(
    'with seed %s',
    async (seed) => {
      const report = await simulate(swarm, { seed });
      expect(report.ok, told(report)).toBe(true);
    },
  );

  test.each(['1', '2', '301', '382'])('on as many servers as seed %s draws', async (seed) => {
    const report = await simulate(swarm, { seed, set: { servers: 0 } });
    expect(report.ok, told(report)).toBe(true);
  });

  test.each(['1', '2', '3'])('even beyond what is allowed for, with seed %s', async (seed) => {
    const report = await simulate(swarm, { seed, set: { ...short, unrestricted: 1 } });
    expect(report.ok, told(report)).toBe(true);
  });
});

test('the mix is in the report, and is the same for the same seed', async () => {
  const one = await simulate(swarm, { seed: '5', set: short });
  const other = await simulate(swarm, { seed: '5', set: short });
  expect(other).toEqual(one);
  expect(one.tables[0]?.title).toContain('5 servers');
  expect(one.tables[0]?.rows.length).toBeGreaterThan(5);
});

test('a server that never tells of departures is found out', async () => {
  const parts = membershipMutant({
    effect: (effect) => (effect.type === 'left' ? [] : [effect]),
  });
  const report = await simulate(swarm, { seed: '1', parts, set: { ...short, clients: 0 } });
  // Who is replaced joins twice, and readers of subscriptions may be the first to see that.
  const right = ['G1 completeness', 'G3 order', 'G8 linearizability'];
  expect(right).toContain(report.violations[0]?.guarantee);
});
