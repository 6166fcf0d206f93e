/** From numbers to places in a drawing. Whatever is given, the places are finite. */

import { scaleLinear } from 'd3-scale';

/** Maps numbers to a stretch of a drawing, with the numbers that are written next to it. */
export interface Axis {
  place(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Beyond these a difference of two, or one in percent, could be no number. */
const LARGEST = Number.MAX_VALUE / 2 ** 10;
/** Less than this is 0. */
const SMALLEST = 1e-300;

/** The places of values: from 0, or from near the least when all are far from 0. */
export function valueAxis(
  values: readonly number[],
  { from, to, isShare = false }: { from: number; to: number; isShare?: boolean },
): Axis {
  const finite = values.filter(Number.isFinite).map(bounded);
  let min = finite.reduce((least, value) => Math.min(least, value), Infinity);
  let max = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  if (min > max) [min, max] = [0, 1];
  if (min > 0 && min < max * 0.6) min = 0;
  if (max < 0 && max > min * 0.6) max = 0;
  if (max - min <= Math.abs(max) * 1e-9) {
    const room = max === 0 ? 1 : Math.abs(max) * 0.1;
    [min, max] = [max === 0 ? 0 : min - room, max + room];
  }
  const scale = scaleLinear([min, max], [from, to]).nice(4);
  const [low = from, high = to] = [Math.min(from, to), Math.max(from, to)];
  return {
    place: (value) => placed(scale(bounded(value)), { low, high }),
    ticks: scale
      .ticks(4)
      .map((tick) => ({ at: placed(scale(tick), { low, high }), text: told(tick, isShare) })),
  };
}

/** The places of moments of a run, in seconds, minutes or hours. */
export function timeAxis(lengthUs: number, { from, to }: { from: number; to: number }): Axis {
  const length = Number.isFinite(lengthUs) && lengthUs > 0 ? Math.min(lengthUs, LARGEST) : 1e6;
  const unit = timeUnit(length);
  const scale = scaleLinear([0, length / unit.us], [from, to]);
  const range = { low: Math.min(from, to), high: Math.max(from, to) };
  const place = (us: number) => placed(scale(bounded(us) / unit.us), range);
  const ticks = scale.ticks(6).map((tick) => ({
    at: place(tick * unit.us),
    text: `${String(Number(tick.toPrecision(6)))}`,
  }));
  return {
    place,
    ticks: ticks.map((tick, index) =>
      index === ticks.length - 1 ? { ...tick, text: `${tick.text} ${unit.name}` } : tick,
    ),
  };
}

/** A value in few letters, such as 12k, 0.25 or 3 %. */
export function told(value: number, isShare: boolean): string {
  return isShare ? `${short(bounded(value) * 100)} %` : short(value);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e12 || (size > 0 && size < 1e-4)) return value.toExponential(1);
  if (size >= 1e9) return `${digits(value / 1e9)}G`;
  if (size >= 1e6) return `${digits(value / 1e6)}M`;
  return size >= 1e4 ? `${digits(value / 1e3)}k` : digits(value);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function timeUnit(us: number): { us: number; name: string } {
  if (us <= 240e6) return { us: 1e6, name: 's' };
  return us <= 4 * 3600e6 ? { us: 60e6, name: 'min' } : { us: 3600e6, name: 'h' };
}

function bounded(value: number): number {
  if (Math.abs(value) < SMALLEST) return 0;
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

/** A tenth of a pixel is enough. */
function placed(at: number | undefined, range: { low: number; high: number }): number {
  const place = at === undefined || Number.isNaN(at) ? range.low : at;
  return Math.round(Math.max(range.low, Math.min(range.high, place)) * 10) / 10;
}
