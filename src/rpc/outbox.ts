/**
 * What one side of a session has to say: makes frames, gathers the small ones to one write, and
 * counts what the peer leaves unread.
 */

import type { Budget } from '../budget.ts';
import { CircuitError, pastLimit } from '../errors.ts';
import type { ServerId } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import { limits } from '../limits.ts';
import { Writer } from '../wire/codec.ts';
import { MAGIC } from '../wire/version.ts';
import {
  FLAG_ASKER,
  FLAG_END,
  FLAG_UNKNOWN,
  Frame,
  isStamped,
  stampWords,
  writeTarget,
} from './frames.ts';
import { type Hello, helloCodec } from './hello.ts';

/** Payloads from this size on are written as they are instead of being copied to a batch. */
const COPY_BYTES_MAX = 8 * 1024;
/** Of the text of an error, so that in UTF-8 it keeps limits.errorBytesMax. */
const CHARS_MAX = 1_000;
/** The same for a peer that takes limits.helloBytesMax and no more. */
const STRANGER_CHARS_MAX = 300;

/** Of a note: four bytes of length, its type, and no call. */
const NOTE_HEADER = 6;
/** What was told one peer is mostly told some others as well: the last note, and its frame. */
let lastNote: Uint8Array | undefined;
let lastFrame = new Uint8Array();

export interface SessionOutput {
  /** As Connection.write: false when the peer reads more slowly than we write. */
  write(bytes: Uint8Array): boolean;
  /** There is something to `flush` soon. */
  wake(): void;
}

export interface OpenFrame {
  readonly method: number;
  readonly target: ServerId | undefined;
  readonly credit: number;
  /** No request stream follows. */
  readonly end: boolean;
  /** For whom this is relayed; see Frame.OPEN. */
  readonly asker?: string | undefined;
  readonly body: Uint8Array;
}

export class Outbox {
  readonly #output: SessionOutput;
  readonly #congested: () => void;
  readonly #stamps: Stamps | undefined;
  readonly #unsentMax: number;
  readonly #unsentOfAll: Budget;
  readonly #out = new Writer();
  /** A note that is all that was gathered so far. */
  #note: Uint8Array | undefined;
  #closed = false;
  #blocked = false;
  /** Written since the output was full. */
  #unsent = 0;
  #overrun = false;
  /** Where in `#out` the stamp of what was gathered belongs; -1 when it needs none so far. */
  #stampAt = -1;

  /** `congested` is called when the output is full. Nothing is stamped without `stamps`. */
  constructor(
    output: SessionOutput,
    congested: () => void,
    options: {
      readonly stamps: Stamps | undefined;
      readonly unsentBytesMax: number;
      /** Of this and others; what is unsent here is taken from it, however little is left. */
      readonly unsent: Budget;
    },
  ) {
    this.#output = output;
    this.#congested = congested;
    this.#stamps = options.stamps;
    this.#unsentMax = options.unsentBytesMax;
    this.#unsentOfAll = options.unsent;
  }

  /** The output is full: streams wait. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** So much is unsent that the session is to be given up. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /** What was gathered for the next write, and what was written since the output was full. */
  get unsent(): number {
    const note = this.#note === undefined ? 0 : this.#note.length + NOTE_HEADER;
    return this.#out.length + note + this.#unsent;
  }

