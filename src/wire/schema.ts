/**
 * Codecs put together from smaller ones. A message is described once, and the description gives
 * its type, its encoder and its decoder, so that the three cannot differ. Each field states its
 * bound.
 */

import type { Codec, Reader, Writer } from './codec.ts';

/** The type a codec stands for. */
export type Of<C> = C extends Codec<infer T> ? T : never;

/** An integer from 0 to `max`. */
export function integer(max: number = Number.MAX_SAFE_INTEGER): Codec<number> {
  return {
    write: (writer, value) => writer.varint(value),
    read: (reader) => reader.varint(max),
  };
}

export const boolean: Codec<boolean> = {
  write: (writer, value) => writer.u8(value ? 1 : 0),
  read: (reader) => {
    const byte = reader.u8();
    return byte <= 1 ? byte === 1 : reader.fail();
  },
};

/** UTF-8 text of at most `bytesMax` bytes. */
export function text(bytesMax: number): Codec<string> {
  return {
    write: (writer, value) => writer.text(value),
    read: (reader) => reader.text(bytesMax),
  };
}

/** One of a few words; their order here is their number on the wire. */
export function oneOf<const T extends string>(words: readonly T[]): Codec<T> {
  return {
    write: (writer, value) => writer.u8(words.indexOf(value)),
    read: (reader) => words[reader.u8()] ?? reader.fail(),
  };
}

/** Text that must also pass `accept`, which gives it its type. */
export function checked<T extends string>(
  bytesMax: number,
  accept: (text: string) => text is T,
): Codec<T> {
  return {
    write: (writer, value) => writer.text(value),
    read: (reader) => {
      const value = reader.text(bytesMax);
      return accept(value) ? value : reader.fail();
    },
  };
}

/** Bytes, at most `bytesMax` of them. Read as a view into the input. */
export function bytes(bytesMax: number): Codec<Uint8Array> {
  return {
    write: (writer, value) => writer.block(value),
    read: (reader) => reader.block(bytesMax),
  };
}

export function list<T>(item: Codec<T>, countMax: number): Codec<readonly T[]> {
  return {
    write(writer, values) {
      writer.varint(values.length);
      for (const value of values) item.write(writer, value);
    },
    read(reader) {
      const count = reader.varint(countMax);
      // Each item takes a byte or more, so a count beyond the input is a lie.
      if (count > reader.remaining) reader.fail();
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(item.read(reader));
      return values;
    },
  };
}

export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    write(writer, value) {
      writer.u8(value === undefined ? 0 : 1);
      if (value !== undefined) item.write(writer, value);
    },
    read: (reader) => (boolean.read(reader) ? item.read(reader) : undefined),
  };
}

type Fields = Record<string, Codec<unknown>>;
type Struct<F extends Fields> = { readonly [K in keyof F]: Of<F[K]> };

/** A record of fields, in the order written here. */
export function struct<F extends Fields>(fields: F): Codec<Struct<F>> {
  const names = Object.keys(fields);
  const codecs = names.map((name) => fields[name] as Codec<unknown>);
  return {
    write(writer: Writer, value: Struct<F>) {
      for (let i = 0; i < names.length; i++) {
        (codecs[i] as Codec<unknown>).write(writer, value[names[i] as keyof F]);
      }
    },
    read(reader: Reader) {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) {
        value[names[i] as string] = (codecs[i] as Codec<unknown>).read(reader);
      }
      return value as Struct<F>;
    },
  };
}

type Cases = Record<string, Codec<object>>;
type Union<C extends Cases> = {
  [K in keyof C]: { readonly type: K } & Of<C[K]>;
}[keyof C];

/**
 * One of several records, told apart by `type`. Their order here is their number on the wire. Each
 * of them makes a new object when it reads.
 */
export function union<C extends Cases>(cases: C): Codec<Union<C>> {
  const names = Object.keys(cases);
  const codecs = names.map((name) => cases[name] as Codec<object>);
  return {
    write(writer, value) {
      const index = names.indexOf(value.type as string);
      writer.u8(index);
      (codecs[index] as Codec<object>).write(writer, value);
    },
    read(reader) {
      const index = reader.u8();
      const name = names[index];
      if (name === undefined) return reader.fail();
      const value = (codecs[index] as Codec<object>).read(reader) as { type?: string };
      value.type = name;
      return value as Union<C>;
    },
  };
}
