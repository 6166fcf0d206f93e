/** The report as people read it. */

import { type Figure, isReached, type Outcome } from './measure.ts';

/** The whole report. */
export interface Results {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly outcomes: readonly Outcome[];
}

const head = [
  'view changes',
  'throughput under attack',
  'connect p99',
  'memory, growth of the median',
  'memory, at the worst over that before',
  'descriptors kept',
] as const;

export function markdown({ command, commit, date, machine, node, outcomes }: Results): string {
  const goals = outcomes.flatMap(({ name, figures }) =>
    figures.filter((it) => isReached(it) !== undefined).map((it) => ({ name, it })),
  );
  const missed = goals.filter(({ it }) => isReached(it) === false);
  const broken = outcomes.filter(({ failure }) => failure !== undefined);
  return [
    '# Hostile peers: what they cost, and whom they harm',
    '',
    `- command: \`${command}\``,
    `- date: ${date}`,
    `- commit: ${commit}`,
    `- machine: ${machine}`,
    `- node: ${node}`,
    '',
    'Three real servers on one machine, and honest clients of one of them, which send and receive at',
    'a channel, ask another server through it, and connect anew ten times a second. An attacker in a',
    'process of its own attacks that server, on and off in turns. Throughput is compared within each',
    'pair of turns, and the median of the pairs is told: the attacker computes on the same machine, so',
    'it takes from the throughput what it needs itself as well. Memory is that of the attacked server',
    '(RSS). Its growth is, after a warm-up in which it was attacked as well, the median of all samples',
    'under attack less the median of those between; its worst is over what it was before any attack,',
    'code that was compiled meanwhile included. A percentile is a value that was measured.',
    '',
    `Of ${goals.length} goals ${goals.length - missed.length} were reached` +
      `${named(missed.map(({ name, it }) => `${name}, ${it.name}`))}.` +
      (broken.length === 0 ? '' : ` Broke off: ${broken.map(({ name }) => name).join(', ')}.`),
    '',
    '![memory over time](hostile.svg)',
    '',
    line(['case', ...head]),
    line(Array.from({ length: head.length + 1 }, () => '---')),
    ...outcomes.map((each) => line([each.name, ...head.map((name) => cell(each, name))])),
    '',
    ...outcomes.flatMap(section),
  ].join('\n');
}

/** What is printed as soon as a case is over. */
export function verdictOf({ failure, figures }: Outcome): string {
  if (failure !== undefined) return `BROKE OFF: ${failure}`;
  const missed = figures.filter((it) => isReached(it) === false);
  if (missed.length === 0) return 'all goals reached';
  return `NOT reached: ${missed.map((it) => `${it.name} ${told(it)}`).join('; ')}`;
}

function section(outcome: Outcome): string[] {
  const { name, what, seed, commit, date, phases, phaseSeconds, failure } = outcome;
  return [
    `## ${name[0]?.toUpperCase()}${name.slice(1)}`,
    '',
    `${what[0]?.toUpperCase()}${what.slice(1)}. ${phases} times ${phaseSeconds} s with it and as`,
    `long without; seed ${seed}, commit ${commit}, ${date}.`,
    '',
    ...(failure === undefined ? figures(outcome) : [`It broke off: ${failure}`, '']),
  ];
}

function figures({ figures, attacked, counted, errors }: Outcome): string[] {
  return [
    line(['', 'reached', 'goal', '']),
    line(['---', '---', '---', '---']),
    ...figures.map((it) => line([it.name, told(it), goal(it), verdict(it)])),
    '',
    `The attacker: ${counts(attacked)}. The server counted: ${counts(counted)}.`,
    ...(errors.length === 0 ? [] : ['', 'Honest clients met:', ...errors.map((it) => `- ${it}`)]),
    '',
  ];
}

function cell({ figures, failure }: Outcome, name: string): string {
  const found = figures.find((it) => it.name === name);
  if (failure !== undefined || found === undefined) return '**broke off**';
  return isReached(found) === false ? `**${told(found)}**` : told(found);
}

function verdict(it: Figure): string {
  const reached = isReached(it);
  return reached === undefined ? '' : reached ? 'reached' : '**NOT reached**';
}

function goal({ atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `at most ${atMost}`;
  return atLeast === undefined ? '' : `at least ${atLeast}`;
}

function told({ value, unit }: Figure): string {
  const digits = Math.abs(value) >= 1_000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return unit === '' ? digits : `${digits} ${unit}`;
}

function counts(of: Readonly<Record<string, number>>): string {
  const all = Object.entries(of).map(([name, count]) => `${name} ${count}`);
  return all.length === 0 ? 'nothing' : all.join(', ');
}

function named(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (not: ${names.join('; ')})`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((each) => each.replaceAll('|', '\\|')).join(' | ')} |`;
}
