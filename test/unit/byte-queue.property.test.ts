import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteQueue } from '../../src/byte-queue.ts';

const act = fc.oneof(
  fc.record({ push: fc.oneof(fc.nat(40), fc.constantFrom(8191, 8192, 20_000)) }),
  fc.record({ shift: fc.oneof(fc.nat(40), fc.nat(20_000)) }),
  fc.record({ keep: fc.nat(40) }),
  fc.record({ take: fc.double({ min: 0, max: 1, noNaN: true }) }),
);

test('bytes come out in the order in which they went in, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const queue = new ByteQueue();
      const taken: Uint8Array[] = [];
      let pushed = 0;
      for (const each of acts) {
        if ('push' in each) {
          queue.push(Uint8Array.from({ length: each.push }, () => pushed++ % 251));
        } else if ('keep' in each) {
          queue.keep(Uint8Array.from({ length: each.keep }, () => pushed++ % 251));
        } else if ('shift' in each) {
          const part = queue.shift(each.shift);
          expect(part.length).toBeLessThanOrEqual(each.shift);
          if (each.shift > 0 && queue.length > 0) expect(part.length).toBeGreaterThan(0);
          taken.push(part);
        } else {
          const count = Math.floor(each.take * queue.length);
          taken.push(queue.take(count));
          expect(taken.at(-1)?.length).toBe(count);
        }
        const out = taken.reduce((sum, part) => sum + part.length, 0);
        expect(queue.length).toBe(pushed - out);
      }
      taken.push(queue.take(queue.length));
      // Looked at last: nothing that was handed out may have been written over.
      const all = Buffer.concat(taken);
      expect(all.equals(Uint8Array.from({ length: pushed }, (_, i) => i % 251))).toBe(true);
    }),
  );
});

test('a million pushes of one byte are a few blocks, and as quick to take out', () => {
  const queue = new ByteQueue();
  const byte = new Uint8Array(1);
  for (let i = 0; i < 1_000_000; i++) queue.push(byte);
  let pieces = 0;
  while (queue.length > 0) {
    queue.shift(64 * 1024);
    pieces++;
  }
  expect(pieces).toBeLessThan(100);
});

test('what is skipped is what would have come out first', () => {
  const queue = new ByteQueue();
  for (let i = 0; i < 100; i++) queue.push(Uint8Array.of(i));
  queue.skip(60);
  expect(queue.take(3)).toEqual(Uint8Array.of(60, 61, 62));
  expect(queue.length).toBe(37);
});

test('a long chunk is kept as it is, a short one is copied', () => {
  const queue = new ByteQueue();
  const long = new Uint8Array(8192);
  const short = new Uint8Array(8191);
  queue.push(long);
  queue.push(short);
  expect(queue.shift(100_000).buffer).toBe(long.buffer);
  expect(queue.shift(100_000).buffer).not.toBe(short.buffer);
});
