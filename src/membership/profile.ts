/** Every constant of the membership layer, gathered. Each is explained where it is used. */

import type { DetectorProfile } from '../detector/suspicion.ts';
import type { GossipProfile } from '../gossip/gossip.ts';
import type { OverlayProfile } from '../overlay/overlay.ts';
import type { SeedsProfile } from './seeds.ts';
import type { TableProfile } from './table.ts';

export interface Profile {
  readonly overlay: OverlayProfile;
  readonly detector: DetectorProfile;
  readonly gossip: GossipProfile;
  readonly seeds: SeedsProfile;
  readonly table: TableProfile;
  /** From the leave to the stop: the time that sent bytes need to leave the host. */
  readonly drainMs: number;
}

/** For hosts in one place: one-way delays up to some 50 ms. */
export const lan: Profile = {
  overlay: {
    rings: 5,
    secondDialMs: 2_000,
    lingerMs: 5_000,
    redialMs: 500,
    redialMaxMs: 8_000,
    stableMs: 1_000,
  },
  detector: {
    periodMs: 1_000,
    ackTimeoutMs: 500,
    suspectPeriodMs: 500,
    suspicionMs: 3_000,
    unansweredMin: 4,
    isolatedMin: 3,
    doublingsMax: 3,
    stallMs: 100,
  },
  gossip: {
    batchMs: 10,
    confirmMs: 1_000,
    exchangeMs: 1_000,
    peerExchangeMs: 5_000,
    answerMs: 1_000,
  },
  seeds: { joinTimeoutMs: 10_000, joinsMax: 64 },
  table: { departedKeptMs: 600_000, departedSharedMs: 60_000 },
  drainMs: 200,
};
