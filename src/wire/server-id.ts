/**
 * A server id as its eight bytes. Ids that were read lately are kept, and the same string is given
 * again: it need not be put together, and maps have its hash already.
 */

import { idHigh, idLow } from '../hash.ts';
import type { ServerId } from '../id.ts';
import type { Codec } from './codec.ts';

/** A digit => the code of its character. */
const digits = new TextEncoder().encode('0123456789abcdef');
const LETTER_X = 0x58;

/** Ids kept, by their last bits. Fewer: in larger circuits they are made anew. A power of two. */
const KEPT = 16_384;

/** slot => the 64 bits of the id that is kept there, and the id. */
const highs = new Uint32Array(KEPT);
const lows = new Uint32Array(KEPT);
const kept: (ServerId | undefined)[] = new Array(KEPT).fill(undefined);

export const serverId: Codec<ServerId> = {
  write(writer, id) {
    writer.u32(idHigh(id));
    writer.u32(idLow(id));
  },
  read(reader) {
    const high = reader.u32();
    const low = reader.u32();
    const slot = low & (KEPT - 1);
    const found = kept[slot];
    if (found !== undefined && highs[slot] === high && lows[slot] === low) return found;
    const codes = [LETTER_X];
    appendDigits(codes, high);
    appendDigits(codes, low);
    // One string at once: put together digit by digit it would be sixteen.
    const id = String.fromCharCode(...codes) as ServerId;
    highs[slot] = high;
    lows[slot] = low;
    kept[slot] = id;
    return id;
  },
};

function appendDigits(codes: number[], word: number): void {
  for (let shift = 28; shift >= 0; shift -= 4) codes.push(digits[(word >>> shift) & 15] as number);
}
