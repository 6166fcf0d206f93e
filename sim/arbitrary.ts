/**
 * Schedules of incidents for property tests with fast-check, which is an optional peer dependency.
 * A failing one is made smaller as `circuit sim --shrink` does it: by delta debugging first, then
 * by rounder times and shorter lists.
 *
 * @module circuit/sim/arbitrary
 */

import { Arbitrary, type Random, type Stream, stream, Value } from 'fast-check';
import { assert } from '../src/assert.ts';
import { SECOND } from '../src/time.ts';
import { pick } from './faults/draw.ts';
import type { Incident } from './incident.ts';
import { SimRandom } from './random.ts';
import { partition } from './rules.ts';
import { smaller } from './shrink/ddmin.ts';
import { excused, isExcuse, staysExcused } from './shrink/excuses.ts';
import { simplerIncidents } from './shrink/simpler.ts';

/** What schedules are drawn from. */
export interface ScheduleOptions {
  /**
   * Whom it happens to. The first never goes, however small a schedule is made: the others must
   * have somebody to come back to.
   */
  readonly hosts: readonly string[];
  /** When it begins, in microseconds since the world began. */
  readonly fromUs: number;
  /** When the last fault is over: what is crashed or dark is started again by then. */
  readonly toUs: number;
  /** Faults of one schedule; a start is none. Default: 20. */
  readonly faultsMax?: number;
  /** Draws a schedule, such as by `swarm`; a mix of ends, pauses, cuts and bad links otherwise. */
  readonly draw?: (random: SimRandom) => readonly Incident[];
}

/** Schedules in the order of time, for `RunOptions.schedule` or `cluster.play`. */
export function schedules(options: ScheduleOptions): Arbitrary<readonly Incident[]> {
  assert(options.toUs - options.fromUs >= SECOND, 'a schedule takes a second or longer');
  return new Schedules(options);
}

const FAULTS_MAX = 20;
const SEEDS = 2 ** 31 - 1;

class Schedules extends Arbitrary<readonly Incident[]> {
  readonly #options: ScheduleOptions;

  constructor(options: ScheduleOptions) {
    super();
    this.#options = options;
  }

  generate(random: Random): Value<readonly Incident[]> {
    const stream = new SimRandom(`schedule ${random.nextInt(0, SEEDS)}`);
    const schedule = this.#options.draw?.(stream) ?? mixed(stream, this.#options);
    return new Value(schedule, undefined);
  }

  canShrinkWithoutContext(value: unknown): value is readonly Incident[] {
    return Array.isArray(value);
  }

  shrink(schedule: readonly Incident[]): Stream<Value<readonly Incident[]>> {
    return stream(candidates(schedule)).map((each) => new Value(each, undefined));
  }
}

/** Schedules that are smaller in one way, the much smaller ones first. */
function* candidates(schedule: readonly Incident[]): IterableIterator<readonly Incident[]> {
  const excuses = schedule.filter(isExcuse);
  const faults = schedule.filter((incident) => !isExcuse(incident));
  for (const fewer of smaller(faults)) yield excused(fewer, excuses);
  for (const [i, fault] of faults.entries()) {
    for (const changed of simplerIncidents(fault)) {
      if (staysExcused(excuses, { fault, changed }))
        yield excused(faults.with(i, changed), excuses);
    }
  }
}

const WEIGHTS = { crash: 2, dark: 2, leave: 1, pause: 2, cut: 2, split: 1, loss: 1, delay: 1 };

function mixed(random: SimRandom, options: ScheduleOptions): readonly Incident[] {
  const count = random.below((options.faultsMax ?? FAULTS_MAX) + 1);
  const faults = Array.from({ length: count }, () => drawn(random, options)).flat();
  return excused(faults, []);
}

function drawn(random: SimRandom, { hosts, fromUs, toUs }: ScheduleOptions): Incident[] {
  const at = fromUs + random.below(toUs - fromUs);
  const forUs = 1 + random.below(Math.min(toUs - at, (toUs - fromUs) >> 2));
  const host = hosts[random.below(hosts.length)] as string;
  const type = pick(random, WEIGHTS);
  switch (type) {
    case 'crash':
    case 'dark':
    case 'leave': {
      const [, ...others] = hosts;
      const going = others[random.below(Math.max(1, others.length))];
      if (going === undefined) return [];
      return [
        { at, type, host: going },
        { at: at + forUs, type: 'start', host: going },
      ];
    }
    case 'pause':
      return [{ at, type, host, forUs }];
    case 'cut':
      return [{ at, type: 'rule', rule: partition([host], 'any'), forUs }];
    case 'split':
      return [{ at, type, groups: [hosts.filter(() => random.below(2) === 0)], forUs }];
    case 'loss':
      return [{ at, type: 'rule', rule: { type, ratio: 0.1, from: [host], to: 'any' }, forUs }];
    case 'delay': {
      const rule = { type, minUs: 0, maxUs: 50_000, from: [host], to: 'any' } as const;
      return [{ at, type: 'rule', rule, forUs }];
    }
  }
}
