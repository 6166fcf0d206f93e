/**
 * The types of records, and what their RDATA is made of. One description of a type parses it,
 * prints it, and finds the names in it. Any other type is written as RFC 3597 says:
 * `TYPE123 \# 3 ABCDEF`; so may be those that are known, if their octets make sense.
 */

import { badArgument } from '../errors.ts';
import {
  type Field,
  formatHex,
  hex,
  hexDigits,
  integer,
  ipv4,
  ipv6,
  name,
  period,
  pushHex,
  string,
  strings,
  tag,
  value,
} from './fields.ts';
import type { DomainName } from './name.ts';
import { nameOctets, OctetReader } from './octets.ts';
import { quote, type Words } from './text.ts';

interface Layout {
  readonly type: number;
  readonly fields: readonly Field[];
  readonly example: string;
}

const layouts: Readonly<Record<string, Layout>> = {
  A: { type: 1, fields: [ipv4], example: '10.0.0.1' },
  NS: { type: 2, fields: [name('a name', 'compressed')], example: 'ns1.miek.nl.' },
  CNAME: { type: 5, fields: [name('a name', 'compressed')], example: 'www.miek.nl.' },
  SOA: {
    type: 6,
    fields: [
      name('the name of the first server', 'compressed'),
      name('a mailbox as a name', 'compressed'),
      integer(32, 'a serial number'),
      ...['refresh', 'retry', 'expire', 'minimum'].map((what) => period(`the ${what} time`)),
    ],
    example: 'ns1.miek.nl. admin.miek.nl. 1 4h 1h 2w 5m',
  },
  PTR: { type: 12, fields: [name('a name', 'compressed')], example: 'host.miek.nl.' },
  HINFO: { type: 13, fields: [string('a CPU'), string('an OS')], example: '"ARM" "Linux"' },
  MX: {
    type: 15,
    fields: [integer(16, 'a preference'), name('a mail server', 'compressed')],
    example: '10 mx.miek.nl.',
  },
  TXT: { type: 16, fields: [strings], example: '"any text"' },
  AAAA: { type: 28, fields: [ipv6], example: '2001:db8::1' },
  SRV: {
    type: 33,
    fields: [
      ...['priority', 'weight', 'port'].map((what) => integer(16, `a ${what}`)),
      name('a target', 'plain'),
    ],
    example: '0 5 5060 sip.miek.nl.',
  },
  SSHFP: {
    type: 44,
    fields: [integer(8, 'an algorithm'), integer(8, 'a fingerprint type'), hex],
    example: '4 1 123456789ABCDEF67890123456789ABCDEF67890',
  },
  TLSA: {
    type: 52,
    fields: [...['usage', 'selector', 'matching type'].map((what) => integer(8, `a ${what}`)), hex],
    example: '3 1 1 92003BA34942DC74152E2F2C408D29ECA5A520E7F2E06BB944F4DCA346BAF63C',
  },
  SPF: { type: 99, fields: [strings], example: '"v=spf1 -all"' },
  CAA: {
    type: 257,
    fields: [integer(8, 'flags'), tag, value],
    example: '0 issue "letsencrypt.org"',
  },
};

const byNumber = new Map(Object.entries(layouts).map(([text, layout]) => [layout.type, text]));

/** The numbers that decide something here. */
export const types = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

/** Types that only questions have, or that are about messages (RFC 6895, section 3.1). */
export function isMetaType(type: number): boolean {
  return type === 0 || type === types.OPT || (type >= 128 && type <= 255);
}

/** Its name, or `TYPE123`. */
export function formatType(type: number): string {
  return byNumber.get(type) ?? `TYPE${type}`;
}

/** Throws BAD_ARGUMENT unless records may have it. */
export function parseType(text: string): number {
  const upper = text.toUpperCase();
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  const known = Object.hasOwn(layouts, upper) ? layouts[upper]?.type : undefined;
  const type = known ?? (number === undefined ? undefined : Number(number));
  if (type !== undefined && type <= 65_535 && !isMetaType(type)) return type;
  throw badArgument(
    `${quote(text)} is not a type of records: it is one of ${Object.keys(layouts).join(', ')}, ` +
      'or such as TYPE123',
  );
}

