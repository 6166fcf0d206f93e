/** The constants of discovery. */

export interface DiscoveryProfile {
  /**
   * When a server asks after its start, each a quarter earlier or later. More often: it is found
   * though more packets are lost, and many that start at once say more.
   */
  readonly askMs: readonly number[];
  /**
   * A question is answered within so long for each server of the circuit, at random. Shorter: more
   * of them answer before they hear that one did.
   */
  readonly answerMs: number;
  /** And within so long at most: a client waits for it. */
  readonly answerMaxMs: number;
  /**
   * Servers that ask get an answer so long after the last word of who answers, who is heard with
   * its own questions anyhow. Shorter: of many that start at once each answers many.
   */
  readonly repeatMs: number;
  /**
   * The mean time between two announcements of a circuit, by whomever. Shorter: circuits that begin
   * to hear each other late find each other sooner, and the network carries more for ever.
   */
  readonly announceMs: number;
  /**
   * Before the first join: of many that start at once, all are heard meanwhile, and nearly all choose
   * the same one. Shorter: they form small circuits that meet again and again.
   */
  readonly listenMs: number;
  /**
   * An unknown server is joined within so long for each server of the circuit, at random: all heard
   * it, one join is enough, and the others are told of it by membership.
   */
  readonly joinMs: number;
  /** And within so long at least and at most. */
  readonly joinMinMs: number;
  readonly joinMaxMs: number;
  /**
   * So much later for the larger circuit, so that the smaller one joins it, unless it cannot. Shorter:
   * both do, and newcomers are merged with instead of taking over a view.
   */
  readonly deferMs: number;
  /**
   * After a join, before the next: membership tells of most others that were heard. Shorter: servers
   * join whom they would soon know, and circuits are compared for nothing.
   */
  readonly restMs: number;
  /** After a join that failed, doubled with each... */
  readonly retryMs: number;
  /** ... up to this. */
  readonly retryMaxMs: number;
  /** Who was not heard for so long is not tried any more. Longer than announcements are apart. */
  readonly forgetMs: number;
}

export const standardDiscovery: DiscoveryProfile = {
  askMs: [100, 500, 2_000, 8_000],
  answerMs: 1,
  answerMaxMs: 100,
  repeatMs: 1_000,
  announceMs: 30_000,
  listenMs: 100,
  joinMs: 20,
  joinMinMs: 200,
  joinMaxMs: 5_000,
  deferMs: 2_500,
  restMs: 3_000,
  retryMs: 1_000,
  retryMaxMs: 60_000,
  forgetMs: 150_000,
};
