/**
 * Whether a figure rises: the median of the slopes of all pairs of samples (Theil 1950, Sen 1968),
 * which a few odd ones, such as before a collection of garbage, do not move.
 */

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** Points beyond this are thinned out evenly. */
const POINTS_MAX = 600;

/** By how much the value rises in one unit of `at`; undefined for fewer than two points. */
export function slopeOf(all: readonly Point[]): number | undefined {
  const step = Math.max(1, Math.ceil(all.length / POINTS_MAX));
  const points = all.filter((_, index) => index % step === 0);
  const slopes = points.flatMap((one, index) =>
    points
      .slice(index + 1)
      .filter(({ at }) => at !== one.at)
      .map((other) => (other.value - one.value) / (other.at - one.at)),
  );
  return slopes.length === 0 ? undefined : medianOf(slopes);
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
