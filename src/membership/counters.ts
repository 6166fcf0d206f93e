/** What happened in the membership layer of one server, counted since its start. */

import type { Outcome } from './table.ts';

/** Records merged, by what they did to the view; and: */
export interface Counters extends Record<Outcome, number> {
  /** Events stepped, ticks included. */
  events: number;
  /** Probes sent, to suspects too, and acks received. */
  probes: number;
  acks: number;
  /** News messages sent, corrections included, and those received. */
  newsSent: number;
  newsReceived: number;
  /** Views sent: to seeds, on differing digests, and to peers that asked. */
  viewsSent: number;
  /** Neighbours that we declared gone ourselves: a dial was refused, or they stayed silent. */
  refused: number;
  silent: number;
  /** Messages and datagrams that were dropped: nothing that we can read. */
  malformed: number;
}

export function newCounters(): Counters {
  return {
    joined: 0,
    left: 0,
    updated: 0,
    buried: 0,
    same: 0,
    stale: 0,
    refuted: 0,
    nonsense: 0,
    noRoom: 0,
    events: 0,
    probes: 0,
    acks: 0,
    newsSent: 0,
    newsReceived: 0,
    viewsSent: 0,
    refused: 0,
    silent: 0,
    malformed: 0,
  };
}
