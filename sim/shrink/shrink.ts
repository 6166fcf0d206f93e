/**
 * Makes a failing run small: which few faults of its schedule, in which small world, at which round
 * times, make the same guarantee break?
 *
 * A pure search: it yields what is to be run next, and is sent what broke. Whoever drives it may
 * stop at any moment; `best` is the smallest that broke so far. Draws of the network are keyed, so
 * leaving out a fault changes nothing of what the others meet; where chance mattered all the same,
 * a candidate gets some other noises to break with. Only the same signature counts as the same
 * failure, or the search would slip to whatever breaks most easily.
 */

import type { Incident } from '../incident.ts';
import type { Parameters } from '../parameters.ts';
import { hashText } from '../random.ts';
import { ddmin } from './ddmin.ts';
import { excused, isExcuse, staysExcused } from './excuses.ts';
import { simplerIncidents } from './simpler.ts';
import { hostsOf, unitsOf } from './units.ts';

/** What decides a run, besides the scenario and its seed. */
export interface Candidate {
  readonly schedule: readonly Incident[];
  readonly noise: string;
  readonly set: Parameters;
}

/** What broke in a run. */
export interface Failure {
  /** Failures with the same one are the same. */
  readonly signature: string;
  /** Virtual microseconds. */
  readonly at: number;
}

/** What is done to it: where the search is. */
export type Phase = 'repeat' | 'cut off' | 'world' | 'faults' | 'times' | 'noise';

/** A run that the search asks for. */
export interface Trial extends Candidate {
  readonly phase: Phase;
}

/** How the search asks, and what it learns. */
type Search<T> = Generator<Trial, T, Failure | undefined>;

/** Other noises that a candidate gets to break with. More find smaller ones, and take longer. */
const NOISES = 3;

/** Parameters up to this are made smaller by one; larger ones by an eighth, to save runs. */
const ONE_LESS_MAX = 8;

/** Searches for the smallest run with the same failure. */
export class Shrinker {
  /** The smallest that is known to fail. */
  best: Candidate;
  /** What breaks in it. */
  failure: Failure;
  /** Whether it broke when it was repeated; undefined before. */
  repeats: boolean | undefined;
  readonly #excuses: readonly Incident[];
  /** Fingerprints of those that did not break alike. A run is the same twice: none is run again. */
  readonly #rejected = new Set<string>();

  constructor(failing: Candidate, failure: Failure) {
    this.best = failing;
    this.failure = failure;
    this.#excuses = failing.schedule.filter(isExcuse);
  }

  /** The trials, to be answered with what broke. They end when nothing gets smaller. */
  *trials(): Generator<Trial, void, Failure | undefined> {
    this.repeats =
      (yield* this.#fails('repeat', this.best)) || (yield* this.#failsSomehow('repeat', this.best));
    if (!this.repeats) return;
    const { at } = this.failure;
    const soFar = this.best.schedule.filter((incident) => incident.at <= at);
    if (soFar.length < this.best.schedule.length) yield* this.#fails('cut off', this.#with(soFar));
    // A smaller world is soon run. Were it smaller than the schedule, starts would make up for it.
    yield* this.#smallerWorld(hostsOf(this.best.schedule).size);
    yield* this.#fewerUnits();
    for (;;) {
      const before = this.best;
      yield* this.#fewerFaults();
      yield* this.#smallerWorld();
      yield* this.#simplerFaults();
      if (this.best === before) return;
    }
  }

  get #faults(): readonly Incident[] {
    return this.best.schedule.filter((incident) => !isExcuse(incident));
  }

  /** Whole units at once, and only with the noise that is known to do: many runs are saved. */
  *#fewerUnits(): Search<void> {
    const search = ddmin(unitsOf(this.#faults));
    let step = search.next();
    while (step.done !== true) {
      step = search.next(yield* this.#fails('faults', this.#with(step.value.flat())));
    }
  }

  *#fewerFaults(): Search<void> {
    const search = ddmin(this.#faults);
    let step = search.next();
    while (step.done !== true) {
      const candidate = this.#with(step.value);
      const fails =
        (yield* this.#fails('faults', candidate)) ||
        (yield* this.#failsSomehow('noise', candidate));
      step = search.next(fails);
    }
  }

  /** Each parameter about as small as it can be: in steps of its parts, at last one by one. */
  *#smallerWorld(atLeast = 1): Search<void> {
    for (const name of Object.keys(this.best.set)) {
      let smaller = true;
      while (smaller) {
        smaller = false;
        for (const value of smallerNumbers(this.best.set[name] as number)) {
          if (value < atLeast) continue;
          const set = { ...this.best.set, [name]: value };
          smaller = yield* this.#fails('world', { ...this.best, set });
          if (smaller) break;
        }
      }
    }
  }

  *#simplerFaults(): Search<void> {
    for (let i = 0; i < this.#faults.length; i++) {
      let simpler = true;
      while (simpler) {
        simpler = false;
        const fault = this.#faults[i] as Incident;
        for (const changed of simplerIncidents(fault)) {
          if (!staysExcused(this.#excuses, { fault, changed })) continue;
          simpler = yield* this.#fails('times', this.#with(this.#faults.with(i, changed)));
          if (simpler) break;
        }
      }
    }
  }

  #with(faults: readonly Incident[]): Candidate {
    return { ...this.best, schedule: excused(faults, this.#excuses) };
  }

  *#fails(phase: Phase, candidate: Candidate): Search<boolean> {
    const fingerprint = fingerprintOf(candidate);
    if (this.#rejected.has(fingerprint)) return false;
    const failure = yield { ...candidate, phase };
    if (failure?.signature !== this.failure.signature) {
      this.#rejected.add(fingerprint);
      return false;
    }
    this.best = candidate;
    this.failure = failure;
    return true;
  }

  *#failsSomehow(phase: Phase, candidate: Candidate): Search<boolean> {
    for (let i = 1; i <= NOISES; i++) {
      const noise = `noise ${i}`;
      if (noise === candidate.noise) continue;
      if (yield* this.#fails(phase, { ...candidate, noise })) return true;
    }
    return false;
  }
}

/**
 * Tells candidates apart in as many letters as 64 bits take, however long their schedules are. Of
 * ten million candidates two are alike with a chance of 1 in 300,000; then one is not run.
 */
export function fingerprintOf({ schedule, noise, set }: Candidate): string {
  const text = JSON.stringify([schedule, noise, set]);
  // The salt comes first: texts that are alike half-way would stay so, whatever came behind them.
  return ['a', 'b'].map((salt) => hashText(`${salt}${text}`).toString(36)).join('.');
}

/** Of a count; what is no whole number is left alone. */
function smallerNumbers(value: number): number[] {
  if (!Number.isInteger(value) || value <= 1) return [];
  const fewer = [value >> 3, value >> 2, value >> 1, value - (value >> 2), value - (value >> 3)];
  if (value <= ONE_LESS_MAX) fewer.push(value - 1);
  return [...new Set(fewer)].filter((each) => each >= 1 && each < value);
}
