/** What those are told who dial a server with which they have no key in common. */

import type { CloseReason } from '../host/index.ts';

export type NoCommonKey = 'noKey' | 'wrongKey';

const words: Record<NoCommonKey, string> = {
  noKey:
    'it has no key, and so nothing was said to it: start it with -hmac FILE, or dial it without a key',
  wrongKey: 'it has none of our keys: give -hmac the key file of its circuit',
};

export function isNoCommonKey(reason: CloseReason): reason is NoCommonKey {
  return reason === 'noKey' || reason === 'wrongKey';
}

/** The end of a sentence that begins with who was dialled. */
export function noCommonKey(reason: NoCommonKey): string {
  return words[reason];
}
