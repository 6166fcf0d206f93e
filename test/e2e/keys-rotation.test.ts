/**
 * Keys are changed while a circuit works: three servers, clients that work all the time, and the three
 * steps of docs/security.md. Nothing fails, nobody is missed, and the old key is worth nothing then.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/index.ts';
import { nodeHost, readKeys } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  type TestServer,
  until,
} from '../support/circuit.ts';
import { KeyFiles, keyed, refusedBy } from '../support/key-files.ts';
import { allSee, saidGone } from '../support/told.ts';

const wrongKey = 23;

afterEach(endAll);

/** Replaces the file at once, as `mv` does: nobody reads half of it. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** What its servers say of reading their files. */
const readings = ({ running }: TestServer) =>
  running.errors().match(/"event":"keys"/g)?.length ?? 0;

async function keysOf({ path, url }: TestServer, file: string): Promise<string[]> {
  const peeked = JSON.parse(await output(['peek', path, '-d', url], keyed(file)));
  return peeked.Status.security.keys;
}

/** A client that works until it is told to stop, one operation after the other. */
function worker(servers: readonly TestServer[], file: string) {
  let stopped = false;
  let done = 0;
  const failures: string[] = [];
  const work = async () => {
    for (let i = 0; !stopped; i++) {
      const [at, on] = [servers[i % 3] as TestServer, servers[(i + 1) % 3] as TestServer];
      const path = `${on.path}/chan${i}`;
      for (const command of [
        ['mkchan', path, '1'],
        ['send', path],
        ['recv', path],
        ['scrub', path],
      ]) {
        const options = { ...keyed(file), input: 'hello' };
        const { code, err, out } = await circuit([...command, '-d', at.url], options);
        if (code !== 0) failures.push(`${command[0]} ended with ${code}: ${err}`);
        if (command[0] === 'recv' && out !== 'hello') failures.push(`received ${out}`);
        done++;
      }
    }
  };
  const working = work();
  return {
    failures,
    /** It goes on for so many operations from now on. */
    goesOn: (operations: number) => {
      const goal = done + operations;
      return until(() => done >= goal, 'the clients work');
    },
    stop: async () => {
      stopped = true;
      await working;
    },
  };
}

test('keys are changed in three steps, and no client and no server notices', async () => {
  using files = new KeyFiles();
  const [old, next] = [await files.key(), await files.key()];
  const homes = [0, 1, 2].map((i) => files.write(old, { name: `server${i}` }));
  const clientFile = files.write(old, { name: 'client' });
  const start = (i: number, ...args: string[]) =>
    startServer(['--log', 'info', '-hmac', homes[i] as string, ...args]);
  const first = await start(0);
  const servers = [first, await start(1, '-j', first.url), await start(2, '-j', first.url)];
  await until(() => allSee(servers, servers), 'all see all');
  const clients = worker(servers, clientFile);
  await clients.goesOn(8);

  const step = async (text: string) => {
    for (const [i, server] of servers.entries()) {
      const before = readings(server);
      replace(homes[i] as string, text);
      server.running.process.kill('SIGHUP');
      await until(() => readings(server) > before, 'it has read the file');
      await clients.goesOn(4);
    }
    replace(clientFile, text);
    await clients.goesOn(4);
  };
  await step(old + next);
  await step(next + old);
  await step(next);
  await clients.goesOn(8);
  await clients.stop();

  expect(clients.failures).toEqual([]);
  expect(allSee(servers, servers)).toBe(true);
  expect(saidGone(servers)).toEqual([]);
  const [nextId] = await keysOf(first, clientFile);
  for (const server of servers) expect(await keysOf(server, clientFile)).toEqual([nextId]);

  const oldFile = files.write(old);
  const ls = (server: TestServer, file: string) =>
    circuit(['ls', '/', '-d', server.url], keyed(file));
  for (const server of servers) {
    expect(await ls(server, oldFile)).toMatchObject({ code: wrongKey, out: '' });
    expect(await ls(server, clientFile)).toMatchObject({ code: 0 });
  }
  const late = await circuit(['start', '-hmac', oldFile, '-j', first.url]);
  expect(late).toMatchObject({ code: wrongKey, out: '' });
  expect((await refusedBy(first, keyed(clientFile)))['wrongKey']).toBeGreaterThanOrEqual(2);
  // The datagrams under the new key arrive: nothing that honest servers sent counts as forged.
  for (const server of servers) {
    expect((await refusedBy(server, keyed(clientFile)))['forged']).toBe(0);
  }
});

