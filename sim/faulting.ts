/** Makes things go wrong in a cluster, and says so to the truth and to whoever watches. */

import { NEVER } from '../src/time.ts';
import type { Faulty } from './incident.ts';
import type { ClusterEvent, Node } from './node.ts';
import { partition, type Rule } from './rules.ts';
import { cutOff, type Fault, type Truth } from './truth.ts';
import type { World } from './world.ts';

type FaultOptions = Pick<Fault, 'groups' | 'must'> & {
  readonly forUs: number;
  readonly backWithinUs?: number | undefined;
};

export class Faulting {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #present: ReadonlyMap<string, Node>;
  readonly #tell: (event: ClusterEvent) => void;

  constructor(
    { world, truth }: { readonly world: World; readonly truth: Truth },
    present: ReadonlyMap<string, Node>,
    tell: (event: ClusterEvent) => void,
  ) {
    this.#world = world;
    this.#truth = truth;
    this.#present = present;
    this.#tell = tell;
  }

  impose(rule: Rule, forUs = NEVER): void {
    const groups = cutOff(rule, [...this.#present.keys()]);
    if (groups.length > 0) this.#begin({ groups, forUs, must: true });
    this.#rule(rule, forUs);
  }

  split(groups: readonly (readonly string[])[], forUs = NEVER): void {
    const named = new Set(groups.flat());
    const rest = [...this.#present.keys()].filter((name) => !named.has(name));
    const sides = rest.length === 0 ? groups : [...groups, rest];
    this.#begin({ groups, forUs, must: true });
    for (const [index, side] of sides.entries()) {
      for (const other of sides.slice(index + 1)) this.#rule(partition(side, other), forUs);
    }
  }

  faulty({ hosts, forUs, must = false, backWithinUs }: Faulty): void {
    this.#begin({ groups: hosts.map((host) => [host]), forUs, must, backWithinUs });
  }

  /** Everything is whole from here on. */
  heal(): void {
    this.#world.rules.clear();
    for (const fault of this.#truth.faults) this.#end(fault);
  }

  #begin({ groups, must, forUs, backWithinUs }: FaultOptions): void {
    const { now } = this.#world;
    const fault: Fault = { groups, must, backWithinUs, fromUs: now, untilUs: now + forUs };
    this.#truth.begin(fault, this.#present.size);
    this.#tell({ type: 'faulted', fault });
    if (forUs !== NEVER) this.#world.after(forUs, () => this.#end(fault));
  }

  #end(fault: Fault): void {
    if (this.#truth.end(fault)) this.#tell({ type: 'healed', fault });
  }

  #rule(rule: Rule, forUs: number): void {
    this.#world.rules.add(rule);
    if (forUs !== NEVER) this.#world.after(forUs, () => this.#world.rules.remove(rule));
  }
}
