/** What happened in the membership layer of one server, counted since its start. */

import type { Outcome } from './table.ts';

/** Records merged, by what they did to the view; and: */
export interface Counters extends Record<Outcome, number> {
  /** Events stepped, ticks included. */
  events: number;
  /** Probes sent, to suspects too, and acks received. */
  probes: number;
  acks: number;
  /** Questions to co-observers, and their votes. */
  asks: number;
  votes: number;
  /** News messages sent, and those received; of the records in these, those that we had. */
  newsSent: number;
  newsReceived: number;
  repeated: number;
  /** Datagrams that left news to the gatherer, and those that left it to us. */
  reports: number;
  gathered: number;
  /** Keys announced over lazy edges; edges made lazy and eager again by us. */
  announced: number;
  prunes: number;
  grafts: number;
  /** Summaries sent because digests differed, and views sent to joining servers. */
  reconciliations: number;
  viewsSent: number;
  /** Questions to servers of which only an old record was known, and those without an answer. */
  verifications: number;
  unanswered: number;
  /** Times that we came back after we were taken for gone. */
  returns: number;
  /** Neighbours that we declared gone ourselves: a dial was refused, or they stayed silent. */
  refused: number;
  silent: number;
  /** Of these, those that we kept to ourselves, being cut off. */
  unsaid: number;
  /** Messages and datagrams that were dropped: nothing that we can read, or that we asked for. */
  malformed: number;
  unasked: number;
}

export function newCounters(): Counters {
  return {
    joined: 0,
    left: 0,
    updated: 0,
    buried: 0,
    same: 0,
    stale: 0,
    accused: 0,
    nonsense: 0,
    noRoom: 0,
    events: 0,
    probes: 0,
    acks: 0,
    asks: 0,
    votes: 0,
    newsSent: 0,
    newsReceived: 0,
    repeated: 0,
    reports: 0,
    gathered: 0,
    announced: 0,
    prunes: 0,
    grafts: 0,
    reconciliations: 0,
    viewsSent: 0,
    verifications: 0,
    unanswered: 0,
    returns: 0,
    refused: 0,
    silent: 0,
    unsaid: 0,
    malformed: 0,
    unasked: 0,
  };
}
