/** How peers are told apart that have a key from those that have none, and what they are told. */

import { goodbyeFrame } from '../../src/wire/goodbye.ts';

/** The first byte of a TLS handshake. One of ours is the length of a short frame, and begins with 0. */
const HANDSHAKE = 22;
const TLS_MAJOR = 3;

/** Said in plain text to a peer without a key, always the same. */
export const takesKeysOnly = goodbyeFrame(
  'WRONG_KEY',
  'this server takes only peers that have its key: give the file that holds it with -hmac FILE',
);

/** Said to a peer with a key, which does not read it: that it is not TLS tells it enough. */
export const hasNoKey = goodbyeFrame(
  'WRONG_KEY',
  'this server has no key: start it with -hmac FILE, or come without a key',
);

/** Whether the first bytes of a connection are for TLS: then the peer has a key. */
export function wantsTls(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE;
}

/** The same, surely enough to turn a peer away for it. */
export function isTlsHello(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE && bytes[1] === TLS_MAJOR && (bytes[2] ?? 255) <= 4;
}
