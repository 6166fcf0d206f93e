/**
 * The commands of the original, one after another, each on a circuit of three servers: dialled is
 * the first, the element is on the third. What is printed is compared to the letter.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

let servers: TestServer[];
let far: TestServer;
let env: Record<string, string>;
let made = 0;
const directory = mkdtempSync(join(tmpdir(), 'circuit-reference-'));

beforeAll(async () => {
  servers = await startServers(3);
  far = servers[2] as TestServer;
  // As the original says it: CIRCUIT names a file that holds the URL.
  env = { CIRCUIT: join(directory, 'url') };
  writeFileSync(join(directory, 'url'), `${servers[0]?.url}\n`);
});

afterAll(async () => {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
});

const fresh = () => `${far.path}/reference/${made++}`;
const say = (args: readonly string[], input?: string) =>
  output(args, input === undefined ? { env } : { env, input });
const silent = async (args: readonly string[], input?: string) =>
  expect(await say(args, input)).toBe('');
const peek = async (path: string) => JSON.parse(await say(['peek', path]));
const tabbed = (state: unknown) => `${JSON.stringify(state, null, '\t')}\n`;

async function make(command: string, ...more: string[]): Promise<string> {
  const path = fresh();
  await silent([command, path, ...more]);
  return path;
}

async function run(command: object, ...options: string[]): Promise<string> {
  const path = fresh();
  await silent(['mkproc', ...options, path], JSON.stringify(command));
  return path;
}

const shell = (script: string) => run({ Path: '/bin/sh', Args: ['-c', script] });

describe('start', () => {
  test('prints the URL alone; address, pid and run are in it', () => {
    const { url, running } = servers[0] as TestServer;
    expect(url).toMatch(/^circuit:\/\/127\.0\.0\.1:\d+\/\d+\/Q[0-9a-f]{16}$/);
    expect(Number(url.split('/')[3])).toBe(running.pid);
    expect(far.id).toMatch(/^X[0-9a-f]{16}$/);
  });

  test('-a and -j, -if, -var: all of them', async () => {
    const on = ['-if', 'lo', '-var', join(directory, 'var')];
    const server = await startServer([...on, '-j', servers[0]?.url as string]);
    expect(server.url).toMatch(/^circuit:\/\/127\.0\.0\.1:/);
    await untilListed(servers[1] as TestServer, [...servers, server]);
    expect(readFileSync(join(directory, 'var', 'address'), 'utf8')).toBe(`${server.url}\n`);
    // The directory is that of one server.
    const second = await circuit(['start', '-var', join(directory, 'var')]);
    expect(second).toMatchObject({ code: 2, out: '' });
    await silent(['leave', server.path]);
    await untilListed(servers[1] as TestServer, servers);
  });
});

describe('the namespace', () => {
  test('ls', async () => {
    expect(await say(['ls', '/'])).toBe(listingOf(servers));
    const base = fresh();
    await silent(['mkchan', `${base}/b/x`, '0']);
    await silent(['mk@join', `${base}/a`]);
    await silent(['mk@leave', `${base}/c`]);
    expect(await say(['ls', base])).toBe(`${base}/a\n${base}/b\n${base}/c\n`);
    expect(await say(['ls', `${base}/...`])).toBe(
      ['a', 'b', 'b/x', 'c'].map((name) => `${base}/${name}\n`).join(''),
    );
    expect(await say(['ls', '-de', `${base}/...`])).toBe(
      ['a', 'b/x', 'b', 'c'].map((name) => `${base}/${name}\n`).join(''),
    );
    const kinds = { a: '@join', b: '·', 'b/x': 'chan', c: '@leave' };
    expect(await say(['ls', '-l', `${base}/...`])).toBe(
      Object.entries(kinds)
        .map(([name, kind]) => `${kind.padStart(15)} ${base}/${name}\n`)
        .join(''),
    );
    expect((await circuit(['ls', '/X0000000000000000'], { env })).code).toBe(3);
    expect((await circuit(['ls', fresh()], { env })).code).toBe(4);
  });

  test('peek', async () => {
    expect(await say(['peek', '/'])).toBe('null\n');
    const server = await peek(far.path);
    expect(server.Addr).toBe(far.url);
    expect(server.Joined).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { code, err } = await circuit(['peek', fresh()], { env });
    expect([code, err.split('\n').length]).toEqual([4, 2]);
  });

  test('scrub', async () => {
    const path = await make('mkchan', '1');
    await silent(['scrub', path]);
    expect((await circuit(['peek', path], { env })).code).toBe(4);
    await silent(['scrub', '/']);
    expect((await circuit(['scrub', far.path], { env })).code).toBe(19);
  });
});

describe('processes', () => {
  test('mkproc, peek, wait', async () => {
    const command = { Env: ['K=V'], Dir: '/', Path: '/bin/ls', Args: ['/'], Scrub: false };
    const path = await run(command);
    const state = { Cmd: command, Exit: null, Phase: 'exited' };
    expect(await say(['wait', path])).toBe(tabbed(state));
    expect(await say(['peek', path])).toBe(tabbed(state));
    expect(await say(['stdout', path])).toContain('bin\n');
  });

  test('mkproc of what does not run: its reason, and Phase unknown', async () => {
    const path = fresh();
    const { code, err } = await circuit(['mkproc', path], { env, input: '{"Path": "/no/such"}' });
    expect([code, err]).toEqual([15, expect.stringContaining('no such file or directory')]);
    expect(await peek(path)).toMatchObject({
      Exit: { Message: expect.stringContaining('no such file or directory') },
      Phase: 'unknown',
    });
  });

  test('mkproc --scrub: the element goes with the process', async () => {
    const path = await run({ Path: '/bin/cat' }, '--scrub');
    expect(await say(['ls', '-l', path.slice(0, path.lastIndexOf('/'))])).toContain(
      `${'proc'.padStart(15)} ${path}\n`,
    );
    await say(['stdin', path], '');
    await until(async () => (await circuit(['peek', path], { env })).code === 4, 'it is gone');
  });

  test('stdin, stdout, stderr', async () => {
    const path = await shell('cat; echo complaint >&2');
    await silent(['stdin', path], 'some input');
    expect(await say(['stdout', path])).toBe('some input');
    expect(await say(['stderr', path])).toBe('complaint\n');
  });

  test('signal, in any case', async () => {
    const path = await run({ Path: '/bin/sleep', Args: ['1000'] });
    await silent(['signal', 'stop', path]);
    await until(async () => (await peek(path)).Phase === 'stopped', 'it is stopped');
    await silent(['signal', 'CONT', path]);
    await silent(['signal', 'term', path]);
    expect(JSON.parse(await say(['wait', path]))).toMatchObject({
      Exit: { Signal: 'TERM' },
      Phase: 'signaled',
    });
    expect((await circuit(['signal', 'TERM', path], { env })).code).toBe(16);
    expect((await circuit(['signal', 'NONE', path], { env })).code).toBe(2);
  });

  test('wait --status exits as the process did', async () => {
    const path = await shell('exit 7');
    const { code, out } = await circuit(['wait', '--status', path], { env });
    expect([code, JSON.parse(out).Exit]).toEqual([7, { Code: 7, Message: 'exit status 7' }]);
  });

  test('waitall: until all of them have exited', async () => {
    const paths = [await run({ Path: '/bin/cat' }), await run({ Path: '/bin/cat' })] as const;
    const all = begin(['waitall'], { env, input: `${paths.join('\n')}\n` });
    await silent(['stdin', paths[0]], '');
    await say(['wait', paths[0]]);
    expect(all.over()).toBe(false);
    await silent(['stdin', paths[1]], '');
    expect(await all.ended).toMatchObject({ code: 0, out: '' });
  });
});

describe('channels', () => {
  test('mkchan, send, recv, close, peek', async () => {
    const path = await make('mkchan', '3');
    const state = { Cap: 3, Closed: false, Aborted: false, NumSend: 0, NumRecv: 0 };
    expect(await say(['peek', path])).toBe(tabbed(state));
    await silent(['send', path], 'one');
    await silent(['send', path], 'two');
    expect(await say(['recv', path])).toBe('one');
    await silent(['close', path]);
    expect(await peek(path)).toEqual({ ...state, Closed: true, NumSend: 2, NumRecv: 1 });
    expect((await circuit(['send', path], { env, input: 'late' })).code).toBe(7);
    expect(await say(['recv', path])).toBe('two');
    expect((await circuit(['recv', path], { env })).code).toBe(7);
    expect((await circuit(['close', path], { env })).code).toBe(7);
  });

  test('a second element at one anchor is an error', async () => {
    const path = await make('mkchan', '0');
    const { code, err } = await circuit(['mkchan', path, '0'], { env });
    expect([code, err]).toEqual([5, expect.stringContaining('anchor already has an element')]);
  });
});

describe('names', () => {
  test('mkdns, set, unset, peek', async () => {
    const path = await make('mkdns', '127.0.0.1:0');
    await silent(['set', path, 'miek.nl. 3600 IN MX 10 mx.miek.nl.']);
    await silent(['set', path, 'mx.miek.nl. IN A 10.0.0.1']);
    const { Address, ...state } = await peek(path);
    expect(Address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(state).toEqual({
      Records: {
        'miek.nl.': ['miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.'],
        'mx.miek.nl.': ['mx.miek.nl.\t3600\tIN\tA\t10.0.0.1'],
      },
    });
    await silent(['unset', path, 'miek.nl.']);
    expect(Object.keys((await peek(path)).Records)).toEqual(['mx.miek.nl.']);
    expect(await say(['ls', '-l', path.slice(0, path.lastIndexOf('/'))])).toContain(
      `${'dns'.padStart(15)} ${path}\n`,
    );
  });
});

describe('subscriptions', () => {
  test('mk@join and mk@leave: each event is the path of a server', async () => {
    const joins = await make('mk@join');
    const leaves = await make('mk@leave');
    expect(await say(['peek', leaves])).toBe(
      tabbed({ Source: 'leave', Pending: 0, Closed: false, Dropped: 0 }),
    );
    expect(await peek(joins)).toMatchObject({ Source: 'join', Pending: 3, Closed: false });
    const present = [
      await say(['recv', joins]),
      await say(['recv', joins]),
      await say(['recv', joins]),
    ];
    expect(present.sort().join('')).toBe(listingOf(servers));
    const fourth = await startServer(['-j', servers[0]?.url as string]);
    expect(await say(['recv', joins])).toBe(`${fourth.path}\n`);
    const told = begin(['recv', leaves], { env });
    await silent(['leave', fourth.path]);
    expect(await told.ended).toMatchObject({ code: 0, out: `${fourth.path}\n` });
    await untilListed(servers[0] as TestServer, servers);
  });
});

describe('servers', () => {
  test('join: two circuits become one', async () => {
    const other = await startServer();
    await silent(['join', '-d', other.url, other.path, servers[1]?.url as string]);
    for (const server of [...servers, other]) await untilListed(server, [...servers, other]);
    await silent(['leave', other.path]);
    await untilListed(servers[0] as TestServer, servers);
  });

  test('stk: what that server is doing', async () => {
    const path = await make('mkchan', '0');
    const waiting = begin(['recv', path], { env });
    await until(
      async () => (await say(['stk', far.path])).includes(path.slice(far.path.length)),
      'the receive is shown',
    );
    expect(await say(['stk', far.path])).toContain(far.id);
    await silent(['scrub', path]);
    expect((await waiting.ended).code).toBe(8);
  });

  test('suicide ends that server and no other', async () => {
    const victim = await startServer(['-j', servers[0]?.url as string]);
    await untilListed(servers[0] as TestServer, [...servers, victim]);
    await silent(['suicide', victim.path]);
    expect((await victim.running.ended).code).toBe(0);
    for (const server of servers) await untilListed(server, servers);
  });
});

describe('without a server', () => {
  test('keygen: a new random key each time, in base64', async () => {
    const keys = [await say(['keygen']), await say(['keygen'])];
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) {
      expect(key).toMatch(/^[A-Za-z0-9+/]{86}==\n$/);
      expect(Buffer.from(key, 'base64').length).toBe(64);
    }
  });

  test('help', async () => {
    expect(await say(['help'])).toContain('circuit COMMAND --help');
  });
});
