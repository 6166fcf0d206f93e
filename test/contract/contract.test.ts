/** Every seam of src/host, in both worlds; what keys protect, with keys as well. */

import { describe } from 'vitest';
import { describeClock } from './clock.contract.ts';
import { describeDatagrams } from './datagrams.contract.ts';
import { describeLog } from './log.contract.ts';
import { describeMulticast } from './multicast.contract.ts';
import { describeNameServers } from './name-servers.contract.ts';
import { describeRandom } from './random.contract.ts';
import { describeRuntime } from './runtime.contract.ts';
import { describeSpawner } from './spawner.contract.ts';
import { describeStorage } from './storage.contract.ts';
import { describeStreams } from './streams.contract.ts';
import { keyedWorld, realWorld, simWorld } from './worlds.ts';

describe.each([
  ['real', realWorld],
  ['sim', simWorld],
])('%s', (_name, makeWorld) => {
  const world = makeWorld();
  describeClock(world);
  describeRandom(world);
  describeDatagrams(world);
  describeMulticast(world);
  describeStreams(world);
  describeSpawner(world);
  describeStorage(world);
  describeNameServers(world);
  describeLog(world);
  describeRuntime(world);
});

describe('real, with keys', () => {
  const world = keyedWorld();
  describeDatagrams(world);
  describeMulticast(world);
  describeStreams(world);
});
