/**
 * What one server knows of another: a record. Two are merged as news is, by `supersedes`.
 *
 * A view is a join-semilattice: of two records about one server the one with the higher
 * (incarnation, left) stays. News may therefore arrive in any order and any number of times, and
 * every server ends with the same view. Within one incarnation a departure outweighs presence;
 * only the subject itself may raise its incarnation, and so only it can refute its departure
 * (SWIM, Das et al. 2002, section 4.2).
 */

import type { NewsKey } from '../gossip/event.ts';
import type { Address, ServerId } from '../id.ts';

/** A server, as the others know it. */
export interface Member {
  readonly id: ServerId;
  /** The circuit URL under which it is dialled, with its process and run. */
  readonly url: string;
  /** That of the URL. */
  readonly address: Address;
  /** From 0, raised by the member alone, each time it comes back after it was declared gone. */
  readonly incarnation: number;
  /** When it started, in wall-clock milliseconds of its own clock. Told to people, never compared. */
  readonly joined: number;
  readonly left: boolean;
  /**
   * Of one that left: it said goodbye, or its host said that the process is gone. Others merely
   * fell silent, and are tried again now and then.
   */
  readonly final: boolean;
}

/** The highest incarnation that is accepted: the next one is still an exact integer. */
export const incarnationMax = 0xffff_ffff_ffff;

/** What of a record decides which one stays. */
export function keyOf({ id, incarnation, left }: Member): NewsKey {
  return { subject: id, incarnation, left };
}
