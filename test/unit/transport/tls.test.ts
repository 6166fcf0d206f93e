/** What keys add to streams: who comes in, what strangers cost, and what becomes of removed keys. */

import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { install } from '@sinonjs/fake-timers';
import { afterEach, expect, test } from 'vitest';
import type { CloseReason, Connection, ConnectionEvents } from '../../../src/host/index.ts';
import { joinAddress, splitAddress } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { JsonLog, type NodeHost, nodeHost } from '../../../transport/index.ts';
import { type Key, type KeyRing, parseKeys } from '../../../transport/security/keys.ts';
import { Side } from '../../support/pipe.ts';
import { until } from './support.ts';

const hosts: NodeHost[] = [];
const sockets: Socket[] = [];
const lines: { why: string; count: number }[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  lines.length = 0;
});

const newKey = (): Key => parseKeys(randomBytes(32).toString('base64'), 'a test')[0];
const [first, second] = [newKey(), newKey()];

async function open(keys?: KeyRing): Promise<NodeHost> {
  const log = new JsonLog({ write: (line: string) => lines.push(JSON.parse(line)) }, 'warn');
  const host = await nodeHost({ log, ...(keys === undefined ? {} : { keys }) });
  hosts.push(host);
  return host;
}

class End {
  connection!: Connection;
  text = '';
  opened = 0;
  outdated = 0;
  readonly closed: CloseReason[] = [];
  readonly events: ConnectionEvents = {
    opened: () => this.opened++,
    received: (bytes) => {
      this.text += new TextDecoder().decode(bytes);
    },
    drained() {},
    outdated: () => this.outdated++,
    closed: (reason) => this.closed.push(reason),
  };
}

function acceptAll(host: NodeHost): End[] {
  const accepted: End[] = [];
  host.streams.accept((connection) => {
    const end = new End();
    end.connection = connection;
    accepted.push(end);
    return end.events;
  });
  return accepted;
}

function dial(from: NodeHost, to: NodeHost): End {
  const end = new End();
  end.connection = from.streams.dial(to.streams.address, end.events);
  return end;
}

/** A bare socket, dialled by somebody with none of our manners. */
function stranger(host: NodeHost): Socket & { heard: Buffer[] } {
  const { host: name, port } = splitAddress(host.streams.address);
  const socket = Object.assign(connect({ port, host: name }), { heard: [] as Buffer[] });
  socket.on('error', () => {});
  socket.on('data', (bytes) => socket.heard.push(bytes));
  sockets.push(socket);
  return socket;
}

async function honestIsServed(host: NodeHost, key = first): Promise<void> {
  const accepted = acceptAll(host);
  const end = dial(await open([key]), host);
  end.connection.write(new TextEncoder().encode('me'));
  await until(() => accepted[0]?.text === 'me');
}

const write = (end: End, text: string) => end.connection.write(new TextEncoder().encode(text));

test('the first key dials, and the other side takes any of its own', async () => {
  const [a, b] = [await open([first]), await open([second, first])];
  const accepted = acceptAll(b);
  const alice = dial(a, b);
  write(alice, 'hello');
  await until(() => accepted[0]?.text === 'hello');
  expect([alice.connection.key, accepted[0]?.connection.key]).toEqual([first.id, first.id]);
  // The other way it is a key that nobody there has.
  acceptAll(a);
  const bob = dial(b, a);
  await until(() => bob.closed.length > 0);
  expect([bob.opened, bob.closed]).toEqual([0, ['wrongKey']]);
  expect(a.security.refused.wrongKey).toBe(1);
});

test('who has no key is told so in one frame, always the same, and is nobody’s connection', async () => {
  const host = await open([first]);
  const accepted = acceptAll(host);
  const said: Buffer[] = [];
  for (const words of ['GET / HTTP/1.1\r\n\r\n', '\0\0\0\x05hello', '\0']) {
    const socket = stranger(host);
    socket.write(words);
    await until(() => socket.closed);
    said.push(Buffer.concat(socket.heard));
  }
  expect(said[1]).toEqual(said[0]);
  expect(said[2]).toEqual(said[0]);
  expect(accepted).toEqual([]);
  expect(host.security.refused.noKey).toBe(3);
  // Many are one line.
  expect(lines.map(({ why, count }) => [why, count])).toEqual([['noKey', 1]]);

  const side = new Side({ dialled: true });
  side.session.received(new Uint8Array(said[0] as Buffer));
  expect(side.finished).toMatchObject({ code: 'WRONG_KEY', outcomeUnknown: false });
  expect(side.finished?.message).toContain('-hmac FILE');
  expect((said[0] as Buffer).length).toBeLessThan(limits.helloBytesMax);
});

