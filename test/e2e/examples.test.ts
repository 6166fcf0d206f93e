/** The examples as their readers run them: programs of their own, on servers that are killed. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { endAll, output, startServers, type TestServer, until } from '../support/circuit.ts';

const root = join(import.meta.dirname, '../..');

afterEach(endAll);

function begin(name: string, ...args: string[]): ChildProcessByStdio<Writable, Readable, Readable> {
  const file = join(root, `examples/${name}.ts`);
  return spawn(process.execPath, ['--import', './tools/doors.ts', file, ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs an example to its end, and gives the lines that it printed. */
async function example(name: string, ...args: string[]): Promise<string[]> {
  const child = begin(name, ...args);
  child.stdin.end();
  const ended = new Promise((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  expect({ err, code }, out).toEqual({ err: '', code: 0 });
  return out.trimEnd().split('\n');
}

const listed = async (server: TestServer) =>
  (await output(['ls', '-d', server.url, '/...'])).trimEnd().split('\n');

/** Waits for a half of the bot that runs, as `server` sees it, and gives its path. */
async function half(server: TestServer, name: string): Promise<string> {
  let path: string | undefined;
  await until(async () => {
    path = (await listed(server)).find((each) => each.endsWith(`/virus/${name}`));
    return path !== undefined;
  }, `there is a ${name}`);
  return path as string;
}

/** The server of a path, and another one than those of the paths. */
function hostOf(servers: readonly TestServer[], path: string): TestServer {
  return servers.find((server) => path.startsWith(`${server.path}/`)) as TestServer;
}

test('wait-all prints each process as it ends, and at last that all have', async () => {
  const servers = await startServers(3);
  const lines = await example('wait-all', servers[0]!.url, '0.1', '0.2', '0.3');
  expect(lines).toHaveLength(4);
  for (const i of [0, 1, 2]) expect(lines.join('\n')).toContain(`/wait-all/${i}: finished`);
  expect(lines[3]).toBe('all 3 finished');
  expect(await listed(servers[0]!)).toHaveLength(3);
});

test('wait-first prints the first that ended, and leaves neither processes nor elements', async () => {
  const servers = await startServers(3);
  // Others may run these tests on this machine, too.
  const long = `1000.${process.pid}`;
  const lines = await example('wait-first', servers[0]!.url, long, '0.1', long);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\/X[0-9a-f]{16}\/wait-first\/1: finished first$/);
  expect(await listed(servers[0]!)).toHaveLength(3);
  await until(async () => !(await running(`sleep ${long}`)), 'the others are killed');
});

async function running(command: string): Promise<boolean> {
  const all = await text(spawn('ps', ['-eo', 'args']).stdout);
  return all.split('\n').some((line) => line.endsWith(command));
}

test('the watchbot survives the server of its payload, and then that of its nucleus', async () => {
  const servers = await startServers(4);
  const lines = await example('watchbot', servers[0]!.url);
  const [payload = '', nucleus = ''] = lines;
  hostOf(servers, payload).running.process.kill('SIGKILL');
  // The survivor: it is on the server of the nucleus, and that sees all that is left.
  const left = hostOf(servers, nucleus);
  await half(left, 'payload-1');
  const next = await half(left, 'nucleus-1');
  hostOf(servers, next).running.process.kill('SIGKILL');
  const last = servers.find((server) => !server.running.over() && server !== hostOf(servers, next));
  await half(last as TestServer, 'nucleus-2');
  const end = await half(last as TestServer, 'payload-2');
  // Scrubbed before the nucleus looks, it would be taken for one that died before.
  const stk = ['stk', '-d', (last as TestServer).url, `/${end.split('/')[1]}`];
  await until(async () => (await output(stk)).includes(`wait ${end} `), 'the nucleus watches it');
  await output(['scrub', '-d', (last as TestServer).url, end]);
  await until(async () => {
    return !(await listed(last as TestServer)).some((path) => path.includes('/virus/'));
  }, 'both halves are gone');
});

test('the watchbot with a channel says at its back channel who started the next pair', async () => {
  const servers = await startServers(3);
  const [dialled] = servers as [TestServer];
  const lines = await example('watchbot-with-channel', dialled.url);
  const [payload = '', , back = ''] = lines;
  expect(back).toBe(`${dialled.path}/virus/back`);
  await output(['signal', '-d', dialled.url, 'KILL', payload]);
  await half(dialled, 'payload-1');
  await half(dialled, 'nucleus-1');
  const message = await output(['recv', '-d', dialled.url, back]);
  expect(message).toBe('0 nucleus acquired back channel');
});

test('the web application finds its database by name, and all of it is taken down', async () => {
  const servers = await startServers(3);
  const [dialled] = servers as [TestServer];
  const boot = begin('web-app/boot', dialled.url);
  const lines = createInterface(boot.stdout)[Symbol.asyncIterator]();
  const complaints = text(boot.stderr);
  const { value: database } = await lines.next();
  const { value: web } = await lines.next();
  expect(database).toMatch(/^database at 127\.0\.0\.1:\d+, on X[0-9a-f]{16}$/);
  const [, url, id] = /^web server at (\S+)\/, on (\S+)$/.exec(String(web)) ?? [];
  expect(String(database)).not.toContain(id);

  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  };
  expect(await get('/put/fruit/apples%20and%20pears')).toBe('200 OK');
  expect(await get('/get/fruit')).toBe('200 apples and pears');
  expect(await get('/del/fruit')).toBe('200 OK');
  expect(await get('/get/fruit')).toBe('404 there is nothing of that name');
  expect(await get('/else')).toMatch(/^404 try/);

  // Without its database it says so, and lives on.
  const path = (await listed(dialled)).find((each) => each.endsWith('/shop/database'));
  await output(['signal', '-d', dialled.url, 'KILL', path as string]);
  await until(async () => (await get('/get/fruit')).startsWith('503 the database'), 'it says so');

  boot.stdin.end();
  expect((await lines.next()).value).toBe('all is taken down');
  expect(await complaints).toBe('');
  expect(await listed(dialled)).toHaveLength(3);
  await until(
    () =>
      get('/').then(
        () => false,
        () => true,
      ),
    'the web server is gone',
  );
});
