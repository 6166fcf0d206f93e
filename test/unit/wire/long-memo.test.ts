import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/wire/codec.ts';
import { LongMemo } from '../../../src/wire/long-memo.ts';
import { integer, list, struct } from '../../../src/wire/schema.ts';

const codec = struct({ numbers: list(integer(), 10_000) });
const bytesOf = (count: number, from = 0) =>
  encode(codec, { numbers: Array.from({ length: count }, (_, i) => (i + from) % 128) });
const newMemo = () => new LongMemo(codec, { bytesMin: 100, bytesMax: 3_000 });

describe('the memo of long messages', () => {
  test('gives one object for the same bytes, wherever they are', () => {
    const memo = newMemo();
    const bytes = bytesOf(1_000);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const first = memo.decode(bytes);
    expect(first?.numbers).toHaveLength(1_000);
    expect(memo.decode(moved.subarray(3))).toBe(first);
  });

  test('takes no message for another that differs in a byte, or is longer, or changed later', () => {
    const memo = newMemo();
    const bytes = bytesOf(999);
    const first = memo.decode(bytes);
    for (let at = 2; at < bytes.length; at++) {
      const other = bytes.slice();
      other[at] = ((other[at] as number) + 1) % 128;
      expect(memo.decode(other)?.numbers[at - 2]).toBe(other[at]);
    }
    expect(memo.decode(new Uint8Array([...bytes, 0]))).toBeUndefined();
    // The caller may use its buffer again.
    bytes[500] = 77;
    expect(memo.decode(bytes)?.numbers[498]).toBe(77);
    expect(first?.numbers[498]).toBe(498 % 128);
  });

  test('reads short messages, and those that are too long for it, each time', () => {
    const memo = newMemo();
    for (const count of [50, 5_000]) {
      const bytes = bytesOf(count);
      expect(memo.decode(bytes)).toEqual(memo.decode(bytes));
      expect(memo.decode(bytes)).not.toBe(memo.decode(bytes));
    }
  });

  test('remembers what came last, and no more bytes than it may', () => {
    const memo = newMemo();
    const messages = [1, 2, 3, 4].map((from) => bytesOf(1_000, from));
    const values = messages.map((bytes) => memo.decode(bytes));
    expect(memo.decode(messages[3] as Uint8Array)).toBe(values[3]);
    expect(memo.decode(messages[0] as Uint8Array)).not.toBe(values[0]);
  });

  test('gives nothing for what is no message, again and again', () => {
    const memo = newMemo();
    const junk = new Uint8Array(500).fill(255);
    expect([memo.decode(junk), memo.decode(junk)]).toEqual([undefined, undefined]);
  });
});
