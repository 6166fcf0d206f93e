/** How news reaches every server: Plumtree. */

import type { Effects } from '../effects.ts';
import type { ServerId } from '../id.ts';
import { NEVER } from '../time.ts';

export interface SpreadProfile {
  /** Between two messages of news over an edge. */
  readonly batchMs: number;
  /** How long a key waits for others before it is announced over lazy edges. */
  readonly announceMs: number;
  /** How long announced news may take over the tree before it is asked for. */
  readonly graftMs: number;
  /** How long it is remembered by which telling news came. */
  readonly rememberMs: number;
}

/** What news is about: a record of `subject` is at least this new. */
export interface NewsKey {
  readonly subject: ServerId;
  readonly incarnation: number;
  readonly left: boolean;
}

export type SpreadEvent =
  | { readonly type: 'tick' }
  /** An edge stands. Told again with another `eager`, it becomes that. */
  | { readonly type: 'edgeUp'; readonly peer: ServerId; readonly eager: boolean }
  | { readonly type: 'edgeDown'; readonly peer: ServerId }
  /** Our record changed; `from` told us, unless we found out ourselves. */
  | {
      readonly type: 'changed';
      readonly key: NewsKey;
      readonly from: ServerId | undefined;
      /** What `waveOf` said at the one that pushed it to us; undefined when it was not pushed. */
      readonly wave?: number | undefined;
    }
  /** `from` pushed a record to us that we had. */
  | {
      readonly type: 'repeated';
      readonly key: NewsKey;
      readonly from: ServerId;
      readonly wave?: number | undefined;
    }
  /** `from` knows these. */
  | { readonly type: 'announced'; readonly from: ServerId; readonly keys: readonly NewsKey[] }
  /** `from` wants these, and to be pushed news from now on. */
  | { readonly type: 'grafted'; readonly from: ServerId; readonly keys: readonly NewsKey[] }
  /** `from` has its news from others, and wants no more pushed. */
  | { readonly type: 'pruned'; readonly from: ServerId }
  /** Push what waits, now. */
  | { readonly type: 'flush'; readonly to: 'eager' | 'all' };

export type SpreadEffect =
  /** Tell the peer what we know of these. Edges that get the same list get the same array. */
  | { readonly type: 'news'; readonly peer: ServerId; readonly subjects: readonly ServerId[] }
  | { readonly type: 'announce'; readonly peer: ServerId; readonly keys: readonly NewsKey[] }
  | { readonly type: 'graft'; readonly peer: ServerId; readonly keys: readonly NewsKey[] }
  | { readonly type: 'prune'; readonly peer: ServerId };

export class Spread {
  readonly #profile: SpreadProfile;
  readonly #isUnknown: (key: NewsKey) => boolean;
  readonly #edges = new Set<ServerId>();

  constructor(profile: SpreadProfile, isUnknown: (key: NewsKey) => boolean, _self?: ServerId) {
    this.#profile = profile;
    this.#isUnknown = isUnknown;
  }

  /** How many edges stand. */
  get degree(): number {
    return this.#edges.size;
  }

  /** The number of the telling by which we know the latest of `subject`; sent with its record. */
  waveOf(_subject: ServerId): number {
    return 0;
  }

  step(_now: number, event: SpreadEvent, out: Effects<SpreadEffect>): void {
    if (event.type === 'edgeUp') this.#edges.add(event.peer);
    if (event.type === 'edgeDown') this.#edges.delete(event.peer);
    if (event.type !== 'changed' || this.#profile.batchMs < 0 || this.#isUnknown(event.key)) return;
    for (const peer of this.#edges) {
      out.push({ type: 'news', peer, subjects: [event.key.subject] });
    }
  }

  deadline(): number {
    return NEVER;
  }
}
