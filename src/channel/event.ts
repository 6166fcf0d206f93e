/** What a channel is told, and what it asks to be done. */

import type { ErrorCode } from '../errors.ts';

export type ChannelEvent<M> =
  /**
   * `open`: its sender still writes it, and may yet take it back; `whole` follows. `bytes` is what
   * it takes up in the buffer, or may come to. Where it would have to wait, one that is not
   * `patient` fails with WOULD_BLOCK and has no effect; it must not be open.
   */
  | {
      readonly type: 'send';
      readonly op: number;
      readonly message: M;
      readonly bytes: number;
      readonly open: boolean;
      readonly patient: boolean;
    }
  | { readonly type: 'whole'; readonly op: number; readonly bytes: number }
  /** Where it would have to wait, one that is not `patient` fails with WOULD_BLOCK. */
  | { readonly type: 'receive'; readonly op: number; readonly patient: boolean }
  /** Asks to be told when a send would not wait, or would fail, or may meet who awaits a receive. */
  | { readonly type: 'awaitSend'; readonly op: number }
  /** Asks to be told when a receive would not wait, or would fail. */
  | { readonly type: 'awaitReceive'; readonly op: number }
  /**
   * Whoever waits gave up, or is gone. If it was not answered yet and its message not received, a
   * `cancelled` effect follows and there is no more of the operation; else its result stands.
   */
  | { readonly type: 'cancelSend'; readonly op: number }
  | { readonly type: 'cancelReceive'; readonly op: number }
  | { readonly type: 'cancelAwait'; readonly op: number }
  /** The receiver takes that offer. */
  | { readonly type: 'taken'; readonly op: number; readonly offer: number }
  | { readonly type: 'close' }
  | { readonly type: 'abort' }
  | { readonly type: 'tick' };

export type ChannelEffect<M> =
  /** The message is buffered or received: unless it is open, the send is complete. */
  | { readonly type: 'sent'; readonly op: number }
  | { readonly type: 'offer'; readonly op: number; readonly offer: number; readonly message: M }
  /** The receive is complete with the message last offered to it. */
  | { readonly type: 'received'; readonly op: number; readonly message: M }
  /** What was awaited is so. It is a hint: by the time of a try, another may have been quicker. */
  | { readonly type: 'ready'; readonly op: number }
  | { readonly type: 'cancelled'; readonly op: number }
  | { readonly type: 'failed'; readonly op: number; readonly code: ErrorCode };
