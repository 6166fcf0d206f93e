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
import type { Budget } from '../budget.ts';
import { ChurnMap } from '../churn-map.ts';
import { CircuitError, unknownOutcome } from '../errors.ts';
import type { ServerId } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import { limits } from '../limits.ts';
import { guarded, type Reader } from '../wire/codec.ts';
import { Frames } from '../wire/frame.ts';
import { MAGIC, PROTOCOL_VERSION } from '../wire/version.ts';
import { boundsAlone, excessOf, type SessionBounds } from './bounds.ts';
import { Call, type CallEvents, type CallOwner } from './call.ts';
import {
  FLAG_ASKER,
  FLAG_END,
  FLAG_UNKNOWN,
  Frame,
  knownType,
  readStamp,
  readTarget,
} from './frames.ts';
import { type Hello, helloCodec } from './hello.ts';
import { Outbox, type SessionOutput } from './outbox.ts';
import { saidError } from './said-error.ts';

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
  /** Of a server that relays: the address of the client that asks. */
  readonly asker: string | undefined;
  readonly body: Uint8Array;
}

export class Session implements CallOwner {
  /** For calls of this session alone. */
  readonly outbox: Outbox;
  readonly held: Budget;
  readonly #bounds: SessionBounds;
  readonly #events: SessionEvents;
  readonly #frames = new Frames(limits.helloBytesMax);
  readonly #calls = new ChurnMap<number, Call>();
  /** Calls that found no room and want to hear when there is. */
  readonly #waiting = new Set<Call>();
  readonly #hello: Hello;
  readonly #stamps: Stamps | undefined;
  readonly #onFrame: (frame: Reader) => boolean;
  #nextCall: number;
  #peer: Hello | undefined;
  #over = false;
  #theirCalls = 0;

