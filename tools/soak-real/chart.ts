/** Resident memory over time, as a drawing. */

import { numberOf } from './options.ts';
import type { Sample } from './sampler.ts';

const WIDTH = 900;
const HEIGHT = 360;
const LEFT = 60;
const BOTTOM = 40;
const TOP = 20;
const RIGHT = 90;
const TICKS = 5;
const COLOURS = [
  '#1b6ca8',
  '#c0392b',
  '#2e8b57',
  '#8e44ad',
  '#d68910',
  '#16a085',
  '#7f8c8d',
  '#34495e',
];

/** One line for each server; who was started again begins a new one. */
export function chart(samples: readonly Sample[], marks: readonly number[]): string {
  const seconds = Math.max(1, ...samples.map(({ at }) => at));
  const most = Math.max(1, ...samples.map(({ residentMib }) => residentMib)) * 1.1;
  const x = (at: number) => (LEFT + (at / seconds) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (mib: number) => (HEIGHT - BOTTOM - (mib / most) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const ids = [...new Set(samples.map(({ id }) => id))];
  const lines = ids.map((id) => {
    const own = samples.filter((sample) => sample.id === id);
    const points = own.map(({ at, residentMib }) => `${x(at)},${y(residentMib)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${colour(own)}" stroke-width="1.3"/>`;
  });
  const names = [...new Set(samples.map(({ name }) => name))].sort();
  const legend = names.map((name, at) => {
    const own = samples.filter((sample) => sample.name === name);
    const text = `<text x="${WIDTH - RIGHT + 12}" y="${TOP + 16 * (at + 1)}"`;
    return `${text} fill="${colour(own)}">${name}</text>`;
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, at) => {
    const mib = (most * at) / TICKS;
    const minutes = (seconds * at) / TICKS;
    return [
      `<text x="${LEFT - 6}" y="${y(mib)}" text-anchor="end">${mib.toFixed(0)}</text>`,
      `<text x="${x(minutes)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">`,
      `${(minutes / 60).toFixed(1)}</text>`,
    ].join('');
  });
  const bars = marks.map(
    (at) =>
      `<line x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#999" stroke-dasharray="4"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<path d="M${LEFT} ${TOP} V${HEIGHT - BOTTOM} H${WIDTH - RIGHT}" fill="none" stroke="#333"/>`,
    ...bars,
    ...lines,
    ...ticks,
    ...legend,
    `<text x="${LEFT}" y="14">resident memory, MiB, over minutes</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function colour([sample]: readonly Sample[]): string {
  return COLOURS[numberOf(sample?.name ?? 's1') % COLOURS.length] as string;
}
