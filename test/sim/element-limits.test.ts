/** How many elements of a kind one server takes. */

import { expect, test } from 'vitest';
import { type Anchor, type CircuitError, limits } from '../../src/index.ts';
import { inCluster } from '../support/simulate.ts';

interface Kind {
  readonly countMax: number;
  make(anchor: Anchor, root: Anchor): Promise<unknown>;
}

const kinds: Readonly<Record<string, Kind>> = {
  docker: {
    countMax: limits.containersMax,
    make: (anchor) => anchor.makeDocker({ Image: 'quiet', Path: '/bin/true' }),
  },
  dns: { countMax: limits.dnsServersMax, make: (anchor) => anchor.makeDns() },
  select: {
    countMax: limits.selectsMax,
    // Done at once, and kept until it is scrubbed.
    make: (anchor, root) => anchor.makeSelect([{ receive: root.walk('closed').chan() }]),
  },
};

test.each(Object.entries(kinds))(
  'a server takes so many elements of the kind %s and no more, until one is scrubbed',
  (_kind, { countMax, make }) =>
    inCluster(async (cluster) => {
      cluster.world.programs.register('quiet', { start: () => {} });
      const [near, far] = cluster.present;
      const root = (await cluster.client(near!)).walk(`/${far!.id}`);
      await (await root.walk('closed').makeChan(0)).close();
      const at = (index: number) => root.walk(`many/${index}`);
      const codeOf = (error: unknown) => (error as CircuitError).code;
      await Promise.all(Array.from({ length: countMax }, (_, index) => make(at(index), root)));
      const oneMore = at(countMax);
      expect(await make(oneMore, root).catch(codeOf)).toBe('LIMIT');
      await at(0).scrub();
      await make(oneMore, root);
    }),
);
