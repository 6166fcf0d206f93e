/**
 * DNS messages: what a server reads, and what it writes (RFC 1035, section 4; RFC 6891).
 *
 * Written by hand, and not with a library: those at hand take seconds for one message made to hurt,
 * cannot tell a dot within a label from one between labels, and take time that grows with the square
 * of an answer.
 */

import { type DnsAnswer, type Question, rcodes } from './answer.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { piecesOf, types } from './rdata.ts';
import type { DnsRecord } from './record.ts';

const HEADER_OCTETS = 12;
const OPT_OCTETS = 11;
/** The most a message has over TCP, whose length has 16 bits. */
export const MESSAGE_OCTETS_MAX = 65_535;
/** What everybody can take over UDP. */
export const UDP_OCTETS_MIN = 512;
/** What goes over nearly any path in one piece; more is lost where fragments are. */
export const UDP_OCTETS_MAX = 1_232;

/** Bits of the second word of a message. */
const RESPONSE = 0x8000;
const AUTHORITATIVE = 0x0400;
export const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const CHECKING_DISABLED = 0x0010;
/** What an answer has from its query: the opcode and two wishes. */
const ECHOED = 0x7800 | RECURSION_DESIRED | CHECKING_DISABLED;
const DNSSEC_OK = 0x8000;

export interface Head {
  readonly id: number;
  /** Those that an answer repeats. */
  readonly flags: number;
}

/** The extension of a message: an OPT record. */
export interface Edns {
  readonly version: number;
  /** How long an answer over UDP may be. */
  readonly octetsMax: number;
  readonly dnssecOk: boolean;
}

export type Received =
  /** Too short to be answered, or an answer itself: two servers would go on for ever. */
  | { readonly type: 'dropped' }
  | { readonly type: 'malformed'; readonly head: Head }
  /** Another opcode than QUERY: the rest may mean anything. */
  | { readonly type: 'unsupported'; readonly head: Head }
  | {
      readonly type: 'query';
      readonly head: Head;
      readonly question: Question;
      readonly edns: Edns | undefined;
    };

/** Reads what a client sent. */
export function readQuery(bytes: Uint8Array): Received {
  const reader = new OctetReader(bytes);
  const [id, flags] = [reader.u16(), reader.u16()];
  const [questions, answers, authority, additional] = Array.from({ length: 4 }, () => reader.u16());
  if (reader.bad || (flags & RESPONSE) !== 0) return { type: 'dropped' };
  const head = { id, flags: flags & ECHOED };
  if ((flags & 0x7800) !== 0) return { type: 'unsupported', head };
  if (questions !== 1) return { type: 'malformed', head };
  const question = readQuestion(reader);
  const extensions: Edns[] = [];
  const records = (answers as number) + (authority as number);
  for (let i = 0; i < records + (additional as number) && !reader.bad; i++) {
    const edns = skipRecord(reader);
    if (edns !== undefined) extensions.push(edns);
    if (edns !== undefined && i < records) reader.bad = true;
  }
  const [edns, another] = extensions;
  if (reader.bad || reader.left > 0 || another !== undefined) return { type: 'malformed', head };
  return { type: 'query', head, question, edns };
}

/** A question is never compressed: nothing stands before it. */
export function readQuestion(reader: OctetReader): Question {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() };
}

/** Passes over a record; gives what an OPT record says. */
function skipRecord(reader: OctetReader): Edns | undefined {
  const root = skipName(reader);
  const [type, octetsMax, ttl] = [reader.u16(), reader.u16(), reader.u32()];
  reader.take(reader.u16());
  if (type !== types.OPT) return undefined;
  if (!root) reader.bad = true;
  return { version: (ttl >>> 16) & 255, octetsMax, dnssecOk: (ttl & DNSSEC_OK) !== 0 };
}

/** Passes over a name and follows nothing. Whether it is that of the root. */
function skipName(reader: OctetReader): boolean {
  for (let labels = 0; ; labels++) {
    const length = reader.u8();
    if (length === 0) return labels === 0;
    if (length >= 64) {
      if (length < 192) reader.bad = true;
      reader.u8();
      return false;
    }
    reader.take(length);
  }
}

