/**
 * What servers tell each other about who is present: on edges, which are ordered and reliable
 * while they stand, and by datagrams, which are neither.
 */

import { decode, encode } from '../wire/codec.ts';
import { boolean, integer, list, type Of, struct, union } from '../wire/schema.ts';
import { serverId } from '../wire/server-id.ts';
import type { Member } from './member.ts';
import { digest, member } from './record.ts';

/** Records in one message: at their longest, 600 bytes each, they stay far below a frame. */
export const recordsPerMessageMax = 512;

const records = list(member, recordsPerMessageMax);

const edgeMessage = union({
  /** First on every edge: who we are, and whether we see the same members. */
  hello: struct({ member, digest }),
  /** Records that changed our view, or correct what the peer told us. */
  news: struct({ records }),
  /** A part of our view. With the `last` one, `ask` requests the peer's. */
  view: struct({ records, ask: boolean, last: boolean }),
  /** To be answered by a `pong` at once. */
  ping: struct({ digest }),
  pong: struct({ digest }),
});

const datagram = union({
  /** To be answered by an `ack` of the same number, to where it came from. */
  probe: struct({ seq: integer(), from: serverId, digest }),
  ack: struct({ seq: integer(), from: serverId, digest }),
});

export type EdgeMessage = Of<typeof edgeMessage>;
export type Datagram = Of<typeof datagram>;

export function encodeEdge(message: EdgeMessage): Uint8Array {
  return encode(edgeMessage, message);
}

/** Undefined for anything that is not a message. Never throws. */
export function decodeEdge(bytes: Uint8Array): EdgeMessage | undefined {
  return decode(edgeMessage, bytes);
}

export function encodeDatagram(message: Datagram): Uint8Array {
  return encode(datagram, message);
}

export function decodeDatagram(bytes: Uint8Array): Datagram | undefined {
  return decode(datagram, bytes);
}

/** As many `news` messages as it takes. */
export function encodeNews(members: readonly Member[]): Uint8Array[] {
  return chunks(members).map((part) => encodeEdge({ type: 'news', records: part }));
}

/** As many `view` messages as it takes, one at least. */
export function encodeView(members: readonly Member[], ask: boolean): Uint8Array[] {
  const parts = chunks(members);
  if (parts.length === 0) parts.push([]);
  return parts.map((part, index) =>
    encodeEdge({ type: 'view', records: part, ask, last: index === parts.length - 1 }),
  );
}

function chunks(members: readonly Member[]): (readonly Member[])[] {
  if (members.length <= recordsPerMessageMax) return members.length === 0 ? [] : [members];
  const parts: (readonly Member[])[] = [];
  for (let at = 0; at < members.length; at += recordsPerMessageMax) {
    parts.push(members.slice(at, at + recordsPerMessageMax));
  }
  return parts;
}
