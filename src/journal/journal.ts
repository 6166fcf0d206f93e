/**
 * What a server did, in the order in which it did it: the last `limits.journalEntriesMax` entries.
 * They are in memory, and gone with the server.
 *
 * An operation that is answered within the call that asks for it has one entry, `done`; one that
 * waits has two, `began` and `ended`. An entry stands where the operation began to take effect:
 * what it caused on this server comes after it. Stamps order the entries of several servers.
 *
 * Hundreds of thousands of entries a second must cost little. So they are kept in columns, and not
 * as objects, each of which would live just long enough to be copied by every garbage collection.
 */

import { type Limits, limits } from '../limits.ts';
import { formatStamp, type Stamps } from './stamp.ts';

export type JournalEvent = 'began' | 'ended' | 'done' | 'joined' | 'left';

/** What there is to say of one event. Texts hold no secrets: no environment, argument or message. */
export interface Happening {
  readonly event: JournalEvent;
  /** The number of the operation; its `began` and its `ended` have the same. */
  readonly operation?: number | undefined;
  readonly method?: string | undefined;
  /** The anchor, below the server; undefined for that of all servers. Of a member, its id. */
  readonly path: string | undefined;
  /** Who asked: the address of a client, or the server that relayed it. */
  readonly by?: string | undefined;
  readonly detail?: string | undefined;
  /** The size of the message, or of what was streamed. */
  readonly bytes?: number | undefined;
  /** The code of the error; undefined for success. */
  readonly error?: string | undefined;
}

const EVENTS: readonly JournalEvent[] = ['began', 'ended', 'done', 'joined', 'left'];

/** What is not needed by any entry takes no room: of most servers most entries are of members. */
type Column = (string | undefined)[];
const SLOTS_FIRST = 64;

export class Journal {
  readonly #stamps: Stamps;
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  /** Number of the oldest entry that is left. */
  #first = 1;
  /** Number of the entry that comes next. */
  #next = 1;
  /** Of paths, of who asked, and of details, in UTF-16. */
  #bytes = 0;
  #slots = 0;
  #walls = new Float64Array(0);
  #counts = new Uint16Array(0);
  /** Places in EVENTS. */
  #events = new Uint8Array(0);
  #operations = new Sparse(0);
  /** -1 for none. */
  #sizes = new Sparse(-1);
  readonly #methods: Column = [];
  readonly #paths: Column = [];
  readonly #bys: Column = [];
  readonly #details: Column = [];
  readonly #errors: Column = [];
  readonly #columns = [this.#methods, this.#paths, this.#bys, this.#details, this.#errors];
  #lastPath: string | undefined;
  readonly #watchers: (() => void)[] = [];

  constructor(stamps: Stamps, { journalEntriesMax, journalBytesMax }: Partial<Limits> = {}) {
    this.#stamps = stamps;
    this.#entriesMax = journalEntriesMax ?? limits.journalEntriesMax;
    this.#bytesMax = journalBytesMax ?? limits.journalBytesMax;
  }

  /** Number of the oldest entry that is left; the first ever has number 1. */
  get first(): number {
    return this.#first;
  }

  /** Number of the entry that comes next. */
  get next(): number {
    return this.#next;
  }

  /** Calls `grown` for each entry that is added. It must not add any. */
  watch(grown: () => void): void {
    this.#watchers.push(grown);
  }

