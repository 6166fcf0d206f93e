/**
 * What led to a violation: not the last that happened, but what has to do with it. Taken backwards
 * from the servers that it names: what went wrong with them, when they came and went, what they
 * told of each other and from whom they had it, and from whom those had it; what they were not
 * told; and the last that they said to each other.
 */

import type { Incident } from '../../../sim/index.ts';
import { simulator } from '../door.ts';
import type { TraceHeader, TraceRecord } from './format.ts';
import { hostsOf, Words } from './words.ts';

const CONCERNED_MAX = 4;
const INCIDENTS_MAX = 12;
const NOTES_MAX = 8;
/** Incidents and ends of whomever. */
const RECENT_MAX = 4;
const TOLD_MAX = 12;
const HOPS_MAX = 6;
const MESSAGES_MAX = 8;
/** What is kept while reading; the oldest drop out. */
const KEPT_MAX = 100_000;

type Told = Extract<TraceRecord, { type: 'told' }>;
type Note = Extract<TraceRecord, { type: 'note' }>;

interface Line {
  readonly at: number;
  readonly text: string;
}

/** Lines for people, in the order of time. Empty when nothing is broken. */
export async function whatLed(
  header: TraceHeader,
  records: AsyncIterable<TraceRecord>,
): Promise<string[]> {
  const [violation] = header.violations;
  if (violation === undefined) return [];
  const { describeIncident } = await simulator();
  const slice = new Slice(header, violation.at, describeIncident);
  for await (const record of records) slice.take(record);
  return slice.lines(violation.message);
}

class Slice {
  readonly #header: TraceHeader;
  readonly #words: Words;
  readonly #until: number;
  readonly #describe: (incident: Incident) => string;
  #notes: Note[] = [];
  #told: Told[] = [];
  /** From and to, as one number => the last messages. */
  readonly #messages = new Map<number, TraceRecord[]>();

  constructor(header: TraceHeader, until: number, describe: (incident: Incident) => string) {
    this.#header = header;
    this.#words = new Words(header);
    this.#until = until;
    this.#describe = describe;
  }

  take(record: TraceRecord): void {
    if (record.at > this.#until) return;
    if (record.type === 'note') this.#notes = kept(this.#notes, record);
    else if (record.type === 'told') this.#told = kept(this.#told, record);
    else {
      const from = this.#words.sender(record);
      if (from === undefined) return;
      const link = from * this.#header.hosts.length + record.actor;
      const last = this.#messages.get(link) ?? [];
      last.push(record);
      if (last.length > MESSAGES_MAX) last.shift();
      this.#messages.set(link, last);
    }
  }

  lines(message: string): string[] {
    const concerned = this.#concerned(message);
    const lines = [
      ...this.#incidents(concerned),
      ...this.#comings(concerned),
      ...this.#news(concerned),
      ...this.#silence(concerned),
      ...this.#talk(concerned),
    ];
    lines.sort((a, b) => a.at - b.at);
    return lines.map(({ text }) => text);
  }

  /** The hosts that the message names, by their names or by the ids of their servers. */
  #concerned(message: string): number[] {
    const ids = new Map<string, number>();
    for (const { text, actor } of this.#notes) {
      const id = / starts as (\S+)$/.exec(text)?.[1];
      if (id !== undefined) ids.set(id, actor);
    }
    const found = new Set<number>();
    for (const word of message.split(/[^\w@.-]+/)) {
      const actor = ids.get(word) ?? this.#header.hosts.indexOf(word.replace(/\.$/, ''));
      if (actor > 0) found.add(actor);
    }
    return [...found].slice(0, CONCERNED_MAX);
  }

