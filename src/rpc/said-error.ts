/** Errors in the words of a peer. */

import { CircuitError, isErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Reader } from '../wire/codec.ts';

/** What the peer said, whatever its version; a peer that said nothing is at fault. */
export function saidError(frame: Reader, options: { outcomeUnknown: boolean }): CircuitError {
  const code = frame.text(64);
  const message = frame.text(limits.errorBytesMax);
  const words = message === '' ? 'the peer gave no reason' : message;
  return new CircuitError(isErrorCode(code) ? code : 'PROTOCOL', words, options);
}
