/** When news is told, and when views are compared: every constant of the gossip, for each kind of network. */

export interface SpreadProfile {
  /**
   * Between two pushes over an edge. Shorter: more, smaller messages under churn. Longer: a change
   * that is not the first takes up to (hops x batchMs) longer.
   */
  readonly batchMs: number;
  /**
   * From news to its announcement over lazy edges; what comes meanwhile goes with it. Longer than
   * the tree needs, or all announce what all know. Shorter: a cut tree is found sooner. Longer:
   * fewer messages, of which a server sends up to (lazy edges / announceMs) while there is news.
   */
  readonly announceMs: number;
  /**
   * From an announcement to the question for the news. Longer than news may take over the tree.
   * Shorter: a cut is mended sooner, and slow news is asked for though it comes. Twice as long as
   * two pieces of news may overlap: an edge that was useful within it is not pruned.
   */
  readonly graftMs: number;
  /**
   * How long a push is recognised as a repetition; at least announceMs and some graftMs. Shorter:
   * edges stay eager on which late duplicates come. Longer: more memory under churn.
   */
  readonly rememberMs: number;
}

export interface ReconcileProfile {
  /** How long digests may differ. At least a few times the time that news takes to reach all. */
  readonly confirmMs: number;
  /** Between further comparisons with a peer whose difference changes. */
  readonly recheckMs: number;
  /** Between two summaries that this server sends of its own accord. */
  readonly exchangeMs: number;
  /** Between two of those to the same peer. */
  readonly peerExchangeMs: number;
  /** Between two rounds of answers to joining servers. */
  readonly answerMs: number;
  /** Between two answers to the same peer. */
  readonly peerAnswerMs: number;
}

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
