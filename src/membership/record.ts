/** The parts of membership messages: ids as eight bytes, digests, records. */

import type { Digest } from '../gossip/digest.ts';
import { idHigh, idLow } from '../hash.ts';
import type { Address, ServerId } from '../id.ts';
import type { Codec } from '../wire/codec.ts';
import { boolean, checked, integer, struct } from '../wire/schema.ts';
import { incarnationMax, type Member } from './member.ts';

/** byte => its two hex digits. */
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export const serverId: Codec<ServerId> = {
  write(writer, id) {
    writer.u32(idHigh(id));
    writer.u32(idLow(id));
  },
  read(reader) {
    const bytes = reader.raw(8);
    let id = 'X';
    for (let i = 0; i < 8; i++) id += hex[bytes[i] as number] as string;
    return id as ServerId;
  },
};

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
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) <= 65_535;
}

/** Printable, without spaces: it is shown on terminals. */
function isUrl(text: string): text is string {
  return /^circuit:\/\/[!-~]+$/.test(text);
}
