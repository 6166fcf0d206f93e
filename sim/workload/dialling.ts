/** How the clients of a workload get to servers. */

import { type Client, connect } from '../../src/client/client.ts';
import { CircuitError } from '../../src/errors.ts';
import type { Cluster } from '../cluster.ts';
import type { SimHost } from '../host.ts';
import type { Node } from '../node.ts';
import type { SimRandom } from '../random.ts';

/** Any server that has joined. */
export function pickNode(cluster: Cluster, random: SimRandom): Node {
  const nodes = cluster.present.filter((node) => node.joinedAt !== undefined);
  return nodes[random.below(nodes.length)] as Node;
}

/** A client of any such server, on a host of its own; undefined when that does not answer. */
export async function dialAny(
  cluster: Cluster,
  random: SimRandom,
): Promise<{ readonly host: SimHost; readonly client: Client } | undefined> {
  const host = cluster.clientHost();
  const { url } = pickNode(cluster, random).server;
  try {
    return { host, client: await connect(host, url, { timeoutMs: 5_000 }) };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    host.crash();
    return undefined;
  }
}
