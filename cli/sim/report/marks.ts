/** What went wrong, as it is marked in plots and told in words. */

import type { Hosts, Incident, Mishap, Rule } from '../../../sim/index.ts';
import { figure } from '../figures.ts';

/** What kinds of marks there are, in the order in which they are shown, and how they are called. */
export const markKinds = {
  crash: 'crashed',
  dark: 'fell silent',
  leave: 'said goodbye',
  pause: 'stood still',
  cut: 'cut off',
  network: 'bad links',
  machine: 'ailing hosts',
  clock: 'clocks changed',
  excused: 'may be given up',
} as const;

export type MarkKind = keyof typeof markKinds;

/** One thing that went wrong, ready to be drawn. */
export interface Mark {
  readonly kind: MarkKind;
  readonly fromUs: number;
  readonly untilUs: number;
  /** A clause such as "n4 crashed". */
  readonly text: string;
}

const HOSTS_NAMED_MAX = 4;
const TEXT_MAX = 240;

export function marksOf(mishaps: readonly Mishap[]): Mark[] {
  return mishaps.map(({ incident, untilUs }) => {
    const text = wordsFor(incident);
    return {
      kind: kindOf(incident),
      fromUs: incident.at,
      untilUs,
      text: text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}...`,
    };
  });
}

/** Whether it takes one server away, instead of ailing those that stay. */
export function isDeparture({ kind }: Mark): boolean {
  return kind === 'crash' || kind === 'dark' || kind === 'leave';
}

function kindOf(incident: Incident): MarkKind {
  switch (incident.type) {
    case 'crash':
    case 'dark':
    case 'leave':
    case 'pause':
    case 'clock':
      return incident.type;
    case 'split':
      return 'cut';
    case 'rule':
      return incident.rule.type === 'cut' || incident.rule.type === 'clog' ? 'cut' : 'network';
    case 'faulty':
      return 'excused';
    default:
      return 'machine';
  }
}

function wordsFor(incident: Incident): string {
  switch (incident.type) {
    case 'crash':
      return `${incident.host} crashed`;
    case 'dark':
      return `${incident.host} fell silent`;
    case 'leave':
      return `${incident.host} said goodbye`;
    case 'pause':
      return `${incident.host} stood still`;
    case 'split': {
      const groups = incident.groups.map((group) => `{${hosts(group)}}`);
      return `cut apart: ${groups.join(' ')} and the rest`;
    }
    case 'rule':
      return `${effectOf(incident.rule)}: ${betweenOf(incident.rule)}`;
    case 'faulty':
      return `${hosts(incident.hosts)} may be given up`;
    case 'clock':
      return `the clock of ${incident.host} changed: ${settings(incident.change)}`;
    case 'start':
      return `${incident.host} started`;
    case 'junk':
      return `${incident.from} sent junk to ${incident.host}: ${settings(incident.junk)}`;
    default: {
      const { type, ...rest } = incident.ailment;
      return `${incident.host} ailed: ${type} ${settings(rest)}`.trimEnd();
    }
  }
}

function effectOf(rule: Rule): string {
  switch (rule.type) {
    case 'cut':
      return 'nothing arrives';
    case 'clog':
      return 'everything waits';
    case 'loss':
      return `${percent(rule.ratio)} of the packets lost`;
    case 'duplicate':
      return `${percent(rule.ratio)} of the datagrams doubled`;
    case 'delay':
      return `delayed by ${figure(rule.minUs / 1000)} to ${figure(rule.maxUs / 1000)} ms`;
    default: {
      const { from: _from, to: _to, bothWays: _both, name: _name, ...rest } = rule;
      const { type, ...numbers } = rest;
      return `${type} ${settings(numbers)}`;
    }
  }
}

function betweenOf({ from, to, bothWays }: Rule): string {
  return `${hosts(from)} ${bothWays === true ? 'from and to' : 'to'} ${hosts(to)}`;
}

function hosts(which: Hosts): string {
  if (which === 'any') return 'all';
  const named = which.slice(0, HOSTS_NAMED_MAX).join(', ');
  const more = which.length - HOSTS_NAMED_MAX;
  return more > 0 ? `${named} and ${more} more` : named;
}

function percent(ratio: number): string {
  return `${figure(ratio * 100)} %`;
}

function settings(numbers: object): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
