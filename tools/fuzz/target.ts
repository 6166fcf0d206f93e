/** What is fuzzed: one decoder, or several that belong together. */

import { isDeepStrictEqual } from 'node:util';
import { CircuitError, type ErrorCode } from '../../src/errors.ts';
import { type Codec, decode, encode } from '../../src/wire/codec.ts';
import type { Draw } from './draw.ts';

/** What came of one input, in a few words: two inputs with different ones did different things. */
export type Outcome = string;

/** One decoder and what is known of it. */
export interface Target {
  /** Also the name of its folder in the corpus: letters, digits and `-`. */
  readonly name: string;
  /** The exports that it feeds, as `src/rpc/hello.ts helloCodec`; see test/fuzz/decoders.test.ts. */
  readonly covers: readonly string[];
  /** Whether inputs are text, and files of them `.txt`. Default: false. */
  readonly text?: boolean;
  /** Words that mean something to it. */
  readonly words?: readonly string[];
  /** What a peer that keeps to the rules might send. */
  generate(draw: Draw): Uint8Array;
  /**
   * Feeds it one input. Throws nothing that the decoder may throw, but `Broken` where a law does not
   * hold; anything else that it throws is a find as well.
   */
  run(input: Uint8Array): Outcome | Promise<Outcome>;
  /** Bytes it may allocate for each byte of the input, over a constant. Default: 512. */
  readonly bytesPerByte?: number;
  /** Bytes that it may allocate for any input. Default: 1 MiB. */
  readonly bytesBase?: number;
  /** Fresh inputs in tests, compared with other targets: below 1 for slow ones. Default: 1. */
  readonly share?: number;
}

/** A law that a decoder breaks. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Throws Broken unless it holds. */
export function law(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

/** Throws Broken unless the two are the same value. */
export function same(a: unknown, b: unknown, what: string): void {
  law(isDeepStrictEqual(a, b), what);
}

const utf8 = new TextEncoder();
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text as an input. */
export function bytesOf(text: string): Uint8Array {
  return utf8.encode(text);
}

/** An input as text, whatever it is. */
export function textOf(input: Uint8Array): string {
  return lenient.decode(input);
}

/** What `parse` gives, or the code with which it refuses; it may refuse by no other. */
export function parsed<T>(
  parse: () => T,
  ...codes: readonly ErrorCode[]
): { readonly value: T } | { readonly refused: ErrorCode } {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof CircuitError && codes.includes(error.code)) return { refused: error.code };
    throw error;
  }
}

/** The laws of every codec: what was accepted is written again, read again, and is the same. */
export function codecLaws<T>(codec: Codec<T>, input: Uint8Array): T | undefined {
  const value = decode(codec, input);
  if (value === undefined) return undefined;
  const written = encode(codec, value);
  law(written.length <= input.length, 'what is written anew is longer than what was read');
  const again = decode(codec, written);
  same(again, value, 'what was written is not what is read');
  same(encode(codec, again as T), written, 'one value is written in two ways');
  return value;
}

/** A target of one codec. */
export function codecTarget<T>(
  name: string,
  how: {
    readonly codec: Codec<T>;
    readonly covers: readonly string[];
    readonly value: (draw: Draw) => T;
    readonly words?: readonly string[];
  },
): Target {
  const { codec, covers, words, value } = how;
  return {
    ...{ name, covers },
    ...(words === undefined ? {} : { words }),
    generate: (draw) => encode(codec, value(draw)),
    run(input) {
      const found = codecLaws(codec, input);
      if (found === undefined) return 'refused';
      const type = (found as { type?: unknown }).type;
      return typeof type === 'string' ? type : 'accepted';
    },
  };
}
