/** Servers from the command line: starting, joining, leaving, dying. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  listingOf,
  output,
  startServer,
  startServers,
  type TestServer,
  until,
  untilListed,
} from '../support/circuit.ts';
import { ownLoopback } from '../support/programs.ts';

afterEach(endAll);

const manifest = join(import.meta.dirname, '../../package.json');
const dead = 'circuit://127.0.0.1:1';

describe('start', () => {
  test('prints its URL alone on standard output, and where it is on standard error', async () => {
    const running = begin(['start'], { input: '' });
    await until(() => running.output() !== '', 'the URL is printed');
    const url = running.output();
    expect(url).toMatch(
      new RegExp(`^circuit://127\\.0\\.0\\.1:\\d+/${running.pid}/Q[0-9a-f]{16}\\n$`),
    );
    const [server] = (await output(['ls', '-d', url.trim(), '/'])).trim().split('\n');
    running.process.kill('SIGTERM');
    const { code, out, err } = await running.ended;
    expect(code).toBe(0);
    expect(out).toBe(url);
    expect(err).toMatch(
      new RegExp(`^circuit server ${server?.slice(1)} on 127\\.0\\.0\\.1:\\d+\\n$`),
    );
  });

  test('--json tells url, id and pid; --log writes JSON lines', async () => {
    const { running, url, id } = await startServer(['--log', 'info']);
    expect(JSON.parse(running.output())).toEqual({ url, id, pid: running.pid });
    await output(['mkchan', `/${id}/c`, '1', '-d', url]);
    running.process.kill('SIGINT');
    const { err } = await running.ended;
    const events = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const told = events.filter(({ event }) => event !== 'joined');
    expect(told).toMatchObject([
      { level: 'info', event: 'serving', server: id, url, version },
      { level: 'info', event: 'made', path: 'c' },
      { level: 'info', event: 'leaving', server: id },
      { level: 'info', event: 'stopped', server: id },
    ]);
  });

  test('with -var keeps its URL where CIRCUIT finds it, and the directory to itself', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
    try {
      const server = await startServer(['-var', directory]);
      const file = join(directory, 'address');
      expect(readFileSync(file, 'utf8')).toBe(`${server.url}\n`);
      const env = { CIRCUIT: file };
      expect(await output(['ls', '/'], { env })).toBe(`${server.path}\n`);
      const { code, err } = await circuit(['start', '-var', directory]);
      expect(code).toBe(2);
      expect(err).toContain('in use');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test.each([
    [['-a', '127.0.0.1'], 2, 'host:port'],
    [['-a', '0.0.0.0:0'], 2, 'cannot dial'],
    [['-if', 'nosuch'], 2, 'no such interface'],
    [['-j', 'http://x/y/z'], 2, 'not a circuit URL'],
    [['-j', dead, '--timeout', '0.3'], 13, '127.0.0.1:1'],
    [['--name', 'a b'], 2, '1 to 64 letters'],
    [['--name', ''], 2, '1 to 64 letters'],
    [['--profile', 'moon'], 2, 'lan, wan, local'],
    [['--log', 'loud'], 2, 'level'],
    [['-hmac', 'file'], 2, 'cannot read the key file file'],
    [['-discover', '127.0.0.1:7711'], 2, 'not a multicast address'],
    [['-discover', '228.8.8.8'], 2, '228.8.8.8:7711'],
  ])('%j is refused', async (args, wanted, words) => {
    const { code, out, err } = await circuit(['start', ...args]);
    expect(err).toContain(words);
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect({ code, out }).toEqual({ code: wanted, out: '' });
  });

  test('a port that is in use is an error that says so', async () => {
    const { url } = await startServer();
    const address = url.split('/')[2] as string;
    const { code, err } = await circuit(['start', '-a', address]);
    expect(code).toBe(2);
    expect(err).toContain(`port ${address.split(':')[1]} of 127.0.0.1 is in use`);
  });

  test('-if takes the address of the interface, and of several -j the first that answers', async () => {
    const first = await startServer(['-if', 'lo']);
    const second = await startServer(['-j', dead, '-j', first.url]);
    await untilListed(first, [first, second]);
  });
});

describe('joining at the start', () => {
  test('a server that is started before the one it joins waits for it', async () => {
    const before = await startServer(['-a', ownLoopback]);
    before.running.process.kill('SIGKILL');
    await before.running.ended;
    const [where] = before.url.match(/^circuit:\/\/[^/]+/) as [string];
    const joining = startServer(['-j', where]);
    const seed = await startServer(['-a', where.slice('circuit://'.length)]);
    await untilListed(seed, [seed, await joining]);
  });

  test('what cannot be helped fails at once: another run, another circuit, itself', async () => {
    const { url } = await startServer();
    const other = url.replace(/Q.*/, 'Q0123456789abcdef');
    const [where] = url.match(/^circuit:\/\/[^/]+/) as [string];
    // Else it would be tried for as long.
    const timeout = ['--timeout', '3600'];
    const gone = await circuit(['start', '-j', other, ...timeout]);
    expect(gone).toMatchObject({ code: 13, out: '' });
    expect(gone.err).toContain(url);
    const named = await circuit(['start', '--name', 'other', '-j', where, ...timeout]);
    expect(named).toMatchObject({ code: 20, out: '' });
  });

  test('TERM while it waits ends it, and nothing was printed', async () => {
    const running = begin(['start', '-j', dead, '--log', 'info'], { input: '' });
    const logs = Promise.withResolvers<unknown>();
    running.process.stderr?.once('data', logs.resolve);
    await logs.promise;
    running.process.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, out: '' });
  });
});

