/**
 * The sending half of one end of a connection: what is written, what is on its way, and what has to
 * be sent again.
 *
 * Everything written at one moment travels as one segment, which is one event however many writes
 * there were. Segments are numbered, and the receiver takes them only in order. Acknowledgements
 * are no events of their own: the receiver gives its credit back directly, and only a sender that
 * waits for it gets an event, one latency later.
 *
 * A segment that does not get through is kept and tried again after 0.2 s, 0.4 s and so on. After
 * 20 s without progress the connection fails with `timeout`. An idle connection never notices.
 */

import type { Endpoint } from './endpoint.ts';
import { RETRANSMIT, SEGMENT, WINDOW } from './kind.ts';
import { type Network, RETRANSMIT_US, type Stalled } from './network.ts';

/** Bytes on the way or unread at the peer; beyond that they wait here. */
const WINDOW_BYTES = 256 * 1024;
/** Unsent bytes from which on `write` says to wait. */
export const UNSENT_BYTES_MAX = 1024 * 1024;
/** A writer without progress gives up after this. */
const STALL_US = 20_000_000;

export interface Segment {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly number: number;
  readonly sentAt: number;
  readonly chunks: Uint8Array[];
  bytes: number;
  /** Nothing follows: the writer ended. */
  last: boolean;
}

export class Outbound implements Stalled {
  readonly #endpoint: Endpoint;
  readonly #network: Network;

  #open = false;
  #abandoned = false;
  #finishing = false;
  #finished = false;

  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #inFlightBytes = 0;
  /** Whether a `write` returned false and no `drained` followed yet. */
  #full = false;
  #windowDue = false;

  #segments = 0;
  #current: Segment | undefined = undefined;
  /** Segments leave in order, so each arrives no sooner than the one before. */
  #lastArrival = 0;

  #lost: Segment[] = [];
  #stalledSince: number | undefined = undefined;
  #retryAfterUs = RETRANSMIT_US;
  #retry = -1;

