/**
 * G10: the journals of all servers, merged by their stamps, have everything after what may have
 * caused it: an operation comes after what its client did before, and after what the sender of a
 * message that the client received had done, whatever server did it and whatever its clock shows.
 * Each server's own journal is in execution order, and a message is not received in it before it
 * is sent.
 *
 * A server that crashes takes its journal along: what it did is then skipped, and what came before
 * that still counts.
 */

import type { JournalEntry } from '../../src/client/journal.ts';
import type { Cluster } from '../cluster.ts';
import type { Checker } from './checker.ts';

/** An operation of a client, at an anchor of its own. */
export interface Mark {
  readonly path: string;
  readonly server: string;
  /** What its client knew to be done. */
  readonly after: readonly Mark[];
  readonly startAt: number;
  /** Infinity until its client knows that it is done. */
  doneAt: number;
}

/** Where the entries of an operation are in the merged journal. */
interface Span {
  readonly first: number;
  last: number;
}

/** See the header of this file. */
export class JournalChecker implements Checker {
  readonly guarantee = 'G10 journal';
  observed = 0;
  readonly #cluster: Cluster;
  readonly marks: Mark[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** A client begins an operation, and knows that these are done. */
  begins(path: string, server: string, after: readonly Mark[]): Mark {
    const startAt = this.#cluster.now;
    const mark: Mark = { path, server, after, startAt, doneAt: Number.POSITIVE_INFINITY };
    this.marks.push(mark);
    return mark;
  }

  /** Its client knows that it is done. */
  done(mark: Mark): void {
    mark.doneAt = this.#cluster.now;
  }

  /** Checks the merged journal of all servers that are left. */
  log(entries: readonly JournalEntry[]): void {
    this.#merged(entries);
    this.#received(entries);
    const spans = spansOf(entries);
    this.#causes(spans);
    this.#executed(spans);
  }

  atEnd(): void {}

  /** Stamps rise, and each server's entries are there without a gap. */
  #merged(entries: readonly JournalEntry[]): void {
    const numbers = new Map<string, number>();
    for (const [at, { server, number, stamp, event }] of entries.entries()) {
      if (event === 'lost') this.#violate(`${server} has lost entries: it keeps too few`);
      if (stamp < (entries[at - 1]?.stamp ?? '')) {
        this.#violate(`entry ${number} of ${server} is merged behind what has a larger stamp`);
      }
      const before = numbers.get(server) ?? 0;
      if (number !== before + 1) this.#violate(`${server} tells ${number} after ${before}`);
      numbers.set(server, number);
    }
  }

  /** No channel has given out more than was sent to it. */
  #received(entries: readonly JournalEntry[]): void {
    const inside = new Map<string, number>();
    for (const { method, event, path = '', error } of entries) {
      if (error !== undefined) continue;
      if (method === 'send' && event !== 'ended') inside.set(path, (inside.get(path) ?? 0) + 1);
      if (method !== 'receive' || event === 'began') continue;
      const left = (inside.get(path) ?? 0) - 1;
      inside.set(path, left);
      this.observed++;
      if (left < 0) this.#violate(`a message of ${path} is received before it is sent`);
    }
  }

  #causes(spans: ReadonlyMap<string, Span>): void {
    /** Of each operation, the last entry of it and of all that came before it. */
    const bounds = new Map<Mark, number>();
    // Causes are older, and so come first.
    for (const mark of this.marks) {
      const floor = Math.max(-1, ...mark.after.map((cause) => bounds.get(cause) ?? -1));
      const span = spans.get(mark.path);
      bounds.set(mark, Math.max(floor, span?.last ?? -1));
      if (span === undefined || floor < 0) continue;
      this.observed++;
      if (span.first > floor) continue;
      const causes = mark.after.map(({ path }) => path).join(', ');
      this.#violate(`${mark.path} is in the log before what it came after: ${causes}`);
    }
  }

  /** What was done before something else was begun has the smaller number on one server. */
  #executed(spans: ReadonlyMap<string, Span>): void {
    const begun = new Map<string, Mark>();
    const known = this.marks.filter(({ path }) => spans.has(path));
    const at = ({ path }: Mark) => (spans.get(path) as Span).first;
    for (const mark of known.sort((a, b) => at(a) - at(b))) {
      const latest = begun.get(mark.server);
      if (latest === undefined || latest.startAt < mark.startAt) begun.set(mark.server, mark);
      this.observed++;
      if (latest === undefined || mark.doneAt >= latest.startAt) continue;
      this.#violate(`${mark.path} was done before ${latest.path} began, and comes after it`);
    }
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}

function spansOf(entries: readonly JournalEntry[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const [at, { path, method }] of entries.entries()) {
    if (path === undefined || method !== 'makeChan') continue;
    const span = spans.get(path);
    if (span === undefined) spans.set(path, { first: at, last: at });
    else span.last = at;
  }
  return spans;
}
