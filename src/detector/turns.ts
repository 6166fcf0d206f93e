/**
 * When an observer of ours should probe us again.
 *
 * The m observers of a server share a round of m periods; each has a slot in it by its rank, at a
 * phase that the server chose for itself. Its ack says how far away that slot is: so its observers
 * come evenly spaced whatever their clocks and delays are, and nobody negotiates. A slot that is
 * nearer than an eighth of a round, or half a period, is left out: an observer that comes a little
 * early is not sent round again at once, and one that comes at a wrong time, because it is new or
 * because ranks have moved, is in its slot the next time.
 */

export interface Slot {
  readonly now: number;
  /** Of the server that is probed, from 0 to `period`. */
  readonly phase: number;
  readonly period: number;
  /** Of the prober among the observers; negative when it is none, and may come each period. */
  readonly rank: number;
  readonly observers: number;
}

/** How long from `now` until the prober's next turn: at most a round and what is left out. */
export function turnAfter({ now, phase, period, rank, observers }: Slot): number {
  const round = Math.max(1, observers) * period;
  // Its view differs, or we hold it for gone: it must see soon whether it is heard.
  if (rank < 0) return period;
  const soonest = Math.ceil(Math.max(round / 8, period / 2));
  const beyond = (phase + rank * period - now - soonest) % round;
  return soonest + (beyond < 0 ? beyond + round : beyond);
}
