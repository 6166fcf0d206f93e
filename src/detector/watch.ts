/** What the detector knows of one neighbour. */

import type { ServerId } from '../id.ts';
import { NEVER } from '../time.ts';
import type { Askers } from './askers.ts';
import type { Verdict } from './event.ts';
import { Probes } from './probes.ts';
import type { Suspicion } from './suspicion.ts';

export class Watch {
  readonly peer: ServerId;
  readonly probes = new Probes();
  /** When it is probed next; NEVER while the ack of a probe in turn is out. */
  probeAt: number;
  /** When the ack of a probe is overdue; NEVER while none is out, or it is suspected. */
  ackDue = NEVER;
  /** When it last answered us anything. */
  heardAt = Number.NEGATIVE_INFINITY;
  /** Smoothed; undefined before its first answer. */
  roundTrip: number | undefined;
  suspicion: Suspicion | undefined;
  /** Undefined while nobody has asked. */
  askers: Askers | undefined;

  constructor(peer: ServerId, probeAt: number) {
    this.peer = peer;
    this.probeAt = probeAt;
  }

  /** It answered: whatever was held against it is void. */
  answered(now: number, seq: number): void {
    const sample = this.probes.roundTrip(now, seq);
    if (sample !== undefined) {
      const before = this.roundTrip ?? sample;
      this.roundTrip = Math.round(before + (sample - before) / 8);
    }
    this.probes.answered();
    this.ackDue = NEVER;
    this.suspicion = undefined;
  }

  /** What we tell those that ask: it is silent once a probe of this silence is overdue. */
  verdict(now: number, ackTimeout: number): Verdict {
    if (this.suspicion === undefined) return 'unsure';
    if (this.suspicion.isRefused) return 'gone';
    const { unanswered, unansweredSince } = this.probes;
    return unanswered > 0 && unansweredSince + ackTimeout <= now ? 'silent' : 'unsure';
  }

  /** Moves every deadline; those that are NEVER stay so. */
  shift(by: number): void {
    this.probes.shift(by);
    this.probeAt += by;
    this.ackDue += by;
    this.heardAt += by;
    this.suspicion?.shift(by);
  }
}