  constructor(options: {
    dialled: boolean;
    hello: Hello;
    output: SessionOutput;
    events: SessionEvents;
    /** Stamps what we say on calls, and goes on from what the peer says; neither without. */
    stamps?: Stamps | undefined;
    /** Of a server; else there are bounds for each session and none together. */
    bounds?: SessionBounds;
    /** Asked after each frame; when it is enough for now, the rest waits for the next `received`. */
    isEnough?: () => boolean;
  }) {
    this.#events = options.events;
    this.#stamps = options.stamps;
    this.#bounds = options.bounds ?? boundsAlone();
    this.held = this.#bounds.held;
    const { stamps, isEnough = () => false } = options;
    const congested = () => this.#events.congested(true);
    this.outbox = new Outbox(options.output, congested, { stamps, ...this.#bounds });
    this.#hello = options.hello;
    // Made once, not for every frame: most of what a server receives is a single small one.
    const read = (frame: Reader) => this.#handle(frame);
    this.#onFrame = (frame) => {
      const problem = guarded(read, frame);
      if (problem !== '') this.#violated(problem ?? 'a malformed frame');
      return !this.#over && !isEnough();
    };
    // Each side numbers its calls in its own parity, so that both may open at once.
    this.#nextCall = options.dialled ? 1 : 2;
  }

  /** Begins, on the side that dialled: introduces us. The other side answers. */
  start(): void {
    this.outbox.hello(this.#hello);
  }

  /** Who is at the other end; undefined until it has said so. */
  get peer(): Hello | undefined {
    return this.#peer;
  }

  get over(): boolean {
    return this.#over;
  }

  /** How many bytes were received and wait: see `isEnough`. */
  get behind(): number {
    return this.#over ? 0 : this.#frames.waitingBytes;
  }

  /** Calls in flight, both ways. */
  get calls(): number {
    return this.#calls.size;
  }

  /** Those calls, the oldest first. */
  pending(): readonly Call[] {
    return this.#calls.values();
  }

  /**
   * Opens a call. `credit` is how many bytes of answer stream we take before granting more. It fails
   * before this returns, and nothing is sent, where the session is over or too much is unsent.
   */
  open(
    request: {
      method: number;
      target: ServerId | undefined;
      asker?: string | undefined;
      body: Uint8Array;
    },
    options: { end: boolean; credit: number },
    events: CallEvents,
  ): Call {
    assert(request.body.length <= limits.bodyBytesMax, 'body within its bound');
    const id = this.#nextCall;
    this.#nextCall += 2;
    const call = new Call(this, id, options.credit);
    call.events = events;
    const refusal = this.outbox.refusal(request.body.length);
    if (refusal !== undefined) {
      call.close(refusal);
      return call;
    }
    this.#calls.set(id, call);
    this.outbox.open(id, { ...request, ...options });
    if (options.end) call.endedHere();
    return call;
  }

  /** Sends a message outside any call. The caller may not change `bytes` any more. */
  note(bytes: Uint8Array): void {
    if (!this.#over) this.outbox.note(bytes);
  }

  /** Asks for a sign of life; any frame is one. */
  ping(): void {
    if (!this.#over) this.outbox.bare(Frame.PING, 0);
  }

  /** Bytes from the peer. */
  received(bytes: Uint8Array): void {
    if (this.#over) return;
    const whole = this.#frames.push(bytes, this.#onFrame);
    if (!whole && !this.#over) this.#violated('an over-long frame');
  }

  /** Bytes from the peer that wait for the next `received`. */
  later(bytes: Uint8Array): void {
    if (!this.#over) this.#frames.later(bytes);
  }

  /** The connection takes more again. */
  drained(): void {
    if (this.#over || !this.outbox.drained()) return;
    this.#events.congested(false);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.roomAgain();
  }

  /**
   * The connection broke, or the owner gives it up: every call fails with `error`. What we asked of
   * a peer that takes requests may be done all the same, whatever the reason is.
   */
  close(error: CircuitError): void {
    if (this.#over) return;
    this.#over = true;
    this.outbox.close();
    const calls = this.#calls.values();
    this.#calls.clear();
    this.#bounds.calls.give(this.#theirCalls);
    const ours = this.#peer === undefined ? error : unknownOutcome(error);
    for (const call of calls) call.close(this.#isTheirs(call.id) ? error : ours);
    this.#events.finished(error);
  }

  /** Tells the peer why, then closes. */
  goodbye(error: CircuitError): void {
    if (this.#over) return;
    this.outbox.goodbye(error, { toStranger: this.#peer === undefined });
    this.outbox.flush();
    this.close(error);
  }

  /**
   * Hands what was gathered to the output, in one piece. The session may end here, so this is not
   * called while an event of it is handled.
   */
  flush(): void {
    this.outbox.flush();
    if (this.outbox.overrun) {
      this.close(new CircuitError('PROTOCOL', 'the peer does not read what it is sent'));
    }
  }

  /** The rest of this class is for Call alone. */

  awaitRoom(call: Call): void {
    this.#waiting.add(call);
  }

  forget(call: Call): void {
    this.#waiting.delete(call);
    if (!this.#calls.delete(call.id) || !this.#isTheirs(call.id)) return;
    this.#theirCalls--;
    this.#bounds.calls.give(1);
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
        this.outbox.bare(Frame.PONG, 0);
        return '';
      case Frame.PONG:
        return '';
      case Frame.STAMP:
        this.#handleStamp(frame);
        return '';
      case Frame.GOODBYE: {
        // Calls in flight may have been done before the peer took its leave.
        const outcomeUnknown = this.#peer !== undefined;
        this.close(saidError(frame, { outcomeUnknown }));
        return '';
      }
      default: {
        const call = this.#calls.get(id);
        // Frames for a call that just ended on this side are still on their way: not an error.
        return call === undefined ? knownType(type) : this.#handleCall(call, type, frame);
      }
    }
  }

  #handleStamp(frame: Reader): void {
    const stamp = readStamp(frame);
    if (stamp === undefined) this.#stamps?.malformed();
    else this.#stamps?.observe(stamp);
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
    if (this.#isTheirs(1)) this.outbox.hello(this.#hello);
    this.#events.greeted(hello);
    return '';
  }

  #handleOpen(id: number, frame: Reader): string {
    const flags = frame.u8();
    const method = frame.varint(65_535);
    const target = readTarget(frame);
    const credit = frame.varint();
    const asker = (flags & FLAG_ASKER) === 0 ? undefined : frame.text(limits.askerBytesMax);
    const body = frame.rest();
    if (asker !== undefined && !/^[!-~]+$/.test(asker)) return 'an asker that is no address';
    if (!this.#isTheirs(id) || this.#calls.has(id)) return 'a call number that is not free';
    const call = new Call(this, id, 0);
    if (!call.granted(credit)) return 'credit beyond the window';
    if ((flags & FLAG_END) !== 0) call.endedThere();
    this.#calls.set(id, call);
    this.#theirCalls++;
    this.#bounds.calls.overdraw(1);
    const excess = excessOf(this.#bounds, this.#theirCalls, body.length);
    if (excess !== undefined) {
      call.fail(excess);
      return '';
    }
    call.events = this.#events.opened(call, { method, target, credit, asker, body });
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
        const error = saidError(frame, { outcomeUnknown });
        this.forget(call);
        call.close(error);
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
}
