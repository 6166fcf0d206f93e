/** A server that is killed or stopped while operations of every kind wait on it. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Anchor, CircuitError, Client } from '../../src/index.ts';
import { isAsleep, ownLoopback, type ServerProgram, Stage, until } from '../support/programs.ts';

/** Begins everything that can wait; the promise of each. */
async function waitOnEverything(
  client: Client,
  anchor: Anchor,
): Promise<Record<string, Promise<unknown>>> {
  const empty = await anchor.walk('empty').makeChan(0);
  const unread = await anchor.walk('unread').makeChan(0);
  const proc = await anchor.walk('proc').makeProc({ Path: '/bin/sleep', Args: ['1000'] });
  const sink = proc.stdin();
  const half = anchor.walk('half');
  await half.makeChan(1);
  const halfSink = await half.chan().sendStream();
  const leaves = await anchor.walk('leaves').makeOnLeave();
  const select = await anchor.walk('select').makeSelect([{ receive: empty }]);
  return {
    receive: empty.receive(),
    receiveStream: empty.receiveStream(),
    send: unread.send('hello'),
    sendLong: unread.send(new Uint8Array(100_000)),
    sendStream: unread.sendStream(),
    sink: halfSink.write(new Uint8Array(40_000)),
    wait: proc.wait(),
    stdout: proc.stdout().next(),
    stderr: proc.stderr().next(),
    stdin: sink.write(new Uint8Array(3_000_000)),
    event: leaves.receive(),
    events: leaves[Symbol.asyncIterator]().next(),
    select: client.select([{ receive: empty }, { event: leaves }, { exit: proc }]),
    selectElement: select.wait(),
    profile: anchor.server().profile({ seconds: 1_000 }),
    journal: anchor.server().journal({ from: 1_000_000, follow: true }).next(),
  };
}

async function waiting(stage: Stage, through: ServerProgram, target: ServerProgram) {
  const client: Client = await stage.client(through);
  const operations = await waitOnEverything(client, client.walk(`/${target.id}`));
  const outcomes = new Map<string, string>();
  for (const [name, operation] of Object.entries(operations)) {
    operation.then(
      () => outcomes.set(name, 'done'),
      (error: CircuitError) => outcomes.set(name, error.code),
    );
  }
  // The last of them has reached the server when a call after them is answered.
  await client.walk(`/${target.id}`).peek();
  expect([...outcomes.keys()]).toEqual([]);
  return { client, outcomes, names: Object.keys(operations) };
}

interface Peeked {
  readonly membership: Readonly<Record<string, number>>;
}

const allGone = (names: readonly string[]) => names.map((name) => [name, 'SERVER_GONE']);

test('kill -9 of the server of an element fails what waits on it through another, at once', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const { client, outcomes, names } = await waiting(stage, near, far);
  await far.kill();
  await until('all have failed', () => outcomes.size === names.length);
  expect(names.map((name) => [name, outcomes.get(name)])).toEqual(allGone(names));
  expect(client.connected).toBe(true);
  // By what the kernel says of a process that is gone, and not because it was silent.
  const { Status } = (await client.walk(`/${near.id}`).peek()) as { Status: Peeked };
  expect(Status.membership).toMatchObject({ refused: 1, silent: 0 });
  await expect(client.walk(`/${far.id}`).peek()).rejects.toMatchObject({ code: 'SERVER_GONE' });
});

test('kill -9 of the server dialled fails what waits on it, at once', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const { client, outcomes, names } = await waiting(stage, server, server);
  await server.kill();
  await until('all have failed', () => outcomes.size === names.length);
  expect(names.map((name) => [name, outcomes.get(name)])).toEqual(allGone(names));
  expect(client.connected).toBe(false);
  await expect(client.servers()).rejects.toMatchObject({ code: 'SERVER_GONE' });
});

test('a server dialled that leaves says so itself, to what waits on others as well', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(3)) as [ServerProgram, ServerProgram];
  const { outcomes, names } = await waiting(stage, near, far);
  const client = await stage.client(near);
  const other = await client.walk(`/${far.id}/another`).makeChan(0);
  const waits = other.receive();
  waits.catch(() => {});
  await (await stage.client(far)).walk(`/${near.id}`).server().leave();
  // The one that lives is not blamed.
  await expect(waits).rejects.toMatchObject({
    code: 'SERVER_GONE',
    message: `the server ${near.id} has left the circuit`,
  });
  await until('all have failed', () => outcomes.size === names.length);
  expect(names.map((name) => [name, outcomes.get(name)])).toEqual(allGone(names));
});

test('a server that is killed and started again at its address fails all that waited on it', async () => {
  await using stage = new Stage();
  const servers = await stage.circuit(3, ownLoopback);
  const [near, far] = servers as [ServerProgram, ServerProgram];
  const { client, outcomes, names } = await waiting(stage, near, far);
  await far.kill();
  const address = far.url.split('/')[2] as string;
  const again = await stage.server(address);
  await client.walk(`/${near.id}`).server().join(again.url);
  await until('all have failed', () => outcomes.size === names.length);
  expect(names.map((name) => [name, outcomes.get(name)])).toEqual(allGone(names));
  // It is another one, and blind: nothing of the old one is there.
  expect(again.id).not.toBe(far.id);
  await until('it is listed', async () => (await client.servers()).includes(again.id));
  expect(await client.walk(`/${again.id}`).view()).toEqual([]);
  await expect(client.walk(`/${far.id}`).peek()).rejects.toMatchObject({ code: 'SERVER_GONE' });
});

test('a server that is stopped is found out, and what waits on it fails', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(3)) as [ServerProgram, ServerProgram];
  const { client, outcomes, names } = await waiting(stage, near, far);
  far.signal('SIGSTOP');
  await until('all have failed', () => outcomes.size === names.length);
  expect(names.map((name) => [name, outcomes.get(name)])).toEqual(allGone(names));
  await until('it is not listed', async () => !(await client.servers()).includes(far.id));
  far.signal('SIGCONT');
  await until('it is back', async () => (await client.servers()).includes(far.id));
});

test('a client that was stopped goes on with what it waits for', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const chan = await client.walk(`/${server.id}/c`).makeChan(0);
  const receiver = stage.clientProgram(server, 'receive', chan.path);
  await receiver.said('ready');
  await until('it waits', () => isAsleep(receiver.pid));
  receiver.signal('SIGSTOP');
  const sent = chan.send('while it sleeps');
  const other = chan.receiveText();
  expect(await other).toBe('while it sleeps');
  await sent;
  receiver.signal('SIGCONT');
  const next = chan.send('awake');
  expect(await receiver.said('got')).toBe('awake');
  await next;
});

test('the kernels of both sides watch over an idle connection', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  await stage.client(server);
  const port = Number(server.url.split('/')[2]?.split(':')[1]);
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const timers = () =>
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, remote, state]) => state === '01' && `${local} ${remote}`.includes(hex))
      .map((fields) => fields[5]?.slice(0, 2));
  // Timer 2 is the keep-alive timer. Before, it is that of what was said and is not acknowledged.
  await until('both have it', () => timers().join() === '02,02');
});
