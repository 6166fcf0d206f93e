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
import { membershipMutant } from '../support/mutants.ts';

/** What a search came to. */
export interface ShrinkMeasured {
  readonly faultsBefore: number;
  readonly faultsAfter: number;
  readonly seconds: number;
  readonly runs: number;
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

/** A server that has heard of three departures does not tell of the next. */
const parts = membershipMutant({
  effect: (effect, self) => (effect.type === 'left' && ++self.count % 4 === 0 ? [] : [effect]),
});

/** One run; what broke in it. A schedule that makes no sense breaks nothing. */
async function broken({ schedule, noise, set }: Candidate): Promise<Failure | undefined> {
  const options = { seed: '1', schedule, noise, set, parts, drain: runPromises };
  const { report } = await inMacrotask(() => play(minute, options));
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
    step = trials.next(await broken(step.value));
  }
  return {
    faultsBefore: failing.schedule.length,
    faultsAfter: shrinker.best.schedule.length,
    seconds: (performance.now() - began) / 1000,
    runs,
  };
}

async function found(): Promise<{ failing: Candidate; failure: Failure }> {
  const hosts = Array.from({ length: servers }, (_, i) => `n${i + 1}`);
  const all = schedules({ hosts, fromUs: 3 * SECOND, toUs: 60 * SECOND, faultsMax: faults });
  const set = { servers, seconds: 60 };
  for (const schedule of fc.sample(all, { seed: 1, numRuns: 1_000 })) {
    if (schedule.length < faults) continue;
    const failing = { schedule: schedule.slice(0, faults) as Incident[], noise: '1', set };
    const failure = await broken(failing);
    if (failure !== undefined) return { failing, failure };
  }
  throw new Error('the planted bug shows in no schedule');
}

if (process.argv[1] === import.meta.filename) {
  process.stdout.write(`${JSON.stringify(await measureShrink())}\n`);
}
