/** What is measured, and what it is held against. */

export interface Sample {
  readonly value: number;
  /** CPU time of all processes that took part, in the unit of the contest: less noisy than wall. */
  readonly cpu?: number;
}

/** The same work done by less: what is left is the price of ours. */
export interface Rival {
  readonly name: string;
  measure(): Promise<Sample>;
}

/** One thing to measure, again and again, in turns with its rivals. */
export interface Contest {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  /** Of the figure, or of its ratio to the first rival. */
  readonly goal?: { readonly value: number; readonly of: 'figure' | 'ratio' };
  /** What the original, which is written in Go, reached. */
  readonly original?: number;
  /** What CPU time is counted per. */
  readonly cpuUnit?: string;
  /** Repetitions; fewer when the time is over before, but one at least. */
  readonly repetitions: number;
  readonly withinMs: number;
  /** A round that is not counted goes first. Default: true. */
  readonly warmUp?: boolean;
  /** How it was measured, for the report. */
  readonly note?: string;
  measure(): Promise<Sample>;
  readonly rivals?: readonly Rival[];
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** The outcome of a contest. */
export interface Figure {
  readonly case: string;
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly spread: Spread;
  readonly cpu: Spread | undefined;
  readonly cpuUnit: string | undefined;
  readonly goal: Contest['goal'];
  readonly original: number | undefined;
  readonly note: string | undefined;
  readonly rivals: readonly {
    readonly name: string;
    readonly spread: Spread;
    readonly cpu: Spread | undefined;
    /** Ours to theirs, of the medians. */
    readonly ratio: number;
    readonly cpuRatio: number | undefined;
  }[];
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return {
    median,
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
    runs: sorted.length,
  };
}

/** Whether the goal is reached; undefined without one. */
export function reached(figure: Figure): boolean | undefined {
  const { goal } = figure;
  if (goal === undefined) return undefined;
  const value = goal.of === 'figure' ? figure.spread.median : figure.rivals[0]?.ratio;
  if (value === undefined) return undefined;
  return figure.better === 'more' ? value >= goal.value : value <= goal.value;
}
