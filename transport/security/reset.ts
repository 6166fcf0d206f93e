/** How a socket is reset that has TLS over it. */

import type { Socket } from 'node:net';

/**
 * Breaks a TLS stream and the socket beneath at once, so that the peer sees a reset.
 *
 * TLS cannot be told to reset. To reset the socket under it is a crash of Node when a write is under
 * way: then TLS is freed while the system still works for it. So TLS is closed, which in turn closes
 * the socket and waits for it, and that closing is made a reset.
 */
export function resetThrough(stream: Socket, raw: Socket): void {
  const own = raw as { destroy?: Socket['destroy'] };
  own.destroy = () => {
    delete own.destroy;
    return raw.resetAndDestroy();
  };
  stream.destroy();
  delete own.destroy;
}
