/**
 * Servers that find each other by multicast, on hosts of their own: each host is a network namespace
 * (see netns.ts), so that nothing is said on the network of this machine.
 */

import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { standardDiscovery } from '../../src/discovery/profile.ts';
import {
  circuit,
  endAll,
  listingOf,
  output,
  startServer,
  type TestServer,
} from '../support/circuit.ts';
import { Network, netnsMissing } from '../support/netns.ts';
import { until } from '../support/programs.ts';
import { allSee } from '../support/told.ts';

const group = '228.8.8.8:7711';
const patienceMs = 120_000;
const listenerFile = join(import.meta.dirname, '../support/multicast-listener.ts');

afterEach(endAll);

/** Starts a server on that host. */
function start(network: Network, host: number, ...args: string[]): Promise<TestServer> {
  const through = network.on(host);
  return startServer(['-if', 'eth0', '--log', 'info', ...args], { through });
}

/** So many on the first hosts, at once. */
function startAll(network: Network, count: number, ...args: string[]): Promise<TestServer[]> {
  const hosts = Array.from({ length: count }, (_, host) => host);
  return Promise.all(hosts.map((host) => start(network, host, ...args)));
}

async function untilOne(servers: readonly TestServer[], what: string): Promise<void> {
  const began = performance.now();
  await until(what, () => allSee(servers, servers), patienceMs);
  console.log(`${what}: ${Math.round(performance.now() - began)} ms`);
}

/** What a server says of its own discovery. */
async function counters(network: Network, host: number, { url, path }: TestServer) {
  const text = await output(['peek', path, '-d', url], { through: network.on(host) });
  return JSON.parse(text).Status.discovery as Record<string, number>;
}

/** Resolves when the last moment is over at which a server asks that has started. */
function untilAskedOut(): Promise<void> {
  const lastAskMs = 1.25 * (standardDiscovery.askMs.at(-1) as number);
  const end = performance.now() + lastAskMs;
  return until('nobody asks any more', () => performance.now() > end, patienceMs);
}

