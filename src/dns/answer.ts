/**
 * What a name server says to one question, from a flat set of records.
 *
 * - A name is looked up without regard to case. Its records of the type asked for are the answer;
 *   with type ANY all of them.
 * - A CNAME is followed within the set. Where it leads out of it, or in a circle, the answer ends:
 *   the CNAMEs are the answer.
 * - A name that does not exist gets the records of the wildcard below its closest ancestor that
 *   does, under its own name (RFC 4592). A name exists when it, or one below it, has records.
 * - Otherwise: a name that exists, without that type, is NODATA (NOERROR without an answer), one
 *   that does not is NXDOMAIN; both with the SOA above it, where there is one, in the authority.
 * - Whoever sets an SOA says with it for what this server speaks: names that do not exist, and are
 *   below no SOA, are then REFUSED, so that resolvers ask another server. Without any SOA it speaks
 *   for all names, and they are NXDOMAIN.
 * - Other classes than IN are REFUSED, and so are transfers of zones (AXFR, IXFR). Other opcodes
 *   than QUERY and other types that are no types of records are NOTIMP.
 * - NS records delegate nothing: they are records like any other.
 */

import { limits } from '../limits.ts';
import { type DomainName, keyOf, keysOf, wildcardBelow } from './name.ts';
import { OctetReader } from './octets.ts';
import { isMetaType, targetOf, types } from './rdata.ts';
import type { DnsRecord } from './record.ts';
import type { Zone } from './zone.ts';

export const rcodes = {
  NOERROR: 0,
  FORMERR: 1,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export interface Question {
  readonly name: DomainName;
  readonly type: number;
  readonly class: number;
}

export interface DnsAnswer {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  /** May be left out where there is no room. */
  readonly additional: readonly DnsRecord[];
}

const IN = 1;
const ANY_CLASS = 255;

/** An answer that holds nothing but its code. */
export function refusal(rcode: number): DnsAnswer {
  return { rcode, authoritative: false, answers: [], authority: [], additional: [] };
}

export function answerTo(zone: Zone, { name, type, class: cls }: Question): DnsAnswer {
  if (cls !== IN && cls !== ANY_CLASS) return refusal(rcodes.REFUSED);
  if (type === types.AXFR || type === types.IXFR) return refusal(rcodes.REFUSED);
  if (isMetaType(type) && type !== types.ANY) return refusal(rcodes.NOTIMP);
  const { answers, last, found } = follow(zone, name, type);
  if (found === 'records') return positive(zone, answers);
  const start = startAbove(zone, last);
  const speaks = start !== undefined || !zone.hasStart;
  if (found === 'nothing' && answers.length === 0 && !speaks) return refusal(rcodes.REFUSED);
  // A CNAME that leads out of what we speak for is somebody else's to follow.
  const denied = found === 'nothing' && (answers.length === 0 || start !== undefined);
  return {
    rcode: denied ? rcodes.NXDOMAIN : rcodes.NOERROR,
    authoritative: true,
    answers,
    authority: start === undefined || found === 'circle' ? [] : [negative(start)],
    additional: [],
  };
}

interface Followed {
  readonly answers: readonly DnsRecord[];
  /** The name at which it ended. */
  readonly last: DomainName;
  readonly found: 'records' | 'no such type' | 'nothing' | 'circle';
}

/** Goes from CNAME to CNAME until there are records of that type, or nothing to go on with. */
function follow(zone: Zone, name: DomainName, type: number): Followed {
  const answers: DnsRecord[] = [];
  const seen = new Set<string>();
  for (let last = name; ; ) {
    const records = recordsOf(zone, last);
    if (records === undefined) return { answers, last, found: 'nothing' };
    const wanted = records.filter((each) => type === types.ANY || each.type === type);
    if (wanted.length > 0) {
      answers.push(...wanted);
      return { answers, last, found: 'records' };
    }
    const alias = records.find((each) => each.type === types.CNAME);
    if (alias === undefined) return { answers, last, found: 'no such type' };
    answers.push(alias);
    seen.add(keyOf(last));
    last = targetOf(types.CNAME, alias.data) ?? [];
    if (seen.has(keyOf(last)) || seen.size === limits.dnsAliasesMax) {
      return { answers, last, found: 'circle' };
    }
  }
}

/** Undefined when the name does not exist, and no wildcard stands for it. */
function recordsOf(zone: Zone, name: DomainName): readonly DnsRecord[] | undefined {
  const keys = keysOf(name);
  const closest = keys.find((key) => zone.has(key)) ?? '.';
  if (closest === keys[0]) return zone.at(closest);
  const source = zone.at(wildcardBelow(closest));
  return source.length === 0 ? undefined : source.map((record) => ({ ...record, name }));
}

function positive(zone: Zone, answers: readonly DnsRecord[]): DnsAnswer {
  const additional = addresses(zone, answers);
  return { rcode: rcodes.NOERROR, authoritative: true, answers, authority: [], additional };
}

/** The addresses of the servers that the answers name. */
function addresses(zone: Zone, answers: readonly DnsRecord[]): DnsRecord[] {
  const found: DnsRecord[] = [];
  const seen = new Set(answers.map(({ name }) => keyOf(name)));
  for (const { type, data } of answers) {
    if (type !== types.MX && type !== types.NS && type !== types.SRV) continue;
    const target = targetOf(type, data) ?? [];
    const key = keyOf(target);
    if (seen.has(key)) continue;
    seen.add(key);
    const records = recordsOf(zone, target) ?? [];
    for (const wanted of [types.A, types.AAAA]) {
      const set = records.filter((each) => each.type === wanted);
      if (found.length + set.length > limits.dnsAdditionalMax) return found;
      found.push(...set);
    }
  }
  return found;
}

function startAbove(zone: Zone, name: DomainName): DnsRecord | undefined {
  for (const key of keysOf(name)) {
    const start = zone.at(key).find(({ type }) => type === types.SOA);
    if (start !== undefined) return start;
  }
  return undefined;
}

/** As long as the last number of an SOA says, one may remember that there is nothing (RFC 2308). */
function negative(start: DnsRecord): DnsRecord {
  const minimum = new OctetReader(start.data, start.data.length - 4).u32();
  return { ...start, ttl: Math.min(start.ttl, minimum) };
}