test('a host without keys tells one with a key by its first bytes', async () => {
  const [a, b] = [await open([first]), await open()];
  const accepted = acceptAll(b);
  const alice = dial(a, b);
  write(alice, 'secret');
  await until(() => alice.closed.length > 0 && accepted[0]?.closed.length === 1);
  expect([alice.opened, alice.closed]).toEqual([0, ['noKey']]);
  expect([accepted[0]?.text, accepted[0]?.closed]).toEqual(['', ['reset']]);
  expect([a.security.refused.noKey, b.security.refused.keyed]).toEqual([1, 1]);
});

test('what begins nearly like TLS is not mistaken for it where there are no keys', async () => {
  const host = await open();
  const accepted = acceptAll(host);
  stranger(host).write(Uint8Array.of(22, 3, 200, 1, 2));
  stranger(host).write(Uint8Array.of(22));
  await until(() => accepted.length === 2 && accepted.every(({ text }) => text.length > 0));
  expect(host.security.refused.keyed).toBe(0);
});

test('of too many silent ones the first are reset, and the honest come in', async () => {
  const host = await open([first]);
  const more = 5;
  const all = Array.from({ length: limits.silentMax + more }, () => stranger(host));
  await until(() => host.security.refused.silent === more);
  const gone = all.flatMap((socket, i) => (socket.closed ? [i] : []));
  await until(() => all.filter(({ closed }) => closed).length === more);
  expect(Math.max(...gone)).toBeLessThan(200); // They come in about the order of their dials.
  await honestIsServed(host);
});

test('of too many who stop within the handshake the first are reset, and the honest come in', async () => {
  const host = await open([first]);
  const more = 5;
  // All but the last byte of a hello.
  const hello = await helloOf(host);
  const all = Array.from({ length: limits.handshakesMax + more }, () => stranger(host));
  for (const socket of all) socket.write(hello.subarray(0, -1));
  await until(() => host.security.refused.silent === more);
  await honestIsServed(host);
  await until(() => all.filter(({ closed }) => closed).length >= more);
});

test('one who says nothing, or stops within the handshake, is let go in time', async () => {
  const host = await open([first]);
  const hello = await helloOf(host);
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  const [silent, slow] = [stranger(host), stranger(host)];
  try {
    await immediatesUntil(() => timers.countTimers() === 2);
    slow.write(hello.subarray(0, 100));
    await immediatesUntil(() => slow.bytesWritten === 100);
    timers.tick(limits.helloTimeoutMs - 1);
    expect(timers.countTimers()).toBe(2);
    timers.tick(1);
  } finally {
    timers.uninstall();
  }
  await until(() => silent.closed && slow.closed);
  expect(host.security.refused.silent).toBe(2);
});

test('a stream that is cut off is reset, and never ended', async () => {
  const [a, b] = [await open([first]), await open([first])];
  const accepted = acceptAll(b);
  const { host: name, port } = splitAddress(b.streams.address);
  const raw = connect({ port, host: name });
  const stream = connectTls({
    socket: raw,
    pskCallback: () => ({ psk: first.stream, identity: first.id }),
    ciphers: 'TLS_AES_128_GCM_SHA256',
    checkServerIdentity: () => undefined,
  });
  sockets.push(stream);
  stream.on('error', () => {});
  // A piece, the beginning of another, and an end in order of TLS: but not of the stream.
  stream.write(Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from('okay')]));
  await until(() => accepted[0]?.text === 'ok');
  stream.end();
  await until(() => accepted[0]?.closed.length === 1);
  expect(accepted[0]?.closed).toEqual(['reset']);
  expect(b.security.refused.broken).toBe(1);

  const alice = dial(a, b);
  write(alice, 'all of it');
  alice.connection.end();
  await until(() => accepted[1]?.closed.length === 1);
  expect([accepted[1]?.text, accepted[1]?.closed]).toEqual(['all of it', ['ended']]);
  expect(b.security.refused.broken).toBe(1);
});