  #incidents(concerned: readonly number[]): Line[] {
    const names = concerned.map((actor) => this.#words.host(actor));
    const touches = (incident: Incident) => {
      const hosts = hostsOf(incident);
      return hosts === 'any' || names.length === 0 || names.some((name) => hosts.has(name));
    };
    const before = this.#header.incidents.filter(({ at }) => at <= this.#until);
    // The last of all as well: a message names whom it concerns, not what was the cause.
    const recent = before.slice(-RECENT_MAX);
    const about = before
      .filter((each) => recent.includes(each) || touches(each))
      .slice(-INCIDENTS_MAX);
    return about.map((incident) => ({
      at: incident.at,
      // It begins with the time itself.
      text: this.#words.at(incident.at, '', `* ${this.#describe(incident).replace(/^\S+ s /, '')}`),
    }));
  }

  #comings(concerned: readonly number[]): Line[] {
    const about = this.#notes.filter(({ actor }) => concerned.includes(actor)).slice(-NOTES_MAX);
    const ends = this.#notes.filter(({ text }) => / ends: \w+$/.test(text)).slice(-RECENT_MAX);
    return [...new Set([...about, ...ends])].map((note) => this.#line(note));
  }

  /**
   * What those concerned told of each other last, and how the news came to them; what anybody told
   * when nobody is named.
   */
  #news(concerned: readonly number[]): Line[] {
    const isAbout = (actor: number) => concerned.length === 0 || concerned.includes(actor);
    const between = this.#told.filter(
      ({ observer, subject }) => observer !== subject && isAbout(observer) && isAbout(subject),
    );
    const all = new Set(between.slice(-TOLD_MAX));
    const last = this.#told.findLast(({ observer, subject }) => {
      return observer !== subject && (isAbout(observer) || isAbout(subject));
    });
    if (last !== undefined) all.add(last);
    for (const each of [...all]) {
      let hop: Told | undefined = each;
      for (let hops = 0; hop !== undefined && hops < HOPS_MAX; hops++) {
        all.add(hop);
        hop = this.#source(hop);
      }
    }
    return [...all].map((each) => this.#line(each));
  }

  /** That the one from whom it was heard told it as well, before. */
  #source(told: Told): Told | undefined {
    if (told.from === 0) return undefined;
    return this.#told.findLast(
      ({ at, observer, subject, start, change }) =>
        at <= told.at &&
        observer === told.from &&
        subject === told.subject &&
        start === told.start &&
        change === told.change,
    );
  }

  /** Who of them, while it was up, did not tell of the last that became of another. */
  #silence(concerned: readonly number[]): Line[] {
    const lasts = new Map(concerned.map((actor) => [actor, this.#becameOf(actor)]));
    const isUp = (actor: number) => lasts.get(actor)?.text.includes(' starts as ') ?? false;
    return concerned.flatMap((subject) => {
      const last = lasts.get(subject);
      if (last === undefined) return [];
      const change = isUp(subject) ? 'joined' : 'left';
      const silent = concerned.filter(
        (observer) =>
          isUp(observer) &&
          observer !== subject &&
          !this.#told.some(
            (told) =>
              told.observer === observer &&
              told.subject === subject &&
              told.change === change &&
              told.at >= last.at,
          ),
      );
      const since = `has not told since ${(last.at / 1e6).toFixed(3)} s`;
      const what = `${since} that ${this.#words.host(subject)} has ${change}`;
      return silent.map((observer) => ({
        at: this.#until,
        text: this.#words.at(this.#until, this.#words.host(observer), what),
      }));
    });
  }

  /** That its last server started, or ended. */
  #becameOf(actor: number): Note | undefined {
    return this.#notes.findLast(
      (note) => note.actor === actor && / (starts as|ends:) /.test(note.text),
    );
  }

  #talk(concerned: readonly number[]): Line[] {
    const size = this.#header.hosts.length;
    return concerned
      .flatMap((from) => concerned.flatMap((to) => this.#messages.get(from * size + to) ?? []))
      .sort((a, b) => a.at - b.at)
      .slice(-MESSAGES_MAX)
      .map((record) => this.#line(record));
  }

  #line(record: TraceRecord): Line {
    return { at: record.at, text: this.#words.line(record) };
  }
}

function kept<T>(list: T[], item: T): T[] {
  list.push(item);
  return list.length > 2 * KEPT_MAX ? list.slice(-KEPT_MAX) : list;
}
