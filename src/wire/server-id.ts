/** A server id as its eight bytes. */

import { idHigh, idLow } from '../hash.ts';
import type { ServerId } from '../id.ts';
import type { Codec } from './codec.ts';

/** A digit => the code of its character. */
const digits = new TextEncoder().encode('0123456789abcdef');
const letterX = 'X'.charCodeAt(0);

/**
 * Ids that were read lately, by their last bits, since the same few are read again and again: equal
 * ones are then one and the same string, which maps find sooner. A power of two; more: memory.
 */
const SLOTS = 16_384;
const known: (ServerId | undefined)[] = new Array(SLOTS).fill(undefined);
/** slot => the bits of the id in it. */
const highs = new Uint32Array(SLOTS);
const lows = new Uint32Array(SLOTS);

export const serverId: Codec<ServerId> = {
  write(writer, id) {
    writer.u32(idHigh(id));
    writer.u32(idLow(id));
  },
  read(reader) {
    const high = reader.u32();
    const low = reader.u32();
    const slot = low & (SLOTS - 1);
    const found = known[slot];
    if (found !== undefined && highs[slot] === high && lows[slot] === low) return found;
    const id = idOf(high, low);
    known[slot] = id;
    highs[slot] = high;
    lows[slot] = low;
    return id;
  },
};

/** One string at once: put together digit by digit it would be sixteen. */
function idOf(high: number, low: number): ServerId {
  const codes = [letterX];
  for (const word of [high, low]) {
    for (let shift = 28; shift >= 0; shift -= 4)
      codes.push(digits[(word >>> shift) & 15] as number);
  }
  return String.fromCharCode(...codes) as ServerId;
}
