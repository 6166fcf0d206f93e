/** A server id as its eight bytes. */

import { idHigh, idLow } from '../hash.ts';
import type { ServerId } from '../id.ts';
import type { Codec } from './codec.ts';

/** A digit => the code of its character. */
const digits = new TextEncoder().encode('0123456789abcdef');
const letterX = 'X'.charCodeAt(0);

export const serverId: Codec<ServerId> = {
  write(writer, id) {
    writer.u32(idHigh(id));
    writer.u32(idLow(id));
  },
  read(reader) {
    // One string at once: put together digit by digit it would be sixteen.
    const codes = [letterX];
    for (let i = 0; i < 8; i++) {
      const byte = reader.u8();
      codes.push(digits[byte >> 4] as number, digits[byte & 15] as number);
    }
    return String.fromCharCode(...codes) as ServerId;
  },
};
