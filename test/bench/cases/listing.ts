/** Listing a large tree, by the program as it is shipped. */

import type { Case } from '../bench.ts';
import { builtProgram, node, startServer, timed } from '../children.ts';
import { inLanes } from '../lanes.ts';

const anchors = 10_000;

export const listing: Case = {
  name: 'listing',
  claim: `circuit ls /... over ${anchors} channels`,
  async run(bench) {
    const server = await startServer();
    const client = await server.connect();
    await inLanes(256, anchors, (i) =>
      client.walk(`/${server.id}/d${i % 100}/chan${i}`).makeChan(1),
    );
    await bench.contest({
      name: 'circuit ls /...',
      unit: 's',
      better: 'less',
      goal: { value: 0.3, of: 'figure' },
      original: 4.61,
      repetitions: 9,
      withinMs: 10_000,
      note: 'in 100 directories; with the start of the client',
      measure: async () => ({
        value: (await timed(node, [builtProgram, 'ls', '/...', '-d', server.url])) / 1000,
      }),
      rivals: [
        {
          name: 'node -e 0',
          measure: async () => ({ value: (await timed(node, ['-e', '0'])) / 1000 }),
        },
      ],
    });
    await client.close();
  },
};