/** Writes the answer to a query; without a question where that was not understood. */
export function writeAnswer(
  to: { readonly head: Head; readonly question?: Question; readonly edns?: Edns | undefined },
  answer: DnsAnswer,
  octetsMax: number,
): Uint8Array {
  const writer = new OctetWriter();
  const { question, edns } = to;
  for (let i = 0; i < HEADER_OCTETS; i += 2) writer.u16(0);
  if (question !== undefined) writeQuestion(writer, question);
  const room = octetsMax - (edns === undefined ? 0 : OPT_OCTETS);
  const begin = writer.at;
  const whole = [...answer.answers, ...answer.authority].every((record) => {
    writeRecord(writer, record);
    return writer.at <= room;
  });
  if (!whole) writer.rewind(begin);
  const additional = whole ? writeWhatFits(writer, answer.additional, room) : 0;
  if (edns !== undefined) writeOpt(writer, answer.rcode, edns);
  const flags =
    RESPONSE |
    to.head.flags |
    (answer.authoritative ? AUTHORITATIVE : 0) |
    (whole ? 0 : TRUNCATED) |
    (answer.rcode & 15);
  const counts = [
    question === undefined ? 0 : 1,
    whole ? answer.answers.length : 0,
    whole ? answer.authority.length : 0,
    additional + (edns === undefined ? 0 : 1),
  ];
  [to.head.id, flags, ...counts].forEach((word, i) => {
    writer.patch16(i * 2, word);
  });
  return writer.finish();
}

export function writeQuestion(writer: OctetWriter, question: Question): void {
  writer.name(question.name);
  writer.u16(question.type);
  writer.u16(question.class);
}

function writeRecord(writer: OctetWriter, { name, type, ttl, data }: DnsRecord): void {
  writer.name(name, { compress: true });
  writer.u16(type);
  writer.u16(1);
  writer.u32(ttl);
  writer.u16(0);
  const begin = writer.at;
  for (const piece of piecesOf(type, new OctetReader(data), { pointers: false })) {
    if (piece.type === 'octets') writer.bytes(piece.octets);
    else writer.name(piece.name, { compress: piece.compress });
  }
  writer.patch16(begin - 2, writer.at - begin);
}

/** Whole sets of records, as many as fit; half a set would be taken for all of it. */
function writeWhatFits(
  writer: OctetWriter,
  records: readonly DnsRecord[],
  octetsMax: number,
): number {
  let written = 0;
  while (written < records.length) {
    const first = records[written] as DnsRecord;
    const begin = writer.at;
    let next = written;
    for (; next < records.length && writer.at <= octetsMax; next++) {
      const record = records[next] as DnsRecord;
      if (record.name !== first.name || record.type !== first.type) break;
      writeRecord(writer, record);
    }
    if (writer.at > octetsMax) {
      writer.rewind(begin);
      break;
    }
    written = next;
  }
  return written;
}

/** RFC 6891, section 6.1.2: the size is ours, and the upper bits of the code are in the TTL. */
function writeOpt(writer: OctetWriter, rcode: number, edns: Edns): void {
  writer.u8(0);
  writer.u16(types.OPT);
  writer.u16(UDP_OCTETS_MAX);
  writer.u8(rcode >>> 4);
  writer.u8(0);
  writer.u16(edns.dnssecOk ? DNSSEC_OK : 0);
  writer.u16(0);
}

/** How long an answer may be. */
export function octetsFor(by: 'udp' | 'tcp', edns: Edns | undefined): number {
  if (by === 'tcp') return MESSAGE_OCTETS_MAX;
  if (edns === undefined) return UDP_OCTETS_MIN;
  return Math.min(Math.max(edns.octetsMax, UDP_OCTETS_MIN), UDP_OCTETS_MAX);
}

/** The code for a version of EDNS that we do not speak; none where we do. */
export function versionError(edns: Edns | undefined): number | undefined {
  return edns !== undefined && edns.version > 0 ? rcodes.BADVERS : undefined;
}
