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

import { limits } from '../limits.ts';
import { formatStamp, type Stamps } from './stamp.ts';

export type JournalEvent = 'began' | 'ended' | 'done' | 'joined' | 'left';

/** What there is to say of one event. Texts hold no secrets: no environment, argument or message. */
export interface Happening {
  readonly event: JournalEvent;
  /** The number of the operation; its `began` and its `ended` have the same. */
  readonly operation?: number | undefined;
  readonly method?: string | undefined;
  /** The anchor, below the server; undefined for that of all servers. Of a member, its own. */
  readonly path: string | undefined;
  /** Who asked: the address of a client, or the server that relayed it. */
  readonly by?: string | undefined;
  readonly detail?: string | undefined;
  /** The size of the message, or of what was streamed. */
  readonly bytes?: number | undefined;
  /** The code of the error; undefined for success. */
  readonly error?: string | undefined;
}

const TEXTS = ['event', 'method', 'path', 'by', 'detail', 'error'] as const;
const PATH = 2;
const BY = 3;
const DETAIL = 4;
const SLOTS_FIRST = 64;

export class Journal {
  readonly #stamps: Stamps;
  readonly #entriesMax: number;
  /** Number of the oldest entry that is left. */
  #first = 1;
  /** Number of the entry that comes next. */
  #next = 1;
  /** Of paths, of who asked, and of details, in UTF-16. */
  #bytes = 0;
  #slots = 0;
  #walls = new Float64Array(0);
  #counts = new Uint16Array(0);
  #operations = new Float64Array(0);
  /** -1 for none. */
  #sizes = new Float64Array(0);
  /** For each slot as many as TEXTS has. */
  #texts: (string | undefined)[] = [];
  #lastPath: string | undefined;
  #grown: () => void = () => {};

  constructor(stamps: Stamps, options: { readonly entriesMax?: number | undefined } = {}) {
    this.#stamps = stamps;
    this.#entriesMax = options.entriesMax ?? limits.journalEntriesMax;
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
    this.#grown = grown;
  }

  /** Adds an entry and returns its number; the oldest ones may drop out. */
  add(happening: Happening): number {
    const number = this.#next++;
    if (number - this.#first >= this.#slots) this.#makeSlot();
    this.#stamps.tick();
    const slot = number % this.#slots;
    this.#walls[slot] = this.#stamps.wall;
    this.#counts[slot] = this.#stamps.count;
    this.#operations[slot] = happening.operation ?? 0;
    this.#sizes[slot] = happening.bytes ?? -1;
    const { event, method, by, detail, error } = happening;
    // One string for a path that comes again and again, and not each as it was decoded.
    const path = happening.path === this.#lastPath ? this.#lastPath : happening.path;
    this.#lastPath = path;
    const at = slot * TEXTS.length;
    const texts = this.#texts;
    texts[at] = event;
    texts[at + 1] = method;
    texts[at + PATH] = path;
    texts[at + BY] = by;
    texts[at + DETAIL] = detail;
    texts[at + 5] = error;
    this.#bytes += this.#bytesAt(at);
    while (this.#bytes > limits.journalBytesMax) this.#drop();
    this.#grown();
    return number;
  }

  /** What was entered as done turns out to be this; nothing happens when it dropped out. */
  correct(
    number: number,
    { event, error, bytes }: Pick<Happening, 'event' | 'error' | 'bytes'>,
  ): void {
    if (number < this.#first) return;
    const slot = number % this.#slots;
    this.#texts[slot * TEXTS.length] = event;
    this.#texts[slot * TEXTS.length + 5] = error;
    this.#sizes[slot] = bytes ?? -1;
  }

  /** An entry that is left, as one line of JSON; `root` is the path of this server. */
  line(number: number, root: string): string {
    const slot = number % this.#slots;
    const [event, method, path, by, detail, error] = this.#texts.slice(
      slot * TEXTS.length,
      (slot + 1) * TEXTS.length,
    );
    const operation = this.#operations[slot] as number;
    const bytes = this.#sizes[slot] as number;
    return `${JSON.stringify({
      number,
      stamp: this.#stampAt(slot),
      event,
      operation: operation === 0 ? undefined : operation,
      method,
      path: event === 'joined' || event === 'left' ? path : fullPath(path, root),
      by,
      detail,
      bytes: bytes < 0 ? undefined : bytes,
      error,
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

  #drop(): void {
    const at = (this.#first++ % this.#slots) * TEXTS.length;
    this.#bytes -= this.#bytesAt(at);
    this.#texts.fill(undefined, at, at + TEXTS.length);
  }

  /** Of the texts that peers choose. */
  #bytesAt(at: number): number {
    const texts = this.#texts;
    const chars = (texts[at + PATH]?.length ?? 0) + (texts[at + BY]?.length ?? 0);
    return 2 * (chars + (texts[at + DETAIL]?.length ?? 0));
  }

  #grow(): void {
    const before = this.#slots;
    const after = Math.min(this.#entriesMax, Math.max(SLOTS_FIRST, 2 * before));
    const walls = new Float64Array(after);
    const counts = new Uint16Array(after);
    const operations = new Float64Array(after);
    const sizes = new Float64Array(after);
    const texts = new Array<string | undefined>(after * TEXTS.length).fill(undefined);
    for (let number = this.#first; number < this.#next - 1; number++) {
      const from = number % before;
      const to = number % after;
      walls[to] = this.#walls[from] as number;
      counts[to] = this.#counts[from] as number;
      operations[to] = this.#operations[from] as number;
      sizes[to] = this.#sizes[from] as number;
      for (let i = 0; i < TEXTS.length; i++) {
        texts[to * TEXTS.length + i] = this.#texts[from * TEXTS.length + i];
      }
    }
    this.#walls = walls;
    this.#counts = counts;
    this.#operations = operations;
    this.#sizes = sizes;
    this.#texts = texts;
    this.#slots = after;
  }
}

/** The path of an anchor below the server at `root`; of undefined, that of all servers. */
export function fullPath(path: string | undefined, root: string): string {
  if (path === undefined) return '/';
  return path === '' ? root : `${root}/${path}`;
}
