/**
 * The journals of all servers as one. Each is in the order of its stamps, so this is a merge: the
 * entry with the smallest stamp comes next, and of equal ones that of the smaller server id.
 *
 * What is in the journals already is merged exactly. After that, one who follows gets what happens
 * next; but whether a server that is silent has an earlier entry on its way, nobody knows. So an
 * entry waits until every other server has told of something later, or for a second. What comes
 * later still is handed on at once, and then stands after what it may have caused: the order of
 * what one follows is exact for each server, and best effort between them.
 */

import { CircuitError } from '../errors.ts';
import type { Clock, Timer } from '../host/index.ts';
import { isServerId, type ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { SECOND } from '../time.ts';
import type { JournalEntry } from './journal.ts';

/** How long an entry waits for earlier ones. Longer: later. Shorter: more out of order. */
const PATIENCE_US = SECOND;

/** What a log is made of. */
export interface Journals {
  readonly clock: Clock;
  /** The servers present. */
  servers(): Promise<readonly string[]>;
  /** Opens the journal of one server. */
  open(server: ServerId, how: { readonly from: number; readonly follow: boolean }): Entries;
  /** Whether no journal can be read any more. */
  isOver(): boolean;
}

type Entries = AsyncIterator<JournalEntry, void, void>;

interface Source {
  readonly server: ServerId;
  readonly entries: Entries;
  /** Read and not handed on, each with the moment of its arrival. */
  readonly waiting: { readonly entry: JournalEntry; readonly at: number }[];
  /** Of the last entry handed on. */
  last: { readonly stamp: string; readonly number: number };
  over: boolean;
  /** Goes on reading. */
  roomy: () => void;
}

const nothing = { stamp: '', number: -1 };

export class Log {
  readonly #journals: Journals;
  readonly #follow: boolean;
  /** Server => its journal, also when it has ended: it may come back. */
  readonly #sources = new Map<ServerId, Source>();
  /** Whether what comes happens now. */
  #live = false;
  /** Who joined since the servers were listed. */
  readonly #joined = new Set<ServerId>();
  #listing = 0;
  #error: unknown;
  #timer: Timer | undefined;
  #changed: () => void = () => {};

  constructor(journals: Journals, options: { readonly follow: boolean }) {
    this.#journals = journals;
    this.#follow = options.follow;
  }

  async *entries(): AsyncGenerator<JournalEntry, void, void> {
    try {
      this.#list();
      for (;;) {
        if (this.#error !== undefined) throw this.#error;
        const source = this.#next();
        if (source !== undefined) yield this.#take(source);
        else if (!this.#isComplete()) await this.#change();
        else if (this.#follow) this.#goLive();
        else return;
      }
    } finally {
      this.#timer?.cancel();
      for (const { entries } of this.#sources.values()) void entries.return?.();
    }
  }

  /** Whose entry is the next; undefined while that is not known. */
  #next(): Source | undefined {
    let first: Source | undefined;
    for (const source of this.#sources.values()) {
      if (source.waiting.length === 0) continue;
      if (first === undefined || isBefore(source, first)) first = source;
    }
    const head = first?.waiting[0];
    if (head === undefined) return undefined;
    const { stamp } = head.entry;
    const isFirst = [...this.#sources.values()].every(
      ({ over, waiting, last }) => over || waiting.length > 0 || last.stamp >= stamp,
    );
    if (isFirst && this.#listing === 0) return first;
    if (!this.#live) return undefined;
    const until = head.at + PATIENCE_US;
    if (this.#journals.clock.now() >= until) return first;
    this.#wakeAt(until);
    return undefined;
  }

  #take(source: Source): JournalEntry {
    const { entry } = source.waiting.shift() as Source['waiting'][number];
    source.last = { stamp: entry.stamp, number: entry.number };
    source.roomy();
    return entry;
  }

  /** Whether all that had happened before is told. */
  #isComplete(): boolean {
    if (this.#live || this.#listing > 0) return false;
    return [...this.#sources.values()].every(({ over, waiting }) => over && waiting.length === 0);
  }

  #goLive(): void {
    this.#live = true;
    for (const server of [...this.#sources.keys(), ...this.#joined]) this.#open(server);
  }

  /** Takes up the servers that are there now. */
  #list(): void {
    this.#listing++;
    this.#journals.servers().then(
      (servers) => {
        this.#listing--;
        for (const server of servers) if (isServerId(server)) this.#open(server);
        this.#changed();
      },
      (error) => this.#fail(error),
    );
  }

  #open(server: ServerId): void {
    const known = this.#sources.get(server);
    if (known !== undefined && !known.over) return;
    const last = known?.last ?? nothing;
    const source: Source = {
      server,
      entries: this.#journals.open(server, { from: last.number + 1, follow: this.#live }),
      waiting: known?.waiting ?? [],
      last,
      over: false,
      roomy: () => {},
    };
    this.#sources.set(server, source);
    void this.#read(source);
  }

  async #read(source: Source): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await source.entries.next();
        if (done === true) break;
        source.waiting.push({ entry: value, at: this.#journals.clock.now() });
        if (this.#follow) this.#heed(value);
        this.#changed();
        while (source.waiting.length >= limits.logWaitingMax) await this.#room(source);
      }
    } catch (error) {
      const isGone = error instanceof CircuitError && goneCodes.has(error.code);
      if (!isGone || this.#journals.isOver()) this.#fail(error);
    }
    source.over = true;
    this.#changed();
  }

  /** Servers that join are followed as well, and those of which the news was lost. */
  #heed({ event, path }: JournalEntry): void {
    const subject = path?.slice(1) ?? '';
    if (event === 'joined' && isServerId(subject)) {
      if (this.#live) this.#open(subject);
      else this.#joined.add(subject);
    } else if (event === 'lost' && this.#live) {
      this.#list();
    }
  }

  #fail(error: unknown): void {
    this.#error ??= error;
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #room(source: Source): Promise<void> {
    return new Promise((resolve) => {
      source.roomy = resolve;
    });
  }

  #wakeAt(at: number): void {
    this.#timer?.cancel();
    this.#timer = this.#journals.clock.schedule(at, () => this.#changed());
  }
}

const goneCodes: ReadonlySet<string> = new Set(['SERVER_GONE', 'NO_SUCH_SERVER']);

function isBefore(a: Source, b: Source): boolean {
  const [x, y] = [a.waiting[0]?.entry.stamp as string, b.waiting[0]?.entry.stamp as string];
  return x === y ? a.server < b.server : x < y;
}
