/**
 * How small a counter-example gets, and how soon: a bug is planted in five servers, and a minute
 * with fifty faults in which it shows is shrunk as by `circuit sim --shrink`.
 */

import fc from 'fast-check';
import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import { schedules } from '../../sim/arbitrary.ts';
import {
  accuracy,
  agreement,
  type Candidate,
  completeness,
  type Failure,
  failureOf,
  type Incident,
  order,
  play,
  SECOND,
  Shrinker,
  scenario,
} from '../../sim/index.ts';
import { type Mutant, membershipMutant } from '../support/mutants.ts';

/** What a search came to. */
export interface ShrinkMeasured {
  readonly faultsBefore: number;
  readonly faultsAfter: number;
  readonly seconds: number;
  readonly runs: number;
  /** What breaks, and in which run. */
  readonly breaks: string;
  readonly smallest: Candidate;
}

const servers = 5;
const faults = 50;

const minute = scenario({
  claim: 'five servers agree, whatever becomes of them',
  parameters: { servers, seconds: 60 },
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster, p) {
    await cluster.startMany(p.servers);
    await cluster.sleep(p.seconds * SECOND);
    for (const { host } of cluster.nodes) cluster.restart(host.name);
    await cluster.sleep(20 * SECOND);
  },
});

/** A server does not tell of the third departure from one address: it takes five faults, or more. */
const departures = new WeakMap<Mutant, Map<string, number>>();
const parts = membershipMutant({
  effect(effect, self) {
    if (effect.type !== 'left') return [effect];
    const counts = departures.get(self) ?? new Map<string, number>();
    departures.set(self, counts);
    const count = (counts.get(effect.member.address) ?? 0) + 1;
    counts.set(effect.member.address, count);
    return count === 3 ? [] : [effect];
  },
});

/** What breaks in one run, with the planted bug or without. */
export async function broken(
  { schedule, noise, set }: Candidate,
  { bug }: { readonly bug: boolean },
): Promise<Failure | undefined> {
  const options = { seed: '1', schedule, noise, set, drain: runPromises };
  const { report } = await inMacrotask(() => play(minute, bug ? { ...options, parts } : options));
  return failureOf(report);
}

/** Shrinks the first schedule of fifty faults that shows the bug. */
export async function measureShrink(): Promise<ShrinkMeasured> {
  const { failing, failure } = await found();
  const began = performance.now();
  const shrinker = new Shrinker(failing, failure);
  const trials = shrinker.trials();
  let runs = 0;
  for (let step = trials.next(); step.done !== true; runs++) {
    step = trials.next(await broken(step.value, { bug: true }));
  }
  return {
    faultsBefore: failing.schedule.length,
    faultsAfter: shrinker.best.schedule.length,
    seconds: (performance.now() - began) / 1000,
    runs,
    breaks: failure.signature,
    smallest: shrinker.best,
  };
}

async function found(): Promise<{ failing: Candidate; failure: Failure }> {
  const hosts = Array.from({ length: servers }, (_, i) => `n${i + 1}`);
  const all = schedules({ hosts, fromUs: 3 * SECOND, toUs: 60 * SECOND, faultsMax: faults });
  const set = { servers, seconds: 60 };
  for (const schedule of fc.sample(all, { seed: 1, numRuns: 1_000 })) {
    if (schedule.length < faults) continue;
    const failing = { schedule: schedule.slice(0, faults) as Incident[], noise: '1', set };
    const failure = await broken(failing, { bug: true });
    // What breaks without the bug as well does not tell of it.
    const tells = failure !== undefined && (await broken(failing, { bug: false })) === undefined;
    if (tells) return { failing, failure };
  }
  throw new Error('the planted bug shows in no schedule');
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${JSON.stringify(await measureShrink())}\n`);
}
