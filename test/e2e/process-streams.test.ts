/**
 * Whatever a process does with its standard streams, its server goes on: it answers another client
 * meanwhile, and needs no memory for what nobody takes.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Proc } from '../../src/index.ts';
import { look } from '../../tools/soak-processes/proc.ts';
import { endAll, until } from '../support/circuit.ts';
import { type Dialled, dialled, numbersFrom, startDialled } from '../support/processes.ts';

const MIB = 1024 * 1024;

let server: Dialled;
/** Has no streams open, and so waits for nobody but the server itself. */
let other: Dialled;

beforeAll(async () => {
  server = await startDialled();
  other = await dialled(server);
});

afterAll(async () => {
  await server.close();
  await other.close();
  await endAll();
});

/** It serves: processes are made, run and end, and their output comes. */
async function serves(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const proc = await other.shell(`echo ${i}`);
    expect(await numbersFrom(proc)).toEqual([i]);
    expect((await proc.wait()).Exit).toBe(null);
    await proc.scrub();
  }
}

/** Writes until nothing has been taken any more while others were served; returns how much was. */
async function writeInVain(proc: Proc): Promise<number> {
  const input = proc.stdin();
  let [begun, taken, before] = [0, 0, -1];
  while (taken !== before) {
    before = taken;
    while (begun < taken + 64) {
      begun++;
      input.write(new Uint8Array(64 * 1024)).then(
        () => taken++,
        () => {},
      );
    }
    await serves();
  }
  return taken * 64 * 1024;
}

test('a process that never reads its input holds up its writer, and nobody else', async () => {
  const proc = await server.shell('echo 1; exec sleep 1000');
  await numbersFrom(proc);
  const before = look(server.running.pid).residentMib;
  expect(await writeInVain(proc)).toBeLessThan(8 * MIB);
  expect(look(server.running.pid).residentMib - before).toBeLessThan(64);
  await proc.scrub({ kill: true });
});

test('one that is stopped does neither', async () => {
  const proc = await server.shell('echo 1; exec cat');
  await numbersFrom(proc);
  await proc.signal('STOP');
  expect(await writeInVain(proc)).toBeLessThan(8 * MIB);
  expect((await other.client.walk(proc.path).proc().peek()).Phase).toBe('stopped');
  await proc.scrub({ kill: true });
});

test('one that closes its input ends the writing', async () => {
  const proc = await server.shell('exec 0<&-; echo 1; exec sleep 1000');
  await numbersFrom(proc);
  const input = proc.stdin();
  const failed = async () => {
    for (;;) await input.write(new Uint8Array(64 * 1024));
  };
  await expect(failed()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  await serves();
  await proc.scrub({ kill: true });
});

test('one that writes without end, unread, stands still and takes no memory', async () => {
  const procs = await Promise.all(Array.from({ length: 20 }, () => server.shell('exec yes')));
  const before = look(server.running.pid).residentMib;
  await serves();
  // Each has written what its pipe holds, and what is read ahead, and no more.
  expect(look(server.running.pid).residentMib - before).toBeLessThan(64);
  await Promise.all(procs.map((proc) => proc.scrub({ kill: true })));
});

test('one that writes byte by byte is read byte for byte', async () => {
  const proc = await server.shell('dd if=/dev/zero bs=1 count=20000 2>/dev/null');
  let bytes = 0;
  for await (const chunk of proc.stdout()) bytes += chunk.length;
  expect(bytes).toBe(20_000);
  await serves();
  await proc.scrub();
});

test('a thousand that all write at once are all read', async () => {
  const count = 1_000;
  const size = 50_000;
  const procs: Proc[] = [];
  for (let i = 0; i < count; i += 50) {
    const some = Array.from({ length: 50 }, () => server.shell(`head -c ${size} /dev/zero`));
    procs.push(...(await Promise.all(some)));
  }
  await serves();
  const sizes = procs.map(async (proc) => {
    let bytes = 0;
    for await (const chunk of proc.stdout()) bytes += chunk.length;
    await proc.scrub();
    return bytes;
  });
  await serves();
  expect(new Set(await Promise.all(sizes))).toEqual(new Set([size]));
});

test('the server waits for none of them: its ends do not block, whatever theirs do', async () => {
  // What whoever runs the tests has left open is there before, in all processes.
  const before = new Set(sockets(server.running.pid));
  const proc = await server.shell('echo $$; exec sleep 1000');
  const [pid = 0] = await numbersFrom(proc);
  const standard = [0, 1, 2].map((fd) => `/proc/${pid}/fdinfo/${fd}`);
  expect(sockets(pid)).toEqual(expect.arrayContaining(standard));
  expect(standard.map(blocks)).toEqual([true, true, true]);
  const ours = sockets(server.running.pid).filter((each) => !before.has(each));
  expect(ours.length).toBeGreaterThan(2);
  expect(ours.filter(blocks)).toEqual([]);
  await proc.scrub({ kill: true });
});

test('where no descriptor is left, no process starts, and those that run go on', async () => {
  const limited = await startDialled([], {
    through: ['/bin/sh', '-c', 'ulimit -n 100; exec "$@"', 'sh'],
  });
  const [echoing] = [await limited.shell('exec cat')];
  const before = look(limited.running.pid).descriptors;
  const procs: Proc[] = [];
  const failing = async () => {
    for (;;) procs.push(await limited.shell('exec sleep 1000'));
  };
  await expect(failing()).rejects.toMatchObject({
    code: 'SPAWN_FAILED',
    message: expect.stringContaining('too many open files'),
  });
  expect(procs.length).toBeGreaterThan(5);
  for (let i = 0; i < 100; i++) {
    await expect(limited.shell('true')).rejects.toMatchObject({ code: 'SPAWN_FAILED' });
  }
  const input = echoing.stdin();
  await input.write(new TextEncoder().encode('5\n'));
  expect(await numbersFrom(echoing)).toEqual([5]);
  for (const proc of procs) await proc.scrub({ kill: true });
  await until(
    () => look(limited.running.pid).descriptors <= before,
    'all descriptors are free again',
  );
  expect((await (await limited.shell('exit 3')).wait()).Exit?.Message).toBe('exit status 3');
  await limited.close();
});

/** The files of /proc about the sockets that a process holds. */
function sockets(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'))
    .map((fd) => `/proc/${pid}/fdinfo/${fd}`);
}

/** Whether reading and writing waits there: the flag is O_NONBLOCK. */
function blocks(fdinfo: string): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(fdinfo, 'latin1'))?.[1];
  return (Number.parseInt(flags as string, 8) & 0o4000) === 0;
}
