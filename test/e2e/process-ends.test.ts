/**
 * What becomes of processes when their server ends, in each way in which it can: nothing of them is
 * left, also of what they had started, unless the server lets them be orphans.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childrenOf, isAlive, statOf } from '../../tools/soak-processes/proc.ts';
import { endAll, output, until } from '../support/circuit.ts';
import {
  type Dialled,
  livingIn,
  numbersFrom,
  startDialled,
  untilEmpty,
} from '../support/processes.ts';

let directory: string;
let servers: Dialled[] = [];
let groups: number[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'circuit-'));
});

afterEach(async () => {
  for (const server of servers) await server.close();
  await endAll();
  for (const group of groups) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  servers = [];
  groups = [];
  rmSync(directory, { recursive: true, force: true });
});

async function start(args: readonly string[] = []): Promise<Dialled> {
  const server = await startDialled(args);
  servers.push(server);
  return server;
}

/** Starts a process that prints its number, then what else it likes, on its first line. */
async function run(server: Dialled, script: string) {
  const proc = await server.shell(script);
  const [group = 0, ...others] = await numbersFrom(proc);
  groups.push(group);
  return { proc, group, others };
}

/** Processes of all kinds; each that ends by TERM leaves a file. */
async function runAll(server: Dialled): Promise<void> {
  const file = join(directory, 'asked');
  await run(server, `trap 'touch ${file}; exit' TERM; echo $$; while :; do sleep 0.01; done`);
  await run(server, 'sleep 1000 & sleep 1000 & echo $$; wait');
  const { proc: gone } = await run(server, 'sleep 1000 & echo $$');
  await gone.wait();
  const { proc: scrubbed } = await run(server, 'sleep 1000 & echo $$; wait');
  await scrubbed.scrub();
  const { proc: stopped } = await run(server, 'echo $$; sleep 1000; exit');
  await stopped.signal('STOP');
  expect(new Set(groups).size).toBe(5);
  for (const group of groups) expect(livingIn([group])).not.toEqual([]);
}

const wasAsked = () => existsSync(join(directory, 'asked'));

describe.for([
  ['TERM', async ({ running }) => process.kill(running.pid, 'SIGTERM')],
  ['INT', async ({ running }) => process.kill(running.pid, 'SIGINT')],
  ['circuit leave', ({ path, url }) => output(['leave', '-d', url, path])],
  ['circuit suicide', ({ path, url }) => output(['suicide', '-d', url, path])],
] as const satisfies [string, (server: Dialled) => Promise<unknown>][])('by %s', ([, end]) => {
  test('processes are asked to end, and all do, before the server does', async () => {
    const server = await start();
    await runAll(server);
    void end(server);
    const { code } = await server.running.ended;
    expect(code).toBe(0);
    expect(livingIn(groups)).toEqual([]);
    expect(wasAsked()).toBe(true);
  });
});

describe('a server that is killed', () => {
  test('takes its processes with it, and what they had started', async () => {
    const server = await start();
    await runAll(server);
    process.kill(server.running.pid, 'SIGKILL');
    await untilEmpty(groups);
    expect(wasAsked()).toBe(false);
  });

  test('leaves no watcher', async () => {
    const server = await start();
    await run(server, 'echo $$; sleep 1000');
    const children = childrenOf(server.running.pid).map(({ pid }) => pid);
    expect(children).toHaveLength(2);
    process.kill(server.running.pid, 'SIGKILL');
    await until(() => !children.some(isAlive), 'its children are gone');
  });

  test('takes them also when its watcher was killed, and another took its place', async () => {
    const server = await start();
    await runAll(server);
    const watcher = watcherOf(server);
    process.kill(watcher, 'SIGKILL');
    await until(() => ![undefined, watcher].includes(watcherOf(server)), 'there is another');
    await run(server, 'sleep 1000 & echo $$; wait');
    process.kill(server.running.pid, 'SIGKILL');
    await untilEmpty(groups);
  });

  test('takes them though they are no children of the group of its terminal', async () => {
    const server = await start();
    const { group } = await run(server, 'echo $$; sleep 1000');
    const watcher = watcherOf(server);
    for (const each of [group, watcher]) {
      expect(statOf(each)?.group).toBe(each);
      expect(each).not.toBe(statOf(server.running.pid)?.group);
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watcher, signal);
    process.kill(server.running.pid, 'SIGKILL');
    await untilEmpty(groups);
  });
});

describe('a process that does not end when it is asked to', () => {
  const stubborn = "trap '' TERM; echo $$; while :; do sleep 1; done";

  test('is killed after the grace, and the server waits for that', async () => {
    const server = await start(['--limit', 'processGraceMs=300']);
    await run(server, stubborn);
    process.kill(server.running.pid, 'SIGTERM');
    expect((await server.running.ended).code).toBe(0);
    expect(livingIn(groups)).toEqual([]);
  });

  test('is killed at once by a second signal', async () => {
    const server = await start(['--limit', 'processGraceMs=60000']);
    await run(server, stubborn);
    const { group: compliant } = await run(server, 'echo $$; sleep 1000');
    process.kill(server.running.pid, 'SIGTERM');
    await untilEmpty([compliant]);
    expect(livingIn(groups)).not.toEqual([]);
    process.kill(server.running.pid, 'SIGTERM');
    expect((await server.running.ended).code).toBe(143);
    await untilEmpty(groups);
  });
});

describe('start --orphans', () => {
  test.for(['SIGTERM', 'SIGKILL'] as const)('lets processes outlive a %s', async (signal) => {
    const server = await start(['--orphans']);
    await runAll(server);
    const before = livingIn(groups);
    expect(childrenOf(server.running.pid)).toHaveLength(4); // No watcher; one has ended.
    process.kill(server.running.pid, signal);
    await server.running.ended;
    expect(livingIn(groups)).toEqual(expect.arrayContaining(before.filter(isLasting)));
    expect(wasAsked()).toBe(false);
  });

  test('has no word in a scrub that kills', async () => {
    const server = await start(['--orphans']);
    const { proc } = await run(server, 'sleep 1000 & echo $$');
    await proc.wait();
    await proc.scrub({ kill: true });
    await untilEmpty(groups);
  });
});

describe('scrub', () => {
  test('lets a process run on, and one that kills ends what is left of its group', async () => {
    const server = await start();
    const kept = await run(server, 'sleep 1000 & echo $$; wait');
    const gone = await run(server, 'sleep 1000 & echo $$');
    await gone.proc.wait();
    await kept.proc.scrub();
    await gone.proc.scrub({ kill: true });
    await untilEmpty([gone.group]);
    expect(livingIn([kept.group])).toHaveLength(2);
  });
});

/** Those that do not come and go by themselves. */
function isLasting(pid: number): boolean {
  return groups.includes(pid) && isAlive(pid);
}

/** The child of a server that no test has asked for. */
function watcherOf(server: Dialled): number {
  const children = childrenOf(server.running.pid).map(({ pid }) => pid);
  return children.find((pid) => !groups.includes(pid)) as number;
}
