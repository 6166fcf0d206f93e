import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Codec, decode, encode, guarded, Reader, Writer } from '../../../src/wire/codec.ts';
import {
  boolean,
  bytes,
  checked,
  integer,
  list,
  optional,
  struct,
  text,
  union,
} from '../../../src/wire/schema.ts';

/** UTF-8 has no lone surrogates, so neither has what we send. */
const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
const anyBytes = fc.uint8Array({ maxLength: 300 });
const anyInteger = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 16_383, 16_384, 2 ** 32, 2 ** 49, Number.MAX_SAFE_INTEGER),
);

const isShout = (value: string): value is Uppercase<string> => value === value.toUpperCase();

const shape = union({
  nothing: struct({}),
  line: struct({ from: integer(), to: integer(), names: list(text(10_000), 1_000) }),
  blob: struct({ bytes: bytes(10_000), sure: boolean, note: optional(text(10_000)) }),
});
const anyShape = fc.oneof(
  fc.record({ type: fc.constant('nothing' as const) }),
  fc.record({
    type: fc.constant('line' as const),
    from: anyInteger,
    to: anyInteger,
    names: fc.array(anyText, { maxLength: 20 }),
  }),
  fc.record({
    type: fc.constant('blob' as const),
    bytes: anyBytes,
    sure: fc.boolean(),
    note: fc.option(anyText, { nil: undefined }),
  }),
);

interface Kind<T> {
  readonly codec: Codec<T>;
  readonly values: fc.Arbitrary<T>;
}
const kinds: Record<string, Kind<unknown>> = {
  integer: { codec: integer(), values: anyInteger },
  boolean: { codec: boolean, values: fc.boolean() },
  text: { codec: text(10_000), values: anyText },
  'checked text': { codec: checked(10_000, isShout), values: anyText.map((t) => t.toUpperCase()) },
  bytes: { codec: bytes(10_000), values: anyBytes },
  list: { codec: list(integer(), 100), values: fc.array(anyInteger, { maxLength: 100 }) },
  optional: {
    codec: optional(integer()),
    values: fc.option(anyInteger, { nil: undefined }),
  },
  struct: {
    codec: struct({ a: integer(), b: text(10_000), c: optional(bytes(10_000)) }),
    values: fc.record({ a: anyInteger, b: anyText, c: fc.option(anyBytes, { nil: undefined }) }),
  },
  union: { codec: shape, values: anyShape },
} as Record<string, Kind<unknown>>;

describe.each(Object.entries(kinds))('%s', (_name, { codec, values }) => {
  test('what was encoded is decoded', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(codec, encode(codec, value))).toEqual(value);
      }),
    );
  });

  test('every truncation, and a byte too many, decodes to nothing', () => {
    fc.assert(
      fc.property(values, (value) => {
        const whole = encode(codec, value);
        for (let end = 0; end < whole.length; end++) {
          expect(decode(codec, whole.subarray(0, end))).toBeUndefined();
        }
        expect(decode(codec, Uint8Array.of(...whole, 0))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test('any bytes decode to a value or to nothing, and never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (junk) => {
        decode(codec, junk);
      }),
      { numRuns: 1000 },
    );
  });

  test('one flipped bit decodes to a value or to nothing, and never throws', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, at) => {
        const whole = encode(codec, value);
        if (whole.length === 0) return;
        const bit = at % (whole.length * 8);
        whole[bit >> 3] = (whole[bit >> 3] as number) ^ (1 << (bit & 7));
        decode(codec, whole);
      }),
    );
  });
});