/** Counts what is said to the group, as heard on that host. */
async function listen(network: Network, host: number) {
  const script = [process.execPath, listenerFile, group, network.address(host)];
  const [file, ...args] = [...network.on(host), ...script];
  const child = execa(file as string, args, { reject: false });
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  await until('the listener listens', () => heard.includes('joined\n'));
  return {
    count: () => heard.split('\n').length - 2,
    stop: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

describe.skipIf(netnsMissing !== undefined)('discovery', () => {
  test(
    'five hosts that start at once are one circuit; a sixth joins later, and is found by a client',
    async () => {
      await using network = await Network.create(7);
      const five = await startAll(network, 5, '-discover', group);
      await untilOne(five, 'five that start at once are one circuit');
      const all = [...five, await start(network, 5, '-discover', group)];
      await untilOne(all, 'one that starts later has joined');
      // Without a server on its host, and an interface to choose.
      const through = network.on(6);
      expect(await output(['ls', '/', '-discover', group], { through })).toBe(listingOf(all));
      const env = { CIRCUIT_DISCOVER: group };
      expect(await output(['ls', '/'], { through, env })).toBe(listingOf(all));
    },
    2 * patienceMs,
  );

  test(
    'an address that nobody could dial is never told: each tells that of its interface',
    async () => {
      await using network = await Network.create(2);
      const [a, b] = (await startAll(network, 2, '-discover', group)) as [TestServer, TestServer];
      await untilOne([a, b], 'two are one circuit');
      expect(a.url).toContain(`circuit://${network.address(0)}:`);
      expect(b.url).toContain(`circuit://${network.address(1)}:`);
      const local = await startServer(['-discover', group], { through: network.on(0) });
      const through = network.on(1);
      const listing = await output(['ls', '/', '-discover', group], { through });
      expect(listing).toBe(listingOf([a, b]));
      expect(listing).not.toContain(local.path);
    },
    patienceMs,
  );

  test(
    'two groups stay two circuits, and so do two names in one group',
    async () => {
      await using network = await Network.create(4);
      const other = '228.8.8.9:7711';
      const [a, b, c, d, e] = (await Promise.all([
        start(network, 0, '-discover', group),
        start(network, 1, '-discover', group),
        start(network, 0, '-discover', other),
        start(network, 1, '-discover', other),
        start(network, 2, '-discover', group, '--name', 'other'),
      ])) as [TestServer, TestServer, TestServer, TestServer, TestServer];
      await untilOne([a, b], 'the first circuit');
      await untilOne([c, d], 'the second circuit');
      const late = await start(network, 3, '-discover', group);
      await untilOne([a, b, late], 'the first circuit, and one more');
      expect([allSee([c, d], [c, d]), allSee([e], [e])]).toEqual([true, true]);
      expect((await counters(network, 2, e))['otherCircuit']).toBeGreaterThan(0);
    },
    2 * patienceMs,
  );

  test(
    'servers that could not hear each other when they asked find each other later',
    async () => {
      await using network = await Network.create(2);
      await network.unplug(1);
      const [a, b] = (await startAll(network, 2, '-discover', group)) as [TestServer, TestServer];
      await untilAskedOut();
      expect([allSee([a], [a]), allSee([b], [b])]).toEqual([true, true]);
      await network.plug(1);
      await untilOne([a, b], 'servers that hear each other late are one circuit');
    },
    3 * patienceMs,
  );

  test(
    'a server hears itself, and never joins itself',
    async () => {
      await using network = await Network.create(1);
      const server = await start(network, 0, '-discover', group);
      const listener = await listen(network, 0);
      await until('it has asked, and is heard', () => listener.count() > 0, patienceMs);
      await listener.stop();
      expect(await counters(network, 0, server)).toMatchObject({ joins: 0, heard: 0 });
      expect(allSee([server], [server])).toBe(true);
    },
    patienceMs,
  );

  test(
    'nothing is said or heard by multicast where nobody asked for it',
    async () => {
      await using network = await Network.create(1);
      const through = network.on(0);
      const listener = await listen(network, 0);
      const plain = await start(network, 0);
      const found = await start(network, 0, '-discover', group);
      await until('the other one is heard', () => listener.count() > 0, patienceMs);
      const before = listener.count();
      await output(['ls', '/', '-d', plain.url], { through });
      expect(await output(['ls', '/', '-d', found.url], { through })).toBe(listingOf([found]));
      // Its four questions, and an answer at most.
      expect(listener.count()).toBeLessThanOrEqual(before + 5);
      await listener.stop();
    },
    patienceMs,
  );

  test(
    'with -j as well, both happen; and -j that fails is still an error',
    async () => {
      await using network = await Network.create(3);
      const alone = await start(network, 0);
      const found = await start(network, 1, '-discover', group);
      const both = await start(network, 2, '-discover', group, '-j', alone.url);
      await untilOne([alone, found, both], 'joined and found, three are one circuit');
      const dead = ['-j', `${network.address(0)}:1`, '--timeout', '0.5'];
      const failed = await circuit(['start', '-if', 'eth0', '-discover', group, ...dead], {
        through: network.on(1),
      });
      expect(failed).toMatchObject({ code: 13, out: '' });
    },
    patienceMs,
  );

  test(
    'on loopback it says that only this machine is reached',
    async () => {
      await using network = await Network.create(1);
      const through = network.on(0);
      const local = await startServer(['-discover', group], { through });
      await until('it warns', () => local.running.errors().includes('only this machine'));
      expect(await output(['ls', '/', '-discover', group], { through })).toBe(listingOf([local]));
    },
    patienceMs,
  );

  test(
    'a port that another program keeps for itself is an error that says so',
    async () => {
      await using network = await Network.create(1);
      const through = network.on(0);
      const script = `require('dgram').createSocket('udp4').bind(7711, '228.8.8.8', () => console.log('bound'))`;
      const [file, ...args] = [...through, process.execPath, '-e', script];
      const keeper = execa(file as string, args, { reject: false });
      await new Promise((resolve) => keeper.stdout.once('data', resolve));
      const { code, err } = await circuit(['start', '-discover', group], { through });
      expect({ code, err }).toEqual({
        code: 19,
        err:
          `circuit: cannot discover at ${group}: a program has UDP port 7711 for itself: ` +
          'choose another port, on all hosts\n',
      });
      keeper.kill('SIGKILL');
      await keeper;
    },
    patienceMs,
  );

  test(
    'twenty that start at once say little, and answer a client with a few packets',
    async () => {
      await using network = await Network.create(2);
      const listener = await listen(network, 1);
      const count = 20;
      const began = performance.now();
      const all = await Promise.all(
        Array.from({ length: count }, () => start(network, 0, '-discover', group)),
      );
      await untilOne(all, 'twenty on one host are one circuit');
      await untilAskedOut();
      const said = listener.count();
      console.log(`packets of ${count} servers that start at once: ${said}`);
      // Their questions, and as many answers as there was time for, if nobody heard others in time.
      const answersMost = Math.ceil((performance.now() - began) / standardDiscovery.repeatMs);
      expect(said).toBeLessThanOrEqual((standardDiscovery.askMs.length + answersMost) * count);
      const through = network.on(1);
      // Where servers stand still when they should hear each other, more of them answer.
      const isAnsweredByFew = async () => {
        const before = listener.count();
        expect(await output(['ls', '/', '-discover', group], { through })).toBe(listingOf(all));
        const answers = listener.count() - before;
        console.log(`packets of a client's search, answers included: ${answers}`);
        return answers <= 10;
      };
      await until('a client is answered by few', isAnsweredByFew, patienceMs);
      await listener.stop();
    },
    3 * patienceMs,
  );
});
