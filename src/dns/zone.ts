/**
 * The records of one name server, by name.
 *
 * It is a flat set: there are no files, origins or delegations. Beyond the syntax these rules hold:
 * - The records of one name and type have one TTL: that of the last one set (RFC 2181, 5.2).
 * - Setting a record that is there already changes its TTL and nothing else.
 * - A name has one CNAME or nothing else but it (RFC 1034, 3.6.2), and one SOA; setting another one
 *   replaces it (RFC 2136, 3.4.2.2).
 * - The records of one name fit into one message, so that any answer can be given.
 */

import type { Share } from '../budget.ts';
import { badArgument, pastLimit } from '../errors.ts';
import { type Limits, limits } from '../limits.ts';
import { type DomainName, formatName, keyOf, keysOf, octetsIn, parseName } from './name.ts';
import { formatType, types } from './rdata.ts';
import { type DnsRecord, formatRecord, parseRecord } from './record.ts';
import { quote } from './text.ts';

/** What a record takes in a message beside its RDATA, its name compressed. */
const RECORD_OVERHEAD = 12;

interface Owner {
  /** As it was first written. */
  readonly name: DomainName;
  /** In the order in which they were set. */
  readonly records: DnsRecord[];
}

export class Zone {
  /** The key of a name => its records; at least one. */
  readonly #owners = new Map<string, Owner>();
  /** The key of a name => how many names with records are below it. */
  readonly #below = new Map<string, number>();
  #records = 0;
  #octets = 0;
  #starts = 0;
  readonly #limits: Limits;
  readonly #share: Share | undefined;

  /** What the records take is taken from `share`. */
  constructor(bounds: Limits = limits, share?: Share) {
    this.#limits = bounds;
    this.#share = share;
  }

  /** Whether there is an SOA record: how one says for which names this server speaks. */
  get hasStart(): boolean {
    return this.#starts > 0;
  }

  /** Sets one record in the syntax of a zone file. Throws BAD_ARGUMENT, LIMIT. */
  set(text: string): void {
    const record = parseRecord(text);
    const key = keyOf(record.name);
    const owner = this.#owners.get(key);
    const old = owner?.records ?? [];
    assertNoAlias(record, old);
    const name = owner?.name ?? record.name;
    const at = old.findIndex((each) => replaces(record, each));
    const records = old.map((each, i) => (i === at ? record : each));
    if (at < 0) records.push(record);
    for (const [i, each] of records.entries()) {
      if (each === record || (each.type === record.type && each.ttl !== record.ttl)) {
        records[i] = { ...each, name, ttl: record.ttl };
      }
    }
    this.#assertRoom(old, records);
    if (owner === undefined) this.#count(record.name, 1);
    this.#add(old, -1);
    this.#add(records, 1);
    this.#owners.set(key, { name, records });
  }

  /** Removes all records of a name; nothing happens where there are none. Throws BAD_ARGUMENT. */
  unset(text: string): void {
    const name = parseName(text);
    const key = keyOf(name);
    const owner = this.#owners.get(key);
    if (owner === undefined) return;
    this.#owners.delete(key);
    this.#count(name, -1);
    this.#claim(-octetsOf(owner.records));
    this.#add(owner.records, -1);
  }

  /** The records of exactly the name with this key. */
  at(key: string): readonly DnsRecord[] {
    return this.#owners.get(key)?.records ?? [];
  }

  /** Whether the name has records, or names below it that have (RFC 4592, section 2.2.2). */
  has(key: string): boolean {
    return this.#owners.has(key) || this.#below.has(key);
  }

  /** Name, as it was first written => its records as text; sorted by name. */
  peek(): Record<string, string[]> {
    const lines = [...this.#owners.values()].map(({ name, records }): [string, string[]] => [
      formatName(name),
      records.map(formatRecord),
    ]);
    lines.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(lines);
  }

  #assertRoom(old: readonly DnsRecord[], records: readonly DnsRecord[]): void {
    const octets = octetsOf(records);
    if (octets > limits.dnsNameBytesMax) {
      const what = 'the records of one name have to fit into one answer';
      throw pastLimit(what, 'dnsNameBytesMax', limits.dnsNameBytesMax);
    }
    const count = this.#records + records.length - old.length;
    const all = this.#octets + octets - octetsOf(old);
    const { dnsRecordsMax, dnsBytesMax } = this.#limits;
    const what = 'a name server has too many records: unset some, or make another one';
    if (count > dnsRecordsMax) throw pastLimit(what, 'dnsRecordsMax', dnsRecordsMax);
    if (all > dnsBytesMax) throw pastLimit(what, 'dnsBytesMax', dnsBytesMax);
    this.#claim(all - this.#octets);
  }

  #claim(octets: number): void {
    const share = this.#share;
    if (octets <= 0) share?.give(-octets);
    else if (share?.take(octets) === false) {
      throw pastLimit('the server holds too much already', 'heldBytesMax', share.budget.max);
    }
  }

  #add(records: readonly DnsRecord[], sign: 1 | -1): void {
    this.#records += sign * records.length;
    this.#octets += sign * octetsOf(records);
    this.#starts += sign * records.filter(({ type }) => type === types.SOA).length;
  }

  /** Counts a name at all that are above it. */
  #count(name: DomainName, by: 1 | -1): void {
    for (const key of keysOf(name).slice(1)) {
      const count = (this.#below.get(key) ?? 0) + by;
      if (count === 0) this.#below.delete(key);
      else this.#below.set(key, count);
    }
  }
}

function assertNoAlias(record: DnsRecord, old: readonly DnsRecord[]): void {
  const other = old.find(({ type }) => type !== record.type);
  if (other === undefined) return;
  if (record.type !== types.CNAME && other.type !== types.CNAME) return;
  const name = quote(formatName(record.name));
  throw badArgument(
    `${name} has a record of type ${formatType(other.type)}, and a CNAME stands alone ` +
      '(RFC 1034, section 3.6.2): unset the name first',
  );
}

function replaces(record: DnsRecord, old: DnsRecord): boolean {
  const single = record.type === types.CNAME || record.type === types.SOA;
  return (single && old.type === record.type) || sameRecord(record, old);
}

function sameRecord(a: DnsRecord, b: DnsRecord): boolean {
  return (
    a.type === b.type &&
    a.data.length === b.data.length &&
    a.data.every((octet, i) => octet === b.data[i])
  );
}

/** What they take in a message: an upper bound. */
function octetsOf(records: readonly DnsRecord[]): number {
  const [first] = records;
  if (first === undefined) return 0;
  const data = records.reduce((sum, each) => sum + RECORD_OVERHEAD + each.data.length, 0);
  return octetsIn(first.name) + data;
}
