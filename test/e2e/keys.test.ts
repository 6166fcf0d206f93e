/** Keys as users meet them: files that are wrong, circuits that have them, and those who have not. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  listingOf,
  output,
  startServer,
  type TestServer,
  until,
} from '../support/circuit.ts';
import { KeyFiles, keyed, keyedCircuit, refusedBy } from '../support/key-files.ts';
import { Network, netnsMissing } from '../support/netns.ts';
import { allSee } from '../support/told.ts';

const wrongKey = 23;
const group = '228.8.8.8:7711';
/** Nobody listens there. */
const nowhere = '127.0.0.1:1';

afterEach(endAll);

describe('a key file', () => {
  test.each([
    ['others may read', 0o644, 'forbid it with chmod 600'],
    ['others may write', 0o602, 'forbid it with chmod 600'],
  ])('that %s is refused, by servers and clients', async (_what, mode, words) => {
    using files = new KeyFiles();
    const file = files.write(await files.key(), { mode });
    await refusedFor(file, `${words} ${file}`);
  });

  test.each([
    ['empty', '', 'holds no key: make one with "circuit keygen"'],
    ['no base64', 'this is no key\n', 'line 1, is not base64'],
    ['too short', `${btoa('short')}\n`, '32 to 128 are taken'],
  ])('that is %s is refused, by servers and clients', async (_what, text, words) => {
    using files = new KeyFiles();
    await refusedFor(files.write(text), words);
  });

  test('that is missing, a directory or has too many keys is refused', async () => {
    using files = new KeyFiles();
    await refusedFor(join(files.directory, 'missing'), 'ENOENT');
    const directory = join(files.directory, 'directory');
    mkdirSync(directory, { mode: 0o700 });
    await refusedFor(directory, 'is a directory');
    const keys = await Promise.all(Array.from({ length: 9 }, () => files.key()));
    await refusedFor(files.write(keys.join('')), 'more than 8 keys');
  });

  test('that is given as an option counts, and not the one of CIRCUIT_HMAC', async () => {
    using files = new KeyFiles();
    const [right, wrong] = [files.write(await files.key()), files.write(await files.key())];
    const { url, path } = await startServer(['-hmac', right]);
    const ls = ['ls', '/', '-d', url];
    expect(await output([...ls, '-hmac', right], keyed(wrong))).toBe(`${path}\n`);
    expect(await output(ls, keyed(right))).toBe(`${path}\n`);
    expect(await circuit([...ls, '-hmac', wrong], keyed(right))).toMatchObject({ code: wrongKey });
    expect(await circuit([...ls, '-hmac', ''], keyed(right))).toMatchObject({ code: 2 });
  });

  test('is not where an empty name is: nothing goes without protection by mistake', async () => {
    for (const { code, out, err } of await Promise.all([
      circuit(['start'], keyed('')),
      circuit(['start', '-hmac', '']),
      circuit(['ls', '/', '-d', nowhere], keyed('')),
      circuit(['ls', '/', '-d', nowhere, '-hmac', '']),
    ])) {
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^circuit: (CIRCUIT_HMAC is empty, and|-hmac) names no file; [^\n]*\n$/);
    }
    using files = new KeyFiles();
    const file = files.write(await files.key());
    const { url, path } = await startServer(['-hmac', file], keyed(''));
    expect(await output(['ls', '/', '-d', url, '-hmac', file], keyed(''))).toBe(`${path}\n`);
  });

  async function refusedFor(file: string, words: string): Promise<void> {
    const attempts = [
      circuit(['start', '-hmac', file]),
      circuit(['start'], keyed(file)),
      circuit(['ls', '/', '-d', nowhere, '-hmac', file]),
      circuit(['ls', '/', '-d', nowhere], keyed(file)),
    ];
    for (const { code, out, err } of await Promise.all(attempts)) {
      expect(err).toContain(words);
      expect(err).toContain(file);
      expect(err).toMatch(/^circuit: [^\n]*\n$/);
      expect({ code, out }).toEqual({ code: 2, out: '' });
    }
  }
});

test('processes inherit the environment of the server, but not where its keys are', async () => {
  using files = new KeyFiles();
  const file = files.write(await files.key());
  const env = { CIRCUIT_HMAC: file, CIRCUIT: '/a/file', OTHER: 'a value' };
  const { path, url } = await startServer([], { env });
  const printed = async (name: string, command: object) => {
    const at = ['-d', url, `${path}/${name}`];
    await output(['mkproc', ...at], { env, input: JSON.stringify(command) });
    return (await output(['stdout', ...at], { env })).split('\n');
  };
  const inherited = await printed('inherits', { Path: '/usr/bin/env' });
  expect(inherited).toEqual(expect.arrayContaining(['CIRCUIT=/a/file', 'OTHER=a value']));
  expect(inherited.join('\n')).not.toContain(file);
  const Env = [`CIRCUIT_HMAC=${file}`];
  expect(await printed('is-given', { Path: '/usr/bin/env', Env })).toEqual([...Env, '']);
});

test('keygen prints one line, another each time, that is a key file as it is', async () => {
  using files = new KeyFiles();
  const [one, two] = [await files.key(), await files.key()];
  expect(one).toMatch(/^[A-Za-z0-9+/]{86}==\n$/);
  expect(one).not.toBe(two);
  const { path, url } = await startServer(['-hmac', files.write(one)]);
  const peeked = JSON.parse(await output(['peek', path, '-d', url], keyed(files.write(one))));
  expect(peeked.Status.security.keys).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
});