  /** Adds an entry and returns its number; the oldest ones may drop out. */
  add(happening: Happening): number {
    const number = this.#next++;
    if (number - this.#first >= this.#slots) this.#makeSlot();
    this.#stamps.tick();
    const slot = number % this.#slots;
    this.#walls[slot] = this.#stamps.wall;
    this.#counts[slot] = this.#stamps.count;
    this.#operations.put(slot, happening.operation ?? 0, this.#slots);
    this.#sizes.put(slot, happening.bytes ?? -1, this.#slots);
    const { event, method, by, detail, error } = happening;
    // One string for a path that comes again and again, and not each as it was decoded.
    const path = happening.path === this.#lastPath ? this.#lastPath : happening.path;
    this.#lastPath = path;
    this.#events[slot] = EVENTS.indexOf(event);
    this.#put(this.#methods, slot, method);
    this.#put(this.#paths, slot, path);
    this.#put(this.#bys, slot, by);
    this.#put(this.#details, slot, detail);
    this.#put(this.#errors, slot, error);
    this.#bytes += this.#bytesAt(slot);
    while (this.#bytes > this.#bytesMax) this.#drop();
    for (const grown of this.#watchers) grown();
    return number;
  }

  /** What was entered as done turns out to be this; nothing happens when it dropped out. */
  correct(
    number: number,
    { event, error, bytes }: Pick<Happening, 'event' | 'error' | 'bytes'>,
  ): void {
    if (number < this.#first) return;
    const slot = number % this.#slots;
    this.#events[slot] = EVENTS.indexOf(event);
    this.#put(this.#errors, slot, error);
    this.#sizes.put(slot, bytes ?? -1, this.#slots);
  }

  /** An entry that is left, as one line of JSON; `root` is the path of this server. */
  line(number: number, root: string): string {
    const slot = number % this.#slots;
    const event = EVENTS[this.#events[slot] as number];
    const path = this.#paths[slot];
    const operation = this.#operations.at(slot);
    const bytes = this.#sizes.at(slot);
    return `${JSON.stringify({
      number,
      stamp: this.#stampAt(slot),
      event,
      operation: operation === 0 ? undefined : operation,
      method: this.#methods[slot],
      path: event === 'joined' || event === 'left' ? `/${path}` : fullPath(path, root),
      by: this.#bys[slot],
      detail: this.#details[slot],
      bytes: bytes < 0 ? undefined : bytes,
      error: this.#errors[slot],
    })}\n`;
  }

  /** The line for a reader who has missed so many entries before the oldest that is left. */
  lostLine(count: number): string {
    const isEmpty = this.#first === this.#next;
    const stamp = isEmpty ? formatStamp(this.#stamps) : this.#stampAt(this.#first % this.#slots);
    return `${JSON.stringify({ number: this.#first - 1, stamp, event: 'lost', lost: count })}\n`;
  }

  #stampAt(slot: number): string {
    return formatStamp({ wall: this.#walls[slot] as number, count: this.#counts[slot] as number });
  }

  #makeSlot(): void {
    if (this.#slots < this.#entriesMax) this.#grow();
    else this.#drop();
  }

  #put(column: Column, slot: number, text: string | undefined): void {
    if (column.length > 0) column[slot] = text;
    else if (text !== undefined) {
      for (let at = 0; at < this.#slots; at++) column.push(undefined);
      column[slot] = text;
    }
  }

  #drop(): void {
    const slot = this.#first++ % this.#slots;
    this.#bytes -= this.#bytesAt(slot);
    for (const column of this.#columns) if (column.length > 0) column[slot] = undefined;
  }

  /** Of the texts that peers choose. */
  #bytesAt(slot: number): number {
    const chars = (this.#paths[slot]?.length ?? 0) + (this.#bys[slot]?.length ?? 0);
    return 2 * (chars + (this.#details[slot]?.length ?? 0));
  }

  #grow(): void {
    const before = this.#slots;
    const after = Math.min(this.#entriesMax, Math.max(SLOTS_FIRST, 2 * before));
    const walls = new Float64Array(after);
    const counts = new Uint16Array(after);
    const events = new Uint8Array(after);
    const texts = this.#columns.map((column) => column.splice(0));
    const operations = this.#operations.taken();
    const sizes = this.#sizes.taken();
    this.#slots = after;
    for (let number = this.#first; number < this.#next - 1; number++) {
      const from = number % before;
      const to = number % after;
      walls[to] = this.#walls[from] as number;
      counts[to] = this.#counts[from] as number;
      events[to] = this.#events[from] as number;
      this.#operations.put(to, operations.at(from), after);
      this.#sizes.put(to, sizes.at(from), after);
      for (const [at, column] of this.#columns.entries()) this.#put(column, to, texts[at]?.[from]);
    }
    this.#walls = walls;
    this.#counts = counts;
    this.#events = events;
  }
}

/** Numbers of which nothing is kept while all of them are the usual one. */
class Sparse {
  readonly #usual: number;
  #numbers = new Float64Array(0);

  constructor(usual: number) {
    this.#usual = usual;
  }

  at(slot: number): number {
    return this.#numbers[slot] ?? this.#usual;
  }

  put(slot: number, number: number, slots: number): void {
    if (this.#numbers.length === 0) {
      if (number === this.#usual) return;
      this.#numbers = new Float64Array(slots).fill(this.#usual);
    }
    this.#numbers[slot] = number;
  }

  /** What was there; from here on nothing is. */
  taken(): Sparse {
    const all = new Sparse(this.#usual);
    all.#numbers = this.#numbers;
    this.#numbers = new Float64Array(0);
    return all;
  }
}

/** The path of an anchor below the server at `root`; of undefined, that of all servers. */
export function fullPath(path: string | undefined, root: string): string {
  if (path === undefined) return '/';
  return path === '' ? root : `${root}/${path}`;
}
