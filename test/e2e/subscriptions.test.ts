/**
 * Subscriptions on real servers that come and go, from the command line and the library. What the
 * original did wrong has a test each: an event swallowed with a killed consumer, a consumer that a
 * scrub leaves hanging, a count of one too few, a leak with each subscription, and a deadlock.
 */

import { afterEach, describe, expect, test } from 'vitest';
import type { Client, Subscription } from '../../src/index.ts';
import * as cli from '../support/circuit.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

afterEach(cli.endAll);

const pathOf = ({ id }: { readonly id: string }) => `/${id}`;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error) => error.code as string,
  );

/** So many events, and it is known that there are no more. */
async function events(subscription: Subscription, count: number): Promise<string[]> {
  const got: string[] = [];
  while (got.length < count) got.push(await subscription.receive());
  expect(await subscription.peek()).toMatchObject({ Pending: 0, Dropped: 0 });
  expect(await subscription.tryReceive()).toBeUndefined();
  return got;
}

async function started(stage: Stage, count: number) {
  const servers = await stage.circuit(count);
  const [home] = servers as [ServerProgram];
  const client = await stage.client(home);
  return { servers, home, client, anchor: client.walk(`/${home.id}`) };
}

/** A server that all of them have seen. */
async function joined(stage: Stage, seers: readonly ServerProgram[]): Promise<ServerProgram> {
  const server = await stage.server();
  const client = await stage.client(server);
  await client
    .walk(pathOf(server))
    .server()
    .join((seers[0] as ServerProgram).url);
  for (const seer of seers) {
    const by = await stage.client(seer);
    await until('it is seen', async () => (await by.servers()).includes(server.id));
  }
  return server;
}

describe('from the command line', () => {
  test('the servers present, then one that joins, and one that leaves, are printed as paths', async () => {
    const servers = await cli.startServers(3);
    const [first, second] = servers as [cli.TestServer, cli.TestServer];
    const dial = ['-d', first.url];
    const [joins, leaves] = [`${second.path}/joins`, `${second.path}/leaves`];
    expect(await cli.output(['mk@join', joins, ...dial])).toBe('');
    expect(await cli.output(['mk@leave', leaves, ...dial])).toBe('');
    expect(await cli.output(['ls', '-l', `${second.path}/...`, ...dial])).toBe(
      `          @join ${joins}\n         @leave ${leaves}\n`,
    );
    expect(await cli.output(['peek', joins, ...dial])).toBe(
      '{\n\t"Source": "join",\n\t"Pending": 3,\n\t"Closed": false,\n\t"Dropped": 0\n}\n',
    );
    const present: string[] = [];
    for (let i = 0; i < 3; i++) present.push(await cli.output(['recv', joins, ...dial]));
    // The first that a server learns of is itself.
    expect(present[0]).toBe(`${second.path}\n`);
    expect(present.sort()).toEqual(servers.map(({ path }) => `${path}\n`).sort());

    const waits = cli.begin(['recv', '--json', joins, ...dial]);
    const fourth = await cli.startServer(['-j', first.url]);
    expect(JSON.parse((await waits.ended).out)).toEqual({ message: `${fourth.path}\n` });
    await cli.output(['leave', fourth.path, ...dial]);
    expect(await cli.output(['recv', leaves, ...dial])).toBe(`${fourth.path}\n`);
    const tried = await cli.circuit(['recv', '--try', leaves, ...dial]);
    expect(tried).toMatchObject({ code: 21, out: '' });
  });

  test('what is no subscription, or needs a channel, is refused', async () => {
    const [server] = (await cli.startServers(1)) as [cli.TestServer];
    const dial = ['-d', server.url];
    const path = `${server.path}/joins`;
    await cli.output(['mk@join', path, ...dial]);
    expect(await cli.circuit(['mk@leave', path, ...dial])).toMatchObject({ code: 5 });
    expect(await cli.circuit(['send', path, ...dial], { input: 'x' })).toMatchObject({ code: 6 });
    expect(await cli.circuit(['close', path, ...dial])).toMatchObject({ code: 6 });
    await cli.output(['scrub', path, ...dial]);
    expect(await cli.circuit(['recv', path, ...dial])).toMatchObject({ code: 4 });
  });

  test('a `circuit recv` that is killed while it waits swallows no event', async () => {
    const [server] = (await cli.startServers(1)) as [cli.TestServer];
    const dial = ['-d', server.url];
    const path = `${server.path}/joins`;
    await cli.output(['mk@join', path, ...dial]);
    expect(await cli.output(['recv', path, ...dial])).toBe(`${server.path}\n`);
    const doomed = [0, 1].map(() => cli.begin(['recv', path, ...dial]));
    for (const each of doomed) await cli.untilConnected(each);
    for (const each of doomed) each.process.kill('SIGKILL');
    for (const each of doomed) await each.ended;
    const other = await cli.startServer(['-j', server.url]);
    expect(await cli.output(['recv', path, ...dial])).toBe(`${other.path}\n`);
  });
});

