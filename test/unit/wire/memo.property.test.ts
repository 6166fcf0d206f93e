import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServerId } from '../../../src/id.ts';
import { member } from '../../../src/membership/record.ts';
import { type Codec, decode, encode, Reader, Writer } from '../../../src/wire/codec.ts';
import { memoized, memoizedDecoder } from '../../../src/wire/memo.ts';
import { bytes, integer, list, struct, text } from '../../../src/wire/schema.ts';
import { serverId } from '../../../src/wire/server-id.ts';
import { anyId, anyRecord, memberOf } from '../../support/members.ts';

interface Value {
  readonly name: string;
  readonly count: number;
}

const inner: Codec<Value> = struct({ name: text(100), count: integer() });
const value: fc.Arbitrary<Value> = fc.record({
  name: fc.string({ unit: 'grapheme', maxLength: 20 }),
  count: fc.oneof(fc.nat(9), fc.maxSafeNat()),
});
const bytesMax = 400;
const few = () => memoized(inner, { bytesMax, slots: 2 });
const many = () => memoized(inner, { bytesMax, slots: 1024 });

/** What it stands for on the wire: the bytes of the value, with their length in front. */
const framed = (each: Value) => encode(bytes(bytesMax), encode(inner, each));

describe('a codec that remembers', () => {
  test('writes what one writes that does not, before and after it was read', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        const codec = few();
        for (const each of values) {
          expect(encode(codec, each)).toEqual(framed(each));
          expect(encode(codec, each)).toEqual(framed(each));
          const read = decode(codec, framed(each)) as Value;
          expect(read).toEqual(each);
          expect(encode(codec, read)).toEqual(framed(each));
        }
      }),
    );
  });

  test('gives each bytes their own value, however many share a slot', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const codec = few();
        const all = list(codec, 1_000);
        expect(decode(all, encode(all, values))).toEqual(values);
        expect(decode(all, encode(all, [...values].reverse()))).toEqual([...values].reverse());
      }),
    );
  });

  test('gives equal bytes one object, and different bytes never the same', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const codec = many();
        const isSame = a.name === b.name && a.count === b.count;
        const first = decode(codec, framed(a));
        expect(decode(codec, framed(a))).toBe(first);
        expect(decode(codec, framed(b)) === first).toBe(isSame);
      }),
    );
  });

  test('remembers its own copy: bytes that are overwritten later change nothing', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const codec = memoized(inner, { bytesMax, slots: 1 });
        const received = framed(a);
        const first = decode(codec, received);
        received.fill(0xff);
        expect(decode(codec, framed(a))).toBe(first);
        expect(encode(codec, first as Value)).toEqual(framed(a));
        expect(decode(codec, framed(b))).toEqual(b);
      }),
    );
  });

  test('finds out when a slot is taken by another, and reads anew', () => {
    const codec = memoized(inner, { bytesMax, slots: 1 });
    const [a, b] = [
      { name: 'a', count: 1 },
      { name: 'b', count: 2 },
    ];
    const first = decode(codec, framed(a));
    decode(codec, framed(b));
    const again = decode(codec, framed(a));
    expect(again).toEqual(a);
    expect(again).not.toBe(first);
  });

  test('refuses a value that is too long, cut short, or followed by more', () => {
    fc.assert(
      fc.property(value, fc.nat(), (each, cut) => {
        const plain = encode(inner, each);
        const block = (part: Uint8Array) => encode(bytes(1_000), part);
        const codec = many();
        expect(decode(codec, block(plain.subarray(0, cut % plain.length)))).toBeUndefined();
        expect(decode(codec, block(Uint8Array.of(...plain, 0)))).toBeUndefined();
        expect(decode(codec, framed(each))).toEqual(each);
        const narrow = memoized(inner, { bytesMax: plain.length, slots: 2 });
        expect(decode(narrow, block(plain))).toEqual(each);
        const tight = memoized(inner, { bytesMax: plain.length - 1, slots: 2 });
        expect(decode(tight, block(plain))).toBeUndefined();
      }),
    );
  });

  test('reads within a larger input, and leaves what follows', () => {
    const codec = few();
    const writer = new Writer();
    writer.u8(7);
    codec.write(writer, { name: 'a', count: 1 });
    writer.u8(9);
    const reader = new Reader(writer.view());
    expect([reader.u8(), codec.read(reader), reader.u8()]).toEqual([7, { name: 'a', count: 1 }, 9]);
    expect(reader.remaining).toBe(0);
  });
});

