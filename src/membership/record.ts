/** The parts of membership messages: digests, records, keys of records. */

import type { Digest } from '../gossip/digest.ts';
import type { NewsKey } from '../gossip/event.ts';
import { isCircuitUrl, parseCircuitUrl } from '../id.ts';
import type { Codec } from '../wire/codec.ts';
import { memoized } from '../wire/memo.ts';
import { boolean, checked, integer, struct } from '../wire/schema.ts';
import { serverId } from '../wire/server-id.ts';
import { incarnationMax, type Member } from './member.ts';

export const digest: Codec<Digest> = {
  write(writer, value) {
    writer.u32(value.high);
    writer.u32(value.low);
  },
  read: (reader) => ({ high: reader.u32(), low: reader.u32() }),
};

export const incarnation = integer(incarnationMax);

export const key: Codec<NewsKey> = struct({ subject: serverId, incarnation, left: boolean });

// One that can be dialled: whoever has the record will. A host name has at most 253 characters.
const dialledUrl = checked(320, isCircuitUrl);
const joined = integer();

/** Bits of the byte that says what became of a member. */
const LEFT = 1;
const FINAL = 2;

const plain: Codec<Member> = {
  write(writer, value) {
    serverId.write(writer, value.id);
    incarnation.write(writer, value.incarnation);
    writer.u8((value.left ? LEFT : 0) | (value.final ? FINAL : 0));
    joined.write(writer, value.joined);
    dialledUrl.write(writer, value.url);
  },
  read(reader) {
    const id = serverId.read(reader);
    const at = incarnation.read(reader);
    const fate = reader.u8();
    // A present member cannot have left for good.
    if (fate > (LEFT | FINAL) || fate === FINAL) reader.fail();
    const since = joined.read(reader);
    const url = dialledUrl.read(reader);
    const { address } = parseCircuitUrl(url);
    const left = (fate & LEFT) !== 0;
    return { id, url, address, incarnation: at, joined: since, left, final: fate > LEFT };
  },
};

/** Some 85 bytes. Those of the last few thousand records are remembered. */
export const member: Codec<Member> = memoized(plain, { bytesMax: 400, slots: 8192 });
