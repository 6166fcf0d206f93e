import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Writer } from '../../../src/wire/codec.ts';
import { Frames } from '../../../src/wire/frame.ts';

const anyFrames = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 });

test('frames come out whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(
      anyFrames,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (sent, cuts) => {
        const got: number[][] = [];
        const frames = new Frames(200);
        for (const chunk of cut(framed(sent), cuts)) {
          const fine = frames.push(chunk, (frame) => {
            got.push([...frame.rest()]);
            return true;
          });
          expect(fine).toBe(true);
        }
        expect(got).toEqual(sent.map((frame) => [...frame]));
      },
    ),
  );
});

test('it may be stopped after any frame, and goes on from there', () => {
  fc.assert(
    fc.property(
      anyFrames,
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }),
      fc.infiniteStream(fc.boolean()),
      (sent, cuts, stops) => {
        const got: number[][] = [];
        const frames = new Frames(200);
        const take = (frame: { rest(): Uint8Array }) => {
          got.push([...frame.rest()]);
          return stops.next().value as boolean;
        };
        for (const chunk of cut(framed(sent), cuts)) frames.push(chunk, take);
        while (frames.waitingBytes > 0) frames.push(new Uint8Array(0), take);
        expect(got).toEqual(sent.map((frame) => [...frame]));
      },
    ),
  );
});

test('it is stopped only before a frame that is whole', () => {
  const two = framed([new Uint8Array(10), new Uint8Array(10)]);
  for (let length = 14; length <= two.length; length++) {
    const frames = new Frames(10);
    frames.push(two.subarray(0, length), () => false);
    expect(frames.waitingBytes > 0).toBe(length === two.length);
  }
});

test('an over-long frame is refused by its header alone, at the first byte past the bound', () => {
  expect(new Frames(200).push(u32(200), () => true)).toBe(true);
  expect(new Frames(200).push(u32(201), () => true)).toBe(false);
  expect(new Frames(200).push(u32(0xffffffff), () => true)).toBe(false);
});

test('a header that comes in four pieces is refused with its last byte', () => {
  const frames = new Frames(200);
  const [a, b, c, d] = [...u32(201)].map((byte) => Uint8Array.of(byte));
  expect(frames.push(a as Uint8Array, () => true)).toBe(true);
  expect(frames.push(b as Uint8Array, () => true)).toBe(true);
  expect(frames.push(c as Uint8Array, () => true)).toBe(true);
  expect(frames.push(d as Uint8Array, () => true)).toBe(false);
});

test('the bound may be raised between two frames of one chunk', () => {
  const frames = new Frames(10);
  const lengths: number[] = [];
  const fine = frames.push(framed([new Uint8Array(10), new Uint8Array(500)]), (frame) => {
    lengths.push(frame.remaining);
    frames.max = 500;
    return true;
  });
  expect(fine).toBe(true);
  expect(lengths).toEqual([10, 500]);
});

test('after a frame that ends it, nothing more is handed out', () => {
  let count = 0;
  new Frames(10).push(framed([new Uint8Array(1), new Uint8Array(1)]), () => {
    count++;
    return false;
  });
  expect(count).toBe(1);
});

test('a frame that comes byte by byte costs little more than its own size', () => {
  const frames = new Frames(1024 * 1024);
  const size = 1024 * 1024;
  const byte = new Uint8Array(1);
  frames.push(u32(size), () => true);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 1; i < size; i++) frames.push(byte, () => true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * size);
});

test('a frame that lies whole in a chunk is a view of it', () => {
  const chunk = framed([new Uint8Array(100), new Uint8Array(100)]);
  new Frames(200).push(chunk, (frame) => {
    expect(frame.rest().buffer).toBe(chunk.buffer);
    return true;
  });
});

function framed(frames: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const frame of frames) {
    writer.u32(frame.length);
    writer.raw(frame);
  }
  return writer.take();
}

function u32(value: number): Uint8Array {
  const writer = new Writer();
  writer.u32(value);
  return writer.take();
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