test('kill -9 of a server is an event, once, at each of the others', async () => {
  await using stage = new Stage();
  const { servers } = await started(stage, 3);
  const doomed = servers[2] as ServerProgram;
  const leaves: Subscription[] = [];
  for (const server of servers.slice(0, 2)) {
    const client = await stage.client(server);
    leaves.push(await client.walk(`${pathOf(server)}/leaves`).makeOnLeave());
  }
  await doomed.kill();
  for (const each of leaves) expect(await events(each, 1)).toEqual([pathOf(doomed)]);
});

test('a server that leaves in order is an event, and so is its successor that joins', async () => {
  await using stage = new Stage();
  const { servers, client, anchor } = await started(stage, 2);
  const leaving = servers[1] as ServerProgram;
  const [joins, leaves] = [
    await anchor.walk('joins').makeOnJoin(),
    await anchor.walk('leaves').makeOnLeave(),
  ];
  await events(joins, 2);
  await client.walk(pathOf(leaving)).server().leave();
  expect(await events(leaves, 1)).toEqual([pathOf(leaving)]);
  const next = await joined(stage, servers.slice(0, 1));
  expect(await events(joins, 1)).toEqual([pathOf(next)]);
});

test('peek says exactly how many events are pending', async () => {
  await using stage = new Stage();
  const { home, anchor } = await started(stage, 3);
  const joins = await anchor.walk('joins').makeOnJoin();
  expect(await joins.peek()).toEqual({ Source: 'join', Pending: 3, Closed: false, Dropped: 0 });
  // The first that a server learns of is itself.
  expect(await joins.receive()).toBe(pathOf(home));
  expect(await joins.peek()).toMatchObject({ Pending: 2 });
});

test('consumers share a subscription: each event goes to one of them', async () => {
  await using stage = new Stage();
  const { servers, home } = await started(stage, 3);
  const handles: Subscription[] = [];
  for (let i = 0; i < 3; i++) {
    const client = await stage.client(servers[i] as ServerProgram);
    const anchor = client.walk(`${pathOf(home)}/joins`);
    handles.push(i === 0 ? await anchor.makeOnJoin() : anchor.subscription());
  }
  const waits = handles.map((each) => each.receive());
  const got = await Promise.all(waits);
  expect(got.sort()).toEqual(servers.map(pathOf).sort());
  const fourth = joined(stage, servers);
  const next = await Promise.race(handles.map((each) => each.receive()));
  expect(next).toBe(pathOf(await fourth));
});

test('a consumer in a loop gets every event, and ends when the subscription is scrubbed', async () => {
  await using stage = new Stage();
  const { servers, anchor } = await started(stage, 2);
  const joins = await anchor.walk('joins').makeOnJoin();
  const got: string[] = [];
  const loop = (async () => {
    for await (const path of joins) got.push(path);
  })();
  const third = await joined(stage, servers);
  await until('it is told', () => got.includes(pathOf(third)));
  await joins.scrub();
  expect(await codeOf(loop)).toBe('ABORTED');
  expect(got.length).toBe(3);
});

