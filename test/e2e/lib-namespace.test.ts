/** Large namespaces, and what the client library says of paths. */

import { expect, test } from 'vitest';
import type { CircuitError } from '../../src/index.ts';
import { type ServerProgram, Stage } from '../support/programs.ts';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: CircuitError) => error.code,
  );

test('10,000 anchors are listed, in a listing longer than a frame, also through another server', async () => {
  await using stage = new Stage();
  const servers = await stage.circuit(2);
  const [near, far] = servers as [ServerProgram, ServerProgram];
  const client = await stage.client(near);
  const root = client.walk(`/${far.id}`);
  const paths = Array.from(
    { length: 10_000 },
    (_, i) => `${'long'.repeat(30)}-${i % 100}/${String(i).padStart(5, '0')}`,
  );
  for (let at = 0; at < paths.length; at += 500) {
    await Promise.all(paths.slice(at, at + 500).map((path) => root.walk(path).makeChan(0)));
  }
  const all = await root.view({ recursive: true });
  expect(all.length).toBe(10_100);
  expect(all.reduce((sum, { path }) => sum + path.length, 0)).toBeGreaterThan(1024 * 1024);
  const made = all.filter(({ kind }) => kind === 'chan').map(({ path }) => path);
  expect(new Set(made)).toEqual(new Set(paths.map((path) => `${root.path}/${path}`)));
  expect(all.map(({ path }) => path)).toEqual(all.map(({ path }) => path).toSorted());

  const everything = await client.walk('/').view({ recursive: true });
  expect(everything.length).toBe(10_102);
  expect((await root.view()).length).toBe(100);
});

test('what is not there, or of another kind, or taken, has its own error', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const root = client.walk(`/${server.id}`);
  const chan = await root.walk('a/chan').makeChan(1);
  const gone = client.walk('/X0000000000000000');
  expect(await codeOf(root.walk('none').view())).toBe('NO_SUCH_ANCHOR');
  expect(await codeOf(root.walk('none').peek())).toBe('NO_SUCH_ANCHOR');
  expect(await codeOf(root.walk('none').scrub())).toBe('NO_SUCH_ANCHOR');
  expect(await codeOf(gone.view())).toBe('NO_SUCH_SERVER');
  expect(await codeOf(gone.walk('x').makeChan(0))).toBe('NO_SUCH_SERVER');
  expect(await codeOf(root.walk('a/chan').proc().wait())).toBe('WRONG_KIND');
  expect(await codeOf(root.walk('a').chan().send('x'))).toBe('WRONG_KIND');
  expect(await codeOf(root.chan().receive())).toBe('WRONG_KIND');
  expect(await codeOf(root.walk('a/chan').makeChan(0))).toBe('ANCHOR_BUSY');
  expect(await codeOf(root.makeChan(0))).toBe('BAD_ARGUMENT');
  expect(await codeOf(client.walk('/').makeChan(0))).toBe('BAD_ARGUMENT');
  expect(await codeOf(root.walk('b').makeChan(-1))).toBe('BAD_ARGUMENT');
  expect(await codeOf(root.scrub())).toBe('NOT_SUPPORTED');
  expect(await codeOf(client.walk('/').scrub())).toBe('done');
  expect(await root.walk('a').peek()).toBeNull();
  expect(await client.walk('/').peek()).toBeNull();
  expect(await root.walk('a/chan').get()).toMatchObject({ path: chan.path });
  await chan.scrub();
  expect(await codeOf(root.walk('a').peek())).toBe('NO_SUCH_ANCHOR');
});

test('a request longer than a request may be fails alone', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const anchor = client.walk(`/${server.id}/p`);
  const made = anchor.makeProc({ Path: '/bin/true', Args: ['x'.repeat(1024 * 1024)] });
  expect(await codeOf(made)).toBe('LIMIT');
  expect(client.connected).toBe(true);
  expect(await codeOf(anchor.makeProc({ Path: '/bin/true' }))).toBe('done');
});

test('the wrong run of a server is told from the right one', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const wrong = server.url.replace(/Q.*/, 'Q0000000000000000');
  await expect(stage.client({ url: wrong })).rejects.toMatchObject({ code: 'DIAL_FAILED' });
  await expect(stage.client({ url: wrong })).rejects.toThrow('at this address now runs');
  const address = server.url.split('/').slice(0, 3).join('/');
  expect((await stage.client({ url: address })).server).toBe(server.id);
});

test('what waits when a client closes fails, and so does what it is asked after', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const chan = await client.walk(`/${server.id}/c`).makeChan(0);
  const waiting = codeOf(chan.receive());
  await chan.peek();
  await client.close();
  expect(await waiting).toBe('CANCELLED');
  expect(await codeOf(chan.peek())).not.toBe('done');
  const other = await stage.client(server);
  const sent = other.walk(chan.path).chan().send('nobody took it before');
  expect(await other.walk(chan.path).chan().receiveText()).toBe('nobody took it before');
  await sent;
});
