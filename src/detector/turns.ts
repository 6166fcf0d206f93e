/**
 * When an observer of ours should probe us again.
 *
 * The m observers of a server share a round of m periods; each has a slot in it by its rank, at a
 * phase that the server chose for itself. Its ack says how far away that slot is: so its observers
 * come evenly spaced whatever their clocks and delays are, and nobody negotiates. A slot that is
 * nearer than half a round is left out: an observer that comes at a wrong time, because it is new
 * or because ranks have moved, is in its slot the next time, after at most one and a half rounds.
 */

export interface Slot {
  readonly now: number;
  /** Of the server that is probed, from 0 to `period`. */
  readonly phase: number;
  readonly period: number;
  /** Of the prober among the observers; negative when it is none, and gets a whole round. */
  readonly rank: number;
  readonly observers: number;
}

/** How long from `now` until the prober's next turn, from half a round to one and a half. */
export function turnAfter({ now, phase, period, rank, observers }: Slot): number {
  const round = Math.max(1, observers) * period;
  if (rank < 0) return round;
  const soonest = Math.ceil(round / 2);
  const beyond = (phase + rank * period - now - soonest) % round;
  return soonest + (beyond < 0 ? beyond + round : beyond);
}
