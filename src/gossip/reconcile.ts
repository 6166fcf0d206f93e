/** When views are compared, asked for and answered. */

import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { NEVER } from '../time.ts';
import type { Digest } from './digest.ts';
import type { ReconcileProfile } from './profile.ts';

export type ReconcileEvent =
  | { readonly type: 'tick' }
  | { readonly type: 'edgeUp'; readonly peer: ServerId }
  | { readonly type: 'edgeDown'; readonly peer: ServerId }
  /** A peer's digest, and ours. `confirming`: it answers our `compare`. */
  | {
      readonly type: 'digest';
      readonly peer: ServerId;
      readonly theirs: Digest;
      readonly ours: Digest;
      readonly confirming: boolean;
    }
  /** The peer sent us its summary. */
  | { readonly type: 'summarised'; readonly peer: ServerId }
  /** A joining peer wants our view. */
  | { readonly type: 'asked'; readonly peer: ServerId };

export type ReconcileEffect =
  /** Ask the peer for its digest over the edge. */
  | { readonly type: 'compare'; readonly peer: ServerId }
  /** Send the peer a summary of our view. */
  | { readonly type: 'summarise'; readonly peer: ServerId }
  /** Answer the last summary of the peer. */
  | { readonly type: 'differ'; readonly peer: ServerId }
  /** Send all of these our view, encoded once. */
  | { readonly type: 'view'; readonly peers: readonly ServerId[] };

export class Reconcile {
  readonly #profile: ReconcileProfile;

  constructor(profile: ReconcileProfile) {
    this.#profile = profile;
  }

  step(_now: number, event: ReconcileEvent, out: Effects<ReconcileEffect>): void {
    if (event.type === 'asked' && this.#profile.answerMs >= 0) {
      out.push({ type: 'view', peers: [event.peer] });
    }
  }

  deadline(): number {
    return NEVER;
  }
}
