/** Servers themselves, looked after from the command line through another server. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/index.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  startServers,
  type TestServer,
  until,
  untilListed,
  wrapper,
} from '../support/circuit.ts';

let near: TestServer;
let far: TestServer;
let dial: string[];
const directory = mkdtempSync(join(tmpdir(), 'circuit-server-'));

beforeAll(async () => {
  const servers = (await startServers(3)) as [TestServer, TestServer, TestServer];
  [near, , far] = servers;
  dial = ['-d', near.url];
});

afterAll(async () => {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
});

interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: { functionName: string; url: string } }[];
  readonly samples: readonly number[];
}

/** Keeps a server busy until the work is done. */
async function busy<T>(server: TestServer, work: () => Promise<T>): Promise<T> {
  const host: NodeHost = await nodeHost({ client: true });
  const client = await connect(host, near.url);
  let over = false;
  const ask = async () => {
    while (!over) await client.walk(server.path).view({ recursive: true });
  };
  const asking = Promise.all(Array.from({ length: 20 }, ask));
  try {
    return await work();
  } finally {
    over = true;
    await asking;
    await client.close();
    await host.close();
  }
}

describe('stk', () => {
  test('shows what waits, since when and for whom, and through whom', async () => {
    const path = `${far.path}/stk/chan`;
    await output(['mkchan', path, '0', ...dial]);
    const waiting = begin(['recv', path, ...dial], { input: '' });
    const sleeper = `${far.path}/stk/sleeper`;
    await output(['mkproc', sleeper, ...dial], { input: '{"Path": "/bin/cat"}' });
    const whom = `for client 127\\.0\\.0\\.1:\\d+ through ${near.id}`;
    const line = new RegExp(` \\d+\\.\\d s  receive ${path}  ${whom}\n`);
    await until(async () => line.test(await output(['stk', far.path, ...dial])), 'it waits');
    const text = await output(['stk', far.path, ...dial]);
    expect(text).toMatch(/^server \/X[0-9a-f]{16} at circuit:.*\nversion \d+\.\d+\.\d+, /);
    expect(text).toContain(`server ${far.path} at ${far.url}\n`);
    expect(text).toContain(`  proc ${sleeper}  /bin/cat\n`);
    expect(text).toMatch(/TCPSocketWrap x \d+\n/);
    expect(text).toMatch(/busy in \d+ of \d+ samples\n/);
    const between = await output(['stk', near.path, ...dial]);
    expect(between).toMatch(new RegExp(`  receive ${path}  for client 127\\.0\\.0\\.1:\\d+\n`));
    await output(['scrub', '--kill', sleeper, ...dial]);
    await output(['scrub', path, ...dial]);
    expect(await waiting.ended).toMatchObject({ code: 8 });
    const after = JSON.parse(await output(['stk', '--json', far.path, ...dial]));
    expect(after).toEqual({ server: far.path, text: expect.stringContaining('wait here: 0\n') });
  });
});

test('the commands about servers want the anchor of one, and say so by their own name', async () => {
  for (const command of ['stk', 'suicide', 'cpu']) {
    const none = await circuit([command, ...dial]);
    expect(none).toMatchObject({ code: 2, out: '' });
    expect(none.err).toContain(`circuit ${command}`);
    const rest = command === 'cpu' ? ['1'] : [];
    for (const path of ['/', `${far.path}/chan`]) {
      const below = await circuit([command, path, ...rest, ...dial]);
      expect(below).toMatchObject({ code: 2, out: '' });
      expect(below.err).toContain(`"${path}" is not the anchor of a server`);
    }
    const nobody = ['/X0000000000000000', ...rest];
    expect(await circuit([command, ...nobody, ...dial])).toMatchObject({ code: 3, out: '' });
  }
  await untilListed(near, await listed());
});

/** The servers of this file, all of which are to be alive. */
async function listed(): Promise<TestServer[]> {
  const paths = (await output(['ls', '/', ...dial])).trim().split('\n');
  expect(paths).toHaveLength(3);
  return paths.map((path) => ({ ...near, path }));
}