test('who pauses within received gets nothing more, though it came in the same record', async () => {
  const [a, b] = [await open([first]), await open([first])];
  const accepted = acceptAll(b);
  const alice = dial(a, b);
  await until(() => accepted.length === 1 && alice.opened === 1);
  const bob = accepted[0] as End;
  const pausing = bob.events.received;
  bob.events.received = (bytes) => {
    pausing(bytes);
    bob.connection.pause();
  };
  for (const text of ['one ', 'two ', 'three']) write(alice, text);
  alice.connection.end();
  for (const text of ['one ', 'one two ', 'one two three']) {
    await until(() => bob.text.length >= text.length);
    expect([bob.text, bob.closed]).toEqual([text, []]);
    bob.connection.resume();
  }
  await until(() => bob.closed.length > 0);
  expect(bob.closed).toEqual(['ended']);
});

test('no session is taken up again, be the key there or not', async () => {
  const host = await open([first]);
  acceptAll(host);
  const { host: name, port } = splitAddress(host.streams.address);
  const sessions: Buffer[] = [];
  const shake = (options: object) =>
    new Promise<{ stream: TLSSocket; error: Error | undefined }>((resolve) => {
      const stream = connectTls({
        port,
        host: name,
        ciphers: 'TLS_AES_128_GCM_SHA256',
        rejectUnauthorized: false,
        ...options,
      });
      sockets.push(stream);
      stream.on('session', (session: Buffer) => sessions.push(session));
      stream.on('secureConnect', () => resolve({ stream, error: undefined }));
      stream.on('error', (error) => resolve({ stream, error }));
    });
  const key = { pskCallback: () => ({ psk: first.stream, identity: first.id }) };
  expect((await shake(key)).error).toBeUndefined();
  await until(() => sessions.length > 0);
  for (const session of sessions.splice(0)) {
    expect((await shake({ session })).error).toBeInstanceOf(Error);
  }
  host.rekey([second]);
  expect((await shake(key)).error).toBeInstanceOf(Error);
  expect(host.security.refused.wrongKey).toBeGreaterThanOrEqual(2);
});

test('a connection whose key was removed is told of once, and cut after a time', async () => {
  const [a, b] = [await open([first]), await open([first, second])];
  const accepted = acceptAll(b);
  const alice = dial(a, b);
  await until(() => accepted.length === 1 && alice.opened === 1);
  const bob = accepted[0] as End;
  b.rekey([second, first]);
  expect([bob.outdated, bob.connection.outdated]).toEqual([0, false]);
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    b.rekey([second]);
    b.rekey([second]);
    expect([bob.outdated, bob.connection.outdated]).toEqual([1, true]);
    write(bob, 'still here');
    await immediatesUntil(() => alice.text === 'still here');
    timers.tick(limits.outdatedMs - 1);
    expect(bob.connection.outdated && timers.countTimers()).toBe(1);
    timers.tick(1);
  } finally {
    timers.uninstall();
  }
  await until(() => bob.closed.length > 0 && alice.closed.length > 0);
  expect([bob.closed, alice.closed]).toEqual([['reset'], ['reset']]);
  const late = dial(a, b);
  await until(() => late.closed.length > 0);
  expect(late.closed).toEqual(['wrongKey']);
});

test('what came in with a key that goes during its handshake does not come in', async () => {
  const [a, b] = [await open([first]), await open([first])];
  const accepted = acceptAll(b);
  const ends = Array.from({ length: 20 }, () => dial(a, b));
  await until(() => accepted.length > 0);
  b.rekey([second]);
  const standing = accepted.length;
  expect(accepted.every(({ outdated }) => outdated === 1)).toBe(true);
  await until(() => ends.filter(({ closed }) => closed.length > 0).length === 20 - standing);
  expect(accepted.length).toBe(standing);
});

/** The first thing that a dialler with the key says to that host. */
async function helloOf(host: NodeHost): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      resolve(bytes);
      socket.destroy();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  const dialler = await nodeHost({ client: true, keys: [first] });
  const { host: name } = splitAddress(host.streams.address);
  dialler.streams.dial(joinAddress(name, port), new End().events);
  const hello = await promise;
  await dialler.close();
  server.close();
  return hello;
}

/** Lets sockets have their turns while timers stand still. */
async function immediatesUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
