/**
 * One connection between two peers: many calls at once, both ways, with flow control per stream.
 *
 * A call is opened with a method, a target and a body. It may carry a byte stream each way. The
 * answer is a reply, or an offer that the caller must take before it counts (see OFFER), or an
 * error. Data moves only as far as the receiver has granted credit, so a slow reader stalls its own
 * stream and nothing else (as in HTTP/2, RFC 9113 section 5.2, but granted per call and explicitly).
 *
 * Sans-IO: bytes come in through `received`, go out through `output`. Frames are gathered until
 * `flush`; `output.wake` says that there is something to flush. What a peer may not send ends the
 * session with a reason and harms nobody else.
 */

import { assert } from '../assert.ts';
import { ChurnMap } from '../churn-map.ts';
import { CircuitError, isErrorCode } from '../errors.ts';
import type { ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { guarded, type Reader, Writer } from '../wire/codec.ts';
import { Frames } from '../wire/frame.ts';
import { MAGIC, PROTOCOL_VERSION } from '../wire/version.ts';
import { Call, type CallEvents } from './call.ts';
import { FLAG_END, FLAG_UNKNOWN, Frame, readTarget, writeTarget } from './frames.ts';
import { type Hello, helloCodec } from './hello.ts';

/** Payloads from this size on are written as they are instead of being copied to a batch. */
const COPY_BYTES_MAX = 8 * 1024;
/** Of the text of an error, so that in UTF-8 it keeps limits.errorBytesMax. */
const CHARS_MAX = 1_000;
/** The same for a peer that takes limits.helloBytesMax and no more. */
const STRANGER_CHARS_MAX = 300;

export interface SessionOutput {
  /** As Connection.write: false when the peer reads more slowly than we write. */
  write(bytes: Uint8Array): boolean;
  /** There is something to `flush` soon. */
  wake(): void;
}

export interface SessionEvents {
  /** The peer introduced itself. Throw a CircuitError to turn it away. */
  admit(hello: Hello): void;
  /** Both sides know each other now. */
  greeted(hello: Hello): void;
  /** The peer opened a call; the events returned hear what it says on it. */
  opened(call: Call, open: Open): CallEvents;
  /** The peer sent a note: a message outside any call. */
  noted(bytes: Uint8Array): void;
  /** The peer broke the protocol. `finished` follows. */
  malformed(what: string): void;
  /** No more room towards the peer, or room again: a careful owner stops reading meanwhile. */
  congested(yes: boolean): void;
  /** The session is over; its calls have failed. The owner ends the connection. */
  finished(error: CircuitError): void;
}

export interface Open {
  readonly method: number;
  /** The server that the call is for; undefined for whoever is dialled. */
  readonly target: ServerId | undefined;
  /** Bytes of answer stream that the caller takes before granting more. */
  readonly credit: number;
  readonly body: Uint8Array;
}

export class Session {
  readonly #output: SessionOutput;
  readonly #events: SessionEvents;
  readonly #frames = new Frames(limits.helloBytesMax);
  readonly #out = new Writer();
  readonly #calls = new ChurnMap<number, Call>();
  /** Calls that found no room and want to hear when there is. */
  readonly #waiting = new Set<Call>();
  readonly #hello: Hello;
  #nextCall: number;
  #peer: Hello | undefined;
  #over = false;
  #blocked = false;
  /** Written since the output was full. */
  #unsent = 0;
  /** So much is unsent that the session is given up, once nobody is in the midst of a call of it. */
  #overrun = false;
  #theirCalls = 0;

  constructor(options: {
    dialled: boolean;
    hello: Hello;
    output: SessionOutput;
    events: SessionEvents;
  }) {
    this.#output = options.output;
    this.#events = options.events;
    this.#hello = options.hello;
    // Each side numbers its calls in its own parity, so that both may open at once.
    this.#nextCall = options.dialled ? 1 : 2;
  }

  /** Begins, on the side that dialled: introduces us. The other side answers. */
  start(): void {
    this.#greet();
  }

  /** Who is at the other end; undefined until it has said so. */
  get peer(): Hello | undefined {
    return this.#peer;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Calls in flight, both ways. */
  get calls(): number {
    return this.#calls.size;
  }

  /** Opens a call. `credit` is how many bytes of answer stream we take before granting more. */
  open(
    request: { method: number; target: ServerId | undefined; body: Uint8Array },
    options: { end: boolean; credit: number },
    events: CallEvents,
  ): Call {
    assert(request.body.length <= limits.bodyBytesMax, 'body within its bound');
    const id = this.#nextCall;
    this.#nextCall += 2;
    const call = new Call(this, id, options.credit);
    call.events = events;
    if (this.#over) {
      call.close(new CircuitError('SERVER_GONE', 'the connection to the server is closed'));
      return call;
    }
    this.#calls.set(id, call);
    const at = this.#begin(Frame.OPEN, id);
    this.#out.u8(options.end ? FLAG_END : 0);
    this.#out.varint(request.method);
    writeTarget(this.#out, request.target);
    this.#out.varint(options.credit);
    if (options.end) call.endedHere();
    this.#finish(at, request.body);
    return call;
  }

  /** Sends a message outside any call. */
  note(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#finish(this.#begin(Frame.NOTE, 0), bytes);
  }

  /** Asks for a sign of life; any frame is one. */
  ping(): void {
    if (!this.#over) this.#finish(this.#begin(Frame.PING, 0));
  }

  /** Bytes from the peer. */
  received(bytes: Uint8Array): void {
    if (this.#over) return;
    const whole = this.#frames.push(bytes, (frame) => {
      const problem = guarded(() => this.#handle(frame));
      if (problem !== '') this.#violated(problem ?? 'a malformed frame');
      return !this.#over;
    });
    if (!whole && !this.#over) this.#violated('an over-long frame');
  }

  /** The connection takes more again. */
  drained(): void {
    if (this.#over || !this.#blocked) return;
    this.#blocked = false;
    this.#unsent = 0;
    this.#events.congested(false);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.roomAgain();
  }

  /** The connection broke, or the owner gives it up: every call fails with `error`. */
  close(error: CircuitError): void {
    if (this.#over) return;
    this.#over = true;
    const calls = this.#calls.values();
    this.#calls.clear();
    for (const call of calls) call.close(error);
    this.#events.finished(error);
  }

  /** Tells the peer why, then closes. */
  goodbye(error: CircuitError): void {
    if (this.#over) return;
    const at = this.#begin(Frame.GOODBYE, 0);
    this.#out.text(error.code);
    this.#out.text(cut(error.message, this.#peer === undefined ? STRANGER_CHARS_MAX : CHARS_MAX));
    this.#finish(at);
    this.#flushOut();
    this.close(error);
  }

  /**
   * Hands what was gathered to the output, in one piece. The session may end here, so this is not
   * called while an event of it is handled.
   */
  flush(): void {
    this.#flushOut();
    if (this.#overrun) {
      this.close(new CircuitError('PROTOCOL', 'the peer does not read what it is sent'));
    }
  }

  /** The rest of this class is for Call alone. */

  get blocked(): boolean {
    return this.#blocked;
  }

  awaitRoom(call: Call): void {
    this.#waiting.add(call);
  }

  forget(call: Call): void {
    this.#waiting.delete(call);
    if (this.#calls.delete(call.id) && this.#isTheirs(call.id)) this.#theirCalls--;
  }

  sendReply(call: Call, body: Uint8Array, end: boolean): void {
    const at = this.#begin(Frame.REPLY, call.id);
    this.#out.u8(end ? FLAG_END : 0);
    this.#finish(at, body);
  }

  sendOffer(call: Call, offer: number, complete: boolean, bytes: Uint8Array): void {
    const at = this.#begin(Frame.OFFER, call.id);
    this.#out.u8(complete ? FLAG_END : 0);
    this.#out.varint(offer);
    this.#finish(at, bytes);
  }

  sendData(call: Call, bytes: Uint8Array, end: boolean): void {
    const at = this.#begin(Frame.DATA, call.id);
    this.#out.u8(end ? FLAG_END : 0);
    this.#finish(at, bytes);
  }

  /** TAKE carries the number of the offer, CREDIT a count of bytes. */
  sendNumber(type: typeof Frame.TAKE | typeof Frame.CREDIT, call: Call, value: number): void {
    const at = this.#begin(type, call.id);
    this.#out.varint(value);
    this.#finish(at);
  }

  sendCancel(call: Call): void {
    this.#finish(this.#begin(Frame.CANCEL, call.id));
  }

  sendError(call: Call, error: CircuitError): void {
    const at = this.#begin(Frame.ERROR, call.id);
    this.#out.u8(error.outcomeUnknown ? FLAG_UNKNOWN : 0);
    this.#out.text(error.code);
    this.#out.text(cut(error.message, CHARS_MAX));
    this.#finish(at);
  }

  #greet(): void {
    const at = this.#begin(Frame.HELLO, 0);
    this.#out.u32(MAGIC);
    helloCodec.write(this.#out, this.#hello);
    this.#finish(at);
  }

  /** Returns '' when all is well, else what the peer did wrong. */
  #handle(frame: Reader): string {
    const type = frame.u8();
    const id = frame.varint();
    if (this.#peer === undefined && type !== Frame.GOODBYE) {
      return type === Frame.HELLO ? this.#handleHello(frame) : 'no introduction';
    }
    switch (type) {
      case Frame.OPEN:
        return this.#handleOpen(id, frame);
      case Frame.NOTE:
        this.#events.noted(frame.rest());
        return '';
      case Frame.PING:
        this.#finish(this.#begin(Frame.PONG, 0));
        return '';
      case Frame.PONG:
        return '';
      case Frame.GOODBYE: {
        const code = frame.text(64);
        const message = frame.text(limits.errorBytesMax);
        // Calls in flight may have been done before the peer took its leave.
        const outcomeUnknown = this.#peer !== undefined;
        this.close(
          new CircuitError(isErrorCode(code) ? code : 'PROTOCOL', message, { outcomeUnknown }),
        );
        return '';
      }
      default: {
        const call = this.#calls.get(id);
        // Frames for a call that just ended on this side are still on their way: not an error.
        return call === undefined ? knownType(type) : this.#handleCall(call, type, frame);
      }
    }
  }

  #handleHello(frame: Reader): string {
    if (frame.u32() !== MAGIC) return 'not a circuit peer';
    const hello = helloCodec.read(frame);
    if (hello.version !== PROTOCOL_VERSION) {
      this.goodbye(
        new CircuitError(
          'PROTOCOL',
          `this server speaks protocol version ${PROTOCOL_VERSION}, the peer ${hello.version}: ` +
            'run the same version of circuit on both',
        ),
      );
      return '';
    }
    try {
      this.#events.admit(hello);
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      this.goodbye(error);
      return '';
    }
    this.#peer = hello;
    this.#frames.max = limits.frameBytesMax;
    if (this.#isTheirs(1)) this.#greet();
    this.#events.greeted(hello);
    return '';
  }

  #handleOpen(id: number, frame: Reader): string {
    const flags = frame.u8();
    const method = frame.varint(65_535);
    const target = readTarget(frame);
    const credit = frame.varint();
    const body = frame.rest();
    if (!this.#isTheirs(id) || this.#calls.has(id)) return 'a call number that is not free';
    const call = new Call(this, id, 0);
    if (!call.granted(credit)) return 'credit beyond the window';
    if ((flags & FLAG_END) !== 0) call.endedThere();
    this.#calls.set(id, call);
    this.#theirCalls++;
    if (this.#theirCalls > limits.callsInFlightMax) {
      call.fail(new CircuitError('LIMIT', 'too many calls are in flight on this connection'));
      return '';
    }
    if (body.length > limits.bodyBytesMax) {
      call.fail(new CircuitError('LIMIT', `a request holds ${limits.bodyBytesMax} bytes at most`));
      return '';
    }
    call.events = this.#events.opened(call, { method, target, credit, body });
    return '';
  }

  #handleCall(call: Call, type: number, frame: Reader): string {
    const ofCaller = type === Frame.TAKE || type === Frame.CANCEL;
    const ofCallee = type === Frame.REPLY || type === Frame.OFFER;
    if (this.#isTheirs(call.id) ? ofCallee : ofCaller) return 'a frame of the other side of a call';
    switch (type) {
      case Frame.REPLY: {
        const end = (frame.u8() & FLAG_END) !== 0;
        return call.gotReply(frame.rest(), end) ? '' : 'a second answer to one call';
      }
      case Frame.OFFER: {
        const complete = (frame.u8() & FLAG_END) !== 0;
        const offer = frame.varint();
        call.events.offered?.(offer, complete, frame.rest());
        return '';
      }
      case Frame.TAKE:
        call.events.taken?.(frame.varint());
        return '';
      case Frame.DATA: {
        const end = (frame.u8() & FLAG_END) !== 0;
        return call.gotData(frame.rest(), end) ? '' : 'data beyond the credit granted';
      }
      case Frame.CREDIT: {
        const bytes = frame.varint();
        if (!call.granted(bytes)) return 'credit beyond the window';
        call.events.granted?.(bytes);
        call.roomAgain();
        return '';
      }
      case Frame.CANCEL:
        call.events.cancelled?.();
        return '';
      case Frame.ERROR: {
        const outcomeUnknown = (frame.u8() & FLAG_UNKNOWN) !== 0;
        const code = frame.text(64);
        const message = frame.text(limits.errorBytesMax);
        this.forget(call);
        call.close(
          new CircuitError(isErrorCode(code) ? code : 'PROTOCOL', message, { outcomeUnknown }),
        );
        return '';
      }
      default:
        return knownType(type);
    }
  }

  #violated(what: string): void {
    this.#events.malformed(what);
    this.goodbye(new CircuitError('PROTOCOL', `the peer broke the protocol: ${what}`));
  }

  /** Ids of ours have the parity of the next one we would use. */
  #isTheirs(id: number): boolean {
    return id % 2 !== this.#nextCall % 2;
  }

  #begin(type: number, call: number): number {
    if (this.#out.length === 0) this.#output.wake();
    const at = this.#out.length;
    this.#out.u32(0);
    this.#out.u8(type);
    this.#out.varint(call);
    return at;
  }

  #finish(at: number, payload?: Uint8Array): void {
    const size = payload?.length ?? 0;
    this.#out.patchU32(at, this.#out.length - at - 4 + size);
    if (payload === undefined) return;
    if (size < COPY_BYTES_MAX) {
      this.#out.raw(payload);
      if (this.#out.length >= limits.dataBytesMax) this.#flushOut();
      return;
    }
    this.#flushOut();
    this.#write(payload);
  }

  #flushOut(): void {
    if (this.#out.length > 0) this.#write(this.#out.take());
  }

  #write(bytes: Uint8Array): void {
    if (this.#over || this.#overrun) return;
    const roomy = this.#output.write(bytes);
    if (roomy && !this.#blocked) return;
    this.#unsent += bytes.length;
    if (!this.#blocked) {
      this.#blocked = true;
      this.#events.congested(true);
    }
    if (this.#unsent > limits.unsentBytesMax) {
      this.#overrun = true;
      this.#output.wake();
    }
  }
}

/** Never in the middle of a character. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const last = text.charCodeAt(charsMax - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? charsMax - 1 : charsMax);
}

function knownType(type: number): string {
  return type <= Frame.GOODBYE ? '' : 'a frame of unknown type';
}
