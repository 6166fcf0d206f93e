/**
 * The calls of a server that leaves. What merely waits, such as a receiver, is told at once that the
 * server goes: nothing will come. What moves may go on, within a bound: output that is read, a long
 * message, input that is written. What stands still for `STILL_US` waits as well. It is over when no
 * call is left.
 */

import type { Clock } from '../host/index.ts';
import { MS } from '../time.ts';

/** How often it is looked whether calls move. Shorter: the end is noticed sooner. */
const LOOK_US = 20 * MS;
/** Longer: a slow writer may go on; and an end takes longer when there is one who only waits. */
const STILL_US = 500 * MS;

/** Calls `over` once no call is left, or at `until`; what is left then goes on. */
export function drain<C extends { readonly streamed: number }>(
  clock: Clock,
  {
    until,
    calls,
    giveUp,
    over,
  }: {
    readonly until: number;
    /** Those that are not over, with how many bytes each has carried. */
    readonly calls: () => readonly C[];
    /** Ends a call for all who have to do with it. */
    readonly giveUp: (call: C) => void;
    readonly over: () => void;
  },
): void {
  /** call => what it had carried when it was last seen to move, and when that was. */
  let moved = new Map<C, { readonly streamed: number; readonly at: number }>();
  const look = () => {
    const now = clock.now();
    const seen: typeof moved = new Map();
    for (const call of calls()) {
      const { streamed } = call;
      const last = moved.get(call);
      const isStill = last !== undefined && last.streamed === streamed;
      if (streamed === 0 || (isStill && now - last.at >= STILL_US)) giveUp(call);
      else seen.set(call, isStill ? last : { streamed, at: now });
    }
    moved = seen;
    if (seen.size === 0 || now >= until) over();
    else clock.schedule(Math.min(until, now + LOOK_US), look);
  };
  look();
}
