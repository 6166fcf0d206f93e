/** How the stories of this folder begin, and how they find out that all is well. */

import { type Cluster, type Node, SECOND, type StartOptions } from 'circuit/sim';

/** Long enough for edges that joining left over to be hung up, and for turns to be spread. */
const CALM_US = 10 * SECOND;
const LOOK_EVERY_US = SECOND / 20;

/** So many servers that all know each other, and have done nothing for a while. */
export async function settledCircuit(
  cluster: Cluster,
  servers: number,
  options: StartOptions = {},
): Promise<Node[]> {
  const first = cluster.start(options);
  const others = await cluster.startAll(servers - 1, { ...options, through: first });
  await cluster.sleep(CALM_US);
  return [first, ...others];
}

export function hostsOf(nodes: readonly Node[]): string[] {
  return nodes.map(({ host }) => host.name);
}

/** Whether each of them has joined and sees all of them, and nobody else. */
export function agree(nodes: readonly Node[]): boolean {
  const digest = nodes[0]?.server.membership().digest;
  return nodes.every(({ server, joinedAt }) => {
    // Everybody sees itself: equal views of this size hold all of them.
    const membership = server.membership();
    if (joinedAt === undefined || membership.size !== nodes.length) return false;
    return membership.digest.high === digest?.high && membership.digest.low === digest.low;
  });
}

/**
 * Resolves once all that are up see the same, and measures how long that took as `measure`, from
 * `sinceUs` on. Gives up after `forUs`, which is measured then: that it took too long is for checkers
 * and goals to say.
 */
export async function untilAgreed(
  cluster: Cluster,
  measure: string,
  { forUs, sinceUs = cluster.now }: { readonly forUs: number; readonly sinceUs?: number },
): Promise<void> {
  const untilUs = cluster.now + forUs;
  while (!agree(cluster.present) && cluster.now < untilUs) await cluster.sleep(LOOK_EVERY_US);
  cluster.measure(measure, (cluster.now - sinceUs) / SECOND, 's');
}
