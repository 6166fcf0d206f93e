/** Who told whom: how the news of one server went from server to server. */

import { CircuitError } from '../../../src/index.ts';
import { actorOf } from './filter.ts';
import type { TraceHeader, TraceRecord } from './format.ts';
import { Words } from './words.ts';

type Told = Extract<TraceRecord, { type: 'told' }>;

/** One piece of news, and how it went. */
export interface News {
  readonly subject: string;
  /** Which start of its host. */
  readonly start: number;
  readonly change: 'joined' | 'left';
  readonly incarnation: number;
  /** Those who found out by themselves, or heard it from one that had not told it. */
  readonly roots: readonly Heard[];
}

/** Who heard it, and who heard it from them. */
export interface Heard {
  readonly at: number;
  readonly server: string;
  /** From whom; undefined when it found out by itself. */
  readonly from: string | undefined;
  readonly told: Heard[];
}

/** Tellings that are kept; those of ten thousand servers of ten others. */
const TOLD_MAX = 100_000;

/** The news of a server: of all that ever ran on a host, or of the one with that id. */
export async function newsOf(
  about: string,
  header: TraceHeader,
  records: AsyncIterable<TraceRecord>,
): Promise<News[]> {
  const isHost = header.hosts.includes(about);
  let actor = isHost ? actorOf(header, about) : undefined;
  const starts = new Map<number, number>();
  let start: number | undefined;
  const told: Told[] = [];
  for await (const record of records) {
    if (record.type === 'note') {
      const id = / starts as (\S+)$/.exec(record.text)?.[1];
      if (id === undefined) continue;
      const count = (starts.get(record.actor) ?? 0) + 1;
      starts.set(record.actor, count);
      if (isHost || id !== about) continue;
      actor = record.actor;
      start = count;
    } else if (record.type === 'told' && record.subject === actor) {
      if (start !== undefined && record.start !== start) continue;
      if (record.observer !== record.subject && told.length < TOLD_MAX) told.push(record);
    }
  }
  if (actor === undefined) {
    throw new CircuitError('BAD_ARGUMENT', `--told ${about}: no such host or server in this trace`);
  }
  return Object.values(Object.groupBy(told, keyOf)).map((each = []) => treeOf(each, header));
}

function keyOf({ start, incarnation, change }: Told): string {
  return `${start} ${incarnation} ${change}`;
}

function treeOf(told: readonly Told[], header: TraceHeader): News {
  const words = new Words(header);
  const [first] = told as [Told];
  const roots: Heard[] = [];
  /** The server => what it heard last of this. */
  const latest = new Map<number, Heard>();
  for (const { at, observer, from } of told) {
    const heard: Heard = {
      ...{ at, server: words.host(observer) },
      ...{ from: from === 0 ? undefined : words.host(from), told: [] },
    };
    (latest.get(from)?.told ?? roots).push(heard);
    latest.set(observer, heard);
  }
  const { subject, start, change, incarnation } = first;
  return { subject: words.host(subject), start, change, incarnation, roots };
}

/** A tree of lines, each deeper than the one that it was heard from. */
export function newsLines({ subject, start, change, incarnation, roots }: News): string[] {
  const lines: string[] = [];
  const show = (heard: Heard, depth: number) => {
    const { at, server, from, told } = heard;
    const how = depth > 0 ? '' : from === undefined ? ', by itself' : `, from ${from}`;
    lines.push(`${(at / 1e6).toFixed(6).padStart(14)}  ${'  '.repeat(depth)}${server}${how}`);
    for (const each of told) show(each, depth + 1);
  };
  for (const root of roots) show(root, 0);
  return [`${subject}#${start} has ${change}, incarnation ${incarnation}:`, ...lines];
}
