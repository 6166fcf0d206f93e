/** What a command prints is not read: by a pipe or a terminal that stopped, or that went away. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import {
  begin,
  endAll,
  output,
  program,
  startServer,
  type TestServer,
  until,
} from '../support/circuit.ts';

const MIB = 1024 * 1024;
let server: TestServer;
let at: string[];

beforeAll(async () => {
  server = await startServer();
  at = ['-d', server.url];
  const command = JSON.stringify({ Path: '/bin/sh', Args: ['-c', 'yes & yes >&2'] });
  await output(['mkproc', ...at, `${server.path}/endless`], { input: command });
  await output(['mkchan', ...at, `${server.path}/chan`, '1']);
  const host = await nodeHost({ client: true });
  const client = await connect(host, server.url);
  const anchor = client.walk(`${server.path}/${'of-a-long-name/'.repeat(10)}`);
  await anchor.makeChan(1);
  for (let i = 0; i < 1_500; i++) await anchor.peek();
  await client.close();
  await host.close();
});

afterAll(endAll);

/** Each goes on printing, or has more to print than pipes and terminals hold. */
const streaming = {
  stdout: () => ['stdout', ...at, `${server.path}/endless`],
  stderr: () => ['stderr', ...at, `${server.path}/endless`],
  'recv --live': () => {
    begin(['send', ...at, `${server.path}/chan`], { input: new Uint8Array(16 * MIB) });
    return ['recv', '--live', ...at, `${server.path}/chan`];
  },
  log: () => ['log', ...at],
  'log --json': () => ['log', '--json', ...at],
  'log --follow': () => ['log', '--follow', ...at],
  'top --json': () => ['top', '--json', '--interval', '0.1', ...at],
} as const;
const names = Object.keys(streaming) as (keyof typeof streaming)[];
const fills = names.filter((name) => name !== 'top --json');

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function started(file: string, args: readonly string[]) {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { pid: child.pid as number, stdout: child.stdout, errors: () => errors, ended };
}

function circuitOf(args: readonly string[]) {
  const [file, ...first] = program() as [string, ...string[]];
  return started(file, [...first, ...args]);
}

function readAndWritten(pid: number): [number, number] {
  const text = readFileSync(`/proc/${pid}/io`, 'latin1');
  return ['rchar', 'wchar'].map((name) =>
    Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1]),
  ) as [number, number];
}

/** It has begun to print, and cannot go on. */
async function untilStuck(pid: number): Promise<void> {
  let [before, unmoved] = [0, 0];
  await until(() => {
    const [, written] = readAndWritten(pid);
    unmoved = written > 16 * 1024 && written === before ? unmoved + 1 : 0;
    before = written;
    return unmoved > 10;
  }, 'nothing more can be written');
}

describe('while a pipe is not read', () => {
  test.each(fills)('%s holds little, and ends by one INT', async (name) => {
    const { pid, ended } = circuitOf(streaming[name]());
    await untilStuck(pid);
    expect(readAndWritten(pid)[0]).toBeLessThan(16 * MIB);
    process.kill(pid, 'SIGINT');
    expect(await ended).toBe(name === 'log --follow' ? 0 : 12);
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasTerminal)('while a terminal (of script(1)) is stopped', () => {
  test.each(fills)('%s holds little, and ends by one INT', async (name) => {
    const quoted = [...program(), ...streaming[name]()].map((word) => `'${word}'`).join(' ');
    const script = started('script', ['-qefc', `exec ${quoted}`, '/dev/null']);
    const children = `/proc/${script.pid}/task/${script.pid}/children`;
    let pid = 0;
    await until(() => {
      pid = Number(readFileSync(children, 'latin1').trim());
      return pid > 0;
    }, 'it is started');
    await untilStuck(pid);
    expect(readAndWritten(pid)[0]).toBeLessThan(16 * MIB);
    process.kill(pid, 'SIGINT');
    // What it has written is read only now: nothing waits for that.
    await until(() => stateOf(pid) === 'Z' || stateOf(pid) === '', 'it has ended');
    script.stdout.resume();
    expect(await script.ended).toBe(name === 'log --follow' ? 0 : 12);
  });
});

/** One letter, as in /proc; empty when there is no such process. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return '';
  }
}

describe('when its reader goes away', () => {
  test.each(names)('%s ends quietly, as by PIPE', async (name) => {
    const { stdout, ended, errors } = circuitOf(streaming[name]());
    let over = false;
    void ended.then(() => {
      over = true;
    });
    await new Promise<void>((resolve) => stdout.once('data', () => resolve()));
    stdout.destroy();
    // Whoever follows a log notices at the next entry.
    await until(async () => {
      if (!over) await output(['ls', ...at, '/']);
      return over;
    }, 'it has ended');
    expect([await ended, errors()]).toEqual([141, '']);
  });
});
