/**
 * Which series are drawn together, and what is said of them. What is not listed is drawn as well:
 * series of one unit whose names differ only behind a comma share a plot.
 */

import type { Series } from '../../../sim/index.ts';

/** What one plot shows. */
export interface PlotPlan {
  readonly title: string;
  readonly unit: string;
  /** One sentence: what is seen. */
  readonly note?: string;
  /** `steps`: it stays until the next sample; `dots`: each stands for itself. Default: a line. */
  readonly drawn?: 'steps' | 'dots';
  /** Shares are told in percent. */
  readonly isShare?: boolean;
  /** A line to compare with. */
  readonly reference?: { readonly at: number; readonly text: string };
  readonly lines: readonly PlotLine[];
}

/** One series of a plot, with its name there. */
export interface PlotLine {
  readonly name: string;
  readonly series: Series;
}

interface Entry extends Omit<PlotPlan, 'unit' | 'lines'> {
  /** The name of a series => its name in the plot. */
  readonly names: Readonly<Record<string, string>>;
}

/** More are left out of the page; report.json has them all. */
export const PLOTS_MAX = 40;

const entries: readonly Entry[] = [
  {
    title: 'Servers up',
    note: 'Started and not ended, whether or not they have joined.',
    drawn: 'steps',
    names: { 'servers up': 'up' },
  },
  {
    title: 'Views that are wrong',
    note: 'The share of what servers tell that is not so, and of what is so that they do not tell.',
    isShare: true,
    names: { 'stale share of views': 'stale', 'missing share of views': 'missing' },
  },
  {
    title: 'Departures told after',
    note: 'How long one had been gone when the others told it; a dot for each sample with any.',
    drawn: 'dots',
    names: {
      'departures told after, mean': 'mean',
      'departures told after, longest': 'longest',
    },
  },
  {
    title: 'Servers suspected',
    note: 'By some neighbour: it was asked and has not answered yet.',
    drawn: 'steps',
    names: { 'servers suspected': 'suspected' },
  },
  {
    title: 'Bytes sent, per server',
    note: 'What it hands to the network, in datagrams and on connections.',
    names: { 'bytes sent per server': 'sent' },
  },
  {
    title: 'Messages sent, per server',
    note: 'Datagrams, and writes to connections.',
    names: { 'messages sent per server': 'sent' },
  },
  {
    title: 'Degree',
    note: 'Neighbours of a server in the overlay.',
    names: { 'degree, least': 'least', 'degree, mean': 'mean', 'degree, most': 'most' },
  },
  {
    title: 'Hops',
    note: 'From one server to another, along the edges of the overlay.',
    names: { 'hops, mean': 'mean', 'hops, most': 'most' },
  },
  {
    title: 'Largest part',
    note: 'The share of the servers that hang together; one server alone is a part, too.',
    isShare: true,
    names: { 'share in the largest part': 'share' },
  },
  {
    title: 'Second eigenvalue',
    note: 'To 2 sqrt(d - 1): no large graph of its degree stays much below 1.',
    reference: { at: 1, text: 'the best possible' },
    names: { 'second eigenvalue to the best': 'ratio' },
  },
  {
    title: 'Spectral gap',
    note: 'As a share of the degree: the more, the sooner news is everywhere.',
    isShare: true,
    names: { 'spectral gap, share of the degree': 'gap' },
  },
  {
    title: 'Clustering',
    note: 'How many pairs of neighbours are neighbours themselves.',
    names: { clustering: 'clustering' },
  },
];

/** The plots of a run, those that everybody looks for first. */
export function plotsOf(all: readonly Series[]): PlotPlan[] {
  const known = entries.flatMap(({ names, ...entry }): PlotPlan[] => {
    const lines = all.flatMap((series) => {
      const name = Object.hasOwn(names, series.name) ? names[series.name] : undefined;
      return name === undefined ? [] : [{ name, series }];
    });
    const unit = lines[0]?.series.unit;
    return unit === undefined ? [] : [{ ...entry, unit, lines }];
  });
  const taken = new Set(known.flatMap(({ lines }) => lines.map(({ series }) => series)));
  return [...known, ...grouped(all.filter((series) => !taken.has(series)))];
}

function grouped(rest: readonly Series[]): PlotPlan[] {
  const plots = new Map<string, { title: string; unit: string; lines: PlotLine[] }>();
  for (const series of rest) {
    const [title = '', ...parts] = series.name.split(', ');
    const key = `${title}\n${series.unit}`;
    const plot = plots.get(key) ?? { title, unit: series.unit, lines: [] };
    plot.lines.push({ name: parts.join(', ') || title, series });
    plots.set(key, plot);
  }
  return [...plots.values()];
}
