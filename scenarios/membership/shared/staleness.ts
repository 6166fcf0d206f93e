/** How far views are from the truth while servers come and go. */

import { type Cluster, type Node, SECOND } from 'circuit/sim';

export class Staleness {
  readonly #cluster: Cluster;
  #stopped = false;

  /** Looks once a virtual second, until it is stopped. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
  }

  #lookLater(): void {
    this.#cluster.world.after(SECOND, () => {
      if (this.#stopped) return;
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const joined = this.#cluster.present.filter(({ joinedAt }) => joinedAt !== undefined);
    const up = this.#cluster.present;
    let stale = 0;
    let missing = 0;
    for (const node of joined) {
      const known = this.#countKnown(node, joined);
      // Who is joining may be known already, and is not stale.
      const joining = joined.length === up.length ? 0 : this.#countKnown(node, up) - known;
      const told = this.#cluster.told.count(node);
      stale += (told - known - joining) / told;
      missing += (joined.length - known) / joined.length;
    }
    this.#cluster.measure('stale part of a view', stale / joined.length);
    this.#cluster.measure('missing part of a view', missing / joined.length);
  }

  #countKnown(observer: Node, nodes: readonly Node[]): number {
    const { told } = this.#cluster;
    let count = 0;
    for (const node of nodes) if (told.has(observer, node)) count++;
    return count;
  }
}
