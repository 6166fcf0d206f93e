/** What the detector is told, and what it wants done. */

import type { ServerId } from '../id.ts';

/** What an observer knows of a subject. */
export type Verdict =
  /** It answered us since we were asked. */
  | 'alive'
  /** It does not answer our probes. */
  | 'silent'
  /** Its dial was refused, or we know that it left. */
  | 'gone'
  /** We are finding out. */
  | 'unsure';

export type DetectorEvent =
  | { readonly type: 'tick' }
  /** It has become a neighbour. */
  | { readonly type: 'watch'; readonly peer: ServerId }
  /** It no longer is one, or it has left. */
  | { readonly type: 'unwatch'; readonly peer: ServerId }
  /**
   * An answer to a probe of ours: an ack with the turn that the peer gave us, in microseconds, or a
   * pong from the edge, which has none. It counts if that probe was sent since the last answer.
   */
  | {
      readonly type: 'acked';
      readonly peer: ServerId;
      readonly seq: number;
      readonly turnUs: number | undefined;
    }
  /** Its edge broke, or a dial got no answer. */
  | { readonly type: 'doubted'; readonly peer: ServerId }
  /** A dial was refused, or another server answered it, while no edge stood. */
  | { readonly type: 'refused'; readonly peer: ServerId }
  /** Another observer asks what we know of `subject`. `isPresent`: whether our view holds it so. */
  | {
      readonly type: 'asked';
      readonly subject: ServerId;
      readonly from: ServerId;
      readonly isPresent: boolean;
    }
  /** `from` answers what we asked. */
  | {
      readonly type: 'voted';
      readonly subject: ServerId;
      readonly from: ServerId;
      readonly verdict: Verdict;
    };

export type DetectorEffect =
  /** Maybe of a peer that we do not watch. `urgent`: over the edge too, which loses nothing. */
  | {
      readonly type: 'probe';
      readonly peer: ServerId;
      readonly seq: number;
      readonly urgent: boolean;
    }
  | { readonly type: 'ask'; readonly to: ServerId; readonly subject: ServerId }
  | {
      readonly type: 'vote';
      readonly to: ServerId;
      readonly subject: ServerId;
      readonly verdict: Verdict;
    }
  /**
   * It is gone, and no longer watched. `spread` is false when nobody answered us anything: we are
   * more likely cut off ourselves, so this is for our own use and must not be broadcast.
   */
  | {
      readonly type: 'gone';
      readonly peer: ServerId;
      readonly proof: 'refused' | 'silent';
      readonly spread: boolean;
    };
