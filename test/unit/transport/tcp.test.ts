/** What TCP adds to the promises of streams: system calls, peers of another kind, and time limits. */

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { install } from '@sinonjs/fake-timers';
import { afterEach, expect, test } from 'vitest';
import type { CloseReason, Connection, ConnectionEvents } from '../../../src/host/index.ts';
import { joinAddress, splitAddress } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { type NodeHost, nodeHost } from '../../../transport/index.ts';
import { until } from './support.ts';

const hosts: NodeHost[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function open(): Promise<NodeHost> {
  const host = await nodeHost();
  hosts.push(host);
  return host;
}

function record() {
  const seen = { opened: 0, bytes: 0, text: '', drained: 0, closed: [] as CloseReason[] };
  const events: ConnectionEvents = {
    opened: () => seen.opened++,
    received: (bytes) => {
      seen.bytes += bytes.length;
      seen.text += new TextDecoder().decode(bytes);
    },
    drained: () => seen.drained++,
    closed: (reason) => seen.closed.push(reason),
  };
  return { seen, events };
}

/** A host, and a peer that is a bare socket and keeps none of our manners. */
async function hostAndSocket() {
  const host = await open();
  const { seen, events } = record();
  let connection: Connection | undefined;
  host.streams.accept((accepted) => {
    connection = accepted;
    return events;
  });
  const { host: name, port } = splitAddress(host.streams.address);
  const socket = connect({ port, host: name, allowHalfOpen: true });
  socket.on('error', () => {});
  sockets.push(socket);
  await until(() => connection !== undefined);
  return { connection: connection as Connection, seen, socket };
}

test('many small writes of one turn are few system calls', async () => {
  const { connection, socket } = await hostAndSocket();
  let read = 0;
  socket.on('data', (bytes) => {
    read += bytes.length;
  });
  const before = writeCalls();
  for (let i = 0; i < 1_000; i++) connection.write(new Uint8Array(10));
  await until(() => read === 10_000);
  expect(writeCalls() - before).toBeLessThan(100); // The test runner writes now and then.
});

/** What a write would wait for the ack of the one before. */
const ackMs = 40;

test('small writes leave at once, and do not wait for more', async () => {
  const { connection, socket } = await hostAndSocket();
  let read = 0;
  socket.on('data', (bytes) => {
    read += bytes.length;
  });
  let leastMs = Number.POSITIVE_INFINITY;
  // Once is enough: a machine that has other things to do may hold them up, too.
  for (let series = 0; series < 20 && leastMs >= 50 * ackMs; series++) {
    const start = performance.now();
    for (let i = 0; i < 50; i++) {
      const wanted = read + 10;
      connection.write(new Uint8Array(10));
      await until(() => read === wanted);
    }
    leastMs = Math.min(leastMs, performance.now() - start);
  }
  expect(leastMs).toBeLessThan(50 * ackMs);
});

test('what is unsent is bounded by about a mebibyte beyond the buffers of the kernel', async () => {
  const { connection, seen, socket } = await hostAndSocket();
  socket.pause();
  let unsent = 0;
  while (connection.write(new Uint8Array(64 * 1024))) unsent += 64 * 1024;
  expect(unsent).toBeLessThanOrEqual(limits.writeAheadBytes);
  socket.resume();
  await until(() => seen.drained === 1);
});

test('a peer that only closes its side for writing has ended, and we close too', async () => {
  const { connection, seen, socket } = await hostAndSocket();
  let text = '';
  let ended = false;
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('end', () => {
    ended = true;
  });
  connection.write(new TextEncoder().encode('to the last'));
  socket.end('bye');
  await until(() => ended);
  expect(text).toBe('to the last');
  expect([seen.text, seen.closed]).toEqual(['bye', ['ended']]);
});

test('a peer that never closes its side keeps an ended connection for five seconds', async () => {
  const { connection, seen, socket } = await hostAndSocket();
  socket.resume();
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    connection.end();
    await immediatesUntil(() => timers.countTimers() === 1);
    timers.tick(4_999);
    expect(timers.countTimers()).toBe(1);
    timers.tick(1);
  } finally {
    timers.uninstall();
  }
  await until(() => seen.closed.length > 0);
  expect(seen.closed).toEqual(['local']);
});

test('a peer that is reset while we still send is told as reset, though we ended', async () => {
  const { connection, seen, socket } = await hostAndSocket();
  socket.pause();
  connection.write(new Uint8Array(32 * 1024 * 1024));
  connection.end();
  socket.resetAndDestroy();
  await until(() => seen.closed.length > 0);
  expect(seen.closed).toEqual(['reset']);
});

test('a connection that nobody accepts is broken', async () => {
  const [host, alice] = [await open(), await open()];
  const { seen, events } = record();
  alice.streams.dial(host.streams.address, events);
  await until(() => seen.closed.length > 0);
  expect(seen.closed).toEqual(['reset']);
});

test('a dial that nobody answers for five seconds is given up, and an answered one is not', async () => {
  const [host, alice] = [await open(), await open()];
  host.streams.accept(() => record().events);
  const answered = record();
  const ignored = record();
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    alice.streams.dial(host.streams.address, answered.events);
    await immediatesUntil(() => answered.seen.opened > 0);
    alice.streams.dial(host.streams.address, ignored.events);
    timers.tick(4_999); // No event of a socket gets through meanwhile.
    expect(timers.countTimers()).toBe(1);
    timers.tick(1);
  } finally {
    timers.uninstall();
  }
  await until(() => ignored.seen.closed.length > 0);
  expect([ignored.seen.opened, ignored.seen.closed]).toEqual([0, ['timeout']]);
  expect(answered.seen.closed).toEqual([]);
});

test('a dial after close ends at once', async () => {
  const [host, alice] = [await open(), await open()];
  await alice.close();
  const { seen, events } = record();
  alice.streams.dial(host.streams.address, events);
  expect(seen.closed).toEqual([]);
  await until(() => seen.closed.length > 0);
  expect(seen.closed).toEqual(['local']);
});

test.for([0, 65_536, Number.NaN])('port %d can be dialled, in vain', async (port) => {
  const alice = await open();
  const { seen, events } = record();
  alice.streams.dial(joinAddress('127.0.0.1', port), events);
  expect(seen.closed).toEqual([]);
  await until(() => seen.closed.length > 0);
  expect(['refused', 'unreachable']).toContain(seen.closed[0]);
});

/** Lets sockets have their turns while timers stand still. */
async function immediatesUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** How often this process has called write or its kin. */
function writeCalls(): number {
  return Number(/syscw: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

test('a connection that is ended and reset in one turn closes, and so does its host', async () => {
  const { connection, seen } = await hostAndSocket();
  connection.write(new TextEncoder().encode('last words'));
  connection.end();
  connection.reset();
  await until(() => seen.closed.length > 0);
  await hosts.splice(0)[0]?.close();
  expect(seen.closed).toEqual(['local']);
});
