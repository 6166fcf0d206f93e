/**
 * One end of a simulated connection: what the program sees of it, and what its kernel does.
 *
 * The two are kept apart because they live at different times. A paused program reads nothing, while
 * its kernel goes on answering; after `end` the program is done with the connection while the kernel
 * still sends. `gone` says that the kernel knows the connection no more: whatever still comes for it
 * is answered by a reset.
 */

import type { CloseReason, Connection, ConnectionEvents } from '../src/host/index.ts';
import type { Address } from '../src/id.ts';
import type { SimHost } from './host.ts';
import {
  ACK,
  CLOSED,
  DIAL_RETRY,
  LINGER,
  READ_ON,
  RESET,
  SEGMENT,
  SYN,
  SYN_ACK,
  WINDOW,
} from './kind.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';
import { Outbound, type Segment } from './outbound.ts';

/** The most bytes one `received` brings. */
const RECEIVED_BYTES_MAX = 64 * 1024;
/** When an unanswered dial tries again, and when it gives up, after the start. */
const DIAL_AGAIN_US = [1_000_000, 3_000_000, 5_000_000];
/** How long the peer may take to end its side after ours. */
const LINGER_US = 5_000_000;

const reasons: readonly CloseReason[] = [
  'ended',
  'reset',
  'refused',
  'timeout',
  'unreachable',
  'local',
];

/** The reason as the number that an event carries. */
export function reasonNumber(reason: CloseReason): number {
  return reasons.indexOf(reason);
}

export class Endpoint implements Connection {
  readonly remote: Address;
  /** Nothing is encrypted here. */
  readonly outdated = false;
  readonly key = undefined;
  readonly host: SimHost;
  readonly machine: Machine;
  readonly number: number;
  readonly outbound: Outbound;
  peer: Endpoint | undefined = undefined;
  gone = false;
  /** Accepted by the kernel, not handed to the program yet. */
  unannounced = false;

  readonly #network: Network;
  #events: ConnectionEvents | undefined;
  #standing: boolean;

  /** Nothing more is delivered to the program, but perhaps `closed`. */
  #silent = false;
  #reported = false;
  #ending = false;
  #peerEnded = false;
  #finArrived = false;

  #paused = false;
  #readOnDue = false;
  #inbox: Segment[] = [];
  #expected = 0;

  #dialledAt = 0;
  #dialTries = 0;
  #timer = -1;

