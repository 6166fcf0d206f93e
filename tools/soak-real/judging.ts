/** What the figures of a soak say: what rises, and what does not. */

import type { Sample } from './sampler.ts';
import { medianOf, slopeOf } from './slope.ts';
import type { SoakResult } from './soak.ts';

/** Resident memory may rise by so much in ten minutes, after the warm-up. */
export const RISE_MIB_MAX = 1;
/** The same of descriptors, under load. */
export const RISE_DESCRIPTORS_MAX = 1;
/** Shorter, and what is measured is chance: nothing is said then. */
export const JUDGED_SECONDS = 600;
/** Of the load, so much is left out, as warm-up; and so many seconds at least. */
const WARM_UP_RATIO = 1 / 3;
const WARM_UP_SECONDS = 60;
const TEN_MINUTES = 600;

/** Of one server that was up all the time. */
export interface Figures {
  readonly name: string;
  readonly samples: number;
  readonly before: Sample | undefined;
  readonly after: Sample | undefined;
  /** Medians of the first and the last tenth after the warm-up. */
  readonly residentFrom: number;
  readonly residentTo: number;
  readonly residentMax: number;
  readonly descriptorsMax: number;
  readonly zombiesMax: number;
  readonly childrenMax: number;
  /** In ten minutes. */
  readonly residentRise: number | undefined;
  readonly heapRise: number | undefined;
  readonly codeRise: number | undefined;
  readonly descriptorsRise: number | undefined;
  /** Of one processor, on average. */
  readonly cpuRatio: number | undefined;
}

export interface Judgement {
  readonly warmUntil: number;
  /** How long it was measured after the warm-up. */
  readonly seconds: number;
  /** Undefined when that was too short to say. */
  readonly isFlat: boolean | undefined;
  readonly figures: readonly Figures[];
}

export function judge(result: SoakResult): Judgement {
  const { loadFrom, loadTo, samples } = result;
  const warm = Math.max(WARM_UP_SECONDS, WARM_UP_RATIO * (loadTo - loadFrom));
  const warmUntil = Math.min(loadFrom + warm, loadTo);
  const seconds = loadTo - warmUntil;
  const steady = result.before.filter(({ name }) => result.steady.includes(name));
  const figures = steady.map((before): Figures => {
    const own = samples.filter(({ id }) => id === before.id);
    const after = result.after.find(({ id }) => id === before.id);
    return figuresOf(before, {
      after,
      own,
      measured: own.filter(({ at }) => at >= warmUntil && at <= loadTo),
    });
  });
  const isFlat = figures.every(
    ({ residentRise = 0, descriptorsRise = 0 }) =>
      residentRise <= RISE_MIB_MAX && descriptorsRise <= RISE_DESCRIPTORS_MAX,
  );
  return { warmUntil, seconds, isFlat: seconds < JUDGED_SECONDS ? undefined : isFlat, figures };
}

function figuresOf(
  before: Sample,
  {
    after,
    own,
    measured,
  }: { after: Sample | undefined; own: readonly Sample[]; measured: readonly Sample[] },
): Figures {
  const rise = (value: (sample: Sample) => number | undefined) => {
    const points = measured.flatMap((sample) => {
      const known = value(sample);
      return known === undefined ? [] : [{ at: sample.at / TEN_MINUTES, value: known }];
    });
    return slopeOf(points);
  };
  const resident = measured.map(({ residentMib }) => residentMib);
  const tenth = Math.max(1, Math.ceil(resident.length / 10));
  const most = (value: (sample: Sample) => number) => Math.max(0, ...own.map(value));
  const last = measured.at(-1);
  const [first] = measured;
  const isTimed = first?.own !== undefined && last?.own !== undefined && last.at > first.at;
  return {
    name: before.name,
    samples: measured.length,
    before,
    after,
    residentFrom: resident.length === 0 ? 0 : medianOf(resident.slice(0, tenth)),
    residentTo: resident.length === 0 ? 0 : medianOf(resident.slice(-tenth)),
    residentMax: most(({ residentMib }) => residentMib),
    descriptorsMax: most(({ descriptors }) => descriptors),
    childrenMax: most(({ children }) => children),
    zombiesMax: most(({ zombies }) => zombies),
    residentRise: rise(({ residentMib }) => residentMib),
    heapRise: rise((sample) => sample.own?.heapMib),
    codeRise: rise(({ codeMib }) => codeMib),
    descriptorsRise: rise(({ descriptors }) => descriptors),
    cpuRatio: isTimed
      ? ((last.own?.cpuSeconds ?? 0) - (first.own?.cpuSeconds ?? 0)) / (last.at - first.at)
      : undefined,
  };
}
