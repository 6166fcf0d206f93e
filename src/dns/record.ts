/**
 * One record in the syntax of zone files: `miek.nl. 3600 IN MX 10 mx.miek.nl.`, and back.
 *
 * TTL and class may be left out, and come in either order; the class is IN. A relative name gets a
 * dot appended, in RDATA as well. It is printed with tabs between its parts.
 */

import { badArgument, CircuitError } from '../errors.ts';
import { isPeriod, parsePeriod } from './fields.ts';
import { type DomainName, formatName, parseName } from './name.ts';
import { exampleOf, formatRdata, formatType, parseRdata, parseType } from './rdata.ts';
import { quote, type Word, Words } from './text.ts';

/** A record of class IN. */
export interface DnsRecord {
  readonly name: DomainName;
  readonly type: number;
  /** In seconds. */
  readonly ttl: number;
  /** RDATA, names in it not compressed. */
  readonly data: Uint8Array;
}

/** The TTL of a record that states none. */
const TTL_DEFAULT = 3_600;

const EXAMPLE = 'miek.nl. 3600 IN MX 10 mx.miek.nl.';

/** Throws BAD_ARGUMENT, with an example. */
export function parseRecord(text: string): DnsRecord {
  let example = EXAMPLE;
  try {
    const words = new Words(text);
    const owner = ownerOf(words.take('the name of the record'));
    const ttl = takeTtlAndClass(words) ?? TTL_DEFAULT;
    const type = parseType(words.take('the type of the record').text);
    example = `miek.nl. 3600 IN ${formatType(type)} ${exampleOf(type)}`;
    return { name: owner, ttl, type, data: parseRdata(type, words) };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    throw badArgument(`${error.message}; a record is such as ${example}`);
  }
}

export function formatRecord({ name, type, ttl, data }: DnsRecord): string {
  return [formatName(name), ttl, 'IN', formatType(type), formatRdata(type, data)].join('\t');
}

function ownerOf({ text, quoted }: Word): DomainName {
  if (quoted) throw badArgument(`the name ${quote(text)} stands in quotes; only texts do`);
  if (/^\$[a-z]/i.test(text)) {
    throw badArgument(`${quote(text)} is a directive of zone files; this takes one record`);
  }
  return parseName(text);
}

/** The TTL, where there is one. */
function takeTtlAndClass(words: Words): number | undefined {
  let ttl: number | undefined;
  let classified = false;
  for (;;) {
    const text = words.peek()?.text ?? '';
    if (ttl === undefined && isPeriod(text)) ttl = parsePeriod(text);
    else if (!classified && /^(IN|CH|CS|HS|CLASS\d+)$/i.test(text)) {
      if (!/^(IN|CLASS1)$/i.test(text))
        throw badArgument(`the class ${quote(text)} is not kept, only IN`);
      classified = true;
    } else return ttl;
    words.take('a type');
  }
}
