/**
 * Sets of records that are never changed, and share what they have in common: a tree by the bucket
 * bits of the ids, the lowest three first, with up to 32 records in a leaf. What it looks like
 * depends on the records alone, and not on how they came together. A change makes a leaf anew and
 * the few branches above it.
 *
 * Equal parts are one object, as far as the last few thousand are remembered (hash consing; Filliatre
 * and Conchon 2006, "Type-safe modular hash-consing"). So the views of a thousand servers in one
 * process, which are alike but for the last changes, take little more memory than one, and what one
 * of them has worked out the others need not. It is a pure function all the same: parts are one only
 * if they hold the same, which is looked at, and not concluded from their digests.
 */

import { bucketBits } from '../gossip/buckets.ts';
import { type Digest, emptyDigest, toggled } from '../gossip/digest.ts';
import { idHigh, idLow } from '../hash.ts';
import type { ServerId } from '../id.ts';
import { Lately } from './lately.ts';
import type { Member } from './member.ts';

/** Records in a leaf. More: longer copies. Fewer: more leaves, each with what an object costs. */
const LEAF_MAX = 32;
const BITS = 3;
const FAN = 2 ** BITS;
/** Below there are no branches: a leaf holds all that have these bits in common. */
const DEPTH_MAX = 10;

/** Parts that are remembered at first, and one for four records of the largest set, but no more... */
const PARTS_MIN = 256;
/** ... than these: some 500 bytes each. Fewer: alike views are not always one. */
const PARTS_MAX = 8_192;
/** Unions that are remembered, of parts that mostly are as well. */
const UNIONS = 512;

/** A leaf, or a branch with a part for each value of the next three bits. */
export type Part = Leaf | Branch;

export interface Leaf {
  readonly isLeaf: true;
  /** The digest of its records. */
  readonly high: number;
  readonly low: number;
  readonly size: number;
  /** The bucket bits of each record, rising, as signed numbers: they take no object of their own. */
  readonly bits: readonly number[];
  /** Of those with the same bits, the lowest id first. */
  readonly records: readonly Member[];
  /** The bits of each id, high and low, as signed numbers; once somebody has asked for them. */
  words: readonly number[] | undefined;
}

export interface Branch {
  readonly isLeaf: false;
  readonly high: number;
  readonly low: number;
  readonly size: number;
  readonly parts: readonly Part[];
}

/** Who was asked for last: a change asks for the same server several times. */
let last = { id: '' as ServerId, bits: 0 };

/** The place of a server in the tree. */
export function bitsOf(id: ServerId): number {
  if (id !== last.id) last = { id, bits: bucketBits(id) | 0 };
  return last.bits;
}

/** The record of a server. */
export function find(root: Part, bits: number, id: ServerId): Member | undefined {
  let part = root;
  for (let at = bits; !part.isLeaf; at >>>= BITS) part = part.parts[at & (FAN - 1)] as Part;
  const { bits: all, records } = part;
  for (let i = 0; i < all.length; i++) {
    if (all[i] === bits && records[i]?.id === id) return records[i];
  }
  return undefined;
}

/** With `record` in the place of `known`; without either when both are undefined. */
export interface Change {
  readonly bits: number;
  readonly known: Member | undefined;
  readonly record: Member | undefined;
}

/** The set after a change of what it holds at this moment. */
export function changed(part: Part, change: Change, depth = 0): Part {
  if (part.isLeaf) return changedLeaf(part, change, depth);
  const at = (change.bits >>> (BITS * depth)) & (FAN - 1);
  const parts = part.parts.slice();
  parts[at] = changed(part.parts[at] as Part, change, depth + 1);
  return branchOf(parts);
}

interface Union {
  readonly a: Part;
  readonly b: Part;
  readonly depth: number;
  readonly whole: Part;
}

const unions = new Lately<Union>(UNIONS);

/** The set of these; each is of another server. */
export function setOf(records: readonly Member[]): Part {
  const all = records.map((record): Listed => [bitsOf(record.id), record]);
  return partOf(all.sort(inOrder), 0);
}

