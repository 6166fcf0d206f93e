/** What RDATA is made of: each kind of field, from text to octets and back. */

import { badArgument } from '../errors.ts';
import { type DomainName, formatName, parseName } from './name.ts';
import { nameOctets, type OctetReader } from './octets.ts';
import { escaped, octetsOf, quote, type Word, type Words } from './text.ts';

export interface Field {
  /** Takes its words and appends its octets. Throws BAD_ARGUMENT. */
  parse(words: Words, out: number[]): void;
  /** Takes its octets and gives its text; sets `bad` where there is none. */
  format(reader: OctetReader): string;
  /** Holds a name; `plain` ones must not be compressed (RFC 3597, section 4). */
  readonly name?: 'plain' | 'compressed';
}

const STRING_OCTETS_MAX = 255;
/** RFC 2181, section 8. */
export const TTL_MAX = 2 ** 31 - 1;

const unitSeconds: Readonly<Record<string, number>> = {
  w: 604_800,
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
};

/** Whether a word begins like a TTL; `parsePeriod` says whether it is one. */
export function isPeriod(text: string): boolean {
  return /^(\d+|(\d+[wdhms])+)$/i.test(text);
}

/** Seconds, or times such as 1h30m. Throws BAD_ARGUMENT. */
export function parsePeriod(text: string): number {
  if (!isPeriod(text))
    throw badArgument(`${quote(text)} is not a time: write seconds, or such as 1h30m`);
  let seconds = 0;
  for (const [, count, unit = 's'] of text.toLowerCase().matchAll(/(\d+)([wdhms]?)/g)) {
    seconds += Number(count) * (unitSeconds[unit === '' ? 's' : unit] as number);
  }
  if (seconds > TTL_MAX)
    throw badArgument(`the time ${quote(text)} is longer than ${TTL_MAX} seconds`);
  return seconds;
}

/** A number of 8, 16 or 32 bits. */
export function integer(bits: 8 | 16 | 32, what: string): Field {
  const max = 2 ** bits - 1;
  return {
    parse(words, out) {
      const { text } = words.take(what);
      if (!/^\d{1,10}$/.test(text) || Number(text) > max) {
        throw badArgument(`${what} is a number from 0 to ${max}, and not ${quote(text)}`);
      }
      pushInteger(Number(text), bits, out);
    },
    format: (reader) =>
      String(bits === 8 ? reader.u8() : bits === 16 ? reader.u16() : reader.u32()),
  };
}

/** A time in seconds, of 32 bits. */
export function period(what: string): Field {
  return {
    parse: (words, out) => pushInteger(parsePeriod(words.take(what).text), 32, out),
    format(reader) {
      const seconds = reader.u32();
      if (seconds > TTL_MAX) reader.bad = true;
      return String(seconds);
    },
  };
}

export function name(what: string, kind: 'plain' | 'compressed'): Field {
  return {
    name: kind,
    parse: (words, out) => void out.push(...nameOctets(parseName(words.take(what).text))),
    format: (reader) => formatName(reader.name() as DomainName),
  };
}

export const ipv4: Field = {
  parse(words, out) {
    const { text } = words.take('an IPv4 address');
    const octets = octetsOfIpv4(text);
    if (octets === undefined) throw badArgument(`${quote(text)} is not an IPv4 address`);
    out.push(...octets);
  },
  format: (reader) => reader.take(4).join('.'),
};

export const ipv6: Field = {
  parse(words, out) {
    const { text } = words.take('an IPv6 address');
    const groups = groupsOfIpv6(text);
    if (groups === undefined) throw badArgument(`${quote(text)} is not an IPv6 address`);
    for (const group of groups) pushInteger(group, 16, out);
  },
  format: (reader) => formatIpv6(Array.from({ length: 8 }, () => reader.u16())),
};

/** One string of at most 255 octets, with its length in front. */
export function string(what: string): Field {
  return {
    parse(words, out) {
      const octets = codesOf(words.take(what));
      if (octets.length > STRING_OCTETS_MAX) {
        throw badArgument(`${what} has ${octets.length} octets; it may have ${STRING_OCTETS_MAX}`);
      }
      out.push(octets.length, ...octets);
    },
    format: (reader) => quoted(reader.take(reader.u8())),
  };
}

