/**
 * Runs contests. The machine is shared and its speed changes while we measure, so each round runs
 * ours and the rivals in turns, and what counts is the median, and the ratio within one run.
 */

import type { Contest, Figure, Sample, Spread } from './figure.ts';
import { spreadOf } from './figure.ts';
import { lineOf } from './report.ts';

export interface Case {
  readonly name: string;
  readonly claim: string;
  run(bench: Bench): Promise<void>;
}

export class Bench {
  readonly figures: Figure[] = [];
  #case = '';
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  async run({ name, claim, run }: Case): Promise<void> {
    this.#case = name;
    this.#say(`\n${name}: ${claim}\n`);
    await run(this);
  }

  /** Measures in rounds, and keeps and prints what came out. */
  async contest(contest: Contest): Promise<Figure> {
    const runners = [contest, ...(contest.rivals ?? [])];
    const samples = runners.map((): Sample[] => []);
    if (contest.warmUp ?? true) for (const runner of runners) await runner.measure();
    const end = performance.now() + contest.withinMs;
    for (let round = 0; round < contest.repetitions; round++) {
      if (round > 0 && performance.now() > end) break;
      // Who goes first takes turns too.
      for (let i = 0; i < runners.length; i++) {
        const which = (i + round) % runners.length;
        samples[which]?.push(await (runners[which] as Contest).measure());
      }
    }
    const figure = figureOf(this.#case, contest, samples);
    this.figures.push(figure);
    this.#say(lineOf(figure));
    return figure;
  }
}

function figureOf(of: string, contest: Contest, samples: readonly Sample[][]): Figure {
  const [ours, ...theirs] = samples.map((each) => ({
    spread: spreadOf(each.map((sample) => sample.value)),
    cpu: cpuOf(each),
  }));
  const { spread, cpu } = ours as { spread: Spread; cpu: Spread | undefined };
  return {
    case: of,
    name: contest.name,
    unit: contest.unit,
    better: contest.better,
    spread,
    cpu,
    cpuUnit: contest.cpuUnit,
    goal: contest.goal,
    original: contest.original,
    note: contest.note,
    rivals: theirs.map((each, i) => ({
      name: contest.rivals?.[i]?.name ?? '',
      spread: each.spread,
      cpu: each.cpu,
      ratio: spread.median / each.spread.median,
      cpuRatio: cpu && each.cpu && cpu.median / each.cpu.median,
    })),
  };
}

function cpuOf(samples: readonly Sample[]): Spread | undefined {
  const values = samples.flatMap(({ cpu }) => (cpu === undefined ? [] : [cpu]));
  return values.length === 0 ? undefined : spreadOf(values);
}