describe('bounds', () => {
  test.each([
    ['text', text(10), '12345678901'],
    ['text in bytes, not characters', text(10), 'üüüüüü'],
    ['bytes', bytes(10), new Uint8Array(11)],
    ['list', list(integer(), 3), [1, 2, 3, 4]],
    ['integer', integer(1000), 1001],
  ] as [string, Codec<unknown>, unknown][])('%s past its bound is refused', (_, codec, value) => {
    expect(decode(codec, encode(codec, value))).toBeUndefined();
  });

  test.each([
    ['text', text(10), '1234567890'],
    ['bytes', bytes(10), new Uint8Array(10)],
    ['list', list(integer(), 3), [1, 2, 3]],
    ['integer', integer(1000), 1000],
  ] as [string, Codec<unknown>, unknown][])('%s at its bound is taken', (_, codec, value) => {
    expect(decode(codec, encode(codec, value))).toEqual(value);
  });

  test('a list that claims more items than there are bytes is refused before any is read', () => {
    let reads = 0;
    const counted: Codec<number> = {
      write: (writer, value) => writer.u8(value),
      read: (reader) => {
        reads++;
        return reader.u8();
      },
    };
    const lie = new Writer();
    lie.varint(1_000_000);
    lie.raw(new Uint8Array(999));
    expect(decode(list(counted, 1_000_000), lie.take())).toBeUndefined();
    expect(reads).toBe(0);
  });

  test('a block that claims more bytes than there are is refused without a copy of any', () => {
    const lie = new Writer();
    lie.varint(2 ** 40);
    expect(decode(bytes(2 ** 50), lie.take())).toBeUndefined();
  });

  test('an integer beyond 2^53 - 1 is refused, however it is written', () => {
    const beyond = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
    const endless = new Uint8Array(100).fill(0x80);
    expect(decode(integer(), beyond)).toBeUndefined();
    expect(decode(integer(), endless)).toBeUndefined();
  });

  test('malformed UTF-8 is refused, in short texts as in long ones', () => {
    for (const length of [3, 40]) {
      const junk = new Writer();
      junk.block(new Uint8Array(length).fill(0xff));
      expect(decode(text(100), junk.take())).toBeUndefined();
    }
  });

  test('a text that begins with a byte order mark keeps it', () => {
    expect(decode(text(100), encode(text(100), '\ufeffhello'))).toBe('\ufeffhello');
  });
});

describe('the reader and the writer', () => {
  test('bytes read are a view of the input', () => {
    const input = encode(bytes(10), Uint8Array.of(1, 2, 3));
    const view = decode(bytes(10), input) as Uint8Array;
    expect(view.buffer).toBe(input.buffer);
  });

  test('an error of ours within a read is not taken for malformed input', () => {
    const input = new Uint8Array(1);
    const bug = () => guarded(() => (undefined as unknown as Reader).u8(), new Reader(input));
    expect(bug).toThrow(TypeError);
  });

  test('a length that is known afterwards is patched in', () => {
    const writer = new Writer(4);
    writer.u8(9);
    const at = writer.length;
    writer.u32(0);
    writer.raw(new Uint8Array(300));
    writer.patchU32(at, 0xfedcba98);
    const reader = new Reader(writer.take());
    expect([reader.u8(), reader.u32(), reader.remaining]).toEqual([9, 0xfedcba98, 300]);
  });

  test('an encoding that fails leaves nothing behind for the next', () => {
    const lines = list(text(100), 10);
    expect(() => encode(lines, ['fine', undefined as unknown as string])).toThrow(TypeError);
    expect(decode(lines, encode(lines, ['fine']))).toEqual(['fine']);
  });

  test('a long encoding is not written over by the next', () => {
    const long = encode(bytes(1_000_000), new Uint8Array(500_000).fill(7));
    encode(bytes(1_000_000), new Uint8Array(500_000).fill(8));
    expect(long.at(-1)).toBe(7);
  });

  test('what was taken or detached is not written over by what follows', () => {
    const writer = new Writer(8);
    writer.u8(1);
    const taken = writer.take();
    writer.u8(2);
    const detached = writer.detach(8);
    writer.u8(3);
    expect([...taken, ...detached, ...writer.view()]).toEqual([1, 2, 3]);
  });
});