/** All strings that follow, at least one. Those over 255 octets become several. */
export const strings: Field = {
  parse(words, out) {
    do {
      const octets = codesOf(words.take('a text'));
      for (let at = 0; at === 0 || at < octets.length; at += STRING_OCTETS_MAX) {
        const part = octets.slice(at, at + STRING_OCTETS_MAX);
        out.push(part.length, ...part);
      }
    } while (words.left > 0);
  },
  format(reader) {
    const texts: string[] = [];
    do texts.push(quoted(reader.take(reader.u8())));
    while (reader.left > 0 && !reader.bad);
    return texts.join(' ');
  },
};

/** The name of a property (RFC 8659, section 4.1): letters and digits, with the length in front. */
export const tag: Field = {
  parse(words, out) {
    const { text } = words.take('a tag');
    if (!/^[a-zA-Z0-9]{1,255}$/.test(text)) {
      throw badArgument(`the tag ${quote(text)} is not of letters and digits, such as issue`);
    }
    const octets = codesOf({ text, quoted: false });
    out.push(octets.length, ...octets);
  },
  format(reader) {
    const text = String.fromCharCode(...reader.take(reader.u8()));
    if (!/^[a-zA-Z0-9]+$/.test(text)) reader.bad = true;
    return text;
  },
};

/** A string that is all of the rest, without a length. */
export const value: Field = {
  parse(words, out) {
    for (const code of codesOf(words.take('a value'))) out.push(code);
  },
  format: (reader) => quoted(reader.take(reader.left)),
};

/** Octets in hexadecimal to the end, at least one, in words at will. */
export const hex: Field = {
  parse(words, out) {
    const digits = hexDigits(words);
    if (digits === '') throw badArgument('the record ends where hexadecimal digits are expected');
    pushHex(digits, out);
  },
  format(reader) {
    if (reader.left === 0) reader.bad = true;
    return formatHex(reader.take(reader.left));
  },
};

/** The words that are left, joined. */
export function hexDigits(words: Words): string {
  let digits = '';
  while (words.left > 0) digits += words.take('digits').text;
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw badArgument(`${quote(digits)} is not hexadecimal: two digits for each octet`);
  }
  return digits;
}

export function pushHex(digits: string, out: number[]): void {
  for (let at = 0; at < digits.length; at += 2) {
    out.push(Number.parseInt(digits.slice(at, at + 2), 16));
  }
}

export function formatHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}

function codesOf({ text }: Word): number[] {
  return octetsOf(text).map(({ code }) => code);
}

function quoted(bytes: Uint8Array): string {
  return `"${escaped(bytes, '"\\')}"`;
}

function pushInteger(value: number, bits: 8 | 16 | 32, out: number[]): void {
  for (let shift = bits - 8; shift >= 0; shift -= 8) out.push((value >>> shift) & 255);
}

/** Without leading zeros, which some read as octal. */
function octetsOfIpv4(text: string): number[] | undefined {
  const parts = text.split('.');
  const isOctet = (part: string) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
  return parts.length === 4 && parts.every(isOctet) ? parts.map(Number) : undefined;
}

/** RFC 4291, section 2.2. */
function groupsOfIpv6(text: string): number[] | undefined {
  const sides = text.split('::');
  if (sides.length > 2) return undefined;
  const [before, after] = sides.map((side, i) => groupsOf(side, i === sides.length - 1));
  if (before === undefined) return undefined;
  if (sides.length === 1) return before.length === 8 ? before : undefined;
  if (after === undefined || before.length + after.length > 7) return undefined;
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

/** The groups of one side of `::`; the last of an address may be an IPv4 address. */
function groupsOf(side: string, last: boolean): number[] | undefined {
  if (side === '') return [];
  const parts = side.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const ipv4 = last && i === parts.length - 1 ? octetsOfIpv4(part) : undefined;
    if (ipv4 !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952: the longest run of zeros, the first of equals, and never a single one, is left out. */
function formatIpv6(groups: readonly number[]): string {
  let [from, length] = [0, 0];
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [from, length] = [i, run];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}
