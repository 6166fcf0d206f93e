/** The parts of membership messages: digests, records. */

import type { Digest } from '../gossip/digest.ts';
import type { Address } from '../id.ts';
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
  url: checked(320, isUrl),
});

function isAddress(text: string): text is Address {
  if (!/^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+):\d{1,5}$/.test(text)) return false;
  return Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535;
}

/** Printable, without spaces: it is shown on terminals. */
function isUrl(text: string): text is string {
  return /^circuit:\/\/[!-~]+$/.test(text);
}
