/** Name servers over real TCP: clients that send much at once, read nothing, or say nothing. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { install } from '@sinonjs/fake-timers';
import { afterEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/host/index.ts';
import { type Address, parseAddress, splitAddress } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { NameClient } from '../../../transport/name-client.ts';
import { NodeNameServers } from '../../../transport/name-servers.ts';
import { until } from './support.ts';

const servers: NodeNameServers[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const each of servers.splice(0)) each.close();
});

interface Serving {
  readonly address: Address;
  /** How many messages were answered. */
  answered: number;
}

/** Answers each message with so many bytes, of which the first is its own. */
async function serve(octets = 1): Promise<Serving> {
  const all = new NodeNameServers();
  servers.push(all);
  const serving = { address: undefined as Address | undefined, answered: 0 };
  all.listen(parseAddress('127.0.0.1:0'), {
    listening: (address) => {
      serving.address = address;
    },
    failed: (reason) => expect.fail(reason),
    message(bytes) {
      serving.answered++;
      const answer = new Uint8Array(octets);
      answer.set(bytes.subarray(0, 1));
      return answer;
    },
  });
  await until(() => serving.address !== undefined);
  return serving as Serving;
}

async function dial({ address }: Serving, options: object = {}): Promise<Socket> {
  const { host, port } = splitAddress(address);
  const socket = connect({ port, host, ...options });
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const framed = (...bytes: number[]) => Uint8Array.of(0, bytes.length, ...bytes);

/** The first bytes of the answers that have come. */
function answersOf(socket: Socket): number[] {
  const answers: number[] = [];
  let left = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    left = Buffer.concat([left, chunk]);
    while (left.length >= 2 && left.length >= 2 + left.readUInt16BE()) {
      answers.push(left[2] as number);
      left = left.subarray(2 + left.readUInt16BE());
    }
  });
  return answers;
}

describe('over TCP', () => {
  test('messages sent together, and byte by byte, are answered one after the other', async () => {
    const serving = await serve();
    const socket = await dial(serving);
    const answers = answersOf(socket);
    socket.write(Buffer.concat([framed(1, 9), framed(2), framed(3, 9, 9)]));
    for (const byte of [...framed(4), ...framed(5, 5)]) {
      socket.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await until(() => answers.length === 5);
    expect(answers).toEqual([1, 2, 3, 4, 5]);
  });

  test('who ends after its question still gets the answer', async () => {
    const socket = await dial(await serve(60_000));
    const answers = answersOf(socket);
    socket.end(framed(7));
    await until(() => answers.length === 1);
  });

  test('a client that reads nothing is not read from, and gets all once it reads', async () => {
    const serving = await serve(65_535);
    const socket = await dial(serving);
    socket.pause();
    const questions = 2_000;
    socket.write(Buffer.concat(Array.from({ length: questions }, () => framed(1))));
    await steady(() => serving.answered);
    // A pipe of the system and a megabyte of ours: far from 131 MB.
    expect(serving.answered).toBeLessThan(questions / 4);
    const answers = answersOf(socket);
    socket.resume();
    await until(() => answers.length === questions);
  });

  test('of too many clients the one goes that asked least recently', async () => {
    const serving = await serve();
    const [first, second] = [await dial(serving), await dial(serving)];
    const answers = answersOf(first);
    first.write(framed(1));
    await until(() => answers.length === 1);
    let gone = false;
    second.once('close', () => {
      gone = true;
    });
    second.resume();
    while (sockets.length <= limits.dnsConnectionsMax) await dial(serving);
    await until(() => gone);
    first.write(framed(2));
    await until(() => answers.length === 2);
  });
});

describe('a client that asks nothing', () => {
  test('for a while is asked to go, and one that asks may stay', async () => {
    const serving = await serve();
    const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
    let ended = false;
    try {
      const socket = await dial(serving);
      const answers = answersOf(socket);
      socket.once('end', () => {
        ended = true;
      });
      await immediatesUntil(() => timers.countTimers() === 1);
      for (let i = 1; i <= 3; i++) {
        timers.tick(limits.dnsIdleMs - 1);
        socket.write(framed(i));
        await immediatesUntil(() => answers.length === i);
      }
      timers.tick(limits.dnsIdleMs - 1);
      await immediatesUntil(() => true);
      expect(ended).toBe(false);
      timers.tick(1);
    } finally {
      timers.uninstall();
    }
    await until(() => ended);
  });

  test('and does not go either is left behind', async () => {
    const serving = await serve();
    const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = await dial(serving, { allowHalfOpen: true });
    let closed = false;
    try {
      socket.on('close', () => {
        closed = true;
      });
      socket.resume();
      await immediatesUntil(() => timers.countTimers() === 1);
      // Half a message is no question.
      socket.write(Uint8Array.of(0, 9, 1));
      timers.tick(limits.dnsIdleMs);
      await once(socket, 'end');
      timers.tick(limits.dnsIdleMs);
    } finally {
      timers.uninstall();
    }
    // Only who writes learns of it.
    await until(() => {
      socket.write(framed(1));
      return closed;
    });
    expect(serving.answered).toBe(0);
  });

  test('and does not even read is left behind, however little is unsent', () => {
    const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const told: string[] = [];
      const connection: Connection = {
        remote: parseAddress('10.0.0.1:1'),
        outdated: false,
        key: undefined,
        write: () => true,
        pause: () => told.push('pause'),
        resume: () => told.push('resume'),
        end: () => told.push('end'),
        reset: () => told.push('reset'),
      };
      const gone = () => told.push('gone');
      const client = new NameClient(connection, () => new Uint8Array(1), gone);
      client.received(framed(1));
      timers.tick(limits.dnsIdleMs);
      expect(told).toEqual(['end']);
      timers.tick(limits.dnsIdleMs);
      expect(told).toEqual(['end', 'gone', 'reset']);
      client.closed();
      expect(timers.countTimers()).toBe(0);
    } finally {
      timers.uninstall();
    }
  });
});

async function immediatesUntil(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100_000; i++) {
    await new Promise(setImmediate);
    if (condition()) return;
  }
  throw new Error('the condition did not become true');
}

/** Waits until a count has stood still for some looks. */
async function steady(count: () => number): Promise<void> {
  let [before, looks] = [0, 0];
  await until(() => {
    looks = count() > 0 && count() === before ? looks + 1 : 0;
    before = count();
    return looks === 50;
  });
}