test('a circuit with a key works as one without', async () => {
  using files = new KeyFiles();
  const file = files.write(await files.key());
  const servers = (await keyedCircuit(file, 3)) as [TestServer, TestServer, TestServer];
  const [a, b, c] = servers;
  await until(() => allSee(servers, servers), 'all see all');
  const on = (server: TestServer, ...args: string[]) =>
    output([...args, '-d', server.url], keyed(file));

  expect(await on(c, 'ls', '/')).toBe(listingOf(servers));
  await on(a, 'mkchan', `${b.path}/chan`, '3');
  const send = begin(['send', `${b.path}/chan`, '-d', c.url], { ...keyed(file), input: 'hello' });
  expect(await on(a, 'recv', `${b.path}/chan`)).toBe('hello');
  await send.ended;

  const command = JSON.stringify({ Path: '/bin/echo', Args: ['by a process'] });
  await output(['mkproc', `${c.path}/echo`, '-d', a.url], { ...keyed(file), input: command });
  expect(await on(b, 'stdout', `${c.path}/echo`)).toBe('by a process\n');

  await on(a, 'mk@join', `${b.path}/arrivals`);
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) seen.add((await on(a, 'recv', `${b.path}/arrivals`)).trim());
  expect([...seen].sort()).toEqual(servers.map(({ path }) => path).sort());
  const fourth = await startServer(['--log', 'info', '-hmac', file, '-j', c.url]);
  expect((await on(a, 'recv', `${b.path}/arrivals`)).trim()).toBe(fourth.path);

  for (const server of servers) {
    const refused = await refusedBy(server, keyed(file));
    const { replayed, ...others } = refused;
    expect(Object.values(others).every((count) => count === 0)).toBe(true);
  }
});

test('who has no key, or another one, never becomes a member, and is told why', async () => {
  using files = new KeyFiles();
  const [right, wrong] = [files.write(await files.key()), files.write(await files.key())];
  const servers = (await keyedCircuit(right, 2)) as [TestServer, TestServer];
  await until(() => allSee(servers, servers), 'both see both');
  const [a] = servers;
  const attempts = [
    circuit(['start', '-hmac', wrong, '-j', a.url]),
    circuit(['start', '-j', a.url]),
    circuit(['ls', '/', '-d', a.url]),
    circuit(['ls', '/', '-d', a.url], keyed(wrong)),
    circuit(['suicide', a.path, '-d', a.url], keyed(wrong)),
  ];
  for (const { code, out, err } of await Promise.all(attempts)) {
    expect(err).toMatch(/key/);
    expect({ code, out }).toEqual({ code: wrongKey, out: '' });
  }
  const open = await startServer();
  expect(await circuit(['start', '-hmac', right, '-j', open.url])).toMatchObject({
    code: wrongKey,
  });
  expect(await circuit(['ls', '/', '-d', open.url], keyed(right))).toMatchObject({
    code: wrongKey,
  });

  const refused = await refusedBy(a, keyed(right));
  expect(refused['wrongKey']).toBeGreaterThanOrEqual(3);
  expect(refused['noKey']).toBeGreaterThanOrEqual(2);
  expect((await refusedBy(open, {}))['keyed']).toBeGreaterThanOrEqual(2);
  expect(await output(['ls', '/', '-d', a.url], keyed(right))).toBe(listingOf(servers));
  expect(await output(['ls', '/', '-d', open.url])).toBe(listingOf([open]));
});

describe.skipIf(netnsMissing !== undefined)('on a network', () => {
  test('those with a key find each other by multicast, and are not found without it', async () => {
    using files = new KeyFiles();
    const [right, wrong] = [files.write(await files.key()), files.write(await files.key())];
    await using network = await Network.create(4);
    const start = (host: number, ...keys: string[]) =>
      startServer(['-if', 'eth0', '--log', 'info', '-discover', group, ...keys], {
        through: network.on(host),
      });
    const servers = await Promise.all([0, 1].map((host) => start(host, '-hmac', right)));
    await until(() => allSee(servers, servers), 'two with the key are one circuit');
    const strangers = await Promise.all([start(2, '-hmac', wrong), start(3)]);

    const ls = (host: number, ...args: string[]) =>
      circuit(['ls', '/', '-discover', group, ...args], { through: network.on(host) });
    expect(await ls(3, '-hmac', right)).toMatchObject({ code: 0, out: listingOf(servers) });
    expect(await ls(0, '-hmac', wrong)).toMatchObject({
      code: 0,
      out: listingOf(strangers.slice(0, 1)),
    });

    const [first] = servers as [TestServer];
    const refused = await circuit(['peek', first.path, '-d', first.url, '-hmac', right], {
      through: network.on(0),
    });
    expect(JSON.parse(refused.out).Status.security.refused.forged).toBeGreaterThanOrEqual(2);
    for (const server of strangers) {
      await until(() => allSee([server], [server]), 'a stranger is alone');
    }
    expect(allSee(servers, servers)).toBe(true);
    expect(first.running.errors()).not.toContain('can run programs on this machine');
    const [, open] = strangers as [TestServer, TestServer];
    expect(open.running.errors()).toMatch(/"level":"warn".*can run programs on this machine/);
  });

  test('only a server without keys warns that anybody can run programs', async () => {
    using files = new KeyFiles();
    const file = files.write(await files.key());
    await using network = await Network.create(1);
    const options = { through: network.on(0) };
    const protectedOne = await startServer(['-if', 'eth0', '-hmac', file], options);
    const openOne = await startServer(['-if', 'eth0'], options);
    await until(() => openOne.running.errors().includes('\ncircuit: warning'), 'it warns');
    expect(openOne.running.errors()).toContain('with -hmac FILE only those who have the key can');
    expect(protectedOne.running.errors()).toMatch(/^circuit server X\w+ on [\d.:]+\n$/);
  });
});
