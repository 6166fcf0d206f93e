/** When news is told, and when views are compared: every constant of the gossip, for each kind of network. */

import type { ReconcileProfile } from './reconcile.ts';
import type { SpreadProfile } from './spread.ts';

/** For hosts in one place: one-way delays of some milliseconds. */
export const lan: { readonly spread: SpreadProfile; readonly reconcile: ReconcileProfile } = {
  spread: { batchMs: 10, announceMs: 500, graftMs: 100, rememberMs: 5_000 },
  reconcile: {
    confirmMs: 1_000,
    recheckMs: 250,
    exchangeMs: 1_000,
    peerExchangeMs: 5_000,
    answerMs: 50,
    peerAnswerMs: 1_000,
  },
};

/** For hosts far apart: one-way delays up to some 300 ms. */
export const wan: typeof lan = {
  spread: { batchMs: 20, announceMs: 1_000, graftMs: 1_000, rememberMs: 15_000 },
  reconcile: {
    confirmMs: 3_000,
    recheckMs: 1_000,
    exchangeMs: 1_000,
    peerExchangeMs: 5_000,
    answerMs: 50,
    peerAnswerMs: 1_000,
  },
};

/** For servers of one host, and for tests: delays below a millisecond. */
export const local: typeof lan = {
  spread: { batchMs: 2, announceMs: 100, graftMs: 20, rememberMs: 2_000 },
  reconcile: {
    confirmMs: 200,
    recheckMs: 50,
    exchangeMs: 200,
    peerExchangeMs: 1_000,
    answerMs: 10,
    peerAnswerMs: 200,
  },
};
