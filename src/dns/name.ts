/**
 * Domain names (RFC 1035, sections 2.3.4 and 5.1; RFC 4343).
 *
 * A name is its labels, one character for each octet, without the empty one of the root. Names are
 * equal without regard to the case of ASCII letters, and are shown as they were given. A relative
 * name gets a dot appended: there is no origin.
 */

import { badArgument } from '../errors.ts';
import { escaped, octetsOf, quote } from './text.ts';

/** The labels of an absolute name; none for the root. A character is an octet, from 0 to 255. */
export type DomainName = readonly string[];

const LABEL_OCTETS_MAX = 63;
/** In a message, uncompressed. */
export const NAME_OCTETS_MAX = 255;

/** What means something in a name, or in a record, and so gets a backslash in front. */
const SPECIAL = '.\\"();@$ ';

/** Parses a name as people write it. Throws BAD_ARGUMENT. */
export function parseName(text: string): DomainName {
  if (text === '') throw badArgument('a name is empty; the root is written as "."');
  if (text === '@')
    throw badArgument('"@" stands for an origin, and there is none: write the name in full');
  if (text === '.') return [];
  const labels: string[] = [''];
  for (const { code, escaped } of octetsOf(text)) {
    if (code === 0x2e && !escaped) labels.push('');
    else if (!escaped && (code < 33 || code > 126)) {
      throw badArgument(
        `the name ${quote(text)} holds more than printable ASCII: write international names ` +
          'in their ASCII form (xn--...), and other octets as \\DDD',
      );
    } else labels[labels.length - 1] += String.fromCharCode(code);
  }
  if (labels.at(-1) === '') labels.pop();
  if (labels.includes('')) throw badArgument(`the name ${quote(text)} has an empty label`);
  if (labels.some((label) => label.length > LABEL_OCTETS_MAX)) {
    throw badArgument(
      `the name ${quote(text)} has a label of more than ${LABEL_OCTETS_MAX} octets`,
    );
  }
  if (octetsIn(labels) > NAME_OCTETS_MAX) {
    throw badArgument(`the name ${quote(text)} is longer than ${NAME_OCTETS_MAX} octets`);
  }
  return labels;
}

/** As people write it, absolute: with a dot at the end. */
export function formatName(name: DomainName): string {
  if (name.length === 0) return '.';
  return name.map((label) => `${escaped(octets(label), SPECIAL)}.`).join('');
}

/** The same text for equal names, and for no others. */
export function keyOf(name: DomainName): string {
  return lower(formatName(name));
}

/** The keys of a name and of all names above it, the root last. */
export function keysOf(name: DomainName): string[] {
  const keys = ['.'];
  let key = '';
  for (const label of name.toReversed()) {
    key = lower(`${escaped(octets(label), SPECIAL)}.`) + key;
    keys.unshift(key);
  }
  return keys;
}

/** The key of the wildcard directly below the name of a key. */
export function wildcardBelow(key: string): string {
  return key === '.' ? '*.' : `*.${key}`;
}

export function sameName(a: DomainName, b: DomainName): boolean {
  return a.length === b.length && a.every((label, i) => lower(label) === lower(b[i] as string));
}

/** What the name takes in a message, uncompressed. */
export function octetsIn(name: DomainName): number {
  return name.reduce((sum, label) => sum + label.length + 1, 1);
}

/** Only ASCII has cases here: 0xC0 and 0xE0 are different octets. */
function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function* octets(label: string): Iterable<number> {
  for (let i = 0; i < label.length; i++) yield label.charCodeAt(i);
}
