/**
 * When news is told, and when views are compared: every constant of the gossip, for three kinds of
 * network. The *reach* below is the time that news needs over the tree, first to last: some
 * 2 log2(n) hops, each of a one-way delay and, under churn, up to batchMs. At 1,000 servers, a
 * delay of 1 ms: 10 ms, and under churn of 25 changes a second 50 ms.
 */

export interface SpreadProfile {
  /**
   * So many changes within 2 to 4 s, and they are gathered: see gathering.ts. Fewer: news takes
   * gatherMs longer in smaller circuits. More: a server sends more messages before it helps.
   */
  readonly gatherFrom: number;
  /**
   * Between two pushes of what was gathered. Longer: news is later by up to that, and fewer messages
   * are sent, 1,000 / gatherMs a second and server.
   */
  readonly gatherMs: number;
  /**
   * From a report to our own push, when the news has not come back by then. More than gatherMs and
   * the reach. Longer: when a report is lost, news is later.
   */
  readonly gatherPatienceMs: number;
  /**
   * Between two pushes of a server. Shorter: more, smaller messages under churn. Longer: news that
   * is not the first for a while takes up to batchMs more at each hop.
   */
  readonly batchMs: number;
  /**
   * From news to its announcement over lazy edges, when nothing was announced for a while. More
   * than the reach, or servers announce what is on its way. Shorter: a cut tree is found sooner.
   */
  readonly announceFirstMs: number;
  /**
   * Between two announcements; what comes meanwhile goes together. Shorter: a tree that is cut under
   * churn is found sooner. Longer: fewer messages; a server sends (announceRings / announceMs) at
   * most. Where those who are first to announce have vanished, it takes twice as long.
   */
  readonly announceMs: number;
  /**
   * Announcements go along so many of the rings of the overlay, each way. Fewer: less is sent. More:
   * more of the neighbours of a server may fall silent with its way to the tree, and it hears in
   * time all the same: with 2, three. Where edges break, all are used.
   */
  readonly announceRings: number;
  /**
   * From an announcement to the question for the news, and from one question to the next. More than
   * the reach and a round trip. Shorter: what is late is asked for though it comes. Longer: a cut is
   * mended later, after announceMs + graftMs. As long, an edge that brought news is not pruned:
   * about the time for which news and the prunes that it causes are on their way.
   */
  readonly graftMs: number;
  /**
   * How long a push is known for a repetition. More than announceMs and the questions, 5 x graftMs.
   * Shorter: edges stay eager on which duplicates come that late. Longer: more memory under churn,
   * some 200 bytes for each change.
   */
  readonly rememberMs: number;
}

export interface ReconcileProfile {
  /**
   * From the first difference to the comparison that may confirm it. More than announceMs, graftMs
   * and the reach, in which a cut mends itself. Shorter: differences are confirmed that would have
   * passed. Longer: what was lost is repaired later.
   */
  readonly confirmMs: number;
  /**
   * Between comparisons, when the first did not confirm the difference. At least the reach, or what
   * is on its way is seen twice. Longer: repairs under churn are later, by up to 4 x recheckMs.
   */
  readonly recheckMs: number;
  /** Between two summaries of a server, but answers. Bounds what is sent however much differs. */
  readonly exchangeMs: number;
  /** Between two of them to the same peer, whose views cannot be made equal for some reason. */
  readonly peerExchangeMs: number;
  /**
   * Between two rounds of views to joining servers. Longer: a view is encoded for more of them at
   * once. A server that is alone in asking is answered at once.
   */
  readonly answerMs: number;
  /** Between two views, and between two differences, to the same peer: bounds what it can ask. */
  readonly peerAnswerMs: number;
}

/** For hosts in one place: one-way delays of some milliseconds. */
export const lan: { readonly spread: SpreadProfile; readonly reconcile: ReconcileProfile } = {
  spread: {
    gatherFrom: 20,
    gatherMs: 150,
    gatherPatienceMs: 250,
    batchMs: 10,
    announceFirstMs: 50,
    announceMs: 500,
    announceRings: 2,
    graftMs: 60,
    rememberMs: 5_000,
  },
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
  spread: {
    // One that comes twice as late would be later than is promised.
    gatherFrom: Number.POSITIVE_INFINITY,
    gatherMs: 0,
    gatherPatienceMs: 0,
    batchMs: 20,
    announceFirstMs: 600,
    announceMs: 1_000,
    announceRings: 2,
    graftMs: 800,
    rememberMs: 15_000,
  },
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
  spread: {
    gatherFrom: 20,
    gatherMs: 50,
    gatherPatienceMs: 100,
    batchMs: 2,
    announceFirstMs: 30,
    announceMs: 100,
    announceRings: 2,
    graftMs: 20,
    rememberMs: 2_000,
  },
  reconcile: {
    confirmMs: 200,
    recheckMs: 50,
    exchangeMs: 200,
    peerExchangeMs: 1_000,
    answerMs: 10,
    peerAnswerMs: 200,
  },
};