test('servers of a profile of their own find each other', async () => {
  const profile = ['--profile', 'local'];
  const first = await startServer(profile);
  const second = await startServer([...profile, '-j', first.url]);
  await untilListed(first, [first, second]);
});

describe('circuits with names', () => {
  test('refuse the servers of each other, both ways, and answer every client', async () => {
    const [prod, more] = [await startServer(['--name', 'prod']), await startServer()];
    const test = await startServer(['--name', 'test']);
    const words = (a: TestServer, dialled: string, dialler: string) =>
      `circuit: the server at ${a.url.split('/')[2]} is of ${dialled}, the one that dials it of ` +
      `${dialler}: start both with the same --name, or dial another\n`;
    const join = (a: TestServer, b: TestServer) => circuit(['join', '-d', a.url, a.path, b.url]);
    expect(await join(test, prod)).toEqual({
      code: 20,
      signal: undefined,
      out: '',
      err: `circuit: ${test.path}: ${words(prod, 'circuit "prod"', 'circuit "test"').slice(9)}`,
    });
    expect((await join(prod, test)).err).toContain('is of circuit "test"');
    expect((await join(more, prod)).err).toContain('of a circuit without a name: start both');
    expect((await join(prod, more)).err).toContain('is of a circuit without a name');
    const start = await circuit(['start', '--name', 'test', '-j', prod.url]);
    expect(start.err).toBe(words(prod, 'circuit "prod"', 'circuit "test"'));
    for (const server of [prod, more, test]) await untilListed(server, [server]);

    const second = await startServer(['--name', 'prod', '-j', prod.url]);
    await untilListed(prod, [prod, second]);
    const state = JSON.parse(await output(['peek', second.path, '-d', prod.url]));
    expect(state.Status).toMatchObject({ circuit: 'prod', members: 2 });
    const members = JSON.parse(await output(['members', '--json', '-d', prod.url]));
    expect(members.map((each: { circuit: string }) => each.circuit)).toEqual(['prod', 'prod']);
  });
});

describe('members', () => {
  test('tells of three servers, sorted, as lines and as JSON', async () => {
    const servers = await startServers(3);
    servers.sort((a, b) => (a.id < b.id ? -1 : 1));
    const [first] = servers as [TestServer];
    const ask = async () =>
      JSON.parse(await output(['members', '--json', '-d', first.url])) as Record<string, unknown>[];
    let members: Record<string, unknown>[] = [];
    await until(async () => {
      members = await ask();
      const measured = members.filter(({ roundTripMs }) => roundTripMs !== null);
      return measured.length === 2 && members.every(({ neighbours }) => neighbours === 2);
    }, 'all are neighbours, and both of the first are measured');
    expect(members.map(({ id, url }) => ({ id, url }))).toEqual(
      servers.map(({ id, url }) => ({ id, url })),
    );
    for (const member of members) {
      expect(member).toEqual({
        id: expect.stringMatching(/^X[0-9a-f]{16}$/),
        url: expect.stringMatching(/^circuit:/),
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        circuit: '',
        joined: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        ageSeconds: expect.any(Number),
        neighbours: 2,
        roundTripMs: member['id'] === first.id ? null : expect.any(Number),
        incarnation: 0,
        suspected: false,
        dialled: member['id'] === first.id,
      });
      expect(Math.abs(Date.parse(member['joined'] as string) - Date.now())).toBeLessThan(120_000);
    }
    const lines = (await output(['members', '-d', first.url])).split('\n');
    expect(lines.length).toBe(4);
    expect(lines[0]).toMatch(
      /^X[0-9a-f]{16} {2}127\.0\.0\.1:\d+ +since \S+Z {2}\([^)]+\) +2 neighbours +- {2}incarnation 0 {2}dialled$/,
    );
    expect(lines[1]).toMatch(/ {2}2 neighbours {2,}\d+\.\d\d ms {2}incarnation 0$/);
  });
});