describe('cpu', () => {
  test('samples what a busy server computes, to standard output and to a file', async () => {
    const file = join(directory, 'far.cpuprofile');
    /** Whether it was seen at its work: it may have stood still meanwhile. */
    const isAtWork = (text: string) => {
      const { nodes, samples } = JSON.parse(text) as CpuProfile;
      const ids = new Set(nodes.map(({ id }) => id));
      expect(samples.every((sample) => ids.has(sample))).toBe(true);
      const ours = nodes.filter(({ callFrame }) =>
        /\/(src|dist)\/.+\.(ts|js)$/.test(callFrame.url),
      );
      const received = ours.some(({ callFrame }) => callFrame.functionName === 'received');
      return samples.length > 10 && received;
    };
    await busy(far, () =>
      until(async () => {
        const [text] = await Promise.all([
          output(['cpu', far.path, '1', ...dial]),
          output(['cpu', '-o', file, near.path, '0.5', ...dial]).then((out) =>
            expect(out).toBe(''),
          ),
        ]);
        return [text, readFileSync(file, 'utf8')].every(isAtWork);
      }, 'both are seen at work'),
    );
  });

  test('is for one at a time, and whoever is killed meanwhile makes room', async () => {
    const first = begin(['cpu', far.path, '3000', ...dial], { input: '' });
    const begun = async () => (await output(['stk', far.path, ...dial])).includes(' profile ');
    await until(begun, 'the profile has begun');
    const second = await circuit(['cpu', far.path, '1', ...dial]);
    expect(second).toMatchObject({ code: 14, out: '' });
    expect(second.err).toContain('one at a time');
    first.process.kill('SIGKILL');
    await first.ended;
    const again = async () => (await circuit(['cpu', far.path, '0.05', ...dial])).code === 0;
    await until(again, 'there is room');
  });

  test('ends without a profile when it is interrupted, or given up', async () => {
    const given = await circuit(['cpu', far.path, '3000', '--timeout', '0.3', ...dial]);
    expect(given).toMatchObject({ code: 11, out: '' });
    const again = async () => (await circuit(['cpu', far.path, '0.05', ...dial])).code === 0;
    await until(again, 'there is room');
  });

  test.each([['0'], ['3601'], ['-5'], ['x']])('refuses %s seconds', async (seconds) => {
    const { code, out, err } = await circuit(['cpu', ...dial, '--', far.path, seconds]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('is not a time');
  });
});

interface Row {
  readonly id: string;
  readonly answered: boolean;
  readonly elements: Readonly<Record<string, number>>;
  readonly cpuPercent: number;
  readonly residentBytes: number;
  readonly operationsPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly members: number;
}

async function top(...options: string[]): Promise<Row[]> {
  const text = await output(['top', '--once', '--json', ...options, ...dial]);
  expect(text.split('\n')).toHaveLength(2);
  return JSON.parse(text).servers;
}

/** As `top`, once all have answered in time. */
async function answered(...options: string[]): Promise<Row[]> {
  let rows: Row[] = [];
  await until(async () => {
    rows = await top(...options);
    return rows.every((row) => row.answered);
  }, 'all answer');
  return rows;
}

const rowOf = (rows: readonly Row[], { id }: TestServer) =>
  rows.find((row) => row.id === id) as Row;

describe('top', () => {
  test('tells what was made on each server, and what it takes', async () => {
    for (const name of ['a', 'b', 'c'])
      await output(['mkchan', `${far.path}/top/${name}`, '1', ...dial]);
    const rows = await answered('--interval', '0.2');
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(row).toMatchObject({ answered: true, members: 3 });
      expect(row.residentBytes).toBeGreaterThan(10_000_000);
    }
    expect(rowOf(rows, far).elements).toEqual({ chan: 3 });
    expect(rowOf(rows, near).elements).toEqual({});
    await output(['scrub', `${far.path}/top/a`, ...dial]);
    expect(rowOf(await answered('--interval', '0.1'), far).elements).toEqual({ chan: 2 });
  });

  test('a server that is busy takes more, and comes first', async () => {
    const idle = rowOf(await answered(), far);
    await busy(far, () =>
      until(async () => {
        const rows = await answered();
        const percents = rows.map(({ cpuPercent }) => cpuPercent);
        expect(percents).toEqual(percents.toSorted((a, b) => b - a));
        const loaded = rowOf(rows, far);
        // A machine that has other things to do gives it little time.
        return (
          loaded.cpuPercent > idle.cpuPercent &&
          loaded.operationsPerSecond > 10 &&
          loaded.bytesInPerSecond > idle.bytesInPerSecond
        );
      }, 'it takes more'),
    );
  });

  test('without a terminal prints one table, without colours, and ends', async () => {
    const lines = (await output(['top', '--interval', '0.1', '--sort', 'elements', ...dial])).split(
      '\n',
    );
    expect(lines[0]).toMatch(/^3 servers, CPU /);
    expect(lines[1]).toMatch(/^SERVER +ADDRESS +CPU %/);
    expect(lines[2]).toMatch(new RegExp(`^${far.id}  127\\.0\\.0\\.1:`));
    expect(lines).toHaveLength(6);
    expect(lines.join('')).not.toContain('\x1b');
    expect(await circuit(['top', '--sort', 'name', ...dial])).toMatchObject({ code: 2, out: '' });
    expect(await circuit(['top', '--interval', '0', ...dial])).toMatchObject({ code: 2, out: '' });
  });

  test('with --json goes on, until it is interrupted', async () => {
    const watching = begin(['top', '--json', '--interval', '0.1', ...dial], { input: '' });
    await until(() => watching.output().split('\n').length > 3, 'it tells again and again');
    watching.process.kill('SIGINT');
    const { code, out, err } = await watching.ended;
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const line of out.trim().split('\n')) expect(JSON.parse(line).servers).toHaveLength(3);
  });

  test('a server that does not answer is shown as such, and holds up nobody', async () => {
    const deaf = await startServer(['-j', near.url]);
    await until(async () => (await top('--interval', '0.1')).length === 4, 'it is seen');
    // From before, since it is not seen for long.
    const watching = begin(['top', '--json', '--interval', '0.1', ...dial], { input: '' });
    const looks = () => watching.output().split('\n').slice(0, -1);
    await until(() => looks().length > 0, 'it is looked at');
    deaf.running.process.kill('SIGSTOP');
    const isShown = (look: string) => {
      const rows: Row[] = JSON.parse(look).servers;
      const row = rowOf(rows, deaf);
      if (row === undefined || row.answered) return false;
      expect(row).toMatchObject({ elements: null, cpuPercent: null });
      return rowOf(rows, far).answered;
    };
    await until(() => looks().some(isShown), 'it alone does not answer');
    watching.process.kill('SIGKILL');
    deaf.running.process.kill('SIGKILL');
    await until(async () => (await top('--interval', '0.1')).length === 3, 'it is gone');
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasTerminal)('top on a terminal (of script(1))', () => {
  const began: ReturnType<typeof onTerminal>[] = [];
  afterEach(() => {
    for (const { process } of began.splice(0)) process.kill('SIGKILL');
  });

  function onTerminal(env: Record<string, string> = {}, size = '') {
    const command = `${size} ${wrapper} top --interval 0.1 -d ${near.url}`;
    const process = execa('script', ['-qefc', command, '/dev/null'], {
      reject: false,
      // What is not said here is as on most terminals, whatever the tests are run with.
      env: { NO_COLOR: '', ...env },
      stripFinalNewline: false,
    });
    let shown = '';
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    return { process, shown: () => shown, drawn: () => shown.split('\x1b[H').length - 1 };
  }

  test('draws the table in place again and again, and gives the terminal back on q', async () => {
    const terminal = onTerminal();
    began.push(terminal);
    await until(() => terminal.drawn() > 3, 'it is drawn again');
    expect(terminal.shown()).toContain(far.id);
    expect(terminal.shown()).toContain('\x1b[1mSERVER');
    expect(terminal.shown().startsWith('\x1b[?1049h')).toBe(true);
    terminal.process.stdin?.write('q');
    expect((await terminal.process).exitCode).toBe(0);
    expect(terminal.shown().endsWith('\x1b[?1049l')).toBe(true);
  });

  test('shows as much as there is room for', async () => {
    const terminal = onTerminal({}, 'stty rows 4 cols 30;');
    began.push(terminal);
    await until(() => terminal.drawn() > 1, 'it is drawn');
    expect(terminal.shown()).toMatch(/\x1b\[K\r\nand 2 more\x1b\[K\x1b\[J/);
    const bare = terminal.shown().replaceAll(/\x1b\[[?\d]*[a-zA-Z]/g, '\n');
    expect(Math.max(...bare.split(/[\r\n]+/).map((line) => line.length))).toBe(30);
    terminal.process.stdin?.write('q');
    expect((await terminal.process).exitCode).toBe(0);
  });

  test('has no colours with NO_COLOR', async () => {
    const terminal = onTerminal({ NO_COLOR: '1' });
    began.push(terminal);
    await until(() => terminal.drawn() > 1, 'it is drawn');
    expect(terminal.shown()).toContain('SERVER');
    expect(terminal.shown()).not.toContain('\x1b[1m');
    terminal.process.stdin?.write('\x03');
    expect((await terminal.process).exitCode).toBe(0);
  });
});

describe('suicide', () => {
  test('ends that server alone, with exit code 0, and the others find out', async () => {
    const servers = (await startServers(3)) as [TestServer, TestServer, TestServer];
    const [a, b, c] = servers;
    const chan = `${b.path}/chan`;
    await output(['mkchan', chan, '0', '-d', a.url]);
    const waiting = begin(['recv', chan, '-d', c.url], { input: '' });
    const isThere = async () => (await output(['stk', b.path, '-d', a.url])).includes(' receive ');
    await until(isThere, 'the receiver waits');
    expect(await output(['suicide', b.path, '-d', a.url])).toBe('');
    expect(await b.running.ended).toMatchObject({ code: 0, signal: undefined });
    expect(await waiting.ended).toMatchObject({ code: 10, out: '' });
    for (const server of [a, c]) await untilListed(server, [a, c]);
    expect([a, c].map(({ running }) => running.over())).toEqual([false, false]);
  });

  test('ends the server that is dialled, whose caller hears of success', async () => {
    const [a, b] = (await startServers(2)) as [TestServer, TestServer];
    const out = await output(['suicide', '--json', a.path, '-d', a.url]);
    expect(JSON.parse(out)).toEqual({ ended: a.path });
    expect(await a.running.ended).toMatchObject({ code: 0 });
    await untilListed(b, [b]);
  });
});
