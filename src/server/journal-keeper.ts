/**
 * Keeps the journal in files, so that it outlives the server: `journal-000001.jsonl` and so on, a
 * line of JSON for each entry, as a reader of the journal gets it. The first line of a file says
 * whose it is. Each start of a server begins a file, and so does one that is full; the oldest are
 * removed when there are too many bytes or too many files.
 *
 * Nothing waits for the disk. The keeper is one more reader of the journal in memory, which is its
 * buffer: it writes one batch after another, at the pace of the disk and never faster than `PAUSE_US`
 * allows; what drops out before it comes to that is counted, and a line says how many are lost. A
 * disk that fails, or is full, is tried again with growing pauses. That is logged when it begins and
 * when it is over.
 */

import type { Host, StoredFile, Timer } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import type { Journal } from '../journal/journal.ts';
import { MS, SECOND } from '../time.ts';

/** From one batch to the next. Longer: a crash loses more. Shorter: more syncs of the disk. */
const PAUSE_US = 100 * MS;
/** Lines are made until so many characters are together: some 3 ms of work. */
const BATCH_CHARS = 256 * 1024;
/** After the first failure; it doubles from there. */
const RETRY_US = SECOND;
const RETRY_MAX_US = 30 * SECOND;

const utf8 = new TextEncoder();

/** What its files may take. */
export type JournalBounds = Readonly<
  Record<'journalFileBytesMax' | 'journalDiskBytesMax' | 'journalFilesMax', number>
>;

/** How the keeping goes; counters are since the start of the server. */
export interface Keeping {
  /** Undefined before the first is begun. */
  readonly file: string | undefined;
  /** What its files take. */
  readonly fileBytes: number;
  readonly entries: number;
  /** Entries that dropped out before they could be written. */
  readonly lost: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Why nothing can be written now; undefined when it can. */
  readonly failing: string | undefined;
}

export class JournalKeeper {
  readonly #host: Pick<Host, 'clock' | 'storage' | 'log'>;
  readonly #journal: Journal;
  readonly #server: ServerId;
  readonly #bounds: JournalBounds;
  readonly #counts = { entries: 0, lost: 0, failures: 0 };
  /** The oldest first; the last is written. Undefined before they are known. */
  #files: { readonly name: string; bytes: number }[] | undefined;
  /** Number of the entry that is written next. */
  #next = 1;
  #writing = false;
  #failing: string | undefined;
  #retryUs = RETRY_US;
  #timer: Timer | undefined;
  /** It ends once all is written, or cannot be. */
  #flushing = false;
  #over = false;

  constructor(
    host: Pick<Host, 'clock' | 'storage' | 'log'>,
    journal: Journal,
    options: { readonly server: ServerId; readonly bounds: JournalBounds },
  ) {
    this.#host = host;
    this.#journal = journal;
    this.#server = options.server;
    this.#bounds = options.bounds;
    journal.watch(() => this.#later(PAUSE_US));
    this.#later(0);
  }

  get keeping(): Keeping {
    const { entries, lost, failures } = this.#counts;
    const files = this.#files ?? [];
    const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const file = files.at(-1)?.name;
    return { file, fileBytes, entries, lost, failures, failing: this.#failing };
  }

  /** Whether nothing is left to be written: after `flush`, or because it never can be. */
  get flushed(): boolean {
    return this.#over;
  }

  /** The server ends: what is left is written without a pause, or given up when that fails. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#later(0);
  }

  /** The server ends at once: nothing more is written. */
  close(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  /** One timer at a time: what is entered meanwhile is written with the rest. */
  #later(us: number): void {
    if (this.#timer !== undefined || this.#writing || this.#over) return;
    this.#timer = this.#host.clock.schedule(this.#host.clock.now() + us, () => {
      this.#timer = undefined;
      this.#go();
    });
  }

  #go(): void {
    if (this.#files === undefined) this.#look();
    else if (this.#next < this.#journal.next) this.#write(this.#files);
    else if (this.#flushing) this.#over = true;
  }

  #look(): void {
    this.#writing = true;
    this.#host.storage.list((files, error) => {
      this.#writing = false;
      if (error !== undefined) {
        this.#failed(error);
        return;
      }
      this.#files = journalFiles(files);
      this.#begin(this.#files);
      this.#later(0);
    });
  }

