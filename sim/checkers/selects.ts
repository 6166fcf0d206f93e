/**
 * G8 of selects: each has done exactly one of its clauses, or none. What it did is in the histories
 * of the channels, where it counts as the plain operation, and the other clauses as operations
 * without effect: so a message that another clause sent, or took away, is found there. That leaves
 * selects whose client does not know what they did: of their messages one at most is ever received.
 */

import type { Cluster } from '../cluster.ts';
import type { ChannelHistory, ReceiveOp, SendOp } from './channels.ts';
import type { Checker } from './checker.ts';

/** A clause that began, in the history of its channel. */
export type ClauseOp =
  | { readonly history: ChannelHistory; readonly send: SendOp }
  | { readonly history: ChannelHistory; readonly receive: ReceiveOp };

/** What became of a select: the clause that was done, with what it received; or none. */
export type SelectEnd =
  | { readonly type: 'done'; readonly index: number; readonly message: string | undefined }
  | { readonly type: 'no effect' }
  | { readonly type: 'unknown' };

/** Watches that selects do one thing, each. */
export class SelectChecker implements Checker {
  readonly guarantee = 'G8 selects';
  observed = 0;
  readonly #cluster: Cluster;
  /** Of selects of unknown outcome. */
  readonly #unknown: (readonly ClauseOp[])[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** A select is over, as far as its client knows. */
  ends(clauses: readonly ClauseOp[], end: SelectEnd): void {
    if (end.type === 'unknown') this.#unknown.push(clauses);
    else this.observed++;
    for (const [index, clause] of clauses.entries()) {
      if (end.type === 'done' && index === end.index) this.#done(clause, end.message);
      else if ('send' in clause) clause.history.sendEnds(clause.send, effectOf(end));
      else clause.history.receiveEnds(clause.receive, effectOf(end));
    }
  }

  atEnd(): void {
    for (const clauses of this.#unknown) {
      const received = clauses.flatMap((clause) =>
        'send' in clause && clause.send.receivedAt !== Number.POSITIVE_INFINITY
          ? [`"${clause.send.message}" of channel ${clause.history.name}`]
          : [],
      );
      if (received.length <= 1) continue;
      this.#cluster.violate(this.guarantee, `one select sent both ${received.join(' and ')}`);
    }
  }

  /** Without a message a receive found its channel closed, and took nothing. */
  #done(clause: ClauseOp, message: string | undefined): void {
    if ('send' in clause) clause.history.sendEnds(clause.send, 'done');
    else if (message === undefined) clause.history.receiveEnds(clause.receive, 'no effect');
    else clause.history.received(clause.receive, message);
  }
}

function effectOf(end: SelectEnd): 'no effect' | 'unknown' {
  return end.type === 'unknown' ? 'unknown' : 'no effect';
}