test('who has a removed key starts nothing, whatever it has under way', async () => {
  using files = new KeyFiles();
  const [old, next] = [await files.key(), await files.key()];
  const file = files.write(old);
  const server = await startServer(['--log', 'info', '-hmac', file]);
  const host = await nodeHost({ client: true, keys: await readKeys(files.write(old)) });
  try {
    const thief = await connect(host, server.url);
    const chan = await thief.walk(`${server.path}/chan`).makeChan(0);
    const received = chan.receiveText();
    // What is asked after it has its answer when it is there.
    await chan.peek();
    const marker = join(files.directory, 'started');
    const start = (name: string) =>
      thief.walk(`${server.path}/${name}`).makeProc({ Path: '/usr/bin/touch', Args: [marker] });

    replace(file, next);
    server.running.process.kill('SIGHUP');
    await until(() => readings(server) > 0, 'it has read the file');
    const refused = { code: 'WRONG_KEY', outcomeUnknown: false };
    await expect(start('one')).rejects.toMatchObject(refused);
    const honest = keyed(files.write(next));
    const sent = ['send', `${server.path}/chan`, '-d', server.url];
    expect(await circuit(sent, { ...honest, input: 'bye' })).toMatchObject({ code: 0 });
    expect(await received).toBe('bye');
    await expect(start('two')).rejects.toMatchObject({ code: 'WRONG_KEY' });
    expect(existsSync(marker)).toBe(false);
    await thief.close();
  } finally {
    await host.close();
  }
});

test('a file that is wrong changes nothing, and the server says so', async () => {
  using files = new KeyFiles();
  const key = await files.key();
  const file = files.write(key);
  const server = await startServer(['-hmac', file]);
  const before = await keysOf(server, files.write(key));
  const said = () => server.running.errors().split('\n').slice(1, -1);
  const wrongs: readonly [() => void, string][] = [
    [() => replace(file, 'no key\n'), 'line 1, is not base64'],
    [() => replace(file, ''), 'holds no key'],
    [() => chmodSync(file, 0o644), 'forbid it with chmod 600'],
    [() => renameSync(file, join(files.directory, 'elsewhere')), 'ENOENT'],
  ];
  for (const [i, [spoil, words]] of wrongs.entries()) {
    spoil();
    server.running.process.kill('SIGHUP');
    await until(() => said().length > i, 'it says so');
    expect(said()[i]).toMatch(/^circuit: the keys stay as they are: /);
    expect(said()[i]).toContain(words);
    expect(await keysOf(server, files.write(key))).toEqual(before);
  }
  replace(file, key);
  server.running.process.kill('SIGHUP');
  await until(() => said().length > wrongs.length, 'it has read the file');
  expect(said().at(-1)).toBe(
    `circuit: read the key file again: it holds 1, and the first is ${before[0]}`,
  );
});

describe('while its key file is a pipe to which nobody has written yet, a server', () => {
  /** It is at its file, and will not have a host before something is written there. */
  async function starting(files: KeyFiles) {
    const pipe = join(files.directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    const running = begin(['start', '--json', '-hmac', pipe], { input: '' });
    const writer = await open(pipe, 'w');
    return { running, writer, pipe };
  }

  test('remembers a HUP, and reads it again when it stands', async () => {
    using files = new KeyFiles();
    const { running, writer, pipe } = await starting(files);
    running.process.kill('SIGHUP');
    await writer.writeFile(await files.key());
    const next = await files.key();
    replace(pipe, next);
    await writer.close();
    await until(() => running.output().includes('\n'), 'it stands');
    await until(() => running.errors().includes('read the key file again'), 'it has read it');
    const { url, id } = JSON.parse(running.output());
    expect(await output(['ls', '/', '-d', url], keyed(pipe))).toBe(`/${id}\n`);
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends in order by a %s', async (signal) => {
    using files = new KeyFiles();
    const { running, writer } = await starting(files);
    running.process.kill(signal);
    expect(await running.ended).toMatchObject({ code: 0, signal: undefined, out: '', err: '' });
    await writer.close();
  });
});
