/**
 * What proves that two runs were the same, and what a failing run shows.
 *
 * Every executed event goes into two 32-bit lanes of a rolling hash, and the state of the lanes is
 * kept once per 1,024 events: two runs that differ are compared by these checkpoints, so the first
 * block that differs is found without keeping the events. The last 4,096 events are kept as
 * numbers and become text only when somebody asks.
 *
 * What servers tell of each other goes in as numbers as well, for there is much of it; and with it
 * goes who sent what the server was handling just then.
 */

import { fromOther } from './kind.ts';

/** Events between two checkpoints. */
export const BLOCK_EVENTS = 1_024;
const RING_EVENTS = 4_096;
const WORDS = 5;
const NOTE = -1;
const TOLD = -2;

/** How events and actors are called in a trace. */
export interface TraceNames {
  /** Of an event, such as `datagram`. */
  kind(kind: number): string;
  /** Of a host; that of the scenario is 0. */
  actor(actor: number): string;
}

/** That a server told of another one. */
export interface TraceTold {
  readonly at: number;
  readonly type: 'joined' | 'left';
  readonly observer: number;
  readonly subject: number;
  /** Which start of the subject's host it is, from 1. */
  readonly start: number;
  readonly incarnation: number;
  /** Who sent what the observer was handling; 0 when it was a timer or the like. */
  readonly from: number;
}

/** Takes in a full trace, as numbers; `names` of the trace say what they mean. */
export interface TraceSink {
  /** Something happens to an actor; of what was sent, `a` is the index of the sender's machine. */
  event(at: number, actor: number, kind: number, a: number, b: number): void;
  /** A line of text, about that actor, or 0. */
  note(at: number, actor: number, text: string): void;
  /** A server tells that another has joined or left. */
  told(told: TraceTold): void;
}

/** The history of a run: its hash, and its last events in words. */
export class Trace {
  /** Events recorded; notes do not count. */
  events = 0;

  /** How events and actors are called. */
  readonly names: TraceNames;
  readonly #sink: TraceSink | undefined;
  #low = 0x2545f491;
  #high = 0x6c8e9cf5;
  readonly #checkpoints: number[] = [];

  #next = 0;
  #now = 0;
  /** Whom the event happens to that is being executed, and who sent it; 0: nobody. */
  #actor = 0;
  #from = 0;
  /** Of each of the last events its time, kind, actor, `a` and `b`: one write meets one line. */
  readonly #ring = new Float64Array(RING_EVENTS * WORDS);
  readonly #notes = new Map<number, string>();

  constructor(names: TraceNames, sink?: TraceSink) {
    this.names = names;
    this.#sink = sink;
  }

  /** Takes in the next event. */
  record(time: number, actor: number, kind: number, a: number, b: number): void {
    this.#now = time;
    this.#keep(kind, actor, a, b);
    this.#actor = actor;
    this.#from = fromOther(kind) ? a + 1 : 0;
    const who = (actor << 8) ^ kind;
    const late = (time / 2 ** 32) ^ (b << 7);
    let low = Math.imul(this.#low ^ time, 0x9e3779b1) ^ (this.#high >>> 15);
    let high = Math.imul(this.#high ^ who ^ late, 0x85ebca6b) ^ (low >>> 13);
    low = Math.imul(low ^ a, 0xc2b2ae35) ^ (high >>> 16);
    high = Math.imul(high ^ b, 0x27d4eb2f) ^ (low >>> 14);
    this.#low = low;
    this.#high = high;
    if ((++this.events & (BLOCK_EVENTS - 1)) === 0) this.#checkpoints.push(this.#low, this.#high);
    this.#sink?.event(time, actor, kind, a, b);
  }

  /** Adds a number to the hash of the event being executed, such as a length. */
  mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x9e3779b1) ^ (this.#high >>> 15);
    this.#high = Math.imul(this.#high ^ this.#low, 0x85ebca6b) ^ (this.#high >>> 13);
  }

  /** The event being executed is that something which this actor sent is handled at last. */
  handles(sender: number): void {
    this.#from = sender;
  }

  /** A server tells of another one; part of the hash. */
  told(told: Omit<TraceTold, 'at' | 'from'>): void {
    const { type, observer, subject, start, incarnation } = told;
    const joined = type === 'joined' ? 1 : 0;
    this.#keep(TOLD, observer, subject, start * 2 + joined);
    this.mix(observer ^ (incarnation << 16));
    this.mix(subject ^ ((start * 2 + joined) << 16));
    const from = this.#actor === observer ? this.#from : 0;
    this.#sink?.told({ ...told, at: this.#now, from });
  }

  /** A line of text between the events, about that actor, or 0; part of the hash. */
  note(text: string, actor = 0): void {
    this.#notes.set(this.#keep(NOTE, actor, 0, 0), text);
    this.mix(text.length);
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
    this.#sink?.note(this.#now, actor, text);
  }

  /** 16 hex digits: equal when the runs were. */
  hash(): string {
    return hex(this.#low) + hex(this.#high);
  }

  /** The hash after each block of 1,024 events. */
  checkpoints(): string[] {
    const hashes: string[] = [];
    for (let i = 0; i < this.#checkpoints.length; i += 2) {
      hashes.push(hex(this.#checkpoints[i] as number) + hex(this.#checkpoints[i + 1] as number));
    }
    return hashes;
  }

  /** The first block in which the runs differ, or undefined when no whole block does. */
  firstDifference(other: Trace): number | undefined {
    const [mine, theirs] = [this.#checkpoints, other.#checkpoints];
    const count = Math.max(mine.length, theirs.length);
    for (let i = 0; i < count; i++) if (mine[i] !== theirs[i]) return i >> 1;
    return undefined;
  }

  /** The last `count` events and notes, oldest first, one line each. */
  render(count = RING_EVENTS): string[] {
    const lines: string[] = [];
    const first = Math.max(0, this.#next - Math.min(count, RING_EVENTS));
    for (let n = first; n < this.#next; n++) lines.push(this.#line(n & (RING_EVENTS - 1)));
    return lines;
  }

  /** Returns where it is kept. */
  #keep(kind: number, actor: number, a: number, b: number): number {
    const index = this.#next++ & (RING_EVENTS - 1);
    const ring = this.#ring;
    const word = index * WORDS;
    ring[word] = this.#now;
    ring[word + 1] = kind;
    ring[word + 2] = actor;
    ring[word + 3] = a;
    ring[word + 4] = b;
    return index;
  }

  #line(index: number): string {
    const word = index * WORDS;
    const [time, kind, by, a, b] = this.#ring.subarray(word, word + WORDS) as unknown as Kept;
    const at = (time / 1_000_000).toFixed(6).padStart(14);
    if (kind === NOTE) return `${at}  # ${this.#notes.get(index) ?? ''}`;
    const actor = this.names.actor(by).padEnd(12);
    if (kind === TOLD) {
      const what = (b & 1) === 1 ? 'joined' : 'left';
      return `${at}  ${actor} tells that ${this.names.actor(a)}#${b >> 1} has ${what}`;
    }
    const name = this.names.kind(kind).padEnd(12);
    return `${at}  ${actor} ${name} ${String(a).padStart(8)} ${String(b).padStart(8)}`;
  }
}

/** Time, kind, actor, `a` and `b`. */
type Kept = [number, number, number, number, number];

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0');
}
