/**
 * A sealed packet: what it looks like, and how it is sealed and opened.
 *
 *     byte  0      kind (2 bits: 1 data, 2 notice, 3 multicast) and key (6 bits of its id)
 *     byte  1- 8   salt of the sender: chance, drawn when it starts
 *     byte  9-12   data: the first bytes of the salt of the receiver, or 0 if it is not known;
 *                  notice: the counter of the packet that it answers; multicast: 0
 *     byte 13-16   counter of the sender: never the same twice under one salt
 *     byte 17-     what was sealed, of the same length as it was
 *     last 16      tag
 *
 * AES-256-GCM. The key is made of a key of the circuit and the salt of the sender, HKDF-Expand of
 * SHA-256 (RFC 5869, 2.3). The nonce is eight bytes of 0 and the counter: no two packets have one key
 * and one nonce. Authenticated besides are the bytes 0 to 16, the salt of the receiver (0 if it is not
 * known), and the way: the addresses of sender and receiver, or that of the group. So a packet is worth
 * nothing to any other receiver, to the same one after a restart, and from anywhere else.
 *
 * Everything here is one packet; who knows whom is in sealed-datagrams.ts.
 */

import type { KeyObject } from 'node:crypto';
import type { Address } from '../../src/id.ts';
import { datagramBytesMax } from '../datagram-bytes.ts';
import type { Key } from './keys.ts';

/** What sealing adds to a packet, in bytes. */
export const sealBytes = 33;

const headerBytes = 17;
const tagBytes = 16;
const saltBytes = 8;
/** In what keys are derived from, so that they are of use for nothing else. */
const purpose = 'circuit packet 1';

/** What a packet may be; the number is on the wire. */
export const kinds = { data: 1, notice: 2, multicast: 3 } as const;

/** The salt of a host: who it is, from its start on. */
export interface Salt {
  /** As bytes, and as a string, which maps take. */
  readonly bytes: Uint8Array;
  readonly text: string;
  /** Its first four bytes, as in packets that are meant for it. */
  readonly hint: number;
}

/** A key of the circuit, for packets of one purpose. */
export interface PacketKey {
  readonly id: string;
  /** Six bits of its id, as in packets that it sealed. */
  readonly hint: number;
  readonly secret: KeyObject;
}

/** What a packet says in clear. */
export interface Header {
  readonly kind: number;
  readonly keyHint: number;
  readonly salt: Salt;
  /** Of the receiver, or the counter that is answered. */
  readonly hint: number;
  readonly counter: number;
}

/** What is not in the packet, and must be the same at both ends. */
export interface Context {
  readonly receiver: Salt;
  /** As `wayOf` gives it, or the address of the group. */
  readonly way: string;
}

/** Authenticated with each packet. These are used within one call only, and save making them. */
const associated = Buffer.alloc(256);
const nonce = Buffer.alloc(12);
/** The packet that is sealed; a longer one is never sent. */
const sealed = Buffer.alloc(datagramBytesMax);
const sealedBytes = bare(sealed);
const options = { authTagLength: tagBytes } as const;
const engine: ErrorConstructor & { stackTraceLimit?: number } = Error;

/** In place of the salt of a receiver that is not known. */
export const nobody = saltOf(Buffer.alloc(saltBytes));

/** A new salt, which is not that of nobody. */
export function newSalt(): Salt {
  const { randomBytes } = process.getBuiltinModule('node:crypto');
  for (;;) {
    const salt = saltOf(randomBytes(saltBytes));
    if (salt.hint !== nobody.hint) return salt;
  }
}

/** Where a packet comes from and goes to, as both ends see it. */
export function wayOf(from: Address, to: Address): string {
  return `${from} ${to}`;
}

/** The same salt, without the packet that it was read from. */
export function keptSalt({ bytes, text, hint }: Salt): Salt {
  return { bytes: bytes.slice(), text, hint };
}

/** The keys for packets of that purpose; the first is the one to seal with. */
export function packetKeys(ring: readonly Key[], use: 'datagram' | 'multicast') {
  const { createSecretKey } = process.getBuiltinModule('node:crypto');
  return ring.map(
    (key): PacketKey => ({
      id: key.id,
      hint: Number.parseInt(key.id.slice(0, 2), 16) % 64,
      secret: createSecretKey(key[use]),
    }),
  );
}

/** The key of all packets with that salt. */
export function keyOfSalt({ secret }: PacketKey, { bytes }: Salt): KeyObject {
  const { createHmac, createSecretKey } = process.getBuiltinModule('node:crypto');
  const info = Buffer.alloc(purpose.length + saltBytes + 1);
  info.write(purpose, 'latin1');
  info.set(bytes, purpose.length);
  info[info.length - 1] = 1;
  return createSecretKey(createHmac('sha256', secret).update(info).digest());
}

/** The packet of these bytes, until the next is sealed; `key` is that of the salt in the header. */
export function seal(
  key: KeyObject,
  header: Header,
  context: Context,
  plain: Uint8Array,
): Uint8Array {
  const { createCipheriv } = process.getBuiltinModule('node:crypto');
  const packet = sealed;
  packet[0] = header.kind * 64 + header.keyHint;
  packet.set(header.salt.bytes, 1);
  packet.writeUInt32BE(header.hint, 9);
  packet.writeUInt32BE(header.counter, 13);
  nonce.writeUInt32BE(header.counter, 8);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, options);
  cipher.setAAD(associate(packet, context));
  packet.set(cipher.update(plain), headerBytes);
  cipher.final();
  packet.set(cipher.getAuthTag(), headerBytes + plain.length);
  return sealedBytes.subarray(0, sealBytes + plain.length);
}

/** What it says in clear; undefined when this is no sealed packet. */
export function headerOf(bytes: Uint8Array): Header | undefined {
  const [first = 0] = bytes;
  if (bytes.length < sealBytes || first < 64) return undefined;
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, headerBytes);
  return {
    kind: first >> 6,
    keyHint: first % 64,
    salt: saltOf(packet.subarray(1, 1 + saltBytes)),
    hint: packet.readUInt32BE(9),
    counter: packet.readUInt32BE(13),
  };
}

/** What was sealed; undefined if nobody with that key sealed this, for this context. */
export function open(
  key: KeyObject,
  { counter }: Header,
  context: Context,
  packet: Uint8Array,
): Uint8Array | undefined {
  const { createDecipheriv } = process.getBuiltinModule('node:crypto');
  nonce.writeUInt32BE(counter, 8);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
  decipher.setAAD(associate(packet, context));
  const end = packet.length - tagBytes;
  decipher.setAuthTag(packet.subarray(end));
  const plain = decipher.update(packet.subarray(headerBytes, end));
  // A stack would show our own code, and take most of the time that a forged packet costs.
  const depth = engine.stackTraceLimit ?? 10;
  engine.stackTraceLimit = 0;
  try {
    decipher.final();
  } catch {
    return undefined;
  } finally {
    engine.stackTraceLimit = depth;
  }
  return bare(plain);
}

/** Not a Buffer: its `slice` shares memory where that of a Uint8Array copies. */
function bare({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function saltOf(bytes: Buffer): Salt {
  return { bytes: bare(bytes), text: bytes.toString('latin1'), hint: bytes.readUInt32BE(0) };
}

function associate(packet: Uint8Array, { receiver, way }: Context): Uint8Array {
  associated.set(packet.subarray(0, headerBytes));
  associated.set(receiver.bytes, headerBytes);
  const end = headerBytes + saltBytes;
  return associated.subarray(0, end + associated.write(way, end, 'latin1'));
}
