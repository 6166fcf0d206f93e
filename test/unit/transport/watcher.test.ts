/** The watcher of process groups, on real groups: it kills what was ours, and nobody else. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, statOf } from '../../../tools/soak-processes/proc.ts';
import { silentLog } from '../../../transport/log.ts';
import { Watcher } from '../../../transport/watcher.ts';
import { until } from './support.ts';

/** What the watcher is given, as `ProcessGroups` does. */
let groups: Map<number, string>;
let watcher: Watcher;
let started: ChildProcess[];

beforeEach(() => {
  groups = new Map();
  watcher = new Watcher(groups, silentLog);
  started = [];
});

afterEach(async () => {
  await watcher.close();
  for (const { pid } of started) {
    try {
      process.kill(-(pid as number), 'SIGKILL');
    } catch {
      // It was killed, as it should be.
    }
  }
});

/** A group, and the moment at which its first process started. */
function begin(script = 'exec sleep 1000'): { group: number; start: string; child: ChildProcess } {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore' });
  started.push(child);
  const group = child.pid as number;
  return { group, start: startOf(group), child };
}

function startOf(pid: number): string {
  return String(statOf(pid)?.start);
}

function watch(group: number, start: string): void {
  groups.set(group, start);
  watcher.added(group);
}

test('without a shell, the log says so once, and why', async () => {
  const lines: object[] = [];
  let attempts = 0;
  const log = {
    write: (level: string, event: string, fields?: object) => {
      lines.push({ level, event, ...fields });
    },
  };
  const { group, start } = begin();
  // Each attempt looks at the groups.
  const seen = new Map([[group, start]]);
  const counted = new Proxy(seen, {
    get(target, name) {
      if (name === 'size') attempts++;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const lost = new Watcher(counted, log, '/nowhere/sh');
  lost.added(group);
  await until(() => attempts >= 3);
  await lost.close();
  const reason = 'spawn /nowhere/sh ENOENT';
  expect(lines).toEqual([{ level: 'warn', event: 'watcher-lost', groups: 1, reason }]);
});

test('it kills at its end what it was told of, and nothing else', async () => {
  const watched = begin();
  const never = begin();
  const over = begin();
  watch(watched.group, watched.start);
  watch(over.group, over.start);
  groups.delete(over.group);
  watcher.removed(over.group);
  watch(begin('exit 0').group, '1');
  await watcher.close();
  await until(() => !isAlive(watched.group));
  await letAllHappen();
  expect(isAlive(never.group)).toBe(true);
  expect(isAlive(over.group)).toBe(true);
});

test('a number that is that of another process now is left alone', async () => {
  const reused = begin();
  const watched = begin();
  watch(reused.group, String(Number(reused.start) - 1));
  watch(watched.group, watched.start);
  await watcher.close();
  await until(() => !isAlive(watched.group));
  await letAllHappen();
  expect(isAlive(reused.group)).toBe(true);
});

test('a name of a program that looks like the end of one deceives nobody', async () => {
  // Of 15 characters at most, with a line break and brackets.
  const name = '\\n1 (x) S 1 1 1';
  const { group, start } = begin(`printf '${name}' > /proc/$$/comm; sleep 1000; exit`);
  await until(() => readFileSync(`/proc/${group}/comm`, 'latin1').startsWith('\n1 (x)'));
  watch(group, start);
  await watcher.close();
  await until(() => !isAlive(group));
});

test('a group that has lost its first process is killed', async () => {
  const { group, start, child } = begin('sleep 1000 & exit 0');
  watch(group, start);
  await once(child, 'exit');
  expect(hasAny(group)).toBe(true);
  await watcher.close();
  await until(() => !hasAny(group));
});

test('one that dies is replaced, and the next knows all', async () => {
  const before = begin();
  watch(before.group, before.start);
  const first = watcher.pid as number;
  process.kill(first, 'SIGKILL');
  await until(() => watcher.pid !== undefined && watcher.pid !== first);
  const after = begin();
  watch(after.group, after.start);
  await watcher.close();
  await until(() => !isAlive(before.group) && !isAlive(after.group));
});

test('one that reads nothing is replaced before much waits for it', async () => {
  const { group, start } = begin();
  watch(group, start);
  const first = watcher.pid as number;
  process.kill(first, 'SIGSTOP');
  let told = 0;
  while (told < 200_000 && watcher.pid === first) {
    for (let i = 0; i < 1_000; i++, told++) watcher.added(group);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => watcher.pid !== undefined && watcher.pid !== first);
  expect(told).toBeLessThan(200_000);
  await watcher.close();
  await until(() => !isAlive(group));
});

test('it holds nothing open of its server but what it reads, in a session of its own', async () => {
  const { group, start } = begin();
  watch(group, start);
  const pid = watcher.pid as number;
  await until(() => statOf(pid)?.group === pid);
  const linkOf = (of: number, fd: string) => readlinkSync(`/proc/${of}/fd/${fd}`);
  // What whoever started us left open for everybody has the same number with all.
  const ours = new Set(readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 2));
  const open = readdirSync(`/proc/${pid}/fd`).filter(
    (fd) => !ours.has(fd) || linkOf(pid, fd) !== linkOf(process.pid, fd),
  );
  expect(open.sort()).toEqual(['0', '1', '2']);
});

/** By the time that other processes came and went, one that was killed is gone. */
async function letAllHappen(): Promise<void> {
  for (let i = 0; i < 5; i++) await once(spawn('/bin/true'), 'exit');
}

function hasAny(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}
