/**
 * What was wrong with which servers, and what therefore may be said of them. Everything that is not
 * excused here is held against the servers.
 *
 * A fault cuts groups of hosts off from each other and from all others. A host that stands still is
 * a group of its own, and so is one to which nothing comes. While it lasts, and for as long after it
 * as it takes to find out, a server may tell that one in another group has left: but not before the
 * silence could mean anything, and never of one in its own group. Of one that was given up by then, it
 * may until all have found each other again. Faults that are over before then excuse
 * nobody; those that follow each other with hardly a pause count as one. Loss, delay, and cuts between
 * some and some others, excuse nobody, unless so many links fail that a server is left with a minority
 * (see reach.ts).
 *
 * Who was given up comes back, and each time waits longer before it does: that is excused, too.
 */

import { SECOND } from '../src/time.ts';
import type { Bounds } from './bounds.ts';
import type { Node } from './node.ts';
import type { Rule } from './rules.ts';

/** A time in which groups of hosts were cut off from each other. */
export interface Fault {
  /** Names of hosts. Each group is cut off from the others, and from all hosts in no group. */
  readonly groups: readonly (readonly string[])[];
  /** Instead of groups: who may give up whom, and nobody else anybody. */
  readonly pair?: { readonly observer: string; readonly subject: string };
  readonly fromUs: number;
  /** Brought forward when the network is healed. */
  untilUs: number;
  /** Whether the others must give them up in time; otherwise they only may. */
  readonly must: boolean;
  /** How long after its end all must tell of all again; from the bounds when undefined. */
  readonly backWithinUs: number | undefined;
}

/** The share of the servers that a side must have to be judged for what it finds out. */
const SIDE_MIN = 0.25;
/** The share of the servers that makes a mass, when it falls silent at once. */
const MASS_MIN = 0.05;
/** Faults less than this apart are one silence: who is suspected is asked twice within it. */
const BREATH_US = SECOND;
/** How long what one found out rightly may be on its way to others. */
const NEWS_US = 2 * SECOND;
/** How long a vote counts: so much later a majority may still decide by what was so. */
const VOTE_US = 2 * SECOND;
/** What one that was given up again waits at least before it comes back; doubles each time. */
const AGAIN_US = 30 * SECOND;
const AGAIN_MAX_US = 600 * SECOND;

/** What was wrong with which servers, and what may therefore be said of them. */
export class Truth {
  readonly bounds: Bounds;
  readonly #now: () => number;
  /** Host name => the faults that it is in, and that still matter. */
  readonly #byHost = new Map<string, Marked[]>();
  readonly #marked = new Map<Fault, Marked>();
  /** Until then only what must never happen is held against servers, not what must in time. */
  lenientUntil = 0;
  /** Host name => how often the server there has been given up while it was up. */
  readonly #givenUp = new Map<string, GivenUp>();
  /** Servers that ended when some had not heard them for a while => since when who had not. */
  readonly #unheard = new WeakMap<Node, Unheard>();
  #wholeAt = 0;

  constructor(bounds: Bounds, now: () => number) {
    this.bounds = bounds;
    this.#now = now;
  }

