/**
 * What was wrong with which servers, and what therefore may be said of them. Everything that is not
 * excused here is held against the servers.
 *
 * A fault cuts groups of hosts off from each other and from all others. A host that stands still is
 * a group of its own, and so is one to which nothing comes. While it lasts, and until all have found
 * each other again, a server may tell that one in another group has left: but not before the silence
 * could mean anything, and never of one in its own group. A fault that ends before then excuses
 * nobody. Loss, delay, and cuts between some and some others, excuse nobody at all.
 */

import type { Bounds } from './bounds.ts';
import type { Node } from './node.ts';
import type { Rule } from './rules.ts';

/** A time in which groups of hosts were cut off from each other. */
export interface Fault {
  /** Names of hosts. Each group is cut off from the others, and from all hosts in no group. */
  readonly groups: readonly (readonly string[])[];
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

/** What was wrong with which servers, and what may therefore be said of them. */
export class Truth {
  readonly bounds: Bounds;
  readonly #now: () => number;
  /** Host name => the faults that it is in, and that still matter. */
  readonly #byHost = new Map<string, Marked[]>();
  readonly #marked = new Map<Fault, Marked>();
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
    let at = this.#wholeAt;
    for (const fault of this.#marked.keys()) at = Math.max(at, this.#overAt(fault));
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
    const marked: Marked = { fault, sides, shares };
    this.#marked.set(fault, marked);
    for (const host of sides.keys()) {
      const kept = (this.#byHost.get(host) ?? []).filter((each) => this.#matters(each.fault));
      this.#byHost.set(host, [...kept, marked]);
    }
  }

  /** It is over, now. False when it was before. */
  end(fault: Fault): boolean {
    if (!this.#marked.delete(fault)) return false;
    fault.untilUs = Math.min(fault.untilUs, this.#now());
    this.#wholeAt = Math.max(this.#wholeAt, this.#overAt(fault));
    return true;
  }

  /**
   * Whether `observer` may now tell that `subject`, which is up, has left: `early` when it will be
   * allowed to, but cannot know yet.
   */
  excuse(observer: Node, subject: Node): 'none' | 'early' | 'granted' {
    if (this.#byHost.size === 0) return 'none';
    const now = this.#now();
    let found: 'none' | 'early' = 'none';
    for (const { fault, sides } of this.#of(observer, subject)) {
      if (sides.get(observer.host.name) === sides.get(subject.host.name)) continue;
      if (this.#isShort(fault) || now > this.#overAt(fault)) continue;
      if (now >= fault.fromUs + this.bounds.darkEarliest) return 'granted';
      found = 'early';
    }
    return found;
  }

  /** From when on `observer` can be blamed for what it does not know of `subject`. */
  clearAt(observer: Node, subject: Node): number {
    if (this.#byHost.size === 0) return 0;
    let at = 0;
    for (const { fault, sides, shares } of this.#of(observer, subject)) {
      const side = sides.get(observer.host.name) ?? 0;
      const apart = side !== (sides.get(subject.host.name) ?? 0);
      if (!apart && (shares[side] as number) >= SIDE_MIN) continue;
      at = Math.max(at, this.#overAt(fault));
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
    for (const { fault, sides } of this.#byHost.get(host.name) ?? []) {
      if (now > this.#overAt(fault)) continue;
      const side = sides.get(host.name) as number;
      if (fault.groups[side - 1]?.length === 1) return undefined;
      part += ` ${fault.fromUs}/${side}`;
    }
    return part;
  }

  /** Whether `observer` must have given up by now whoever is on another side of this fault. */
  mustJudge(observer: Node, fault: Fault): boolean {
    const marked = this.#marked.get(fault);
    if (marked === undefined || !fault.must) return false;
    const { host } = observer;
    if ((marked.shares[marked.sides.get(host.name) ?? 0] as number) < SIDE_MIN) return false;
    return (this.#byHost.get(host.name) ?? []).every(
      (other) => other === marked || this.#now() > this.#overAt(other.fault),
    );
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
    const lasted = fault.untilUs - fault.fromUs;
    return fault.untilUs + (fault.backWithinUs ?? this.bounds.merge + Math.ceil(lasted / 5));
  }

  /** Until when it excuses: one that was too short to be noticed, no longer than it lasted. */
  #overAt(fault: Fault): number {
    return this.#isShort(fault) ? fault.untilUs : this.backAt(fault);
  }

  #isShort(fault: Fault): boolean {
    return fault.untilUs - fault.fromUs < this.bounds.darkEarliest;
  }

  #matters(fault: Fault): boolean {
    return this.#overAt(fault) >= this.#now() - this.bounds.mass;
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
  /** Host name => which group it is in, from 1; those that are not here are in none. */
  readonly sides: ReadonlyMap<string, number>;
  /** group, from 1, => its share of the servers when it began; at 0 that of the rest. */
  readonly shares: readonly number[];
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
