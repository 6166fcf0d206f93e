/**
 * One who reads the journal: gets it as lines of JSON, as far as there is credit. Of what it has
 * not been sent yet nothing is kept for it but a few lines, so who reads too slowly misses entries,
 * and is told how many.
 */

import type { Journal } from '../journal/journal.ts';
import type { Call } from '../rpc/call.ts';

/** Lines are made until so many characters are together. */
const BATCH_CHARS = 16 * 1024;

const utf8 = new TextEncoder();
const empty = new Uint8Array(0);

export class JournalReader {
  readonly #call: Call;
  readonly #journal: Journal;
  readonly #root: string;
  #next: number;
  /** Number of the entry before which it ends; infinity for one who follows. */
  readonly #end: number;
  #batch: Uint8Array = empty;
  #ended = false;

  /** `root` is the path of the server. */
  constructor(
    call: Call,
    journal: Journal,
    options: { readonly root: string; readonly from: number; readonly follow: boolean },
  ) {
    this.#call = call;
    this.#journal = journal;
    this.#root = options.root;
    this.#next = Math.max(1, options.from);
    this.#end = options.follow ? Number.POSITIVE_INFINITY : journal.next;
  }

  /** Whether nothing more is sent to it. Its call may stand for longer, as the caller pleases. */
  get over(): boolean {
    return this.#ended || this.#call.over;
  }

  /** Sends what there is, as far as the reader takes it, and ends the stream after the last. */
  pump(): void {
    while (!this.over) {
      if (this.#batch.length === 0) this.#batch = utf8.encode(this.#lines());
      if (this.#batch.length === 0) {
        this.#ended = this.#next >= this.#end;
        if (this.#ended) this.#call.end();
        return;
      }
      const part = this.#batch.subarray(0, this.#call.room());
      if (part.length === 0) return;
      this.#batch = this.#batch.subarray(part.length);
      this.#call.data(part);
    }
  }

  #lines(): string {
    let lines = '';
    const lost = Math.min(this.#journal.first, this.#end) - this.#next;
    if (lost > 0) {
      this.#next += lost;
      lines = this.#journal.lostLine(lost);
    }
    const end = Math.min(this.#end, this.#journal.next);
    while (this.#next < end && lines.length < BATCH_CHARS) {
      lines += this.#journal.line(this.#next++, this.#root);
    }
    return lines;
  }
}
