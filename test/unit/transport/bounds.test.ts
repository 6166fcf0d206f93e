/** What waits to be sent, or is read ahead, in the real world: at its bounds, and past them. */

import dgram from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import os from 'node:os';
import { Readable } from 'node:stream';
import { install } from '@sinonjs/fake-timers';
import { afterEach, expect, test, vi } from 'vitest';
import type { CloseReason } from '../../../src/host/index.ts';
import type { Address } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { DockerOutput } from '../../../transport/docker-streams.ts';
import { NodeMulticast } from '../../../transport/multicast.ts';
import { TcpConnection } from '../../../transport/tcp-connection.ts';
import { NodeDatagrams } from '../../../transport/udp.ts';

const KIB = 1024;

afterEach(() => void vi.restoreAllMocks());

/** A socket that sends nothing, and says that so much waits. */
class FullSocket {
  waiting = 0;
  sent = 0;
  readonly #on = new Map<string, () => void>();

  on(event: string, listen: () => void): this {
    this.#on.set(event, listen);
    return this;
  }

  bind(_where: unknown, bound: () => void): void {
    setImmediate(bound);
  }

  address() {
    return { address: '127.0.0.1', port: 7 };
  }

  send(): void {
    this.sent++;
  }

  getSendQueueSize(): number {
    return this.waiting;
  }

  setRecvBufferSize(): void {}
  setMulticastInterface(): void {}
  addMembership(): void {}
  setMulticastTTL(): void {}
  setMulticastLoopback(): void {}
  close(): void {}
}

test('datagrams are lost once so many bytes of them wait, and sent again when fewer do', () => {
  const socket = new FullSocket();
  const datagrams = new NodeDatagrams(socket as unknown as dgram.Socket);
  const send = () => datagrams.send('127.0.0.1:9' as Address, new Uint8Array(10));
  socket.waiting = limits.datagramQueueBytesMax;
  send();
  expect(socket.sent).toBe(1);
  socket.waiting++;
  send();
  expect(socket.sent).toBe(1);
  socket.waiting = 0;
  send();
  expect(socket.sent).toBe(2);
});

/** A group on so many interfaces, which are not there. */
async function groupOn(interfaces: number) {
  const sockets: FullSocket[] = [];
  vi.spyOn(dgram, 'createSocket').mockImplementation(() => {
    sockets.push(new FullSocket());
    return sockets.at(-1) as unknown as dgram.Socket;
  });
  const all = Array.from({ length: interfaces }, (_, i) => [
    `eth${i}`,
    [{ address: `10.0.${i}.1`, family: 'IPv4' }],
  ]);
  vi.spyOn(os, 'networkInterfaces').mockReturnValue(Object.fromEntries(all));
  const joined = Promise.withResolvers<void>();
  const group = new NodeMulticast(undefined).join('228.8.8.8:7' as Address, {
    joined: () => joined.resolve(),
    failed: (reason) => joined.reject(new Error(reason)),
    received: () => {},
  });
  await joined.promise;
  return { group, sockets };
}

test('multicast is lost on an interface where so many bytes of it wait', async () => {
  const { group, sockets } = await groupOn(2);
  const [slow, quick] = sockets as [FullSocket, FullSocket];
  slow.waiting = limits.multicastQueueBytesMax;
  group.send(new Uint8Array(10));
  slow.waiting++;
  group.send(new Uint8Array(10));
  expect([slow.sent, quick.sent]).toEqual([1, 2]);
  group.close();
});

test('multicast uses so many interfaces when none was chosen, and no more', async () => {
  for (const more of [0, 1, 20]) {
    const { group, sockets } = await groupOn(limits.multicastInterfacesMax + more);
    expect(sockets.length).toBe(limits.multicastInterfacesMax);
    group.close();
    vi.restoreAllMocks();
  }
});

test('of an output of a container so much is read ahead, and then the engine waits', async () => {
  const total = limits.containerAheadBytesMax + 4 * 1024 * KIB;
  let pushed = 0;
  const stream = new Readable({
    highWaterMark: 64 * KIB,
    read() {
      if (pushed >= total) return;
      const frame = Buffer.alloc(8 + 64 * KIB);
      frame.writeUInt32BE(64 * KIB, 4);
      pushed += 64 * KIB;
      this.push(frame);
    },
  });
  const output = new DockerOutput(stream as never, { readable: () => {}, ended: () => {} });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  let before = -1;
  while (pushed !== before) {
    before = pushed;
    output.readAhead();
    for (let i = 0; i < 100; i++) await settle();
  }
  const stillInStream = 2 * (64 * KIB + 8);
  expect(pushed).toBeGreaterThanOrEqual(limits.containerAheadBytesMax);
  expect(pushed).toBeLessThanOrEqual(limits.containerAheadBytesMax + stillInStream);
  let got = 0;
  for (let bytes = output.read(KIB * KIB); bytes; bytes = output.read(KIB * KIB))
    got += bytes.length;
  expect(got).toBeGreaterThanOrEqual(limits.containerAheadBytesMax);
});

test('a connection whose key was removed stands for a while, and is then cut', async () => {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((socket) => accepted.resolve(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  peer.on('error', () => {});
  const closed = Promise.withResolvers<CloseReason>();
  let told = 0;
  const events = {
    received: () => {},
    drained: () => {},
    outdated: () => void told++,
    closed: (reason: CloseReason) => closed.resolve(reason),
  };
  const line = { raw: await accepted.promise, remote: '127.0.0.1:9' as Address };
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const connection = new TcpConnection(line as never, () => events);
    connection.outdate();
    connection.outdate();
    expect([connection.outdated, told]).toEqual([true, 1]);
    timers.tick(limits.outdatedMs - 1);
    expect(line.raw.destroyed).toBe(false);
    timers.tick(1);
    expect(line.raw.destroyed).toBe(true);
  } finally {
    timers.uninstall();
  }
  expect(await closed.promise).toBe('reset');
  peer.destroy();
  server.close();
});
