/** Runs the examples in the simulated world. */

import { expect } from 'vitest';
import type { Outside } from '../../examples/outside.ts';
import { accuracy, type Cluster, scenario } from '../../sim/index.ts';
import { type Client, type ClientHost, connect } from '../../src/index.ts';
import { simulate, told } from './simulate.ts';

/** What an example sees in a cluster, and what it has said. */
export function outsideOf(cluster: Cluster, host: ClientHost, label: string) {
  const random = cluster.world.random.fork(label);
  const said: string[] = [];
  const outside: Outside = {
    connect: (url) => connect(host, url),
    pick: (from) => from[random.below(from.length)],
    sleep: (ms) =>
      new Promise((resolve) => host.clock.schedule(host.clock.now() + ms * 1_000, resolve)),
    say: (line) => said.push(line),
  };
  return { outside, said };
}

/** Runs a story on five servers, with a client at the first. */
export async function inCluster(
  seed: string,
  story: (cluster: Cluster, client: Client, outside: Outside, said: string[]) => Promise<void>,
): Promise<void> {
  const report = await simulate(
    scenario({
      claim: 'the example works',
      checks: [accuracy()],
      async run(cluster) {
        const [first] = await cluster.startMany(5);
        const host = cluster.clientHost();
        const { outside, said } = outsideOf(cluster, host, 'example');
        await story(cluster, await outside.connect(first!.server.url), outside, said);
      },
    }),
    { seed },
  );
  expect(report.ok, told(report)).toBe(true);
}
