/** The other side: what a client asks a name server, and what it reads of the answer. */

import type { Question } from './answer.ts';
import { readQuestion, TRUNCATED, writeQuestion } from './message.ts';
import { type DomainName, sameName } from './name.ts';
import { OctetReader, OctetWriter } from './octets.ts';
import { expandedRdata, types } from './rdata.ts';
import type { DnsRecord } from './record.ts';

export interface Resolved {
  readonly rcode: number;
  /** Not all of the answer is here: ask again over TCP. */
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

/** A query without extensions; `id` is what the answer will have. */
export function writeQuery(id: number, question: Question): Uint8Array {
  const writer = new OctetWriter();
  for (const word of [id, 0, 1, 0, 0, 0]) writer.u16(word);
  writeQuestion(writer, question);
  return writer.finish();
}

/** Undefined unless the bytes are an answer to that query. */
export function readAnswer(
  id: number,
  question: Question,
  bytes: Uint8Array,
): Resolved | undefined {
  const reader = new OctetReader(bytes);
  const [ownId, flags, questions] = [reader.u16(), reader.u16(), reader.u16()];
  const [answers = 0, authority = 0, additional = 0] = [reader.u16(), reader.u16(), reader.u16()];
  if (ownId !== id || (flags & 0x8000) === 0 || questions !== 1) return undefined;
  const echoed = readQuestion(reader);
  if (!sameName(echoed.name, question.name) || echoed.type !== question.type) return undefined;
  const resolved = {
    rcode: flags & 15,
    truncated: (flags & TRUNCATED) !== 0,
    answers: readRecords(reader, answers),
    authority: readRecords(reader, authority),
    additional: readRecords(reader, additional),
  };
  return reader.bad ? undefined : resolved;
}

/** Those that are records: OPT is none. */
function readRecords(reader: OctetReader, count: number): DnsRecord[] {
  const records: DnsRecord[] = [];
  for (let i = 0; i < count && !reader.bad; i++) {
    const name: DomainName = reader.name({ pointers: true });
    const type = reader.u16();
    reader.u16();
    const ttl = reader.u32();
    const part = reader.part(reader.u16());
    const data = expandedRdata(type, part);
    if (part.bad) reader.bad = true;
    if (type !== types.OPT) records.push({ name, type, ttl, data });
  }
  return records;
}
