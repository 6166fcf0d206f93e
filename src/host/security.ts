/** What protects the traffic of a host, and whom that turned away. */

import type { Refusal } from '../refused.ts';

/** The protection of a host. It may get other keys at any time. */
export interface Security {
  /** Short names of its keys, which tell nothing of these. The first seals. None: no protection. */
  readonly keys: readonly string[];
  /** How often what was turned away, since the start of the host. */
  readonly refused: Readonly<Record<Refusal, number>>;
}
