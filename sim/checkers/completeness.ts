/**
 * G1: a server that crashed, left, vanished or is cut off is gone from what every connected server
 * tells, within the detection bound; and one that fell silent is not given up before its silence can
 * mean anything. (One that has not ended yet is not given up at all: that is G2.)
 *
 * Collects how long it took, for each server that tells and for the last of all.
 */

import { SECOND } from '../../src/time.ts';
import type { DetectionBounds } from '../bounds.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Fault } from '../truth.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** `bounds`: those of the scenario when left out. */
export function completeness(bounds?: DetectionBounds): CheckerFactory {
  return (cluster) => new Completeness(cluster, bounds ?? cluster.truth.bounds);
}

/** Ends within this time of each other are one mass failure when they are enough. */
const MASS_WITHIN_US = SECOND;
const MASS_SHARE = 0.05;
const MASS_MIN = 3;

const words = { crash: 'a crash', dark: 'a silence', leave: 'a leave' } as const;

class Completeness implements Checker {
  readonly guarantee = 'G1 completeness';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #bounds: DetectionBounds;
  /** Ended, and not looked at for the last time => when it was last told, so far. */
  readonly #lastTold = new Map<Node, number>();
  /** Fell silent => who found that out first, before all could: others may hear of it at once. */
  readonly #finders = new WeakMap<Node, Node>();
  /** When servers ended, in order. */
  readonly #ends: number[] = [];

  constructor(cluster: Cluster, bounds: DetectionBounds) {
    this.#cluster = cluster;
    this.#bounds = bounds;
    cluster.observe((event) => {
      if (event.type === 'ended') this.#expect(event.node);
      else if (event.type === 'faulted') this.#expectCut(event.fault);
      else if (event.type === 'told' && event.event.type === 'left') {
        this.#told(event.node, event.subject);
      }
    });
  }

  atEnd(): void {
    for (const node of this.#cluster.present) {
      for (const subject of this.#cluster.nodes) {
        if (subject.endedAt === undefined) continue;
        this.observed++;
        if (this.#cluster.told.has(node, subject)) this.#late(node, subject, subject.endedAt);
      }
    }
  }

  #told(node: Node, subject: Node | undefined): void {
    if (subject === undefined) return;
    if (subject.endedAt === undefined || subject.ending === undefined) {
      if (this.#cluster.truth.excuse(node, subject) === 'early') this.#early(node, subject, '');
      return;
    }
    const silentUs = this.#cluster.now - subject.endedAt;
    this.#cluster.measure(`told of ${words[subject.ending]}`, silentUs / SECOND, 's');
    if (this.#lastTold.has(subject)) this.#lastTold.set(subject, silentUs / SECOND);
    if (subject.ending !== 'dark') return;
    const { truth } = this.#cluster;
    const earliest = truth.silentSince(node, subject) + this.#bounds.darkEarliest;
    const finder = this.#finders.get(subject);
    if (this.#cluster.now >= earliest) {
      if (finder === undefined) this.#finders.set(subject, node);
      return;
    }
    if (finder !== undefined && truth.apartSince(finder.host.name, node.host.name) === undefined) {
      return;
    }
    const replaced = this.#cluster.latestOn(subject.host.name) !== subject;
    // It may have been silent before, for another reason.
    if (replaced || truth.excuse(node, subject) === 'granted') return;
    this.#early(node, subject, ` ${(silentUs / SECOND).toFixed(3)} s`);
  }

  #early(node: Node, subject: Node, after: string): void {
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} gave up ${subject.host.name} (${subject.id})${after} after it fell silent, ` +
        'too early to know',
    );
  }

  #expect(subject: Node): void {
    this.#ends.push(this.#cluster.now);
    this.#lastTold.set(subject, 0);
    const boundUs = this.#bounds[subject.ending ?? 'crash'];
    this.#cluster.world.after(boundUs, () => this.#check(subject, boundUs));
  }

  #check(subject: Node, boundUs: number): void {
    const { mass } = this.#cluster.truth.bounds;
    if (boundUs < mass && this.#isMass(subject)) {
      this.#cluster.world.after(mass - boundUs, () => this.#check(subject, mass));
      return;
    }
    for (const node of this.#cluster.present) this.#checkAt(node, subject, boundUs);
    const took = this.#lastTold.get(subject) ?? 0;
    this.#lastTold.delete(subject);
    if (took > 0)
      this.#cluster.measure(`last told of ${words[subject.ending ?? 'crash']}`, took, 's');
  }

  /** Now, or once `node` can be blamed for what it does not know. */
  #checkAt(node: Node, subject: Node, boundUs: number): void {
    if (node.joinedAt === undefined || node.endedAt !== undefined) return;
    const { now, truth, told, world } = this.#cluster;
    const at = boundUs + Math.max(truth.clearAt(node, subject), node.joinedAt);
    if (at > now) {
      if (told.has(node, subject) && Number.isFinite(at)) {
        world.after(at - now, () => this.#checkAt(node, subject, boundUs));
      }
      return;
    }
    this.observed++;
    if (told.has(node, subject)) this.#late(node, subject, subject.endedAt ?? 0);
  }

  /** So many went at once that the neighbours of many went with them. */
  #isMass({ endedAt = 0 }: Node): boolean {
    let count = 0;
    for (let i = this.#ends.length - 1; i >= 0; i--) {
      const apart = (this.#ends[i] as number) - endedAt;
      if (apart < -MASS_WITHIN_US) break;
      if (apart <= MASS_WITHIN_US) count++;
    }
    return count >= MASS_MIN && count > MASS_SHARE * (this.#cluster.present.length + count);
  }

  #expectCut(fault: Fault): void {
    if (!fault.must) return;
    const { truth, world } = this.#cluster;
    world.after(truth.latestUs(fault), () => {
      if (fault.untilUs > this.#cluster.now) this.#checkCut(fault);
    });
  }

  /** It lasts still: whoever can tell has given up those on the other sides. */
  #checkCut(fault: Fault): void {
    const { truth, told, present } = this.#cluster;
    const since = (node: Node | undefined) => (node?.joinedAt ?? fault.fromUs) < fault.fromUs;
    const named = fault.groups.flat().map((host) => this.#cluster.on(host));
    const listed = named.filter((node): node is Node => since(node));
    const all = present.filter(since);
    for (const node of all) {
      if (!truth.mustJudge(node, fault)) continue;
      for (const subject of listed.includes(node) ? all : listed) {
        if (!truth.separates(fault, node, subject)) continue;
        this.observed++;
        if (told.has(node, subject)) this.#late(node, subject, fault.fromUs);
      }
    }
  }

  #late(node: Node, subject: Node, since: number): void {
    const seconds = ((this.#cluster.now - since) / SECOND).toFixed(3);
    const what = subject.ending === undefined ? 'it was cut off' : `its end (${subject.ending})`;
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} still tells of ${subject.host.name} (${subject.id}), ` +
        `${seconds} s after ${what}`,
    );
  }
}
