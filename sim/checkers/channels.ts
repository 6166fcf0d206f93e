/**
 * G8: a channel behaves as a Go channel. Every message is unique, so a history is checked as that of
 * a queue by looking for the patterns that no linearizable queue has (Henzinger, Sezgin & Vafeiadis,
 * CONCUR 2013): a message out of nowhere, one received twice, one that overtakes, one that is lost;
 * and those of a bounded one: a send that completes though there was no room and no receiver.
 *
 * An operation whose outcome its client does not know may have taken effect at any time since it
 * began, or not at all. One that would have had to wait, and was not to, has had no effect; whether
 * it was right not to wait is not asked, since it need not have met anybody.
 */

import type { Cluster } from '../cluster.ts';
import type { Checker } from './checker.ts';

/** A send in a history; times are virtual microseconds. */
export interface SendOp {
  readonly message: string;
  readonly sender: string;
  readonly start: number;
  /** Infinity while it runs, and for ever when its outcome is unknown. */
  end: number;
  outcome: 'running' | 'done' | 'no effect' | 'unknown';
  receivedFrom: number;
  receivedAt: number;
}

/** A receive in a history; times are virtual microseconds. */
export interface ReceiveOp {
  readonly start: number;
  outcome: 'running' | 'done' | 'no effect' | 'unknown';
}

/** G8: a channel behaves as one of Go. Whoever uses a channel tells its history. */
export class ChannelChecker implements Checker {
  readonly guarantee = 'G8 channels';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #histories: ChannelHistory[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Begins the history of one channel. */
  channel(name: string, capacity: number): ChannelHistory {
    const history = new ChannelHistory(name, capacity, () => this.#cluster.now, {
      observed: () => void this.observed++,
      violate: (message) => this.#cluster.violate(this.guarantee, `channel ${name}: ${message}`),
    });
    this.#histories.push(history);
    return history;
  }

  /** Has the last word: what can only be said of the whole history. */
  atEnd(): void {
    for (const history of this.#histories) history.atEnd();
  }
}

interface Sink {
  observed(): void;
  violate(message: string): void;
}

/** The operations on one channel, checked as they complete. */
export class ChannelHistory {
  readonly name: string;
  readonly #capacity: number;
  readonly #now: () => number;
  readonly #sink: Sink;
  readonly #sends = new Map<string, SendOp>();
  readonly #received: SendOp[] = [];
  /** Sends done, less receives that took a message or may have, or may yet. */
  #sendsDone = 0;
  #receivesBegun = 0;
  #receivesVoid = 0;
  #unknownReceives = 0;
  #closedAt = Number.POSITIVE_INFINITY;
  /** Its server died: what was in it is lost by right. */
  #dead = false;
  /** Received until the channel said that it is closed and empty. */
  #drained = false;

  constructor(name: string, capacity: number, now: () => number, sink: Sink) {
    this.name = name;
    this.#capacity = capacity;
    this.#now = now;
    this.#sink = sink;
  }

  /** A client begins to send; messages of one channel are unique. */
  sendBegins(message: string, sender: string): SendOp {
    const op: SendOp = {
      message,
      sender,
      start: this.#now(),
      end: Number.POSITIVE_INFINITY,
      outcome: 'running',
      receivedFrom: Number.POSITIVE_INFINITY,
      receivedAt: Number.POSITIVE_INFINITY,
    };
    this.#sends.set(message, op);
    return op;
  }

  /** What its client was told of the send. */
  sendEnds(op: SendOp, outcome: 'done' | 'no effect' | 'unknown'): void {
    op.outcome = outcome;
    if (outcome === 'no effect') {
      if (op.receivedAt !== Number.POSITIVE_INFINITY) this.#receivedWithoutSend(op);
      return;
    }
    if (outcome === 'unknown') return;
    op.end = this.#now();
    this.#sendsDone++;
    this.#sink.observed();
    if (op.start > this.#closedAt) this.#sink.violate(`"${op.message}" was sent after the close`);
    const room = this.#capacity + this.#receivesBegun - this.#receivesVoid;
    if (this.#sendsDone > room) {
      this.#sink.violate(`the send of "${op.message}" is done without room and without receiver`);
    }
  }

  /** A client begins to receive. */
  receiveBegins(): ReceiveOp {
    this.#receivesBegun++;
    return { start: this.#now(), outcome: 'running' };
  }

  /** The receive gave no message. */
  receiveEnds(op: ReceiveOp, outcome: 'no effect' | 'unknown'): void {
    op.outcome = outcome;
    if (outcome === 'no effect') this.#receivesVoid++;
    else this.#unknownReceives++;
  }

  /** The receive gave this message. */
  received(op: ReceiveOp, message: string): void {
    op.outcome = 'done';
    this.#sink.observed();
    const send = this.#sends.get(message);
    if (send === undefined) {
      this.#sink.violate(`"${message}" was received and never sent here`);
      return;
    }
    if (send.receivedAt !== Number.POSITIVE_INFINITY) {
      this.#sink.violate(`"${message}" was received twice`);
      return;
    }
    if (send.outcome === 'no effect') this.#receivedWithoutSend(send);
    send.receivedFrom = op.start;
    send.receivedAt = this.#now();
    for (const other of this.#received) this.#notOvertaken(send, other);
    this.#received.push(send);
  }

  /** The channel was closed just now. */
  closed(): void {
    this.#closedAt = this.#now();
  }

  /** The server of the channel is gone: what was in it is lost by right. */
  died(): void {
    this.#dead = true;
  }

  /** The channel said that it is closed and empty: nothing sent may be missing. */
  drained(): void {
    this.#drained = true;
  }

  /** Has the last word: what can only be said of the whole history. */
  atEnd(): void {
    if (this.#dead || !this.#drained) return;
    const lost = [...this.#sends.values()].filter(
      (send) => send.outcome === 'done' && send.receivedAt === Number.POSITIVE_INFINITY,
    );
    this.#sink.observed();
    if (lost.length > this.#unknownReceives) {
      const names = lost.slice(0, 5).map((send) => `"${send.message}"`);
      this.#sink.violate(`${lost.length} messages are lost: ${names.join(', ')}`);
    }
  }

  /** `late` was received now; `early`, received before that, must not have been sent after it. */
  #notOvertaken(late: SendOp, early: SendOp): void {
    const sentFirst =
      late.end < early.start || (late.sender === early.sender && late.start < early.start);
    if (!sentFirst || early.receivedAt >= late.receivedFrom) return;
    this.#sink.violate(`"${early.message}" overtook "${late.message}", which was sent before it`);
  }

  #receivedWithoutSend(send: SendOp): void {
    this.#sink.violate(`"${send.message}" was received, and its sender was told it was not sent`);
  }
}