  /**
   * Why no call with such a body may be opened now; undefined when it may. A quarter of what may be
   * unsent is left for what is said on calls that are open: the frame that cancels one, or takes an
   * offer, is less than a third of the one that opened it.
   */
  refusal(bodyBytes: number): CircuitError | undefined {
    if (this.#closed) {
      return new CircuitError('SERVER_GONE', 'the connection to the server is closed');
    }
    const max = this.#unsentMax;
    if (!this.#blocked || this.unsent + bodyBytes <= max - max / 4) return undefined;
    const what = 'too much waits to be sent on this connection: ask for less at once';
    return pastLimit(what, 'unsentBytesMax', max);
  }

  hello(hello: Hello): void {
    const at = this.#begin(Frame.HELLO, 0);
    this.#out.u32(MAGIC);
    helloCodec.write(this.#out, hello);
    this.#finish(at);
  }

  open(call: number, { method, target, credit, end, asker, body }: OpenFrame): void {
    const at = this.#begin(Frame.OPEN, call);
    this.#out.u8((end ? FLAG_END : 0) | (asker === undefined ? 0 : FLAG_ASKER));
    this.#out.varint(method);
    writeTarget(this.#out, target);
    this.#out.varint(credit);
    if (asker !== undefined) this.#out.text(asker);
    this.#finish(at, body);
  }

  reply(call: number, body: Uint8Array, end: boolean): void {
    const at = this.#begin(Frame.REPLY, call);
    this.#out.u8(end ? FLAG_END : 0);
    this.#finish(at, body);
  }

  offer(call: number, offer: number, complete: boolean, bytes: Uint8Array): void {
    const at = this.#begin(Frame.OFFER, call);
    this.#out.u8(complete ? FLAG_END : 0);
    this.#out.varint(offer);
    this.#finish(at, bytes);
  }

  take(call: number, offer: number): void {
    const at = this.#begin(Frame.TAKE, call);
    this.#out.varint(offer);
    this.#finish(at);
  }

  data(call: number, bytes: Uint8Array, end: boolean): void {
    const at = this.#begin(Frame.DATA, call);
    this.#out.u8(end ? FLAG_END : 0);
    this.#finish(at, bytes);
  }

  credit(call: number, bytes: number): void {
    const at = this.#begin(Frame.CREDIT, call);
    this.#out.varint(bytes);
    this.#finish(at);
  }

  error(call: number, error: CircuitError): void {
    const at = this.#begin(Frame.ERROR, call);
    this.#out.u8(error.outcomeUnknown ? FLAG_UNKNOWN : 0);
    this.#out.text(error.code);
    this.#out.text(cut(error.message, CHARS_MAX));
    this.#finish(at);
  }

  /** `bytes` may not be changed any more. */
  note(bytes: Uint8Array): void {
    const isFirst = this.#out.length === 0 && this.#note === undefined;
    if (isFirst && bytes.length < COPY_BYTES_MAX) {
      this.#output.wake();
      this.#note = bytes;
    } else {
      this.#finish(this.#begin(Frame.NOTE, 0), bytes);
    }
  }

  goodbye(error: CircuitError, options: { toStranger: boolean }): void {
    const at = this.#begin(Frame.GOODBYE, 0);
    this.#out.text(error.code);
    this.#out.text(cut(error.message, options.toStranger ? STRANGER_CHARS_MAX : CHARS_MAX));
    this.#finish(at);
  }

  /** A frame that says all by its type. */
  bare(type: typeof Frame.CANCEL | typeof Frame.PING | typeof Frame.PONG, call: number): void {
    this.#finish(this.#begin(type, call));
  }

  /** Hands what was gathered to the output, in one piece. */
  flush(): void {
    if (this.#note !== undefined) {
      const frame = frameOf(this.#note);
      this.#note = undefined;
      this.#write(frame);
    }
    if (this.#out.length === 0) return;
    if (this.#stampAt >= 0) this.#stamp();
    this.#write(this.#out.take());
  }

  /** The output takes more. False when that changes nothing. */
  drained(): boolean {
    if (!this.#blocked) return false;
    this.#blocked = false;
    this.#settle();
    return true;
  }

  /** Nothing is written any more. */
  close(): void {
    this.#closed = true;
    this.#settle();
  }

  #begin(type: number, call: number): number {
    if (this.#note !== undefined) {
      this.#out.raw(frameOf(this.#note));
      this.#note = undefined;
    } else if (this.#out.length === 0) {
      this.#output.wake();
    }
    if (this.#stampAt < 0 && this.#stamps !== undefined && isStamped(type)) this.#reserveStamp();
    const at = this.#out.length;
    this.#out.u32(0);
    this.#out.u8(type);
    this.#out.varint(call);
    return at;
  }

  /** The stamp goes in front, and is given out last: all that is gathered happened before it. */
  #reserveStamp(): void {
    const at = this.#out.length;
    this.#out.u32(0);
    this.#out.u8(Frame.STAMP);
    this.#out.varint(0);
    this.#stampAt = this.#out.length;
    this.#out.u32(0);
    this.#out.u32(0);
    this.#finish(at);
  }

  #stamp(): void {
    const [high, low] = stampWords((this.#stamps as Stamps).next());
    this.#out.patchU32(this.#stampAt, high);
    this.#out.patchU32(this.#stampAt + 4, low);
    this.#stampAt = -1;
  }

  #finish(at: number, payload?: Uint8Array): void {
    const size = payload?.length ?? 0;
    this.#out.patchU32(at, this.#out.length - at - 4 + size);
    if (payload === undefined) return;
    if (size < COPY_BYTES_MAX) {
      this.#out.raw(payload);
      if (this.#out.length >= limits.dataBytesMax) this.flush();
      return;
    }
    this.flush();
    this.#write(payload);
  }

  #write(bytes: Uint8Array): void {
    if (this.#closed || this.#overrun) return;
    const roomy = this.#output.write(bytes);
    if (roomy && !this.#blocked) return;
    this.#unsent += bytes.length;
    this.#unsentOfAll.overdraw(bytes.length);
    if (!this.#blocked) {
      this.#blocked = true;
      this.#congested();
    }
    if (this.#unsent > this.#unsentMax) {
      this.#overrun = true;
      this.#output.wake();
    }
  }

  /** Nothing is unsent. */
  #settle(): void {
    this.#unsentOfAll.give(this.#unsent);
    this.#unsent = 0;
  }
}

/** Never in the middle of a character. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? charsMax - 1 : charsMax);
}

/** The frame of a note: the same for all who are told the same. */
function frameOf(note: Uint8Array): Uint8Array {
  if (note === lastNote) return lastFrame;
  const frame = new Uint8Array(NOTE_HEADER + note.length);
  const length = note.length + 2;
  frame[0] = length >>> 24;
  frame[1] = length >>> 16;
  frame[2] = length >>> 8;
  frame[3] = length;
  frame[4] = Frame.NOTE;
  frame.set(note, NOTE_HEADER);
  lastNote = note;
  lastFrame = frame;
  return frame;
}
