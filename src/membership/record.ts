/** The parts of membership messages: digests, records. */

import type { Digest } from '../gossip/digest.ts';
import { isAddress, isCircuitUrl } from '../id.ts';
import type { Codec } from '../wire/codec.ts';
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

export const member: Codec<Member> = struct({
  id: serverId,
  incarnation: integer(incarnationMax),
  left: boolean,
  joined: integer(),
  // A host name has at most 253 characters, the rest of a URL some 40.
  address: checked(262, isAddress),
  // One that can be dialled: whoever has the record will.
  url: checked(320, isCircuitUrl),
});