describe('records of servers', () => {
  test('that are written by hand are read back, and shared when read again', () => {
    fc.assert(
      fc.property(anyRecord(200), anyId, (record, id) => {
        const written = { ...record, id };
        const read = decode(member, encode(member, written));
        expect(read).toEqual(written);
        expect(decode(member, encode(member, { ...written }))).toBe(read);
        expect(encode(member, read as typeof written)).toEqual(encode(member, written));
      }),
    );
  });

  test('differ by every field, so that none passes for another', () => {
    const record = memberOf(1);
    const others = [
      memberOf(2, { url: record.url, address: record.address }),
      memberOf(1, { url: memberOf(2).url, address: memberOf(2).address }),
      memberOf(1, { incarnation: 1 }),
      memberOf(1, { joined: 5 }),
      memberOf(1, { left: true }),
      memberOf(1, { left: true, final: true }),
    ];
    for (const other of others) {
      expect(decode(member, encode(member, record))).toEqual(record);
      expect(decode(member, encode(member, other))).toEqual(other);
    }
  });
});

describe('a decoder that remembers', () => {
  const read = (codec: Codec<Value>, slots: number) => memoizedDecoder(codec, { bytesMax, slots });

  test('reads what one reads that does not, junk as well', () => {
    const decoder = read(inner, 2);
    const message = fc.oneof(
      value.map((each) => encode(inner, each)),
      fc.uint8Array({ maxLength: 8 }),
      value.map((each) => encode(inner, { ...each, name: each.name.repeat(30).slice(0, 90) })),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
        for (const each of [...messages, ...messages]) {
          expect(decoder(each)).toEqual(decode(inner, each));
        }
      }),
    );
  });

  test('gives one object for equal bytes, and does not keep the bytes that it was given', () => {
    const decoder = read(inner, 16);
    const first = encode(inner, { name: 'ann', count: 1 });
    const ann = decoder(first);
    expect(decoder(first.slice())).toBe(ann);
    first.fill(0);
    expect(decoder(encode(inner, { name: 'ann', count: 1 }))).toBe(ann);
    expect(ann).toEqual({ name: 'ann', count: 1 });
  });

  test('remembers more while that is of use', () => {
    const decoder = memoizedDecoder(inner, { bytesMax: 20, slots: 1_024 });
    const messages = Array.from({ length: 100 }, (_, count) =>
      encode(inner, { name: 'ann', count }),
    );
    // Each comes four times at once, as to four servers of one process.
    const remembered = () => {
      const before = messages.map((bytes) => decoder(bytes));
      return messages.filter((bytes, at) => decoder(bytes) === before[at]).length;
    };
    expect(remembered()).toBeLessThanOrEqual(16);
    for (let round = 0; round < 50; round++) {
      for (const bytes of messages) for (let i = 0; i < 4; i++) decoder(bytes);
    }
    expect(remembered()).toBeGreaterThan(70);
  });

  test('does not remember what is long', () => {
    const decoder = memoizedDecoder(inner, { bytesMax: 4, slots: 16 });
    const long = encode(inner, { name: 'somebody', count: 1 });
    expect(decoder(long)).toEqual(decoder(long));
    expect(decoder(long)).not.toBe(decoder(long));
  });
});

test('an id that is read again is the same, whatever was read between', () => {
  fc.assert(
    fc.property(fc.array(anyId, { minLength: 1, maxLength: 50 }), (ids) => {
      for (const id of [...ids, ...ids]) expect(decode(serverId, encode(serverId, id))).toBe(id);
    }),
  );
  // Those that share a slot do not share more.
  const alike = ['X0000000000004001', 'X0000000100004001', 'X0000000000008001'] as ServerId[];
  for (const id of [...alike, ...alike]) expect(decode(serverId, encode(serverId, id))).toBe(id);
});