test('consumers that are killed at any moment swallow nothing', async () => {
  await using stage = new Stage();
  const { servers, home, anchor } = await started(stage, 2);
  const joins = await anchor.walk('joins').makeOnJoin();
  await events(joins, 2);
  for (let round = 0; round < 3; round++) {
    const doomed = [0, 1].map(() => stage.clientProgram(home, 'receive', joins.path));
    for (const each of doomed) await each.said('ready');
    await Promise.all(doomed.map((each) => each.kill()));
    const server = await joined(stage, servers);
    expect(await joins.receive()).toBe(pathOf(server));
  }
});

test('a scrub wakes a consumer that waits', async () => {
  await using stage = new Stage();
  const { home, anchor } = await started(stage, 1);
  const leaves = await anchor.walk('leaves').makeOnLeave();
  const other = await stage.client(home);
  const waits = [leaves, other.walk(leaves.path).subscription()].map((each) =>
    codeOf(each.receive()),
  );
  await other.walk(leaves.path).peek();
  await leaves.scrub();
  expect(await Promise.all(waits)).toEqual(['ABORTED', 'ABORTED']);
});

test('subscriptions that are made and scrubbed leave no trace', async () => {
  await using stage = new Stage();
  const { home, anchor } = await started(stage, 2);
  const client = await stage.client(home);
  const before = { files: home.descriptors() };
  // More than a server may have at a time, and each with a consumer that waits.
  for (let i = 0; i < 300; i++) {
    const leaves = await client.walk(`${anchor.path}/s/${i}`).makeOnLeave();
    const waits = codeOf(leaves.receive());
    await leaves.scrub();
    expect(await waits).toBe('ABORTED');
  }
  expect(await anchor.view({ recursive: true })).toEqual([]);
  await until('no descriptor is left', () => home.descriptors() <= before.files);
  const memory = home.memoryMib();
  for (let i = 0; i < 300; i++) {
    const joins = await client.walk(`${anchor.path}/s`).makeOnJoin();
    await joins.scrub();
  }
  expect(home.memoryMib() - memory).toBeLessThan(50);
});

test('one subscription more than a server may have is refused', async () => {
  await using stage = new Stage();
  const { anchor } = await started(stage, 1);
  const make = (i: number) => anchor.walk(`s/${i}`).makeOnLeave();
  await Promise.all(Array.from({ length: 256 }, (_, i) => make(i)));
  expect(await codeOf(make(256))).toBe('LIMIT');
});

test.each(['near', 'far'])(
  'who waits on a subscription of a %s server that is killed learns it',
  async (which) => {
    await using stage = new Stage();
    const { servers, home } = await started(stage, 2);
    const doomed = which === 'near' ? home : (servers[1] as ServerProgram);
    const client = await stage.client(home);
    const leaves = await client.walk(`${pathOf(doomed)}/leaves`).makeOnLeave();
    const waits = codeOf(leaves.receive());
    await leaves.peek();
    await doomed.kill();
    expect(await waits).toBe('SERVER_GONE');
  },
);

test('a server that leaves in order tells who waits on its subscriptions', async () => {
  await using stage = new Stage();
  const { anchor } = await started(stage, 1);
  const leaves = await anchor.walk('leaves').makeOnLeave();
  const waits = codeOf(leaves.receive());
  await leaves.peek();
  await anchor.server().leave();
  expect(await waits).toBe('SERVER_GONE');
});

test('clients that make and scrub subscriptions while servers come deadlock nobody', async () => {
  await using stage = new Stage();
  const { servers, home } = await started(stage, 1);
  let over = false;
  let made = 0;
  const churn = async (client: Client, name: string) => {
    while (!over) {
      const joins = await client.walk(`${pathOf(home)}/${name}`).makeOnJoin();
      expect(await joins.receive()).toBe(pathOf(home));
      await joins.scrub();
      made++;
    }
  };
  const churning: Promise<void>[] = [];
  for (let i = 0; i < 6; i++) churning.push(churn(await stage.client(home), `s${i}`));
  const witness = await (await stage.client(home)).walk(`${pathOf(home)}/all`).makeOnJoin();
  const joining = Array.from({ length: 6 }, () => joined(stage, servers));
  const all = [home, ...(await Promise.all(joining))].map(pathOf).sort();
  over = true;
  await Promise.all(churning);
  expect(made).toBeGreaterThan(6);
  expect((await events(witness, 7)).sort()).toEqual(all);
});