  constructor(endpoint: Endpoint, network: Network) {
    this.#endpoint = endpoint;
    this.#network = network;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#abandoned || this.#finishing) return true;
    const { length } = bytes;
    if (length > 0) {
      const waits = !this.#open || this.#unsent.length > 0;
      if (!waits && length <= WINDOW_BYTES - this.#inFlightBytes) this.#append(bytes);
      else {
        this.#unsent.push(bytes);
        this.#unsentBytes += length;
        if (!waits) this.#pump();
      }
    }
    if (this.#unsentBytes <= UNSENT_BYTES_MAX) return true;
    this.#full = true;
    return false;
  }

  /** The connection stands: sends what was written before. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /** Ends the stream after what was written. */
  finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    if (this.#open) this.#pump();
  }

  abandon(): void {
    this.#abandoned = true;
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#lost = [];
    this.#recover();
  }

  /** Whether the writer should hear `drained` now; only asked from within an event. */
  relieved(): boolean {
    if (!this.#full || this.#unsentBytes > UNSENT_BYTES_MAX / 2) return false;
    this.#full = false;
    return !this.#abandoned && !this.#finishing;
  }

  /** When a packet that is sent now and belongs behind what was sent arrives. */
  arrival(to: Endpoint): number | undefined {
    const at = this.#network.arrival(this.#endpoint.machine, to.machine);
    if (at === undefined) return undefined;
    this.#lastArrival = Math.max(this.#lastArrival, at);
    return this.#lastArrival;
  }

  /** The peer's program took this many bytes. */
  credit(bytes: number): void {
    this.#inFlightBytes -= bytes;
    if (this.#unsentBytes === 0 || this.#windowDue || this.#abandoned) return;
    if (this.#inFlightBytes > WINDOW_BYTES / 2) return;
    const { machine, peer } = this.#endpoint;
    if (peer === undefined) return;
    const at = this.#network.arrival(peer.machine, machine);
    if (at === undefined) {
      this.stall();
      return;
    }
    this.#windowDue = true;
    const { index } = peer.machine;
    this.#network.scheduler.push(at, machine, WINDOW, index, this.#endpoint.number, this.#endpoint);
  }

  /** The peer's credit arrived, or got lost. */
  windowArrived(lost: boolean): void {
    this.#windowDue = false;
    if (lost) this.stall();
    else this.#pump();
  }

  /** A segment did not arrive, or arrived before its turn. */
  lose(segment: Segment): void {
    if (this.#abandoned) return;
    this.#lost.push(segment);
    this.stall();
  }

  /** No word of the peer gets through: tries until it does. */
  stall(): void {
    if (this.#stalledSince !== undefined || this.#abandoned) return;
    this.#stalledSince = this.#network.scheduler.now;
    this.#retryAfterUs = RETRANSMIT_US;
    this.#network.stalled.add(this);
    this.#retryAt(this.#stalledSince + this.#retryAfterUs);
  }

  /** The retransmission timer ran out. Returns false when the connection has failed. */
  retry(): boolean {
    if (this.#stalledSince === undefined) return true;
    if (this.#passes()) {
      this.#resend();
      return true;
    }
    const now = this.#network.scheduler.now;
    const deadline = this.#stalledSince + STALL_US;
    if (now >= deadline) return false;
    this.#retryAfterUs *= 2;
    this.#retryAt(Math.min(now + this.#retryAfterUs, deadline));
    return true;
  }

  retryNow(): void {
    if (this.#stalledSince !== undefined && this.#passes()) this.#resend();
  }

  #passes(): boolean {
    const { machine, peer } = this.#endpoint;
    if (peer === undefined) return false;
    return (
      this.#network.passes(machine, peer.machine) && this.#network.passes(peer.machine, machine)
    );
  }

  #resend(): void {
    this.#recover();
    const lost = this.#lost.sort((a, b) => a.number - b.number);
    this.#lost = [];
    for (const segment of lost) this.#transmit(segment);
    this.#pump();
  }

  #recover(): void {
    if (this.#stalledSince === undefined) return;
    this.#stalledSince = undefined;
    this.#network.stalled.delete(this);
    this.#network.scheduler.cancel(this.#retry);
  }

  #retryAt(at: number): void {
    const { machine, number } = this.#endpoint;
    this.#retry = this.#network.scheduler.push(at, machine, RETRANSMIT, 0, number, this.#endpoint);
  }

  /** Sends what the window allows. */
  #pump(): void {
    if (this.#abandoned) return;
    let sent = 0;
    while (sent < this.#unsent.length && this.#inFlightBytes < WINDOW_BYTES) {
      const bytes = this.#unsent[sent] as Uint8Array;
      const room = WINDOW_BYTES - this.#inFlightBytes;
      if (bytes.length > room) {
        this.#append(bytes.subarray(0, room));
        this.#unsentBytes -= room;
        this.#unsent[sent] = bytes.subarray(room);
        break;
      }
      this.#append(bytes);
      this.#unsentBytes -= bytes.length;
      sent++;
    }
    if (sent === this.#unsent.length) this.#unsent.length = 0;
    else if (sent > 0) this.#unsent.splice(0, sent);
    if (this.#finishing && !this.#finished && this.#unsent.length === 0) {
      this.#finished = true;
      const current = this.#current;
      const isNow = current?.sentAt === this.#network.scheduler.now;
      (isNow ? current : this.#begin([], 0)).last = true;
    }
  }

  #append(bytes: Uint8Array): void {
    const { length } = bytes;
    const current = this.#current;
    this.#inFlightBytes += length;
    if (current?.sentAt === this.#network.scheduler.now) {
      current.chunks.push(bytes);
      current.bytes += length;
    } else this.#begin([bytes], length);
    this.#network.charge(this.#endpoint.machine, (this.#endpoint.peer as Endpoint).machine, length);
  }

  /** The segment of this moment, on its way already: it cannot arrive before the moment is over. */
  #begin(chunks: Uint8Array[], bytes: number): Segment {
    const segment: Segment = {
      from: this.#endpoint,
      to: this.#endpoint.peer as Endpoint,
      number: this.#segments++,
      sentAt: this.#network.scheduler.now,
      chunks,
      bytes,
      last: false,
    };
    this.#current = segment;
    this.#transmit(segment);
    return segment;
  }

  #transmit(segment: Segment): void {
    if (this.#lost.length > 0) {
      this.#lost.push(segment);
      return;
    }
    const at = this.arrival(segment.to);
    if (at === undefined) {
      this.lose(segment);
      return;
    }
    const { machine, number } = this.#endpoint;
    this.#network.scheduler.push(at, segment.to.machine, SEGMENT, machine.index, number, segment);
  }
}
