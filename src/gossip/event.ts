/** What the spreading of news takes, and what it wants: see spread.ts. */

import type { ServerId } from '../id.ts';

/** What news is about: the record of `subject` is as new as this. */
export interface NewsKey {
  readonly subject: ServerId;
  readonly incarnation: number;
  readonly left: boolean;
}

export type SpreadEvent =
  | { readonly type: 'tick' }
  /** An edge stands. Told again with another `eager`, it becomes that. */
  | { readonly type: 'edgeUp'; readonly peer: ServerId; readonly eager: boolean }
  /** `byUs`: it was no longer wanted; otherwise it broke. */
  | { readonly type: 'edgeDown'; readonly peer: ServerId; readonly byUs?: boolean }
  /** Our record changed; `from` told us, unless we found out ourselves. */
  | {
      readonly type: 'changed';
      readonly key: NewsKey;
      readonly from: ServerId | undefined;
      /** What came with the record that was pushed to us; undefined when it was not pushed. */
      readonly wave?: number | undefined;
      /** It was reported to us, to be pushed with other news. */
      readonly isReport?: boolean;
    }
  /** `from` pushed a record to us that we had. */
  | {
      readonly type: 'repeated';
      readonly key: NewsKey;
      readonly from: ServerId;
      /** What came with it. */
      readonly wave: number;
    }
  /** `from` knows these. */
  | { readonly type: 'announced'; readonly from: ServerId; readonly keys: readonly NewsKey[] }
  /** `from` wants these, and to be pushed news from now on. */
  | { readonly type: 'grafted'; readonly from: ServerId; readonly keys: readonly NewsKey[] }
  /** `from` has its news from others, and wants no more of it pushed. */
  | { readonly type: 'pruned'; readonly from: ServerId }
  /** Push what waits, now. `all`: over lazy edges too, with what waits to be announced. */
  | { readonly type: 'flush'; readonly to: 'eager' | 'all' };

export type SpreadEffect =
  /** Push the records of these, each with its wave. Edges that get the same get the same array. */
  | { readonly type: 'news'; readonly peer: ServerId; readonly subjects: readonly ServerId[] }
  | { readonly type: 'announce'; readonly peer: ServerId; readonly keys: readonly NewsKey[] }
  | { readonly type: 'graft'; readonly peer: ServerId; readonly keys: readonly NewsKey[] }
  | { readonly type: 'prune'; readonly peer: ServerId }
  /** Tell the gatherer of these, with or without an edge; at most `reportMax`. */
  | { readonly type: 'report'; readonly to: ServerId; readonly subjects: readonly ServerId[] };
