/**
 * The times of the detector. A host that dies silently is declared gone, counted from its death,
 *
 *   at the earliest after  ackTimeout + suspicion              lan: 3.25 s
 *   at the latest after    the same + period + 2K rank gaps    lan: 4.5 s
 *
 * and so a host that stands still for less than ackTimeout + suspicion stays. A process that dies
 * on a host that lives is declared after a few round trips: its host refuses the redials.
 */

export interface DetectorProfile {
  /**
   * Between two probes of one subject by all its observers together; each of its m observers has a
   * turn every m periods, and a server sends and answers one probe per period. Shorter: a death is
   * first missed sooner, by half the difference in the mean. Longer: less idle traffic.
   */
  readonly periodMs: number;
  /**
   * Within this time a new neighbour is probed, at a random moment. Shorter: after a mass failure,
   * which rewires many at once, all probe together. Longer: dead new neighbours are found later.
   */
  readonly firstProbeMs: number;
  /**
   * More than the round trip at its worst. Shorter: slow answers make suspects, which costs
   * traffic. Longer: a death is found later by the difference.
   */
  readonly ackTimeoutMs: number;
  /**
   * Between the probes of a suspect. Shorter: more chances to answer. Longer: less traffic to what
   * is down. `suspicionMs / suspectPeriodMs` should exceed `unansweredMin`.
   */
  readonly suspectPeriodMs: number;
  /**
   * From the miss to the moment at which the observers decide. Shorter: found sooner. Longer: hosts
   * may stand still for longer. See the formula above.
   */
  readonly suspicionMs: number;
  /**
   * Probes that must have gone unanswered: at loss p each way all are lost once in (2p)^-n times.
   * Fewer: lost packets pass for a death. More: found later, if the probes take longer than the
   * suspicion does.
   */
  readonly unansweredMin: number;
  /**
   * From the miss to the first question to the other observers; at least the round trip, so that an
   * answer over the edge spares it. Shorter: each lost packet sets all observers to work. Longer:
   * they begin to probe later, and must have been silenced, for `ackTimeoutMs`, before we decide.
   */
  readonly askAfterMs: number;
  /**
   * From a question to the moment at which votes are counted: ask, probe, ack and vote, so at least
   * four times the one-way delay. Shorter: objections come too late, and a server that only we
   * cannot reach is declared gone. Longer: a refused dial is decided later where votes are missing.
   */
  readonly askTimeoutMs: number;
  /**
   * By how much each observer acts later than the one ranked before it. Shorter than news takes:
   * several broadcast the same death. Longer: found later, by one gap per dead observer.
   */
  readonly rankGapMs: number;
  /**
   * For how long a vote counts; more than `askTimeoutMs`. Shorter: late ones are asked for twice.
   * Longer: what has changed meanwhile is decided by what was.
   */
  readonly voteKeptMs: number;
  /**
   * For how long one that asked is told of changes, and a subject that we do not watch is probed
   * for it; more than `suspicionMs`. Shorter: it must ask again. Longer: votes nobody waits for.
   */
  readonly askerKeptMs: number;
  /** Subjects that we probe only because we were asked. Fewer: left out in a mass failure. */
  readonly assistsMax: number;
  /**
   * Between two sweeps: when two neighbours are silent all others are probed at once, except those
   * probed within the last period. Shorter: more traffic while many are down. Longer: of a second
   * mass failure soon after the first one each death is found in its turn.
   */
  readonly sweepMs: number;
  /**
   * Times the suspicion time may double when we doubt ourselves: 3 makes it eight times as long.
   * Fewer: a server that is cut off gives up its neighbours sooner. More: the last one alive
   * notices later that it is.
   */
  readonly doublingsMax: number;
  /**
   * A step later than its deadline by more means that this process stood still. Shorter: a busy
   * process forgives deaths for ever. Longer: stalls of ours count as silence of others.
   */
  readonly stallMs: number;
}

const lan: DetectorProfile = {
  periodMs: 1_000,
  firstProbeMs: 100,
  ackTimeoutMs: 500,
  suspectPeriodMs: 500,
  suspicionMs: 2_750,
  unansweredMin: 4,
  askAfterMs: 250,
  askTimeoutMs: 250,
  rankGapMs: 25,
  voteKeptMs: 2_000,
  askerKeptMs: 5_000,
  assistsMax: 256,
  sweepMs: 5_000,
  doublingsMax: 3,
  stallMs: 100,
};

export const detectorProfiles = {
  /** Hosts in one place: one-way delays up to some 50 ms. */
  lan,
  /** Hosts far apart: one-way delays up to 300 ms, with jitter. Silent deaths take 7 to 10.5 s. */
  wan: {
    ...lan,
    ackTimeoutMs: 1_500,
    suspectPeriodMs: 1_000,
    suspicionMs: 5_500,
    askAfterMs: 1_000,
    askTimeoutMs: 1_500,
    rankGapMs: 250,
    voteKeptMs: 4_000,
    askerKeptMs: 10_000,
  },
  /** One machine: news takes no time, but processes wait for their turn on its cores. */
  local: { ...lan, askTimeoutMs: 200, rankGapMs: 10 },
} satisfies Record<string, DetectorProfile>;