  #write(files: { readonly name: string; bytes: number }[]): void {
    const file = files.at(-1) as (typeof files)[number];
    const batch = this.#batch(file.bytes === 0);
    const bytes = utf8.encode(batch.text);
    this.#writing = true;
    this.#host.storage.append(file.name, bytes, (error) => {
      this.#writing = false;
      if (error !== undefined) {
        this.#failed(error);
        return;
      }
      if (this.#failing !== undefined) this.#recovered(batch.lost);
      this.#counts.entries += batch.entries;
      this.#counts.lost += batch.lost;
      this.#next = batch.next;
      file.bytes += bytes.length;
      if (file.bytes >= this.#bounds.journalFileBytesMax) this.#begin(files);
      if (this.#next < this.#journal.next) this.#later(this.#flushing ? 0 : PAUSE_US);
      else if (this.#flushing) this.#over = true;
    });
  }

  /** Lines from the next entry on. The file is the same if they have to be made again. */
  #batch(isFirst: boolean) {
    const root = `/${this.#server}`;
    let text = isFirst ? `${JSON.stringify({ format: 1, server: this.#server })}\n` : '';
    const lost = Math.max(0, this.#journal.first - this.#next);
    let next = this.#next + lost;
    if (lost > 0) text += this.#journal.lostLine(lost);
    const first = next;
    while (next < this.#journal.next && text.length < BATCH_CHARS) {
      text += this.#journal.line(next++, root);
    }
    return { text, next, lost, entries: next - first };
  }

  /** Begins the next file, and makes room for it. */
  #begin(files: { readonly name: string; bytes: number }[]): void {
    const last = numberOf(files.at(-1)?.name ?? '') ?? 0;
    let bytes = files.reduce((sum, each) => sum + each.bytes, 0);
    const { journalDiskBytesMax, journalFileBytesMax, journalFilesMax } = this.#bounds;
    const bytesMax = journalDiskBytesMax - journalFileBytesMax;
    while (files.length > 0 && (bytes > bytesMax || files.length >= journalFilesMax)) {
      const { name, bytes: removed } = files.shift() as (typeof files)[number];
      bytes -= removed;
      this.#host.storage.remove(name, (error) => {
        if (error !== undefined) this.#host.log.write('warn', 'journal-not-removed', { error });
      });
    }
    files.push({ name: `journal-${String(last + 1).padStart(6, '0')}.jsonl`, bytes: 0 });
  }

  #failed(error: string): void {
    this.#counts.failures++;
    if (this.#failing === undefined) this.#host.log.write('warn', 'journal-failing', { error });
    this.#failing = error;
    if (this.#flushing) {
      this.#over = true;
      return;
    }
    this.#later(this.#retryUs);
    this.#retryUs = Math.min(2 * this.#retryUs, RETRY_MAX_US);
  }

  #recovered(lost: number): void {
    this.#host.log.write('info', 'journal-works-again', { lost });
    this.#failing = undefined;
    this.#retryUs = RETRY_US;
  }
}

/** Of all files those of a journal, in the order of their numbers. */
export function journalFiles(files: readonly StoredFile[]): { name: string; bytes: number }[] {
  return files
    .filter(({ name }) => numberOf(name) !== undefined)
    .map(({ name, bytes }) => ({ name, bytes }))
    .sort((a, b) => (numberOf(a.name) as number) - (numberOf(b.name) as number));
}

function numberOf(name: string): number | undefined {
  const digits = /^journal-(\d{1,15})\.jsonl$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
