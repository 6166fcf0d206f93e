/** Records of TLS 1.3 as a stranger could make them (RFC 8446, sections 4.1.2 and 5.1). */

import type { Draw } from '../draw.ts';

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

function block(bytes: Uint8Array | readonly number[], lengthBytes: number): number[] {
  const length = Array.from({ length: lengthBytes }, (_, index) => {
    return (bytes.length >> (8 * (lengthBytes - 1 - index))) & 255;
  });
  return [...length, ...bytes];
}

/** A record of that type. */
export function record(type: number, payload: Uint8Array | readonly number[]): Uint8Array {
  return Uint8Array.of(type, 3, 3, ...block(payload, 2));
}

function extension(type: number, bytes: readonly number[]): number[] {
  return [type >> 8, type & 255, ...block(bytes, 2)];
}

/** One that names the key of that name, which whoever made it does not have. */
export function clientHello(draw: Draw, keyId: string): Uint8Array {
  const name = draw.oneIn(4) ? draw.bytes(20) : new TextEncoder().encode(keyId);
  const share = draw.exactly(draw.oneIn(6) ? draw.below(40) : 32);
  const identity = [...block(name, 2), ...draw.exactly(4)];
  const binder = block(draw.exactly(draw.oneIn(6) ? draw.below(64) : 32), 1);
  const maybe = (bytes: number[]) => (draw.oneIn(8) ? [] : bytes);
  const extensions = [
    ...maybe(extension(43, block([3, draw.pick([4, 4, 4, 3])], 1))),
    ...maybe(extension(10, block([0, 29], 2))),
    ...maybe(extension(13, block([4, 3, 8, 4], 2))),
    ...maybe(extension(51, block([0, 29, ...block(share, 2)], 2))),
    ...maybe(extension(45, block([draw.pick([1, 1, 0])], 1))),
    ...(draw.oneIn(3) ? extension(42, []) : []),
    ...maybe(extension(41, [...block(identity, 2), ...block(binder, 2)])),
  ];
  const hello = [
    ...[3, 3, ...draw.exactly(32), ...block(draw.exactly(draw.pick([0, 32])), 1)],
    ...[...block([0x13, draw.pick([1, 1, 2])], 2), ...block([0], 1), ...block(extensions, 2)],
  ];
  return record(HANDSHAKE, [CLIENT_HELLO, ...block(hello, 3)]);
}