  /** Without events: accepted, not handed to the program yet. */
  constructor(options: {
    host: SimHost;
    remote: Address;
    number: number;
    events: ConnectionEvents | undefined;
  }) {
    this.host = options.host;
    this.machine = options.host.machine;
    this.remote = options.remote;
    this.number = options.number;
    this.#network = this.machine.network;
    this.#events = options.events;
    this.#standing = options.events === undefined;
    this.outbound = new Outbound(this, this.#network);
    if (this.#standing) this.outbound.open();
  }

  // What the program does.

  write(bytes: Uint8Array): boolean {
    if (this.#silent || this.#ending) return true;
    this.host.sent.streamBytes += bytes.length;
    this.host.sent.streamWrites++;
    return this.outbound.write(bytes);
  }

  pause(): void {
    this.#paused = !this.#ending;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#inbox.length === 0 || this.#readOnDue) return;
    this.#readOnDue = true;
    this.#later(READ_ON, 0);
  }

  end(): void {
    if (this.#silent || this.#ending) return;
    this.#ending = true;
    this.outbound.finish();
    // What still comes is read and thrown away, to find the end of it.
    this.resume();
  }

  reset(): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#forget();
    this.#later(CLOSED, reasonNumber('local'));
  }

  /** The process is gone; unless silently, its kernel tells the peer. */
  die(silently: boolean): void {
    this.#silent = true;
    this.#reported = true;
    if (silently) {
      this.gone = true;
      this.outbound.abandon();
    } else this.#forget();
  }

  // What happens to the program.

  /** The acceptor answered with its events. */
  accepted(events: ConnectionEvents): void {
    this.#events = events;
  }

  opened(): void {
    if (this.#silent || this.#ending) return;
    this.#events?.opened?.();
    this.drained();
  }

  drained(): void {
    if (!this.#silent && this.outbound.relieved()) this.#events?.drained();
  }

  taken(segment: Segment): void {
    if (this.#silent) return;
    if (this.#paused || this.#inbox.length > 0) this.#inbox.push(segment);
    else this.#hand(segment);
  }

  readOn(): void {
    this.#readOnDue = false;
    while (!this.#paused && !this.#silent) {
      const segment = this.#inbox.shift();
      if (segment === undefined) return;
      this.#hand(segment);
    }
  }

  closed(reason: number): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#silent = true;
    this.#inbox = [];
    this.host.streams.forget(this);
    this.#events?.closed(reasons[reason] as CloseReason);
  }

  // What its kernel does.

  dial(to: Machine): void {
    this.#dialledAt = this.#network.scheduler.now;
    this.#sendSyn(to);
  }

  /** No answer to the dial yet. */
  dialAgain(to: Machine): void {
    if (this.#standing || this.gone) return;
    if (this.#dialTries === DIAL_AGAIN_US.length) this.fail('timeout');
    else this.#sendSyn(to);
  }

  /** Answers a dial; again when the answer got lost. */
  sendSynAck(dialler: Endpoint): void {
    const at = this.outbound.arrival(dialler);
    if (at !== undefined) this.#push(at, dialler, SYN_ACK);
  }

  synAcked(): void {
    const peer = this.peer;
    if (peer === undefined || peer.gone) return;
    if (this.gone) {
      this.#sendReset();
      return;
    }
    const first = !this.#standing;
    const at = this.outbound.arrival(peer);
    if (at !== undefined) this.#push(at, peer, ACK);
    if (!first) return;
    this.#standing = true;
    this.#network.scheduler.cancel(this.#timer);
    this.outbound.open();
    this.host.happen(SYN_ACK, 0, 0, this);
  }

  /** A segment got here; it may be lost all the same. */
  segmentArrived(segment: Segment): void {
    const from = segment.from;
    if (this.#network.cut(from.machine, this.machine)) {
      from.outbound.lose(segment);
      return;
    }
    if (this.gone) {
      this.#sendReset();
      return;
    }
    if (segment.number !== this.#expected) {
      from.outbound.lose(segment);
      return;
    }
    this.#expected++;
    if (this.unannounced) this.host.streams.announce(this);
    if (segment.last) from.#finReached();
    // The bytes are here, but the peer does not get to know.
    if (this.#network.cut(this.machine, from.machine)) from.outbound.stall();
    this.#network.trace.mix(segment.bytes);
    const { overheard } = this.#network;
    if (overheard !== undefined) for (const chunk of segment.chunks) overheard.stream(chunk);
    this.host.happen(SEGMENT, 0, 0, segment);
  }

  windowArrived(lost: boolean): void {
    if (this.gone) return;
    this.outbound.windowArrived(lost);
    this.host.happen(WINDOW, 0, 0, this);
  }

  retransmit(): void {
    if (this.gone) return;
    if (!this.outbound.retry()) {
      this.fail('timeout');
      return;
    }
    this.host.happen(WINDOW, 0, 0, this);
  }

  /** The peer does not end its side, but ours is done. */
  lingered(): void {
    if (!this.gone) this.fail('local');
  }

  /** The connection is broken. */
  fail(reason: CloseReason): void {
    if (this.gone) return;
    this.gone = true;
    this.outbound.abandon();
    this.#network.scheduler.cancel(this.#timer);
    this.host.happen(CLOSED, reasonNumber(reason), 0, this);
  }

  #hand(segment: Segment): void {
    const { chunks } = segment;
    while (chunks.length > 0) {
      const bytes = takeChunk(chunks);
      segment.from.outbound.credit(bytes.length);
      if (!this.#ending) this.#events?.received(bytes);
      if (this.#silent) return;
      if (this.#paused && (chunks.length > 0 || segment.last)) {
        this.#inbox.unshift(segment);
        return;
      }
    }
    if (segment.last) this.#endReceived();
  }

  #endReceived(): void {
    this.#peerEnded = true;
    this.outbound.finish();
    this.closed(reasonNumber(this.#ending ? 'local' : 'ended'));
    this.#settle();
  }

  #finReached(): void {
    this.#finArrived = true;
    this.#settle();
    if (this.gone || !this.#ending) return;
    const { scheduler } = this.#network;
    const at = scheduler.now + LINGER_US;
    this.#timer = scheduler.push(at, this.machine, LINGER, 0, this.number, this);
  }

  /** Both directions are done. */
  #settle(): void {
    if (this.#peerEnded && this.#finArrived) {
      this.gone = true;
      this.#network.scheduler.cancel(this.#timer);
      this.outbound.abandon();
    }
  }

  #forget(): void {
    if (this.gone) return;
    this.gone = true;
    this.outbound.abandon();
    this.#network.scheduler.cancel(this.#timer);
    this.#inbox = [];
    this.#sendReset();
  }

  #sendReset(): void {
    if (this.peer === undefined) return;
    const at = this.outbound.arrival(this.peer);
    if (at !== undefined) this.#push(at, this.peer, RESET);
  }

  #sendSyn(to: Machine): void {
    const { scheduler } = this.#network;
    const at = this.#network.arrival(this.machine, to);
    if (at !== undefined) scheduler.push(at, to, SYN, this.machine.index, this.number, this);
    const again = this.#dialledAt + (DIAL_AGAIN_US[this.#dialTries++] as number);
    this.#timer = scheduler.push(again, this.machine, DIAL_RETRY, to.index, this.number, this);
  }

  #push(at: number, to: Endpoint, kind: number): void {
    this.#network.scheduler.push(at, to.machine, kind, this.machine.index, this.number, to);
  }

  #later(kind: number, a: number): void {
    this.#network.scheduler.push(this.#network.scheduler.now, this.host, kind, a, 0, this);
  }
}

/** Takes what one `received` may bring off the front: small writes together, large ones in parts. */
function takeChunk(chunks: Uint8Array[]): Uint8Array {
  const first = chunks[0] as Uint8Array;
  if (first.length > RECEIVED_BYTES_MAX) {
    chunks[0] = first.subarray(RECEIVED_BYTES_MAX);
    return first.subarray(0, RECEIVED_BYTES_MAX);
  }
  let count = 1;
  let length = first.length;
  while (count < chunks.length) {
    const more = (chunks[count] as Uint8Array).length;
    if (length + more > RECEIVED_BYTES_MAX) break;
    length += more;
    count++;
  }
  if (count === 1) return chunks.shift() as Uint8Array;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks.splice(0, count)) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
