/** Inputs made of others: a few changes at once, of the kinds that find what decoders forget. */

import type { Draw } from './draw.ts';

/** Longer inputs are cut. */
export const INPUT_BYTES_MAX = 4_096;

const bytes = [
  0, 1, 2, 0x0a, 0x20, 0x22, 0x2e, 0x2f, 0x30, 0x3a, 0x40, 0x5c, 0x7f, 0x80, 0xc0, 0xff,
];
/** Numbers as frames and DNS have them, where something changes. */
const words = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xc00c, 0xffff];
const longs = [0, 1, 0xffff, 0x10000, 0x10ffff, 0x110000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Varints that are longer than they need be, at the bounds of what is exact, and beyond. */
const varints = [
  ...[
    [0x80, 0x00],
    [0x80, 0x80, 0x00],
    [0xff, 0x01],
    [0xff, 0x7f],
    [0x80, 0x80, 0x40],
  ],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
] as const;

export interface Material {
  /** Another input that did something new. */
  readonly other: Uint8Array;
  readonly words: readonly Uint8Array[];
}

/** A changed copy of `input`. */
export function mutated(draw: Draw, input: Uint8Array, material: Material): Uint8Array {
  let result = input;
  for (let changes = 1 + draw.below(draw.oneIn(4) ? 16 : 4); changes > 0; changes--) {
    result = changed(draw, result, material);
  }
  return result.length > INPUT_BYTES_MAX ? result.subarray(0, INPUT_BYTES_MAX) : result;
}

function changed(draw: Draw, input: Uint8Array, { other, words: known }: Material): Uint8Array {
  const at = draw.below(input.length + 1);
  switch (draw.below(13)) {
    case 0:
      return overwritten(input, at, [(input[at] ?? 0) ^ (1 << draw.below(8))]);
    case 1:
      return overwritten(input, at, [draw.pick(bytes)]);
    case 2:
      return overwritten(input, at, [draw.below(256)]);
    case 3:
      return overwritten(input, at, [((input[at] ?? 0) + draw.pick([1, 255, 16, 240])) & 255]);
    case 4:
      return overwritten(input, at, big(draw.pick(words), 2));
    case 5:
      return overwritten(input, at, big(draw.pick(longs), 4));
    case 6:
      return spliced(input, at, at, draw.pick(varints));
    case 7:
      return spliced(input, at, at + draw.below(3), varint(draw.integer()));
    case 8:
      return spliced(input, at, at, draw.exactly(1 + draw.below(8)));
    case 9:
      return spliced(input, at, at + 1 + draw.below(draw.oneIn(4) ? 64 : 4), []);
    case 10: {
      const block = input.subarray(at, at + 1 + draw.below(draw.oneIn(4) ? 256 : 16));
      const times = draw.oneIn(8) ? 16 : 1;
      return spliced(input, at, at, Array.from({ length: times }, () => [...block]).flat());
    }
    case 11: {
      if (known.length === 0) return input.subarray(0, at);
      const word = draw.pick(known);
      return spliced(input, at, at + (draw.boolean() ? 0 : word.length), word);
    }
    default: {
      const from = draw.below(other.length + 1);
      const part = draw.boolean()
        ? other.subarray(from)
        : other.subarray(from, from + draw.below(64));
      return draw.boolean() ? spliced(input, at, input.length, part) : spliced(input, at, at, part);
    }
  }
}

function overwritten(input: Uint8Array, at: number, by: readonly number[]): Uint8Array {
  const result = new Uint8Array(Math.max(input.length, at + by.length));
  result.set(input);
  result.set(by, at);
  return result;
}

function spliced(
  input: Uint8Array,
  from: number,
  to: number,
  by: Uint8Array | readonly number[],
): Uint8Array {
  const rest = input.subarray(Math.min(to, input.length));
  const result = new Uint8Array(from + by.length + rest.length);
  result.set(input.subarray(0, from));
  result.set(by, from);
  result.set(rest, from + by.length);
  return result;
}

function big(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) & 255);
}

function varint(value: number): number[] {
  const result: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) result.push((rest % 0x80) | 0x80);
  return [...result, rest];
}