/** All of two sets; of a server that is in both, what `a` has. */
export function union(a: Part, b: Part, depth = 0): Part {
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const hash = a.low ^ b.high;
  const is = (one: Union) => one.a === a && one.b === b && one.depth === depth;
  const known = unions.find(hash, is);
  if (known !== undefined) return known.whole;
  const whole = united(a, b, depth);
  unions.keep(hash, { a, b, depth, whole });
  return whole;
}

function united(a: Part, b: Part, depth: number): Part {
  if (a.isLeaf && b.isLeaf) {
    const others = listed(b).filter(([bits, { id }]) => find(a, bits, id) === undefined);
    return partOf([...listed(a), ...others].sort(inOrder), depth);
  }
  const theirs = partsOf(b, depth);
  return branchOf(partsOf(a, depth).map((part, at) => union(part, theirs[at] as Part, depth + 1)));
}

/** Every record, in an order that depends on nothing else. */
export function* recordsOf(part: Part): Generator<Member> {
  if (part.isLeaf) yield* part.records;
  else for (const each of part.parts) yield* recordsOf(each);
}

/** Calls for every server, with the bits of its id. */
export function visitIds(
  part: Part,
  each: (id: ServerId, high: number, low: number) => void,
): void {
  if (!part.isLeaf) {
    for (const one of part.parts) visitIds(one, each);
    return;
  }
  const { records } = part;
  part.words ??= records.flatMap(({ id }) => [idHigh(id) | 0, idLow(id) | 0]);
  const { words } = part;
  for (let at = 0; at < records.length; at++) {
    each((records[at] as Member).id, words[2 * at] as number, words[2 * at + 1] as number);
  }
}

/** The digest of each of `count` buckets; `count` is a power of two. */
export function bucketDigests(root: Part, count: number): Digest[] {
  const digests = new Array<Digest>(count).fill(emptyDigest);
  const mix = (bucket: number, { high, low }: Digest) => {
    const before = digests[bucket] as Digest;
    digests[bucket] = { high: (before.high ^ high) >>> 0, low: (before.low ^ low) >>> 0 };
  };
  const visit = (part: Part, prefix: number, depth: number) => {
    if (2 ** (BITS * depth) >= count) {
      mix(prefix & (count - 1), part);
    } else if (part.isLeaf) {
      for (const [at, { id, incarnation }] of part.records.entries()) {
        mix((part.bits[at] as number) & (count - 1), toggled(emptyDigest, id, incarnation));
      }
    } else {
      for (const [at, each] of part.parts.entries()) {
        visit(each, prefix | (at << (BITS * depth)), depth + 1);
      }
    }
  };
  visit(root, 0, 0);
  return digests;
}

/** A record with its bits. */
type Listed = readonly [bits: number, record: Member];

function inOrder([a, { id }]: Listed, [b, other]: Listed): number {
  return a === b ? (id < other.id ? -1 : 1) : a - b;
}

function listed({ bits, records }: Leaf): Listed[] {
  return records.map((record, at) => [bits[at] as number, record]);
}

function changedLeaf(leaf: Leaf, { bits, known, record }: Change, depth: number): Part {
  const allBits = leaf.bits.slice();
  const records = leaf.records.slice();
  const at = known === undefined ? placeOf(leaf, bits, record) : records.indexOf(known);
  let digest: Digest = leaf;
  if (known !== undefined) digest = toggled(digest, known.id, known.incarnation);
  if (record === undefined) {
    allBits.splice(at, 1);
    records.splice(at, 1);
  } else {
    digest = toggled(digest, record.id, record.incarnation);
    const replaced = known === undefined ? 0 : 1;
    allBits.splice(at, replaced, bits);
    records.splice(at, replaced, record);
  }
  if (records.length > LEAF_MAX && depth < DEPTH_MAX) {
    return partOf(
      records.map((each, index) => [allBits[index] as number, each]),
      depth,
    );
  }
  return leafOf(digest, allBits, records);
}

