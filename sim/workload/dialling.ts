/** How the clients of a workload get to servers. */

import { type Client, connect } from '../../src/client/client.ts';
import { CircuitError } from '../../src/errors.ts';
import type { SimRandom } from '../random.ts';
import type { StageClientHost, StageServer } from './stage.ts';

/** Any server that has joined. */
export function pickNode<N extends Pick<StageServer, 'joinedAt'>>(
  { present }: { readonly present: readonly N[] },
  random: SimRandom,
): N {
  const nodes = present.filter((node) => node.joinedAt !== undefined);
  return nodes[random.below(nodes.length)] as N;
}

/** A client of any such server, on a host of its own; undefined when that does not answer. */
export async function dialAny<H extends StageClientHost>(
  stage: { readonly present: readonly StageServer[]; clientHost(): H },
  random: SimRandom,
): Promise<{ readonly host: H; readonly client: Client } | undefined> {
  const host = stage.clientHost();
  const { url } = pickNode(stage, random).server;
  try {
    return { host, client: await connect(host, url, { timeoutMs: 5_000 }) };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    host.crash();
    return undefined;
  }
}
