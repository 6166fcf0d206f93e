/**
 * What servers tell each other about who is present: on edges, which are ordered and reliable
 * while they stand, and by datagrams, which are neither.
 */

import type { NewsKey } from '../gossip/event.ts';
import { reportMax } from '../gossip/gathering.ts';
import { decode, encode } from '../wire/codec.ts';
import { LongMemo } from '../wire/long-memo.ts';
import { boolean, integer, list, type Of, oneOf, struct, union } from '../wire/schema.ts';
import { serverId } from '../wire/server-id.ts';
import type { Member } from './member.ts';
import { digest, incarnation, key, member } from './record.ts';

/** Records in one message: at their longest, 400 bytes each, they stay far below a frame. */
export const recordsPerMessageMax = 512;
/** Keys of records in one message, 11 bytes each. */
export const keysPerMessageMax = 4_096;
/** Buckets in one summary. */
export const bucketsMax = 1_024;

const records = list(member, recordsPerMessageMax);
const keys = list(key, keysPerMessageMax);
const bucket = integer(bucketsMax - 1);

const edgeMessage = union({
  /** First on every edge: who we are, and which members we see. */
  hello: struct({ member, digest }),
  /** What has just happened, told further over the tree; each record with its wave. */
  news: struct({ records, waves: list(integer(0x3fff), recordsPerMessageMax) }),
  /** What we could tell; to be asked for by `graft` if it does not come otherwise. */
  announce: struct({ keys }),
  /** From now on tell us news at once, and these to begin with. */
  graft: struct({ keys }),
  /** From now on only announce news to us. */
  prune: struct({}),
  /** A joining server asks for the view. */
  join: struct({}),
  /** A part of it. */
  view: struct({ records, last: boolean }),
  /** The digest of each bucket of our view. */
  summary: struct({ digests: list(digest, bucketsMax) }),
  /** Of a summary of so many buckets, some that differ, and all that we hold in them. */
  difference: struct({ count: integer(bucketsMax), buckets: list(bucket, bucketsMax), records }),
  /** What we hold that the peer may lack, or asked for. Not necessarily new. */
  records: struct({ records }),
  /** To be answered by the record of that server, if there is one. */
  find: struct({ subject: serverId }),
  /** To be answered by a `pong` of the same number at once. */
  ping: struct({ seq: integer(), digest }),
  pong: struct({ seq: integer(), digest }),
});

const verdict = oneOf(['alive', 'silent', 'gone', 'unsure']);

const datagram = union({
  /** To be answered by an `ack` of the same number, to where it came from. */
  probe: struct({ seq: integer(), from: serverId, digest }),
  /** `turnMs`: when to probe next. */
  ack: struct({ seq: integer(), from: serverId, digest, turnMs: integer(0xffffff) }),
  /** Does that server answer you? To be answered by votes. */
  ask: struct({ from: serverId, subject: serverId }),
  vote: struct({ from: serverId, subject: serverId, verdict }),
  /** Is it you, and do you know that this is what we know of you? */
  verify: struct({ seq: integer(), from: serverId, subject: serverId, incarnation, left: boolean }),
  /** This is who I am. */
  verified: struct({ seq: integer(), member }),
  /** I have news for you to tell further, with what others report to you: to be answered by `take`. */
  offer: struct({ from: serverId }),
  /** Report it with this number. */
  take: struct({ seq: integer(), from: serverId }),
  /** What has just happened. */
  report: struct({ seq: integer(), from: serverId, records: list(member, reportMax) }),
});

export type EdgeMessage = Of<typeof edgeMessage>;
export type Datagram = Of<typeof datagram>;

export function encodeEdge(message: EdgeMessage): Uint8Array {
  return encode(edgeMessage, message);
}

/** Those with some fifty records or more: parts of views. */
const longMessages = new LongMemo(edgeMessage, { bytesMin: 4_096, bytesMax: 4_194_304 });

/** Undefined for anything that is not a message. Never throws. */
export function decodeEdge(bytes: Uint8Array): EdgeMessage | undefined {
  return longMessages.decode(bytes);
}

export function encodeDatagram(message: Datagram): Uint8Array {
  return encode(datagram, message);
}

export function decodeDatagram(bytes: Uint8Array): Datagram | undefined {
  return decode(datagram, bytes);
}

/** As many messages as it takes; none for no records. */
export function encodeNews(
  members: readonly Member[],
  waveOf: (subject: Member['id']) => number,
): Uint8Array[] {
  return parts(members, recordsPerMessageMax).map((part) =>
    encodeEdge({ type: 'news', records: part, waves: part.map(({ id }) => waveOf(id)) }),
  );
}

/** As many messages as it takes; none for no records. */
export function encodeRecords(members: readonly Member[]): Uint8Array[] {
  return parts(members, recordsPerMessageMax).map((part) =>
    encodeEdge({ type: 'records', records: part }),
  );
}

/** As many `view` messages as it takes, one at least. */
export function encodeView(members: readonly Member[]): Uint8Array[] {
  const all = parts(members, recordsPerMessageMax);
  if (all.length === 0) all.push([]);
  return all.map((part, index) =>
    encodeEdge({ type: 'view', records: part, last: index === all.length - 1 }),
  );
}

/** As many messages as it takes; none for no keys. */
export function encodeKeys(type: 'announce' | 'graft', all: readonly NewsKey[]): Uint8Array[] {
  return parts(all, keysPerMessageMax).map((part) => encodeEdge({ type, keys: part }));
}

function parts<T>(items: readonly T[], sizeMax: number): (readonly T[])[] {
  if (items.length <= sizeMax) return items.length === 0 ? [] : [items];
  const all: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += sizeMax) all.push(items.slice(at, at + sizeMax));
  return all;
}