test('peek of a server shows its counters, and they grow', async () => {
  const [a, b] = (await startServers(2)) as [TestServer, TestServer];
  const peek = async () => JSON.parse(await output(['peek', b.path, '-d', a.url]));
  const before = await peek();
  expect(before).toEqual({
    Addr: b.url,
    Joined: expect.any(String),
    Dropped: { frames: 0, strangers: 0, datagrams: 0, queries: 0 },
    Status: {
      circuit: '',
      incarnation: 0,
      members: 2,
      neighbours: 1,
      waitingCalls: 0,
      membership: expect.objectContaining({ events: expect.any(Number), acks: expect.any(Number) }),
      datagrams: expect.objectContaining({ in: expect.any(Number), bytesOut: expect.any(Number) }),
      streams: { bytesIn: expect.any(Number), bytesOut: expect.any(Number) },
      security: { keys: [], refused: expect.objectContaining({ noKey: 0, forged: 0 }) },
      operations: { begun: expect.any(Number), failed: 0 },
      stamps: { ahead: 0, malformed: 0 },
      limits: expect.objectContaining({ anchorsMax: { used: expect.any(Number), max: 1_000_000 } }),
    },
  });
  await until(async () => {
    const { Status } = await peek();
    const grown = (part: string, name: string) => Status[part][name] > before.Status[part][name];
    return (
      grown('membership', 'events') &&
      ['in', 'out', 'bytesIn', 'bytesOut'].every((name) => grown('datagrams', name)) &&
      ['bytesIn', 'bytesOut'].every((name) => grown('streams', name)) &&
      grown('operations', 'begun')
    );
  }, 'all of them grow');
});

describe('a circuit', () => {
  test('one of five that is killed is gone for all, its callers are told, and it comes back new', async () => {
    const servers = await startServers(5);
    const [first, victim] = servers as [TestServer, TestServer];
    const path = `${victim.path}/c`;
    await output(['mkchan', path, '0', '-d', first.url]);
    const waiting = begin(['recv', path, '-d', first.url], { input: '' });
    const sleeper = `${victim.path}/p`;
    await output(['mkproc', sleeper, '-d', first.url], { input: '{"Path": "/bin/cat"}' });
    const waitingProc = begin(['wait', sleeper, '-d', first.url], { input: '' });
    victim.running.process.kill('SIGKILL');
    const rest = servers.filter((server) => server !== victim);
    for (const server of rest) await untilListed(server, rest);
    expect(await waiting.ended).toMatchObject({ code: 10, out: '' });
    expect(await waitingProc.ended).toMatchObject({ code: 10, out: '' });
    const { code } = await circuit(['peek', path, '-d', first.url]);
    expect([3, 10]).toContain(code);
    const again = await startServer(['-j', first.url]);
    expect(again.id).not.toBe(victim.id);
    for (const server of [...rest, again]) await untilListed(server, [...rest, again]);
  });

  test('join makes one circuit of two, and what cannot be joined is an error', async () => {
    const [a, b] = [await startServer(), await startServer()];
    expect(await output(['ls', '-d', a.url, '/'])).toBe(listingOf([a]));
    expect(await output(['join', '-d', a.url, a.path, b.url])).toBe('');
    await untilListed(a, [a, b]);
    await untilListed(b, [a, b]);
    const again = await output(['join', '--json', '-d', a.url, a.path, b.url]);
    expect(JSON.parse(again)).toEqual({ server: a.path, joined: b.url });
    expect(await circuit(['join', '-d', a.url, a.path, dead])).toMatchObject({ code: 13 });
    expect(await circuit(['join', '-d', a.url, a.path, 'nonsense'])).toMatchObject({ code: 2 });
    expect(await circuit(['join', '-d', a.url, '/', b.url])).toMatchObject({ code: 2 });
  });

  test('leave ends a server in order, the dialled one too', async () => {
    const [a, b] = (await startServers(2)) as [TestServer, TestServer];
    expect(await output(['leave', b.path, '-d', a.url])).toBe('');
    expect(await b.running.ended).toMatchObject({ code: 0 });
    expect(await output(['ls', '/', '-d', a.url])).toBe(listingOf([a]));
    expect(await output(['leave', '--json', a.path, '-d', a.url])).toBe(`{"left":"${a.path}"}\n`);
    expect(await a.running.ended).toMatchObject({ code: 0 });
    expect(await circuit(['ls', '/', '-d', a.url])).toMatchObject({ code: 13 });
  });

  test('leave and join want the anchor of a server', async () => {
    const { url, path } = await startServer();
    expect(await circuit(['leave', `${path}/x`, '-d', url])).toMatchObject({ code: 2 });
    expect(await circuit(['leave', '/X0000000000000000', '-d', url])).toMatchObject({ code: 3 });
  });
});
