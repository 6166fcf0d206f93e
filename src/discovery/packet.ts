/**
 * What servers and clients tell everybody on the local network: who looks for a circuit, and who is
 * of one. A packet has some 100 bytes, 450 at most, and so is never sent in parts.
 *
 * Magic and version come first, and a packet of another version is known as such and no more: what
 * follows may be anything.
 */

import { type CircuitName, isCircuitName, isCircuitUrl, type ServerId } from '../id.ts';
import { limits } from '../limits.ts';
import { type Codec, decode, encode } from '../wire/codec.ts';
import { checked, integer, type Of, optional, struct, union } from '../wire/schema.ts';
import { serverId } from '../wire/server-id.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';

/** The first bytes of each packet: what does not begin so is none of ours. */
const MAGIC = 0x43495244; // "CIRD"

/** A server that can be dialled, as it tells of itself. */
export interface Announced {
  readonly id: ServerId;
  readonly url: string;
  /** How many servers its circuit has, as it sees it. */
  readonly size: number;
}

const circuit = checked<CircuitName>(64, isCircuitName);
const server: Codec<Announced> = struct({
  id: serverId,
  // A host name has at most 253 characters.
  url: checked(320, isCircuitUrl),
  size: integer(limits.membersMax),
});

const body = union({
  /** A client looks for a server of that circuit, or of any. */
  look: struct({ circuit: optional(circuit) }),
  /** A server looks for others of its circuit. */
  query: struct({ circuit, server }),
  /** A server of that circuit, for whoever looks for one. */
  offer: struct({ circuit, server }),
});

type Body = Of<typeof body>;

/** A packet; `foreign` is one of another version of the protocol. */
export type Packet = Body | { readonly type: 'foreign' };

const packet: Codec<Packet> = {
  write(writer, value) {
    writer.u32(MAGIC);
    writer.varint(PROTOCOL_VERSION);
    if (value.type !== 'foreign') body.write(writer, value);
  },
  read(reader) {
    if (reader.u32() !== MAGIC) reader.fail();
    if (reader.varint() === PROTOCOL_VERSION) return body.read(reader);
    reader.rest();
    return { type: 'foreign' };
  },
};

export function encodePacket(value: Body): Uint8Array {
  return encode(packet, value);
}

/** Undefined for anything that is no packet of ours. Never throws. */
export function decodePacket(bytes: Uint8Array): Packet | undefined {
  return decode(packet, bytes);
}