  /** Faults that are in force. */
  get faults(): readonly Fault[] {
    return [...this.#marked.keys()];
  }

  /** From when on nothing is wrong any more, and everybody has had time to find everybody. */
  get wholeAt(): number {
    let at = Math.max(this.#wholeAt, this.lenientUntil);
    for (const marked of this.#marked.values()) at = Math.max(at, this.#overAt(marked));
    for (const given of this.#givenUp.values()) at = Math.max(at, this.#backAgainAt(given));
    return at;
  }

  /** `servers`: how many there are now. */
  begin(fault: Fault, servers: number): void {
    const sides = new Map<string, number>();
    const sizes = [servers];
    for (const [index, group] of fault.groups.entries()) {
      sizes.push(group.length);
      sizes[0] = (sizes[0] as number) - group.length;
      for (const host of group) sides.set(host, index + 1);
    }
    const shares = sizes.map((size) => size / Math.max(1, servers));
    const { pair } = fault;
    const hosts = pair === undefined ? [...sides.keys()] : [pair.observer, pair.subject];
    const marked: Marked = { fault, hosts, sides, shares };
    this.#marked.set(fault, marked);
    for (const host of hosts) {
      const kept = (this.#byHost.get(host) ?? []).filter((each) => this.#matters(each));
      this.#byHost.set(host, [...kept, marked]);
    }
  }

  /** It is over, now. False when it was before. */
  end(fault: Fault): boolean {
    const marked = this.#marked.get(fault);
    if (marked === undefined) return false;
    this.#marked.delete(fault);
    fault.untilUs = Math.min(fault.untilUs, this.#now());
    this.#wholeAt = Math.max(this.#wholeAt, this.#overAt(marked));
    return true;
  }

  /** `teller` told that `subject` left, at this incarnation. */
  left(teller: Node, subject: Node | undefined, incarnation: number): void {
    if (subject === undefined || subject.endedAt !== undefined) return;
    const { name } = subject.host;
    const before = this.#givenUp.get(name);
    if (before?.node !== subject) {
      this.#givenUp.set(name, { node: subject, teller, incarnation, times: 1, at: this.#now() });
    } else if (incarnation > before.incarnation) {
      before.incarnation = incarnation;
      before.times++;
      before.teller = teller;
      before.at = this.#now();
    }
  }

  /**
   * Whether `observer` may now tell that `subject`, which is up, has left: `early` when it will be
   * allowed to, but cannot know yet.
   */
  excuse(observer: Node, subject: Node): 'none' | 'early' | 'granted' {
    if (this.#byHost.size === 0) return 'none';
    const found = this.#excuse(observer, subject);
    return found !== 'granted' && this.#isNews(subject, found) ? 'granted' : found;
  }

  /** The same, by what lies between the two alone. */
  #excuse(observer: Node, subject: Node): 'none' | 'early' | 'granted' {
    const now = this.#now();
    const { dark, darkEarliest } = this.bounds;
    let found: 'none' | 'early' = 'none';
    let silence = { fromUs: 0, untilUs: Number.NEGATIVE_INFINITY, overAt: 0 };
    for (const { fault } of this.#between(observer, subject)) {
      const { fromUs, untilUs } = fault;
      const isNew = fromUs > silence.untilUs + BREATH_US;
      if (isNew) silence = { fromUs, untilUs, overAt: 0 };
      silence.untilUs = Math.max(silence.untilUs, untilUs);
      silence.overAt = Math.max(silence.overAt, this.#backAt(fault, [observer, subject]));
      if (silence.untilUs - silence.fromUs < darkEarliest || now > silence.overAt) continue;
      // Who had begun to judge by its end may finish; after that, there is nothing new to find out.
      const foundOutBy = silence.untilUs + dark + NEWS_US;
      if (now > foundOutBy && !this.#wasGivenUp(subject, silence.fromUs)) continue;
      if (now >= silence.fromUs + darkEarliest) return 'granted';
      found = 'early';
    }
    return found;
  }

  #wasGivenUp(subject: Node, sinceUs: number): boolean {
    const given = this.#givenUp.get(subject.host.name);
    return given?.node === subject && given.at >= sinceUs;
  }

  /**
   * Whether another one has rightly told of it a moment ago, which may have got around: to those that
   * do not hear the subject either, or just when all could reach it again.
   */
  #isNews(subject: Node, found: 'none' | 'early'): boolean {
    const given = this.#givenUp.get(subject.host.name);
    const now = this.#now();
    if (given?.node !== subject || now > given.at + NEWS_US) return false;
    if (found === 'early') return this.#excuse(given.teller, subject) === 'granted';
    return this.#between(given.teller, subject).some(
      ({ fault: { fromUs, untilUs } }) =>
        untilUs <= now && fromUs <= given.at && given.at <= untilUs + VOTE_US,
    );
  }

  /** From when on `observer` can be blamed for what it does not know of `subject`. */
  clearAt(observer: Node, subject: Node): number {
    if (this.#byHost.size === 0 && this.#givenUp.size === 0) return this.lenientUntil;
    let at = this.lenientUntil;
    for (const marked of this.#of(observer, subject)) {
      const { fault, sides, shares } = marked;
      const side = sides.get(observer.host.name) ?? 0;
      const apart = fault.pair !== undefined || side !== (sides.get(subject.host.name) ?? 0);
      if (!apart && (shares[side] as number) >= SIDE_MIN) continue;
      at = Math.max(at, this.#overAt(marked));
    }
    for (const { host } of [observer, subject]) {
      const given = this.#givenUp.get(host.name);
      if (given !== undefined) at = Math.max(at, this.#backAgainAt(given));
    }
    return at;
  }

  /**
   * Which part of a network that is cut, or was until not long ago, a server is in: the same text for
   * those of one part. Undefined when it is on its own.
   */
  partOf({ host }: Node): string | undefined {
    const now = this.#now();
    let part = '';
    for (const marked of this.#byHost.get(host.name) ?? []) {
      if (now > this.#overAt(marked)) continue;
      const { fault, sides } = marked;
      if (fault.pair !== undefined) return undefined;
      const side = sides.get(host.name) as number;
      if (fault.groups[side - 1]?.length === 1) return undefined;
      part += ` ${fault.fromUs}/${side}`;
    }
    return part;
  }

  /** Whether `observer` must have given up by now whoever is on another side of this fault. */
  mustJudge(observer: Node, fault: Fault): boolean {
    const marked = this.#marked.get(fault);
    if (marked === undefined || !fault.must || this.#now() < this.lenientUntil) return false;
    const { host } = observer;
    if ((marked.shares[marked.sides.get(host.name) ?? 0] as number) < SIDE_MIN) return false;
    return (this.#byHost.get(host.name) ?? []).every(
      (other) => other === marked || this.#now() > this.#overAt(other),
    );
  }

  /** `subject` ended. `since`: observer's host => since when it has not heard it. */
  ended(subject: Node, since: ReadonlyMap<string, number>): void {
    const sorted = [...since.values()].sort((a, b) => a - b);
    const byMost = sorted[sorted.length >> 1];
    if (byMost !== undefined) this.#unheard.set(subject, { since, byMost });
  }

  /** Since when one that has ended was silent for that observer, or for the majority of all. */
  silentSince(observer: Node, subject: Node): number {
    const unheard = this.#unheard.get(subject);
    if (unheard === undefined) return subject.endedAt ?? this.#now();
    return Math.min(unheard.byMost, unheard.since.get(observer.host.name) ?? unheard.byMost);
  }

  /** Since when a fault that is in force has the hosts in different groups; undefined: none has. */
  apartSince(a: string, b: string): number | undefined {
    let since: number | undefined;
    for (const host of [a, b]) {
      for (const { fault, sides } of this.#byHost.get(host) ?? []) {
        if (!this.#marked.has(fault) || sides.get(a) === sides.get(b)) continue;
        since = Math.min(since ?? fault.fromUs, fault.fromUs);
      }
    }
    return since;
  }

  /** Whether the fault lies between the two. */
  separates(fault: Fault, a: Node, b: Node): boolean {
    const sides = this.#marked.get(fault)?.sides ?? sidesOf(fault);
    return sides.get(a.host.name) !== sides.get(b.host.name);
  }

  /** How long those that can may take to find out whom the fault has cut off. */
  latestUs(fault: Fault): number {
    const marked = this.#marked.get(fault);
    const rest = marked?.shares[0] ?? 0;
    const many = 1 - rest > MASS_MIN && fault.groups.flat().length > 1;
    return many ? this.bounds.mass : this.bounds.dark;
  }

  /** When those that it had cut off must all tell of each other again. */
  backAt(fault: Fault): number {
    return this.#backAt(fault, []);
  }

  #backAt(fault: Fault, nodes: readonly Node[]): number {
    const lasted = fault.untilUs - fault.fromUs;
    const { backWithinUs } = fault;
    if (backWithinUs !== undefined) return fault.untilUs + backWithinUs;
    const waits = nodes.map((node) => this.#waitUs(node));
    return fault.untilUs + this.bounds.merge + Math.ceil(lasted / 5) + Math.max(0, ...waits);
  }

  /** How much longer than the first time that server waits before it comes back. */
  #waitUs(node: Node): number {
    const given = this.#givenUp.get(node.host.name);
    if (given === undefined || given.node !== node || given.times < 2) return 0;
    return Math.min(AGAIN_MAX_US, AGAIN_US * 2 ** Math.min(10, given.times - 2));
  }

  /** When one that was given up more than once must be back; 0 when it need not be. */
  #backAgainAt({ node, at, times }: GivenUp): number {
    if (times < 2 || node.endedAt !== undefined) return 0;
    return at + this.bounds.merge + this.#waitUs(node);
  }

  /** Until when it excuses: one that was too short to be noticed, no longer than it lasted. */
  #overAt({ fault }: Marked): number {
    const isShort = fault.untilUs - fault.fromUs < this.bounds.darkEarliest;
    return isShort ? fault.untilUs : this.#backAt(fault, []);
  }

  #matters({ fault, hosts }: Marked): boolean {
    const nodes = hosts.flatMap((host) => this.#givenUp.get(host)?.node ?? []);
    return this.#backAt(fault, nodes) >= this.#now() - this.bounds.mass;
  }

  /** The faults that lie between the two, in the order in which they began. */
  #between(observer: Node, subject: Node): Marked[] {
    const [from, to] = [observer.host.name, subject.host.name];
    const found = [...this.#of(observer, subject)].filter(({ fault: { pair }, sides }) =>
      pair === undefined
        ? sides.get(from) !== sides.get(to)
        : pair.observer === from && pair.subject === to,
    );
    return found.sort((a, b) => a.fault.fromUs - b.fault.fromUs);
  }

  *#of(observer: Node, subject: Node): Generator<Marked> {
    const mine = this.#byHost.get(observer.host.name);
    const its = this.#byHost.get(subject.host.name);
    if (mine !== undefined) yield* mine;
    if (its !== undefined && its !== mine) yield* its;
  }
}

/** A fault, looked up by host. */
interface Marked {
  readonly fault: Fault;
  readonly hosts: readonly string[];
  /** Host name => which group it is in, from 1; those that are not here are in none. */
  readonly sides: ReadonlyMap<string, number>;
  /** group, from 1, => its share of the servers when it began; at 0 that of the rest. */
  readonly shares: readonly number[];
}

/** Since when who had not heard one that then ended. */
interface Unheard {
  /** observer's host => since when */
  readonly since: ReadonlyMap<string, number>;
  /** Since when most of them had not. */
  readonly byMost: number;
}

/** How often a server has been given up, as far as its incarnations show. */
interface GivenUp {
  readonly node: Node;
  /** Who told of it first, the last time. */
  teller: Node;
  incarnation: number;
  times: number;
  /** When the last time was. */
  at: number;
}

function sidesOf({ groups }: Fault): Map<string, number> {
  const sides = new Map<string, number>();
  for (const [index, group] of groups.entries()) {
    for (const host of group) sides.set(host, index + 1);
  }
  return sides;
}

/**
 * Whom a rule of the network cuts off. A cut or a clog between some and everybody makes each of
 * those a group; one both ways between two sets that are all `hosts` makes two. Anything else cuts
 * nobody off: there are ways around it.
 */
export function cutOff(rule: Rule, hosts: readonly string[]): readonly (readonly string[])[] {
  if (rule.type !== 'cut' && rule.type !== 'clog') return [];
  const { from, to } = rule;
  if (from === 'any' || to === 'any') {
    const named = from !== 'any' ? from : to !== 'any' ? to : hosts;
    return named.map((host) => [host]);
  }
  const all = new Set([...from, ...to]);
  return rule.bothWays === true && hosts.every((host) => all.has(host)) ? [from, to] : [];
}
