/** The memory of the attacked server over time, a small plot for each case, as one SVG. */

import type { Sample } from './arena.ts';
import type { Outcome } from './measure.ts';

const columns = 4;
const cell = { width: 230, height: 130 };
const plot = { left: 38, top: 24, width: 180, height: 80 };

export function drawing(outcomes: readonly Outcome[]): string {
  const drawn = outcomes.filter(({ samples }) => samples.length > 1);
  const rows = Math.ceil(drawn.length / columns);
  const size = { width: columns * cell.width, height: Math.max(1, rows) * cell.height };
  const cells = drawn.map((outcome, index) => {
    const x = (index % columns) * cell.width;
    const y = Math.floor(index / columns) * cell.height;
    return `<g transform="translate(${x} ${y})">${one(outcome)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}">`,
    '<style>text{font:10px sans-serif;fill:#444}.attack{fill:#c33;opacity:.15}',
    '.memory{fill:none;stroke:#136;stroke-width:1.5}.axis{stroke:#999}</style>',
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    ...cells,
    '</svg>',
    '',
  ].join('\n');
}

function one({ name, samples }: Outcome): string {
  const [first] = samples as [Sample];
  const last = samples.at(-1) as Sample;
  const most = Math.max(...samples.map(({ mib }) => mib)) * 1.1;
  const x = (at: number) => plot.left + ((at - first.at) / (last.at - first.at)) * plot.width;
  const y = (mib: number) => plot.top + plot.height * (1 - mib / most);
  const points = samples.map(({ at, mib }) => `${x(at).toFixed(1)},${y(mib).toFixed(1)}`);
  const bottom = plot.top + plot.height;
  const bands = stretches(samples).map(([from, to]) => {
    const width = (x(to) - x(from)).toFixed(1);
    return `<rect class="attack" x="${x(from).toFixed(1)}" y="${plot.top}" width="${width}" height="${plot.height}"/>`;
  });
  return [
    `<text x="${plot.left}" y="16">${name}</text>`,
    ...bands,
    `<path class="axis" fill="none" d="M${plot.left} ${plot.top}V${bottom}h${plot.width}"/>`,
    `<text x="2" y="${plot.top + 8}">${most.toFixed(0)} MiB</text>`,
    `<text x="${plot.left}" y="${bottom + 12}">0 s</text>`,
    `<text x="${plot.left + plot.width - 24}" y="${bottom + 12}">${(last.at - first.at).toFixed(0)} s</text>`,
    `<polyline class="memory" points="${points.join(' ')}"/>`,
  ].join('');
}

/** From when to when it was attacked. */
function stretches(samples: readonly Sample[]): [number, number][] {
  const all: [number, number][] = [];
  let wasAttacked = false;
  for (const { at, attacked } of samples) {
    if (attacked && !wasAttacked) all.push([at, at]);
    else if (attacked) (all.at(-1) as [number, number])[1] = at;
    wasAttacked = attacked;
  }
  return all;
}
