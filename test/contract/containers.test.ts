/** Containers, in both worlds. The real one takes an engine, for which it has a file of its own. */

import { afterAll, afterEach, beforeEach, describe, test } from 'vitest';
import { World } from '../../sim/world.ts';
import { MS } from '../../src/time.ts';
import { type NodeContainers, openContainers } from '../../transport/containers.ts';
import { silentLog } from '../../transport/log.ts';
import { openEngine, type TestEngine, tellSkipped } from '../support/docker.ts';
import { until } from '../support/programs.ts';
import { type ContainerWorld, describeContainers } from './containers.contract.ts';
import { burst, complain } from './worlds.ts';

const engine = await openEngine();

if (typeof engine === 'string') {
  tellSkipped('containers of a real engine', engine);
  test.skip(`containers of a real engine: ${engine}`, () => {});
} else {
  afterAll(() => engine.close());
  describe('real', () => describeContainers(realContainers(engine)));
}

describe('sim', () => describeContainers(simContainers()));

function realContainers(engine: TestEngine): ContainerWorld {
  const open: NodeContainers[] = [];
  process.env['DOCKER_HOST'] = engine.env.DOCKER_HOST;
  afterEach(async () => {
    for (const containers of open.splice(0)) containers.close();
    await engine.clear();
  });
  const shell = (script: string) => ['/bin/sh', '-c', script];
  return {
    image: engine.image,
    programs: {
      cat: ['/bin/cat'],
      sleep: ['/bin/sleep', '1000'],
      obedient: shell('trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'),
      complain: shell('printf no >&2; exit 7'),
      burst: (bytes) => shell(`head -c ${bytes} /dev/zero; exit 3`),
    },
    async open() {
      const containers = await openContainers({ orphans: false, log: silentLog });
      open.push(containers);
      return containers;
    },
    names: async () => (await engine.list()).map(({ Names }) => (Names[0] as string).slice(1)),
    killFromOutside: async (name) => void (await engine.docker.getContainer(name).kill()),
    removeFromOutside: (name) => engine.docker.getContainer(name).remove({ force: true }),
    until: (condition) => until('the world comes to this', condition),
  };
}

function simContainers(): ContainerWorld {
  const image = 'test-image';
  let world: World;
  beforeEach(() => {
    world = new World({ seed: 'contract' });
    world.programs.register(image, { start: () => {} });
    world.programs.register('/test/burst', burst);
    world.programs.register('/test/complain', complain);
    world.programs.register('/test/obedient', {
      start(_args, io) {
        io.onSignal('TERM', () => io.exit(0));
        io.write('stdout', new TextEncoder().encode('ready\n'));
      },
    });
  });
  const engineOfHost = () => {
    const host = world.host('host');
    if (host === undefined) throw new Error('no host was opened');
    return host.machine.engine;
  };
  return {
    image,
    programs: {
      cat: ['/bin/cat'],
      sleep: ['/bin/sleep', '1000'],
      obedient: ['/test/obedient'],
      complain: ['/test/complain'],
      burst: (bytes) => ['/test/burst', String(bytes)],
    },
    open: async () => world.addHost('host').containers,
    names: async () => engineOfHost().names,
    killFromOutside: async (name) => void engineOfHost().get(name)?.kill('KILL'),
    removeFromOutside: async (name) => void engineOfHost().remove(name),
    async until(condition) {
      const patience = world.now + 20_000 * MS;
      while (!(await condition())) {
        if (world.now > patience) throw new Error('not within 20 s');
        world.runFor(MS / 2);
      }
    },
  };
}
