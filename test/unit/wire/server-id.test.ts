import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServerId } from '../../../src/id.ts';
import { decode, encode } from '../../../src/wire/codec.ts';
import { list } from '../../../src/wire/schema.ts';
import { serverId } from '../../../src/wire/server-id.ts';

const hex = (word: number) => word.toString(16).padStart(8, '0');
const idOf = (high: number, low: number) => `X${hex(high)}${hex(low)}` as ServerId;

/** Many of them share their last bits, by which ids are kept. */
const ids = fc
  .tuple(fc.nat(0xffffffff), fc.oneof(fc.nat(0xffffffff), fc.nat(3)))
  .map(([high, low]) => idOf(high, (low << 14) >>> 0));

test('an id that is read is the one that was written, whichever were read before', () => {
  const codec = list(serverId, 100);
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 100 }), (all) => {
      expect(decode(codec, encode(codec, all))).toEqual(all);
    }),
  );
});

test('an id is its eight bytes, and the zero id is none that was read before', () => {
  expect([...encode(serverId, idOf(0x01020304, 0xfffefdfc))]).toEqual([
    1, 2, 3, 4, 255, 254, 253, 252,
  ]);
  expect(decode(serverId, new Uint8Array(8))).toBe('X0000000000000000');
  expect(decode(serverId, new Uint8Array(7))).toBeUndefined();
});
