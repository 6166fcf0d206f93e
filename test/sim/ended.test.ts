/** A run keeps every node that ever was, and little of those that have ended. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SECOND } from '../../sim/index.ts';
import { inCluster } from '../support/simulate.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('what servers knew is given back when they have ended, however they did', async () => {
  const known: WeakRef<object>[] = [];
  let kept: Iterable<object> = [];
  await inCluster(
    async (cluster) => {
      kept = cluster.nodes;
      for (const { server } of cluster.nodes) known.push(new WeakRef(server.membership()));
      for (const name of ['n3', 'n4']) cluster.crash(name);
      for (const name of ['n5', 'n6']) cluster.leave(name);
      cluster.dark('n7');
      await cluster.sleep(60 * SECOND);
      for (const { server, endedAt } of cluster.nodes) {
        if (endedAt !== undefined) expect(server.membership().self.id).toBe(server.id);
      }
    },
    { servers: 7 },
  );
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect([...kept]).toHaveLength(7);
  expect(known.map((each) => each.deref() !== undefined)).toEqual([
    ...[true, true],
    ...Array.from({ length: 5 }, () => false),
  ]);
});
