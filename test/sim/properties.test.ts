/**
 * Whatever goes wrong and whatever clients do meanwhile: schedules of faults and mixes of operations
 * as fast-check draws them. A failure prints the smallest schedule that it found.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedules } from '../../sim/arbitrary.ts';
import {
  agreement,
  type Incident,
  knownFirst,
  LinearizabilityChecker,
  type OperationsOptions,
  order,
  randomOperations,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { SubscriptionElement } from '../../src/element/subscription.ts';
import { patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

const RUNS = 120;
const SEED = 2026;
/** For a machine that has much else to do. */
const TIMEOUT_MS = 300_000;
const FROM_US = 3 * SECOND;
const TO_US = 18 * SECOND;
const HOSTS = ['n1', 'n2', 'n3', 'n4'];

/** What one run is made of. */
interface Example {
  readonly seed: string;
  readonly schedule: readonly Incident[];
  readonly operations: Omit<OperationsOptions, 'untilUs'>;
}

const mix = fc.record({
  ...{ channel: fc.integer({ min: 1, max: 4 }), select: fc.nat(3) },
  ...{ process: fc.nat(3), subscription: fc.nat(2) },
});

const drawnSchedule = schedules({ hosts: HOSTS, fromUs: FROM_US, toUs: TO_US, faultsMax: 12 });

const example: fc.Arbitrary<Example> = fc.record({
  seed: fc.nat(999).map(String),
  schedule: drawnSchedule,
  operations: fc.record({
    ...{ mix, clients: fc.integer({ min: 1, max: 5 }), elements: fc.integer({ min: 1, max: 3 }) },
    thinkMs: fc.constantFrom(20, 100, 300),
    patienceMs: fc.constantFrom(50, 1_000),
    lifeUs: fc.constantFrom(2 * SECOND, 6 * SECOND),
    crashRatio: fc.constantFrom(0, 0.02, 0.1),
  }),
});

function storyOf({ schedule, operations }: Example): Scenario {
  return scenario({
    claim: 'every guarantee of elements holds, and in the end all servers agree',
    checks: [order(), knownFirst(), agreement()],
    async run(cluster) {
      const checker = cluster.check(new LinearizabilityChecker(cluster));
      await cluster.startMany(HOSTS.length);
      cluster.play(schedule);
      const working = randomOperations(cluster, checker, { ...operations, untilUs: TO_US });
      await cluster.sleep(TO_US - cluster.now);
      cluster.heal();
      for (const host of HOSTS) cluster.restart(host);
      await working;
    },
  });
}

test('every guarantee of elements holds under any schedule of faults', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(example, async (drawn) => {
      const report = await simulate(storyOf(drawn), { seed: drawn.seed });
      expect(report.ok, told(report)).toBe(true);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

test('a run is a function of its seed, its schedule and its operations', {
  timeout: TIMEOUT_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(example, async (drawn) => {
      const one = await simulate(storyOf(drawn), { seed: drawn.seed });
      const other = await simulate(storyOf(drawn), { seed: drawn.seed });
      expect(other).toEqual(one);
    }),
    { numRuns: RUNS / 10, seed: SEED },
  );
});

test('a planted bug is found, and the schedule that is left has few faults', {
  timeout: TIMEOUT_MS,
}, async () => {
  const planted = patched(SubscriptionElement, 'tell', (tell, self, server) => {
    if (self.source === 'join') tell(server);
  })();
  const readers = { mix: { subscription: 1 }, clients: 3, lifeUs: 6 * SECOND, crashRatio: 0 };
  let runs = 0;
  try {
    const found = await fc.check(
      fc.asyncProperty(drawnSchedule, async (schedule) => {
        if (runs++ > RUNS) return true;
        const story = storyOf({ seed: '1', schedule, operations: readers });
        return (await simulate(story, { seed: '1' })).ok;
      }),
      { numRuns: RUNS, seed: SEED },
    );
    const [smallest] = found.counterexample ?? [];
    const faults = smallest?.filter(({ type }) => type !== 'start' && type !== 'faulty') ?? [];
    expect(faults.map(({ type }) => type)).toEqual([expect.stringMatching(/crash|dark|leave/)]);
  } finally {
    planted();
  }
});
