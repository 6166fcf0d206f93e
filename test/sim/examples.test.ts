/**
 * The examples in the simulated world: the same functions that their programs run on Node, with the
 * simulator's chance, time and processes.
 */

import { expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import type { Half, Run } from '../../examples/watchbot.ts';
import { type Cluster, type ProgramIo, SECOND } from '../../sim/index.ts';
import type { Client } from '../../src/index.ts';
import { inCluster, outsideOf } from '../support/examples.ts';

resolveDoors();
const { waitAll } = await import('../../examples/wait-all.ts');
const { waitFirst } = await import('../../examples/wait-first.ts');
const { live, parseHalf, startPair } = await import('../../examples/watchbot.ts');
const { startWithChannel } = await import('../../examples/watchbot-with-channel.ts');

const paths = async (client: Client) =>
  (await client.walk('/').view({ recursive: true })).map(({ path }) => path);

test('wait-all waits for the longest process, says so last, and leaves nothing', () =>
  inCluster('1', async (cluster, client, outside, said) => {
    const from = cluster.now;
    expect(await waitAll(client, outside, [3, 6, 9, 12, 15])).toBe(true);
    expect(cluster.now - from).toBeGreaterThan(15 * SECOND);
    expect(cluster.now - from).toBeLessThan(16 * SECOND);
    expect(said).toHaveLength(6);
    expect(said.at(-1)).toBe('all 5 finished');
    expect(await paths(client)).toHaveLength(5);
  }));

test('wait-all says which process was lost with its server, and waits for the others', () =>
  inCluster('2', async (cluster, client, outside, said) => {
    const waiting = waitAll(client, outside, [30, 31, 32, 33, 34]);
    await cluster.sleep(5 * SECOND);
    const busy = cluster.present.filter(({ host }) => host.spawner.left > 0);
    const victim = busy.find(({ id }) => id !== client.server);
    const count = victim!.host.spawner.left;
    cluster.crash(victim!.host.name);
    expect(await waiting).toBe(false);
    expect(said.filter((line) => line.startsWith(`/${victim!.id}/`))).toHaveLength(count);
    expect(said.at(-1)).toBe(`${count} of 5 failed`);
  }));

test('wait-first ends with the first process, and neither processes nor elements stay', () =>
  inCluster('3', async (cluster, client, outside, said) => {
    const from = cluster.now;
    expect(await waitFirst(client, outside, [9, 6, 3, 12, 15])).toMatch(/\/wait-first\/2$/);
    expect(cluster.now - from).toBeLessThan(4 * SECOND);
    expect(said).toHaveLength(1);
    expect(await paths(client)).toHaveLength(5);
    for (const { host } of cluster.present) expect(host.spawner.left).toBe(0);
  }));

/** The watchbot as a virtual program; what its halves say is heard by `said`. */
function virtualBot(cluster: Cluster): { run: Run; born: string[] } {
  const born: string[] = [];
  const run: Run = (args) => ({ Path: '/opt/watchbot', Args: args });
  const begin = (half: Half, io: ProgramIo) => {
    const name = `${half.role} ${half.epoch}`;
    born.push(name);
    // On the host of its server: it crashes and vanishes with that.
    const node = cluster.present.find(({ server }) => server.url === half.url);
    const { outside } = outsideOf(cluster, node!.host, name);
    const clients: Client[] = [];
    const connected = async (url: string) => {
      const client = await outside.connect(url);
      clients.push(client);
      return client;
    };
    io.onSignal('TERM', () => {
      for (const client of clients) void client.close();
      io.exit(1);
    });
    live({ ...outside, connect: connected }, half, run).then(
      () => io.exit(0),
      () => io.exit(1),
    );
  };
  cluster.world.programs.register('/opt/watchbot', {
    start: (args, io) => begin(parseHalf(args), io),
  });
  return { run, born };
}

/** Where the half of a pair is now, as the servers present say. */
async function find(client: Client, name: string): Promise<string | undefined> {
  return (await paths(client)).find((path) => path.endsWith(`/virus/${name}`));
}

/** Waits for a pair to be there, and gives the paths of both. */
async function pairOf(cluster: Cluster, client: Client, epoch: number) {
  for (let tries = 0; tries < 600; tries++) {
    const payload = await find(client, `payload-${epoch}`);
    const nucleus = await find(client, `nucleus-${epoch}`);
    if (payload !== undefined && nucleus !== undefined) return { payload, nucleus };
    await cluster.sleep(SECOND / 10);
  }
  throw new Error(`pair ${epoch} never came`);
}

const hostOf = (cluster: Cluster, path: string) =>
  cluster.present.find(({ id }) => path.startsWith(`/${id}/`))!.host.name;

/** Another server than those of a pair, for the client that looks. */
async function watcher(cluster: Cluster, pair: { payload: string; nucleus: string }) {
  const free = cluster.present.find(
    ({ id }) => !pair.payload.includes(id) && !pair.nucleus.includes(id),
  );
  return cluster.client(free!);
}

const deaths = ['crash', 'dark'] as const;
const halves = ['payload', 'nucleus'] as const;
const seeds = Array.from({ length: 10 }, (_, i) => String(i + 1));

test.each(halves.flatMap((half) => deaths.map((death) => [half, death] as const)))(
  'the watchbot lives on elsewhere when the server of its %s goes (%s)',
  (half, death) =>
    inCluster(`${half} ${death}`, async (cluster, client, outside) => {
      const { run, born } = virtualBot(cluster);
      await startPair(client, outside, run, { epoch: 0, back: '' });
      let pair = await pairOf(cluster, client, 0);
      for (let epoch = 1; epoch <= 2; epoch++) {
        cluster[death](hostOf(cluster, pair[half]));
        const looking = await watcher(cluster, pair);
        pair = await pairOf(cluster, looking, epoch);
        expect(pair.payload.split('/')[1]).not.toBe(pair.nucleus.split('/')[1]);
        await looking.close();
      }
      await cluster.sleep(30 * SECOND);
      expect(born).toHaveLength(6);
    }),
);

test.each(seeds)('after any ten deaths, one at a time, there is one watchbot (seed %s)', (seed) =>
  inCluster(seed, async (cluster, client, outside) => {
    const { run } = virtualBot(cluster);
    await startPair(client, outside, run, { epoch: 0, back: '' });
    const random = cluster.world.random.fork('deaths');
    for (let death = 0; death < 10; death++) {
      // Time for a pair to be whole again, at a moment by chance within its life.
      await cluster.sleep(25 * SECOND + random.below(5 * SECOND));
      const victim = cluster.present[random.below(cluster.present.length)]!.host.name;
      cluster[deaths[random.below(deaths.length)]!](victim);
      cluster.world.after(20 * SECOND, () => cluster.restart(victim));
    }
    await cluster.sleep(60 * SECOND);
    const looking = await cluster.client(cluster.present[0]!);
    const virus = (await paths(looking)).filter((path) => path.includes('/virus/'));
    const roles = virus.map((path) => path.replace(/^.*\/virus\//, '')).sort();
    const [nucleus = '', ...payload] = roles;
    expect(payload).toEqual([nucleus.replace('nucleus', 'payload')]);
  }),
);

test.each(halves)('the watchbot starts its next pair when its %s is killed', (half) =>
  inCluster(half, async (cluster, client, outside) => {
    const { run, born } = virtualBot(cluster);
    const pair = await startPair(client, outside, run, { epoch: 0, back: '' });
    await pair[half].signal('TERM');
    await pairOf(cluster, client, 1);
    await cluster.sleep(30 * SECOND);
    expect(born).toEqual(['payload 0', 'nucleus 0', 'payload 1', 'nucleus 1']);
    expect((await paths(client)).filter((path) => path.endsWith('-0'))).toEqual([]);
  }),
);

test('the watchbot starts its next pair when a server died in the midst of starting one', () =>
  inCluster('half born', async (cluster, client) => {
    const { run } = virtualBot(cluster);
    const [, far] = cluster.present;
    const partner = `/${far!.id}/virus/nucleus-0`;
    const args = ['payload', '0', cluster.present[2]!.server.url, partner, ''];
    await client.walk(`/${cluster.present[2]!.id}/virus/payload-0`).makeProc(run(args));
    await pairOf(cluster, client, 1);
  }));

test('a half that outlives its own server ends, and leaves the next pair to the other', () =>
  inCluster('orphan', async (cluster, _, outside) => {
    const { run, born } = virtualBot(cluster);
    const [, near, far] = cluster.present;
    const partner = `/${far!.id}/virus/payload-0`;
    const client = await cluster.client(far!);
    await client.walk(partner).makeProc({ Path: '/bin/sleep', Args: ['1000'] });
    const half: Half = { role: 'nucleus', epoch: 0, url: near!.server.url, partner, back: '' };
    // On a host of its own: it lives on when its server dies.
    const life = live(outside, half, run).catch((error: Error) => error.message);
    await cluster.sleep(SECOND);
    cluster.crash(near!.host.name);
    expect(await life).toContain('is gone');
    await cluster.sleep(30 * SECOND);
    expect(born).toEqual([]);
  }));

test.each(halves)('the watchbot ends for good when its %s is scrubbed', (half) =>
  inCluster(`scrub ${half}`, async (cluster, client, outside) => {
    const { run, born } = virtualBot(cluster);
    const pair = await startPair(client, outside, run, { epoch: 0, back: '' });
    await cluster.sleep(SECOND);
    await pair[half].scrub();
    await cluster.sleep(30 * SECOND);
    expect(born).toHaveLength(2);
    expect(await paths(client)).toHaveLength(5);
  }),
);

test('the watchbot with a channel stops after three deaths that nobody received, and goes on', () =>
  inCluster('channel', async (cluster, client, outside) => {
    const { run, born } = virtualBot(cluster);
    const { back, pair } = await startWithChannel(client, outside, run);
    let { payload } = pair;
    for (let epoch = 0; epoch < 4; epoch++) {
      await payload.signal('TERM');
      if (epoch === 3) break;
      const next = await pairOf(cluster, client, epoch + 1);
      payload = client.walk(next.payload).proc();
    }
    await cluster.sleep(60 * SECOND);
    expect(born).toHaveLength(8);
    const channel = client.walk(back).chan();
    expect(await channel.peek()).toMatchObject({ Cap: 3, NumSend: 3 });
    expect(await channel.receiveText()).toBe('0 nucleus acquired back channel');
    await pairOf(cluster, client, 4);
    expect(await channel.receiveText()).toBe('1 nucleus acquired back channel');
    await channel.close();
    await client
      .walk((await pairOf(cluster, client, 4)).nucleus)
      .proc()
      .signal('TERM');
    await cluster.sleep(30 * SECOND);
    expect(born).toHaveLength(10);
  }));