/** What may stand behind a type. */
export function exampleOf(type: number): string {
  return layoutOf(type)?.example ?? '\\# 3 ABCDEF';
}

/** All words that are left. Throws BAD_ARGUMENT. */
export function parseRdata(type: number, words: Words): Uint8Array {
  const layout = layoutOf(type);
  const first = words.peek();
  const raw = first?.text === '\\#' && !first.quoted;
  if (layout === undefined && !raw) {
    throw badArgument(
      `the octets of type ${formatType(type)} are written as \\#, their number, and hex`,
    );
  }
  const out: number[] = [];
  if (raw || layout === undefined) parseRaw(words, out);
  else for (const field of layout.fields) field.parse(words, out);
  if (words.left > 0) {
    throw badArgument(
      `the record goes on where its end is expected: ${quote(words.take('an end').text)}`,
    );
  }
  if (out.length > 65_535)
    throw badArgument('the record is too long: its octets do not fit into a message');
  const data = Uint8Array.from(out);
  if (raw && formatKnown(type, data) === undefined) {
    throw badArgument(`these octets make no record of type ${formatType(type)}`);
  }
  return data;
}

export function formatRdata(type: number, data: Uint8Array): string {
  const known = layoutOf(type) === undefined ? undefined : formatKnown(type, data);
  return known ?? `\\# ${data.length} ${formatHex(data)}`.trimEnd();
}

/** RDATA in pieces: the names in it, and the octets between them. */
export type Piece =
  | { readonly type: 'octets'; readonly octets: Uint8Array }
  | { readonly type: 'name'; readonly name: DomainName; readonly compress: boolean };

/** Takes all that `reader` holds; `pointers` where it is part of a message. */
export function piecesOf(
  type: number,
  reader: OctetReader,
  how: { readonly pointers: boolean },
): Piece[] {
  const fields = layoutOf(type)?.fields ?? [];
  const pieces: Piece[] = [];
  for (const field of fields.some((each) => each.name !== undefined) ? fields : []) {
    if (field.name !== undefined) {
      const compress = field.name === 'compressed';
      pieces.push({ type: 'name', name: reader.name(how), compress });
      continue;
    }
    const ahead = reader.part(reader.left);
    reader.at -= ahead.left;
    field.format(ahead);
    pieces.push({ type: 'octets', octets: reader.take(reader.left - ahead.left) });
  }
  if (reader.left > 0) pieces.push({ type: 'octets', octets: reader.take(reader.left) });
  return pieces;
}

/** RDATA from a message, with its names written in full; `reader` is bad where it makes no sense. */
export function expandedRdata(type: number, reader: OctetReader): Uint8Array {
  const parts = piecesOf(type, reader, { pointers: true }).map((piece) =>
    piece.type === 'name' ? nameOctets(piece.name) : piece.octets,
  );
  const whole = parts.flatMap((part) => [...part]);
  return Uint8Array.from(whole);
}

/** The name that a record leads to: of a CNAME, a mail server, a service. */
export function targetOf(type: number, data: Uint8Array): DomainName | undefined {
  const pieces = piecesOf(type, new OctetReader(data), { pointers: false });
  return pieces.find((piece) => piece.type === 'name')?.name;
}

function layoutOf(type: number): Layout | undefined {
  const text = byNumber.get(type);
  return text === undefined ? undefined : layouts[text];
}

/** Undefined where the octets are not those of that type; types without a layout take any. */
function formatKnown(type: number, data: Uint8Array): string | undefined {
  const layout = layoutOf(type);
  if (layout === undefined) return '';
  const reader = new OctetReader(data);
  const texts = layout.fields.map((field) => field.format(reader));
  return reader.bad || reader.left > 0 ? undefined : texts.join(' ');
}

/** RFC 3597, section 5. */
function parseRaw(words: Words, out: number[]): void {
  words.take('\\#');
  const { text } = words.take('the number of octets');
  const digits = hexDigits(words);
  if (!/^\d{1,5}$/.test(text) || Number(text) !== digits.length / 2) {
    throw badArgument(`\\# ${text} is not followed by so many octets, but by ${digits.length / 2}`);
  }
  pushHex(digits, out);
}
