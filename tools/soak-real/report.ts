/** The report of a soak, as people read it. */

import { basename } from 'node:path';
import {
  type Figures,
  JUDGED_SECONDS,
  type Judgement,
  RISE_DESCRIPTORS_MAX,
  RISE_MIB_MAX,
} from './judging.ts';
import { medianOf } from './slope.ts';
import type { SoakResult } from './soak.ts';

/** Where the figures come from. */
export interface Circumstances {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly seed: string;
  readonly servers: number;
  readonly clients: number;
  readonly keyed: boolean;
  readonly program: string;
}

export function markdown(how: Circumstances, result: SoakResult, judgement: Judgement): string {
  const { disturbances, histories, agreedAfter } = result;
  const minutes = ((result.loadTo - result.loadFrom) / 60).toFixed(1);
  const rate = result.operationCount / Math.max(1, result.loadTo - result.loadFrom);
  const { kill, leave, pause, freeze, restarts, rounds } = disturbances;
  return [
    '# Soak: real servers, random operations, kills and restarts',
    '',
    `- command: \`${how.command}\``,
    `- date: ${how.date}`,
    `- commit: ${how.commit}`,
    `- machine: ${how.machine}`,
    `- node: ${how.node}`,
    `- seed: ${how.seed}; it decides what is tried, not when threads and packets arrive`,
    `- servers: ${how.servers} processes of ${how.program} on loopback, ` +
      `${how.keyed ? 'with a key' : 'without keys'}; ${how.clients} random clients and others`,
    '',
    `**${verdict(result, judgement)}**`,
    '',
    `Load for ${minutes} minutes: ${result.operationCount} operations, ${figure(rate)} a second. ` +
      `${rounds} rounds of disturbances: ${kill} kills (-9), ${leave} told to leave (TERM), ` +
      `${pause} pauses (STOP, CONT), ${freeze} stopped and then killed; ${restarts} restarts, ` +
      `${result.serversStarted} servers in all. ` +
      (agreedAfter.length === 0
        ? ''
        : `After a round all saw the same within ${figure(medianOf(agreedAfter))} s in the ` +
          `median, ${figure(Math.max(...agreedAfter))} s at the most.`),
    '',
    `Histories, searched for an order as in the simulator: ${historiesOf(result)}. ` +
      `${histories.operations} operations were searched, some in several histories, ${histories.longest} in the longest; ` +
      `${histories.steps} steps of search, ${histories.stepsMax} at the most in one.`,
    '',
    `Clients left ${result.leftElements} elements behind, which were scrubbed after each segment; ` +
      `${result.orphans.length} processes outlived their servers; the driver took ` +
      `${figure(result.driverMib)} MiB.`,
    '',
    '## Memory and descriptors',
    '',
    ...warmUpOf(result),
    'Of the servers that were never killed. A rise is the median slope of all pairs of samples',
    `(Theil and Sen) after the warm-up, which ended at ${minutesOf(judgement.warmUntil)} min; per`,
    `10 minutes. Goals: at most ${RISE_MIB_MAX} MiB and ${RISE_DESCRIPTORS_MAX} descriptor.`,
    'Code is what V8 has compiled. Idle: before anything was done, and after all was scrubbed; descriptors without connections.',
    '',
    line([
      ...['server', 'RSS MiB from', 'to', 'max', 'rise', 'heap rise', 'code rise'],
      ...['fds max', 'rise'],
      ...['idle fds before', 'after', 'idle RSS before', 'after', 'children max', 'CPU'],
    ]),
    line(Array.from({ length: 15 }, () => '---')),
    ...judgement.figures.map(row),
    '',
    '![resident memory over time](soak.svg)',
    '',
    '## Operations',
    '',
    ...operations(result),
    '',
    ...violations(result),
  ].join('\n');
}

/** One sentence. */
export function verdict(result: SoakResult, { isFlat, seconds }: Judgement): string {
  const history =
    result.violationCount === 0 ? 'history clean' : `${result.violationCount} VIOLATIONS`;
  const flat =
    isFlat === undefined
      ? `memory not judged: ${seconds.toFixed(0)} s after the warm-up, of ${JUDGED_SECONDS} needed`
      : isFlat
        ? 'RSS and descriptors flat after warm-up'
        : 'RSS or descriptors NOT flat after warm-up';
  return `${history}; ${flat}`;
}

function warmUpOf({ warmUp: { seconds, operations, codeMib, isComplete } }: SoakResult): string[] {
  if (operations === 0) return [];
  return [
    `Before the load, ${operations} operations in ${seconds.toFixed(0)} s had the servers compile what`,
    `they run often, ${figure(codeMib)} MiB: ` +
      (isComplete ? 'until no more came to it.' : 'more was still coming to it.'),
    '',
  ];
}

/** How many there were of each kind. */
export function historiesOf({ histories }: SoakResult): string {
  return Object.entries(histories.byKind)
    .map(([kind, { all, undecided }]) => `${all} of ${kind} (${undecided} undecided)`)
    .join(', ');
}

function row(figures: Figures): string {
  const { before, after } = figures;
  const spare = (sample: Figures['before']) =>
    sample?.own === undefined ? '?' : String(sample.descriptors - sample.own.sessions);
  return line([
    figures.name,
    figure(figures.residentFrom),
    figure(figures.residentTo),
    figure(figures.residentMax),
    figure(figures.residentRise),
    figure(figures.heapRise),
    figure(figures.codeRise),
    String(figures.descriptorsMax),
    figure(figures.descriptorsRise),
    spare(before),
    spare(after),
    figure(before?.residentMib),
    figure(after?.residentMib),
    String(figures.childrenMax),
    figures.cpuRatio === undefined ? '?' : `${(100 * figures.cpuRatio).toFixed(0)}%`,
  ]);
}

function operations({ operations: all }: SoakResult): string[] {
  return [
    line(['operation', 'outcomes']),
    line(['---', '---']),
    ...Object.entries(all).map(([name, outcomes]) => {
      const text = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
      return line([name, text.join(', ')]);
    }),
  ];
}

function violations(result: SoakResult): string[] {
  if (result.violationCount === 0) return [];
  const items = result.violations.map(({ guarantee, at, message, file }) => {
    const text = message.replaceAll('\n', ' ');
    return `- ${minutesOf(at)} min, ${guarantee}: ${text} (${basename(file)})`;
  });
  return [`## Violations: ${result.violationCount}`, '', ...items, ''];
}

function minutesOf(seconds: number): string {
  return (seconds / 60).toFixed(1);
}

function figure(value: number | undefined): string {
  if (value === undefined) return '?';
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