/** Where a record belongs that is not in the leaf. */
function placeOf(leaf: Leaf, bits: number, record: Member | undefined): number {
  let at = 0;
  const comesFirst = (i: number) => {
    const other = leaf.bits[i] as number;
    if (other !== bits) return other < bits;
    return record !== undefined && (leaf.records[i] as Member).id < record.id;
  };
  while (at < leaf.size && comesFirst(at)) at++;
  return at;
}

/** The tree for these, which are in order. */
function partOf(all: readonly Listed[], depth: number): Part {
  if (all.length > LEAF_MAX && depth < DEPTH_MAX) {
    return branchOf(grouped(all, depth).map((group) => partOf(group, depth + 1)));
  }
  let digest = emptyDigest;
  for (const [, { id, incarnation }] of all) digest = toggled(digest, id, incarnation);
  const bits = all.map(([each]) => each);
  return leafOf(
    digest,
    bits,
    all.map(([, record]) => record),
  );
}

/** The parts of a branch, or those that a leaf would have as one. */
function partsOf(part: Part, depth: number): readonly Part[] {
  if (!part.isLeaf) return part.parts;
  return grouped(listed(part), depth).map((group) => partOf(group, depth + 1));
}

function grouped(all: readonly Listed[], depth: number): Listed[][] {
  const groups = Array.from({ length: FAN }, (): Listed[] => []);
  for (const each of all) groups[(each[0] >>> (BITS * depth)) & (FAN - 1)]?.push(each);
  return groups;
}

/** A branch, or a leaf when they are few enough. */
function branchOf(parts: readonly Part[]): Part {
  let [high, low, size] = [0, 0, 0];
  for (const part of parts) {
    high ^= part.high;
    low ^= part.low;
    size += part.size;
  }
  const digest = { high: high >>> 0, low: low >>> 0 };
  if (size > LEAF_MAX) return known({ isLeaf: false, ...digest, size, parts });
  const all = parts.flatMap((part) => (part.isLeaf ? listed(part) : [])).sort(inOrder);
  const bits = all.map(([each]) => each);
  return leafOf(
    digest,
    bits,
    all.map(([, record]) => record),
  );
}

function leafOf({ high, low }: Digest, bits: readonly number[], records: readonly Member[]): Part {
  const size = records.length;
  if (size === 0) return nothing;
  return known({ isLeaf: true, high, low, size, bits, records, words: undefined });
}

/** The set of nothing. */
export const nothing: Part = {
  ...{ isLeaf: true, high: 0, low: 0, size: 0 },
  ...{ bits: [], records: [], words: undefined },
};

const parts = new Lately<Part>(PARTS_MIN);

/** The part that holds the same, if there is one, or else this one. */
function known(part: Part): Part {
  if (part.size > 4 * parts.size && parts.size < PARTS_MAX) parts.grow(2 * parts.size, hashOf);
  const hash = hashOf(part);
  const same = parts.find(hash, (other) => isSame(other, part));
  if (same === undefined) parts.keep(hash, part);
  return same ?? part;
}

function hashOf({ low, high }: Part): number {
  return low ^ (high >>> 16);
}

/** One of them may hold parts that have been forgotten since, and were made once more. */
function isSame(a: Part, b: Part): boolean {
  if (a === b) return true;
  if (a.low !== b.low || a.high !== b.high || a.size !== b.size) return false;
  if (a.isLeaf) return b.isLeaf && a.records.every((each, at) => isSameRecord(each, b.records[at]));
  return !b.isLeaf && a.parts.every((each, at) => isSame(each, b.parts[at] as Part));
}

function isSameRecord(a: Member, b: Member | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.id !== b.id || a.incarnation !== b.incarnation) return false;
  const { url, address, joined, left, final } = a;
  const isSameFate = left === b.left && final === b.final;
  return isSameFate && url === b.url && address === b.address && joined === b.joined;
}
