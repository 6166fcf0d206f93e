/**
 * What the membership layer is told, and what it asks for. The shell that drives it keeps four
 * promises:
 *
 * - Each `dial` is answered by one `edgeUp` or one `dialFailed` that repeats its address; at once
 *   when a session with that peer already stands.
 * - What is sent on an edge arrives in the order sent, or the edge goes down on both sides.
 * - `edgeUp` and `edgeDown` speak of the peer, not of a session: with two sessions to one peer,
 *   `edgeDown` follows the end of the last. A repeated `edgeUp` is harmless.
 * - Bytes that are sent may be shared by several sends: nobody writes into them.
 */

import type { Address, ServerId } from '../id.ts';
import type { Member } from './member.ts';

/** Why a session ended. */
export type EdgeEnd = 'reset' | 'refused' | 'timeout' | 'unreachable' | 'ended';

/** Why a dial gave no edge. `mismatch`: another server than the expected one answers there. */
export type DialFailure = 'refused' | 'timeout' | 'unreachable' | 'mismatch';

/** Why a join failed. `self`: the seed is this server. `busy`: too many joins are under way. */
export type JoinFailure = DialFailure | EdgeEnd | 'self' | 'busy' | 'left';

export type MembershipEvent =
  | { readonly type: 'tick' }
  /** Dial a seed and merge with its circuit. One that is under way already is not begun again. */
  | { readonly type: 'join'; readonly address: Address }
  /** A session with that server stands. A dialled one repeats the address of the `dial`. */
  | { readonly type: 'edgeUp'; readonly peer: ServerId; readonly address: Address }
  | { readonly type: 'edgeDown'; readonly peer: ServerId; readonly reason: EdgeEnd }
  | {
      readonly type: 'dialFailed';
      readonly address: Address;
      /** As in the `dial`: undefined for a seed. */
      readonly peer: ServerId | undefined;
      readonly reason: DialFailure;
    }
  | { readonly type: 'edgeMessage'; readonly peer: ServerId; readonly bytes: Uint8Array }
  | { readonly type: 'datagram'; readonly from: Address; readonly bytes: Uint8Array }
  /** Somebody needs that server, of which we know nothing: ask around. */
  | { readonly type: 'find'; readonly subject: ServerId }
  /** Tell everybody that we go. Final. */
  | { readonly type: 'leave' };

export type MembershipEffect =
  | { readonly type: 'dial'; readonly address: Address; readonly peer: ServerId | undefined }
  /** No longer a neighbour. A session that calls use may stay; its edge counts as down here. */
  | { readonly type: 'hangUp'; readonly peer: ServerId }
  | { readonly type: 'send'; readonly peer: ServerId; readonly bytes: Uint8Array }
  | { readonly type: 'datagram'; readonly to: Address; readonly bytes: Uint8Array }
  /** Told to observers. Per server they alternate, and incarnations do not fall. */
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'left'; readonly member: Member }
  /** The seed's view was merged in: the outcome of every `join` of that address under way. */
  | { readonly type: 'seedJoined'; readonly address: Address }
  | { readonly type: 'seedFailed'; readonly address: Address; readonly reason: JoinFailure }
  /** Our leave has been spread; the server may stop. Nothing follows. */
  | { readonly type: 'departed' };
