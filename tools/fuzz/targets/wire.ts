/** The codec itself: readers, what is put together of them, frames, and what remembers. */

import { type Codec, decode, encode, type Reader } from '../../../src/wire/codec.ts';
import { Frames } from '../../../src/wire/frame.ts';
import { LongMemo } from '../../../src/wire/long-memo.ts';
import { memoized, memoizedDecoder } from '../../../src/wire/memo.ts';
import {
  boolean,
  bytes,
  checked,
  integer,
  list,
  oneOf,
  optional,
  struct,
  text,
  union,
} from '../../../src/wire/schema.ts';
import { serverId } from '../../../src/wire/server-id.ts';
import type { Draw } from '../draw.ts';
import { codecLaws, codecTarget, law, same, type Target } from '../target.ts';

/** One of everything. */
const everything = struct({
  flag: boolean,
  small: integer(255),
  exact: integer(),
  word: oneOf(['one', 'two', 'three']),
  text: text(300),
  short: text(20),
  name: checked(16, (value): value is 'a' | 'b' => value === 'a' || value === 'b'),
  bytes: bytes(1_000),
  id: serverId,
  ids: list(serverId, 100),
  maybe: optional(text(8)),
  lists: list(list(integer(1_000), 1_000), 1_000),
  either: union({
    left: struct({ n: integer() }),
    right: struct({ t: text(10) }),
    none: struct({}),
  }),
});

type Everything = typeof everything extends Codec<infer T> ? T : never;

function somethingOf(draw: Draw): Everything {
  return {
    flag: draw.boolean(),
    small: draw.integer(255),
    exact: draw.integer(),
    word: draw.pick(['one', 'two', 'three']),
    text: draw.text(100),
    short: draw.text(5),
    name: draw.pick(['a', 'b']),
    bytes: draw.bytes(),
    id: draw.server(),
    ids: draw.list(100, () => draw.server()),
    maybe: draw.optional(() => draw.text(2)),
    lists: draw.list(20, () => draw.list(20, () => draw.integer(1_000))),
    either: draw.pick([
      { type: 'left' as const, n: draw.integer() },
      { type: 'right' as const, t: draw.text(3) },
      { type: 'none' as const },
    ]),
  };
}

const schema = codecTarget('wire-schema', {
  codec: everything,
  covers: ['src/wire/codec.ts decode', 'src/wire/schema.ts boolean'],
  value: somethingOf,
});

/** Short ones of many, so that some collide in the few slots. */
const remembered = struct({ a: text(20), b: list(integer(9), 20) });
const memo = memoized(remembered, { bytesMax: 60, slots: 4 });
const decodeShort = memoizedDecoder(remembered, { bytesMax: 60, slots: 4 });
const long = new LongMemo(remembered, { bytesMin: 4, bytesMax: 64 });

/** What remembers gives what a reader that remembers nothing gives, whatever came before. */
const memory: Target = {
  name: 'wire-memory',
  covers: ['src/wire/memo.ts memoizedDecoder'],
  generate: (draw) =>
    encode(remembered, { a: draw.pick(['', 'a', 'b']), b: draw.list(6, () => draw.below(3)) }),
  run(input) {
    const plain = decode(remembered, input);
    same(decodeShort(input), plain, 'a remembered message is another one');
    same(long.decode(input), plain, 'a remembered long message is another one');
    codecLaws(memo, input);
    return plain === undefined ? 'refused' : 'accepted';
  },
};

/** However the bytes come, the frames are the same. The first byte says in what pieces. */
const frames: Target = {
  name: 'wire-frames',
  covers: [],
  generate(draw) {
    const parts = draw.list(5, () => draw.bytes(30));
    const framed = parts.flatMap((part) => [0, 0, 0, part.length, ...part]);
    return Uint8Array.of(draw.below(256), ...framed, ...draw.bytes(6));
  },
  run(input) {
    const [step = 0, ...rest] = input;
    const stream = Uint8Array.from(rest);
    const whole = framesOf(stream, stream.length);
    const pieces = framesOf(stream, 1 + (step % 37));
    same(pieces, whole, 'frames depend on how the bytes are cut');
    const length = whole.frames.reduce((sum, frame) => sum + frame.length + 4, 0);
    law(length <= stream.length, 'more in frames than came');
    return `${whole.ok ? 'read' : 'over-long'} ${Math.min(3, whole.frames.length)}`;
  },
};

function framesOf(stream: Uint8Array, step: number): { ok: boolean; frames: number[][] } {
  const reader = new Frames(200);
  const found: number[][] = [];
  let ok = true;
  for (let at = 0; at < stream.length && ok; at += Math.max(1, step)) {
    ok = reader.push(stream.subarray(at, at + step), (frame: Reader) => {
      found.push([...frame.rest()]);
      return true;
    });
  }
  return { ok, frames: found };
}

export const wire: readonly Target[] = [schema, memory, frames];
