/**
 * The two worlds that the contract suites run in. A suite is written once, against the seams of
 * src/host, and must hold on real sockets, processes and files as in virtual time.
 *
 * Nothing here sleeps: a test waits for a condition, and `until` is where the worlds differ.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { SimHost } from '../../sim/host.ts';
import type { ProgramIo, Program as SimProgram } from '../../sim/programs.ts';
import { World } from '../../sim/world.ts';
import type { Host, ProgramCommand } from '../../src/host/index.ts';
import { MS } from '../../src/time.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import { type KeyRing, parseKeys } from '../../transport/security/keys.ts';

export type Program = Pick<ProgramCommand, 'path' | 'args'>;

/** What a suite may run beyond the usual /bin/cat, echo, true, false and sleep. */
export interface Programs {
  /** Writes so many bytes to standard output, then exits with 3. */
  burst(bytes: number): Program;
  /** Writes "no" to standard error, then exits with 7. */
  readonly complain: Program;
  /** Says "ready" on standard output once no TERM ends it any more, and runs on. */
  readonly stubborn: Program;
  /** Writes so many bytes to standard output; `finished` once it has written them all. */
  witness(bytes: number): Program & { finished(): boolean };
}

export interface WorldUnderTest {
  readonly name: 'real' | 'sim';
  readonly programs: Programs;
  /** A host of its own, with its own address. Gone after the test. */
  open(): Promise<Host>;
  /** Ends `host` and starts another one on the same storage. */
  reopen(host: Host): Promise<Host>;
  /** Resolves once `condition` is true, and fails if it is not within two minutes of the world's time. */
  until(condition: () => boolean): Promise<void>;
}

const patienceMs = 120_000;

/** To be called within a `describe`: it cleans up after each test of it. */
export function realWorld(keys?: KeyRing): WorldUnderTest {
  const open: { host: NodeHost; storageDir: string }[] = [];

  const marks: string[] = [];

  const start = async (storageDir: string) => {
    const host = await nodeHost({ storageDir, ...(keys === undefined ? {} : { keys }) });
    open.push({ host, storageDir });
    return host;
  };

  const stop = async (address: string) => {
    const index = open.findIndex(({ host }) => host.streams.address === address);
    const [stopped] = open.splice(index, 1);
    await stopped?.host.close();
    return stopped?.storageDir as string;
  };

  afterEach(async () => {
    for (const { host } of [...open]) {
      rmSync(await stop(host.streams.address), { recursive: true, force: true });
    }
    for (const mark of marks.splice(0)) rmSync(dirname(mark), { recursive: true, force: true });
  });

  return {
    name: 'real',
    programs: {
      burst: (bytes) => ({
        path: '/bin/sh',
        args: ['-c', `head -c ${bytes} /dev/zero; exit 3`],
      }),
      complain: { path: '/bin/sh', args: ['-c', 'printf no >&2; exit 7'] },
      stubborn: {
        path: '/bin/sh',
        args: ['-c', "trap '' TERM; echo ready; while :; do sleep 1000; done"],
      },
      witness: (bytes) => {
        const mark = join(mkdtempSync(join(tmpdir(), 'circuit-')), 'finished');
        marks.push(mark);
        const script = `head -c ${bytes} /dev/zero && touch ${mark}`;
        return { path: '/bin/sh', args: ['-c', script], finished: () => existsSync(mark) };
      },
    },
    open: () => start(mkdtempSync(join(tmpdir(), 'circuit-'))),
    reopen: async (host) => start(await stop(host.streams.address)),
    async until(condition) {
      const patience = performance.now() + patienceMs;
      while (!condition()) {
        if (performance.now() > patience) throw new Error(`not within ${patienceMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
}

/** As `realWorld`, with one key for all. */
export function keyedWorld(): WorldUnderTest {
  return realWorld(parseKeys(randomBytes(32).toString('base64'), 'keys'));
}

/** To be called within a `describe`: each test of it gets a world of its own. */
export function simWorld(): WorldUnderTest {
  let world: World | undefined;
  let hosts = 0;

  const current = () => {
    world ??= newWorld();
    return world;
  };

  afterEach(() => {
    world = undefined;
    hosts = 0;
  });

  return {
    name: 'sim',
    programs: {
      burst: (bytes) => ({ path: '/test/burst', args: [String(bytes)] }),
      complain: { path: '/test/complain', args: [] },
      stubborn: { path: '/test/stubborn', args: [] },
      witness: (bytes) => {
        let finished = false;
        current().programs.register('/test/witness', {
          start: (_args, io) =>
            writeOut(io, bytes, () => {
              finished = true;
              io.exit(0);
            }),
        });
        return { path: '/test/witness', args: [], finished: () => finished };
      },
    },
    open: async () => current().addHost(`host${hosts++}`),
    async reopen(host) {
      const { name } = host as SimHost;
      (host as SimHost).crash();
      return current().addHost(name);
    },
    async until(condition) {
      const patience = current().now + patienceMs * MS;
      while (!condition()) {
        if (current().now > patience) throw new Error(`not within ${patienceMs} ms`);
        current().runFor(MS / 2);
      }
    },
  };
}

function newWorld(): World {
  const world = new World({ seed: 'contract' });
  world.programs.register('/test/burst', burst);
  world.programs.register('/test/complain', complain);
  world.programs.register('/test/stubborn', stubborn);
  return world;
}

/** See `Programs`, for the simulated world. */
export const burst: SimProgram = {
  start: ([bytes], io) => writeOut(io, Number(bytes), () => io.exit(3)),
};

export const complain: SimProgram = {
  start(_args, io) {
    io.write('stderr', new TextEncoder().encode('no'));
    io.exit(7);
  },
};

const stubborn: SimProgram = {
  start(_args, io) {
    io.onSignal('TERM', () => {});
    io.write('stdout', new TextEncoder().encode('ready\n'));
  },
};

/** Writes `bytes` zeros, waiting for room as a program does whose write blocks. */
function writeOut(io: ProgramIo, bytes: number, done: () => void): void {
  const go = () => {
    while (bytes > 0) {
      const count = Math.min(bytes, 4_096);
      bytes -= count;
      if (!io.write('stdout', new Uint8Array(count))) return;
    }
    done();
  };
  io.onDrained(go);
  go();
}
