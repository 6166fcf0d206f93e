/**
 * Every constant of the membership layer, for three kinds of network. Each is explained where it is
 * used, with what moving it costs. Servers of one circuit should have the same profile; nothing
 * breaks when they do not, but the times that are promised are those of the slowest.
 */

import type { DetectorProfile } from '../detector/profile.ts';
import { detectorProfiles } from '../detector/profile.ts';
import type { ReconcileProfile, SpreadProfile } from '../gossip/profile.ts';
import * as gossip from '../gossip/profile.ts';
import type { OverlayProfile } from '../overlay/overlay.ts';
import type { ComebackProfile } from './comeback.ts';
import type { RetryProfile } from './retries.ts';
import type { SeedsProfile } from './seeds.ts';
import type { TableProfile } from './table.ts';
import type { VerifierProfile } from './verifier.ts';

/** How long servers wait for each other, and how often they speak: for one distance apart. */
export interface Profile {
  readonly overlay: OverlayProfile;
  readonly detector: DetectorProfile;
  readonly spread: SpreadProfile;
  readonly reconcile: ReconcileProfile;
  readonly verifier: VerifierProfile;
  readonly retries: RetryProfile;
  readonly comeback: ComebackProfile;
  readonly seeds: SeedsProfile;
  readonly table: TableProfile;
  /**
   * From the leave to the stop: the time that sent bytes need to leave the host. Shorter: a goodbye
   * may be lost, and the departure is found out instead. Longer: `leave` takes longer.
   */
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
  detector: detectorProfiles.lan,
  spread: gossip.lan.spread,
  reconcile: gossip.lan.reconcile,
  verifier: {
    hintMs: 200,
    askMs: 500,
    tries: 5,
    paceMs: 10,
    batch: 32,
    insistMs: 4_000,
    forgetMs: 60_000,
  },
  retries: { minMs: 2_000, maxMs: 300_000, share: 0.1, gapMs: 1_000 },
  comeback: {
    firstMs: 2_000,
    againMs: 30_000,
    factor: 2,
    againMaxMs: 600_000,
    calmMs: 300_000,
    lookMs: 500,
  },
  seeds: { joinTimeoutMs: 10_000, joinsMax: 64 },
  table: { departedKeptMs: 300_000, silentKeptMs: 86_400_000, departedSharedMs: 60_000 },
  drainMs: 200,
};

/** For hosts far apart: one-way delays up to some 300 ms. */
export const wan: Profile = {
  ...lan,
  overlay: { ...lan.overlay, secondDialMs: 5_000, redialMs: 1_000 },
  detector: detectorProfiles.wan,
  spread: gossip.wan.spread,
  reconcile: gossip.wan.reconcile,
  verifier: { ...lan.verifier, hintMs: 2_000, askMs: 1_500 },
  seeds: { joinTimeoutMs: 20_000, joinsMax: 64 },
  drainMs: 600,
};

/** For the servers of one host: examples, tests. */
export const local: Profile = {
  ...lan,
  detector: detectorProfiles.local,
  spread: gossip.local.spread,
  reconcile: gossip.local.reconcile,
  drainMs: 50,
};

/** By the names under which the command line knows them. */
export const profiles = { lan, wan, local } as const;
