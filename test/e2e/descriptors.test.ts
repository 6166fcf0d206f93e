/**
 * Servers with few descriptors, and more strangers or clients than these: the honest come in all the
 * same, or are told that there is no room; and where somebody made room for too many, the log says
 * what is the matter.
 */

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { descriptorsOf } from '../../tools/hostile-report/arena.ts';
import { circuit, endAll, startServer, type TestServer, until } from '../support/circuit.ts';
import { hello } from '../support/junk-frames.ts';

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

/** So many connections that say no more than `words`; whose is closed comes again. */
class Flood {
  readonly #port: number;
  readonly #words: Uint8Array | undefined;
  readonly #sockets = new Set<Socket>();
  #over = false;
  /** Connections that came to stand, and that were closed. */
  stood = 0;
  closed = 0;

  constructor({ url }: TestServer, words?: Uint8Array) {
    this.#port = Number(new URL(url).port);
    this.#words = words;
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
    socket.resume();
    socket.on('connect', () => {
      this.stood++;
      if (this.#words !== undefined) socket.write(this.#words);
    });
    socket.once('close', () => {
      this.closed++;
      this.#sockets.delete(socket);
      setTimeout(() => this.#come(), 200).unref();
    });
  }
}

function within(count: number): readonly string[] {
  return ['/bin/sh', '-c', `ulimit -n ${count}; exec "$@"`, 'sh'];
}

function start(...args: string[]): Promise<TestServer> {
  const through = within(descriptors);
  return startServer(['--log', 'info', ...args], { through });
}

test.each([
  ['with keys', () => ['-hmac', keyFile]],
  ['without keys', () => []],
])('%s: more silent strangers than descriptors shut nobody out', async (_, hmac) => {
  const server = await start(...hmac());
  const flood = new Flood(server);
  await until(() => flood.stood >= strangers && flood.closed > 0, 'the server is flooded');
  for (let i = 0; i < 4; i++) {
    const { code, out, err } = await circuit(['ls', '-d', server.url, ...hmac()]);
    expect([code, out, err]).toEqual([0, `${server.path}\n`, '']);
  }
  expect(descriptorsOf(server.running.pid)).toBeLessThan(descriptors / 2);
  expect(server.running.errors()).not.toContain('descriptors-spent');
});

test('where strangers may take them all, the log says that they are spent', async () => {
  const server = await start('--limit', 'strangersMax=480');
  new Flood(server);
  await until(() => server.running.errors().includes('descriptors-spent'), 'it is logged');
  expect(server.running.errors()).toContain(`"max":${descriptors}`);
});

test('a server of 256 descriptors works, and one client too many is told so', async () => {
  const through = within(256);
  const server = await startServer(['--log', 'info'], { through });
  const { url, path } = server;
  const on = (...args: string[]) => circuit([...args, '-d', url]);
  const shown = await on('limits', path);
  expect(shown.out).toMatch(/^strangersMax +28 {2}/m);
  expect(shown.out).toMatch(/^clientsMax +56 {2}connections of clients/m);
  expect(shown.out).toMatch(/^peersMax +56 {2}/m);
  expect(await circuit(['limits'], { through })).toEqual(shown);
  const joined = await startServer(['-j', url], { through });
  const flood = new Flood(server, hello());
  await until(() => flood.stood >= strangers && flood.closed > 0, 'the server is flooded');
  await until(
    async () => (await on('ls', '/')).err.includes('(limit clientsMax: 56)'),
    'it is full',
  );
  expect(descriptorsOf(server.running.pid)).toBeLessThan(256 - 32);
  expect((await circuit(['mkchan', `${path}/a`, '1', '-d', joined.url])).code).toBe(0);
  flood.end();
  await until(async () => (await on('ls', path)).out.includes('/a'), 'there is room again');
  const command = { input: JSON.stringify({ Path: '/bin/true' }) };
  expect(await circuit(['mkproc', `${path}/p`, '-d', url], command)).toMatchObject({ code: 0 });
  expect(server.running.errors()).not.toContain('descriptors-spent');
});

test('room for more clients than descriptors is refused at the start', async () => {
  const started = await circuit(['start', '--limit', 'clientsMax=225'], { through: within(256) });
  expect(started).toMatchObject({ code: 2, out: '' });
  expect(started.err).toContain(
    'the limit clientsMax is at most 224 here, not 225: this process may have 256 descriptors',
  );
});

test('with keys, who says nothing is let go when its server was told to', async () => {
  const server = (ms: number) => startServer(['--limit', `helloTimeoutMs=${ms}`, '-hmac', keyFile]);
  const [patient, quick] = await Promise.all([server(600_000), server(100)]);
  const gone: TestServer[] = [];
  for (const each of [patient, quick]) {
    const socket = connect(Number(new URL(each.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.once('close', () => gone.push(each));
    await once(socket, 'connect');
  }
  await until(() => gone.includes(quick), 'it is let go');
  // And not the one that came first.
  expect(gone).toEqual([quick]);
});
