/**
 * G6: the sides of a cut that has ended, and two circuits of which one was given an address of the
 * other, become one without help: within the bound each tells of all that it had been cut off from,
 * as they are now. That who had been declared gone comes back with a higher incarnation is G3.
 */

import { SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { Fault } from '../truth.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** G6: the sides of a healed cut, and two circuits that meet, become one within the bound. */
export function merge(): CheckerFactory {
  return (cluster) => new Merge(cluster);
}

class Merge implements Checker {
  readonly guarantee = 'G6 merge';
  observed = 0;
  readonly #cluster: Cluster;
  /** What was whole again last: when, and until when it counts. */
  #reunion = { what: '', at: 0, untilUs: 0 };

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      if (event.type === 'healed') this.#healed(event.fault);
      else if (event.type === 'merged') this.#merged(event.circuits[1]);
      else if (event.type === 'told' && event.event.type === 'joined') {
        this.#told(event.node, event.subject);
      }
    });
  }

  atEnd(): void {}

  /** Who is no newcomer and is told by one that is none either has come back. */
  #told(node: Node, other: Node | undefined): void {
    const { what, at, untilUs } = this.#reunion;
    const { now } = this.#cluster;
    const isOld = (each: Node | undefined) => (each?.joinedAt ?? now) < at;
    if (now > untilUs || !isOld(node) || !isOld(other)) return;
    this.#cluster.measure(`told again after ${what}`, (now - at) / SECOND, 's');
  }

  #healed(fault: Fault): void {
    const { truth, world, now, present } = this.#cluster;
    // Too short for anybody to notice.
    if (fault.untilUs - fault.fromUs < truth.bounds.darkEarliest) return;
    const named = fault.groups.flat().map((host) => this.#cluster.on(host));
    const listed = new Set(named.filter((node) => node !== undefined));
    this.#reunion = { what: 'a cut', at: now, untilUs: truth.backAt(fault) };
    world.after(truth.backAt(fault) - now, () => {
      for (const node of present) {
        for (const other of listed.has(node) ? present : listed) {
          if (truth.separates(fault, node, other)) this.#check(node, other, now);
        }
      }
    });
  }

  #merged(circuit: string): void {
    const { truth, world, now, present } = this.#cluster;
    const nodes = present.filter((node) => node.circuit === circuit && node.joinedAt !== undefined);
    this.#reunion = { what: 'circuits met', at: now, untilUs: now + truth.bounds.merge };
    world.after(truth.bounds.merge, () => {
      for (const node of nodes) for (const other of nodes) this.#check(node, other, now);
    });
  }

  #check(node: Node, other: Node, since: number): void {
    const { told, truth, now } = this.#cluster;
    if (node.endedAt !== undefined || other.endedAt !== undefined || node === other) return;
    if (node.joinedAt === undefined || other.joinedAt === undefined) return;
    // Another fault lies between them by now.
    if (node.circuit !== other.circuit || truth.clearAt(node, other) > now) return;
    this.observed++;
    const last = told.last(node, other);
    const own = other.server.membership().self.incarnation;
    const held = node.server.membership().lookup(other.id);
    const isRight = typeof held === 'object' && held.incarnation === own;
    if (last?.type === 'joined' && isRight) return;
    const seconds = ((now - since) / SECOND).toFixed(3);
    this.#cluster.violate(
      this.guarantee,
      `${node.host.name} does not tell of ${other.host.name} (${other.id}) at incarnation ${own}, ` +
        `${seconds} s after they can reach each other`,
    );
  }
}
