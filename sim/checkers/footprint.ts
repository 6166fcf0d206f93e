/**
 * G9: a server that has nothing to do sends little, and not more in a larger circuit; it has a
 * bounded number of connections, and remembers a bounded number of those that are gone.
 *
 * What is idle says the scenario, by `cluster.idle`. Circuits of several sizes in one world are
 * compared with each other.
 */

import { limits } from '../../src/limits.ts';
import type { Cluster } from '../cluster.ts';
import type { Idler, Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** What a server may cost while nothing happens. */
export interface FootprintOptions {
  /** Payload that a server sends a second, in the mean over its circuit. Default: 60. */
  readonly bytesPerSecondMax?: number;
  /** How much more that may be in one circuit than in another. Default: 0.05, a twentieth. */
  readonly spreadRatio?: number;
  /** Connections of one server, two for each neighbour and some others. Default: 28. */
  readonly connectionsMax?: number;
}

/** G9: an idle server sends little, in a large circuit as in a small one. */
export function footprint(options: FootprintOptions = {}): CheckerFactory {
  return (cluster) => new Footprint(cluster, options);
}

/** Below, all are neighbours of all, and the fewer the servers the less they say. */
const SERVERS_MIN = 12;

interface Circuit {
  readonly servers: number;
  readonly bytesPerSecond: number;
}

class Footprint implements Checker {
  readonly guarantee = 'G9 footprint';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #options: Required<FootprintOptions>;
  readonly #seen: Circuit[] = [];

  constructor(cluster: Cluster, options: FootprintOptions) {
    this.#cluster = cluster;
    this.#options = {
      bytesPerSecondMax: options.bytesPerSecondMax ?? 60,
      spreadRatio: options.spreadRatio ?? 0.05,
      connectionsMax: options.connectionsMax ?? 28,
    };
    cluster.observe((event) => {
      if (event.type === 'idled') this.#idled(event.idlers);
    });
  }

  atEnd(): void {
    for (const node of this.#cluster.present) this.#departed(node);
  }

  #idled(idlers: readonly Idler[]): void {
    const circuits = new Map<string, Idler[]>();
    for (const idler of idlers) {
      this.#connections(idler.node);
      this.#departed(idler.node);
      const list = circuits.get(idler.node.circuit);
      if (list === undefined) circuits.set(idler.node.circuit, [idler]);
      else list.push(idler);
    }
    for (const list of circuits.values()) {
      const sum = list.reduce((all, { bytesPerSecond }) => all + bytesPerSecond, 0);
      this.#judge({ servers: list.length, bytesPerSecond: sum / list.length });
    }
  }

  #judge(circuit: Circuit): void {
    this.observed++;
    const { servers, bytesPerSecond } = circuit;
    const { bytesPerSecondMax, spreadRatio } = this.#options;
    const what = `each of ${servers} idle servers sends ${bytesPerSecond.toFixed(1)} B/s`;
    if (bytesPerSecond > bytesPerSecondMax)
      this.#violate(`${what}, more than ${bytesPerSecondMax}`);
    if (servers < SERVERS_MIN) return;
    for (const other of this.#seen) {
      const [less, more] = [other.bytesPerSecond, bytesPerSecond].sort((a, b) => a - b);
      if ((more as number) <= (less as number) * (1 + spreadRatio)) continue;
      this.#violate(`${what}, and each of ${other.servers} ${other.bytesPerSecond.toFixed(1)}`);
    }
    this.#seen.push(circuit);
  }

  /** Whoever let many join has let go of them by the time it is idle. */
  #connections({ host }: Node): void {
    const { connectionsMax } = this.#options;
    const { count } = host.streams;
    if (count <= connectionsMax) return;
    this.#violate(`${host.name} has ${count} connections, more than ${connectionsMax}`);
  }

  #departed({ host, server }: Node): void {
    const { departedCount } = server.membership();
    if (departedCount <= limits.departedMax) return;
    this.#violate(`${host.name} remembers ${departedCount} servers that are gone`);
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
