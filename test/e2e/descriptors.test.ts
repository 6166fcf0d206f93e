/**
 * Servers with few descriptors, and more strangers than these: the honest come in all the same, and
 * where somebody made room for too many, the log says what is the matter.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { descriptorsOf } from '../../tools/hostile-report/arena.ts';
import { circuit, endAll, startServer, type TestServer, until } from '../support/circuit.ts';

const descriptors = 512;
const strangers = 700;
let folder: string;
let keyFile: string;
const floods: Flood[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-descriptors-'));
  keyFile = join(folder, 'key');
  const { out } = await circuit(['keygen']);
  await writeFile(keyFile, out, { mode: 0o600 });
});
afterEach(async () => {
  for (const flood of floods.splice(0)) flood.end();
  await endAll();
});
afterAll(() => rm(folder, { recursive: true }));

/** So many connections that say nothing; whose is closed comes again. */
class Flood {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #over = false;
  /** Connections that came to stand, and that were closed. */
  stood = 0;
  closed = 0;

  constructor({ url }: TestServer) {
    this.#port = Number(new URL(url).port);
    for (let i = 0; i < strangers; i++) this.#come();
    floods.push(this);
  }

  end(): void {
    this.#over = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #come(): void {
    if (this.#over) return;
    const socket = connect(this.#port, '127.0.0.1');
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => this.stood++);
    socket.once('close', () => {
      this.closed++;
      this.#sockets.delete(socket);
      setTimeout(() => this.#come(), 200).unref();
    });
  }
}

function start(...args: string[]): Promise<TestServer> {
  const through = ['/bin/sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh'];
  return startServer(['--log', 'info', ...args], { through });
}

test.each([
  ['with keys', () => ['-hmac', keyFile]],
  ['without keys', () => []],
])(
  '%s: more silent strangers than descriptors shut nobody out',
  async (_, hmac) => {
    const server = await start(...hmac());
    const flood = new Flood(server);
    await until(() => flood.stood >= strangers && flood.closed > 0, 'the server is flooded');
    for (let i = 0; i < 4; i++) {
      const { code, out, err } = await circuit(['ls', '-d', server.url, ...hmac()]);
      expect([code, out, err]).toEqual([0, `${server.path}\n`, '']);
    }
    expect(descriptorsOf(server.running.pid)).toBeLessThan(descriptors / 2);
    expect(server.running.errors()).not.toContain('descriptors-spent');
  },
  60_000,
);

test('where strangers may take them all, the log says that they are spent', async () => {
  const server = await start('--limit', 'strangersMax=4096');
  new Flood(server);
  await until(() => server.running.errors().includes('descriptors-spent'), 'it is logged');
  expect(server.running.errors()).toContain(`"max":${descriptors}`);
}, 60_000);
