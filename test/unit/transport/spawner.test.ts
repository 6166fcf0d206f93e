/** What only real processes have: groups, environments, directories, and the kernel's errors. */

import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChildEvents } from '../../../src/host/index.ts';
import { NodeSpawner } from '../../../transport/spawner.ts';
import { run, until } from './support.ts';

let directory: string;
let spawner: NodeSpawner;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'circuit-')));
  spawner = new NodeSpawner();
});

afterEach(async () => {
  await spawner.close();
  rmSync(directory, { recursive: true, force: true });
});

const quiet: ChildEvents = {
  started() {},
  failed() {},
  readable() {},
  ended() {},
  drained() {},
  stdinClosed() {},
  exited() {},
};

function shell(script: string) {
  return { path: '/bin/sh', args: ['-c', script], dir: undefined, env: undefined };
}

test('a process runs in the directory and with the environment given', async () => {
  const env = ['A=1', 'B=x=y', 'C='];
  const { stdout } = await run(spawner, {
    ...shell('pwd; echo "$A|$B|$C|$HOME"'),
    dir: directory,
    env,
  });
  expect(stdout).toBe(`${directory}\n1|x=y||\n`);
});

test('without them it has ours', async () => {
  const { stdout } = await run(spawner, shell('pwd; echo "$PATH"'));
  expect(stdout).toBe(`${process.cwd()}\n${process.env['PATH']}\n`);
});

test('a program is found along PATH', async () => {
  expect((await run(spawner, { path: 'true' })).status).toEqual({ type: 'code', code: 0 });
});

test('the reason why nothing was started is for people', async () => {
  const script = join(directory, 'script');
  writeFileSync(script, '#!/no/such/interpreter\n');
  const reason = async (command: Parameters<typeof run>[1]) => (await run(spawner, command)).failed;
  expect(await reason({ path: 'no-such-program' })).toBe(
    'no-such-program: no such file or directory',
  );
  expect(await reason({ path: '/bin/true', dir: '/no/such' })).toBe('/no/such: no such directory');
  expect(await reason({ path: script })).toBe(`${script}: permission denied`);
  chmodSync(script, 0o755);
  expect(await reason({ path: script })).toContain('interpreter');
  expect(await reason({ path: directory })).toBe(`${directory}: permission denied`);
  const long = 'x'.repeat(5_000_000);
  expect(await reason({ path: '/bin/true', args: [long] })).toBe(
    '/bin/true: argument list too long',
  );
  expect(await reason({ path: '/bin/true', args: ['\0'] })).toContain('null bytes');
});

test('the exit is told although a grandchild keeps the pipes open', async () => {
  let status: unknown;
  let grandchild = '';
  const child = spawner.spawn(shell('sleep 1000 & echo $!; read x; exit 3'), {
    ...quiet,
    readable: (output) => {
      grandchild += new TextDecoder().decode(child.read(output, 100));
    },
    exited: (exit) => {
      status = exit;
    },
  });
  await until(() => grandchild.endsWith('\n'));
  child.endStdin();
  await until(() => status !== undefined);
  expect(status).toEqual({ type: 'code', code: 3 });
  process.kill(Number(grandchild), 'SIGKILL');
});

test('a signal reaches what the process has started', async () => {
  let output = '';
  let exited = false;
  const child = spawner.spawn(shell('sleep 1000 & echo $!; wait'), {
    ...quiet,
    readable: (name) => {
      output += new TextDecoder().decode(child.read(name, 100));
    },
    exited: () => {
      exited = true;
    },
  });
  await until(() => output.endsWith('\n'));
  expect(child.signal('TERM')).toBe(true);
  await until(() => exited && !isAlive(Number(output)));
});

test('a process that closes its input is told apart from one that exits', async () => {
  const happened: string[] = [];
  const child = spawner.spawn(shell('exec 0<&-; echo closed; sleep 1000'), {
    ...quiet,
    readable: () => happened.push('closed'),
    stdinClosed: () => happened.push('stdinClosed'),
    exited: () => happened.push('exited'),
  });
  await until(() => happened.includes('closed'));
  child.write(new Uint8Array(10));
  await until(() => happened.includes('stdinClosed'));
  expect(happened).toEqual(['closed', 'stdinClosed']);
  expect(child.write(new Uint8Array(10))).toBe(true);
  child.signal('KILL');
  await until(() => happened.includes('exited'));
  expect(happened.filter((event) => event === 'stdinClosed')).toHaveLength(1);
});

test('a signal that no system has reaches nobody', async () => {
  let exited = false;
  const child = spawner.spawn(shell('sleep 1000'), {
    ...quiet,
    exited: () => {
      exited = true;
    },
  });
  expect(child.signal('NONSENSE')).toBe(false);
  expect(child.signal('')).toBe(false);
  expect(child.signal('KILL')).toBe(true);
  await until(() => exited);
});

test('a process with brackets in its name is seen as stopped all the same', async () => {
  const program = join(directory, 'a) R (b');
  writeFileSync(program, '#!/bin/sh\nread line\n');
  chmodSync(program, 0o755);
  let started = false;
  const child = spawner.spawn(
    { path: program, args: [], dir: undefined, env: undefined },
    {
      ...quiet,
      started: () => {
        started = true;
      },
    },
  );
  await until(() => started);
  expect(child.stopped()).toBe(false);
  child.signal('STOP');
  await until(() => child.stopped());
  child.signal('KILL');
  await until(() => !child.signal('KILL'));
});

test('what a process writes and nobody reads costs the server little memory', async () => {
  let readable = false;
  const child = spawner.spawn(shell('head -c 300000000 /dev/zero'), {
    ...quiet,
    readable: () => {
      readable = true;
    },
  });
  const before = process.memoryUsage().rss;
  await until(() => readable);
  for (let i = 0; i < 5; i++) await run(spawner, { path: '/bin/true' });
  let read = 0;
  for (
    let bytes = child.read('stdout', 1e9);
    bytes !== undefined;
    bytes = child.read('stdout', 1e9)
  ) {
    read += bytes.length;
  }
  expect(read).toBeLessThanOrEqual(256 * 1024);
  expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  child.signal('KILL');
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
