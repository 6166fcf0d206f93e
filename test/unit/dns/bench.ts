/** A name server without sockets: what it says to a question, as text. */

import type { DnsAnswer } from '../../../src/dns/answer.ts';
import { answerTo } from '../../../src/dns/answer.ts';
import { parseName } from '../../../src/dns/name.ts';
import { type DnsRecord, formatRecord, parseRecord } from '../../../src/dns/record.ts';
import { Zone } from '../../../src/dns/zone.ts';

const numbers: Readonly<Record<string, number>> = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, OPT: 41 },
  ...{ IXFR: 251, AXFR: 252, MAILB: 253, ANY: 255, CAA: 257 },
};

export function zoneOf(...records: readonly string[]): Zone {
  const zone = new Zone();
  for (const record of records) zone.set(record);
  return zone;
}

export function typeOf(name: string): number {
  return numbers[name] as number;
}

export const text = (record: DnsRecord): string => formatRecord(record).replaceAll('\t', ' ');

/** The same record as `text` gives it, from what somebody would write. */
export const line = (record: string): string => text(parseRecord(record));

export function ask(
  zone: Zone,
  name: string,
  type = 'A',
  cls = 1,
): { rcode: number; aa: boolean; answers: string[]; authority: string[]; additional: string[] } {
  const answer: DnsAnswer = answerTo(zone, {
    name: parseName(name),
    type: typeOf(type),
    class: cls,
  });
  const { rcode, authoritative: aa } = answer;
  return {
    rcode,
    aa,
    answers: answer.answers.map(text),
    authority: answer.authority.map(text),
    additional: answer.additional.map(text),
  };
}
