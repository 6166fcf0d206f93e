import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/host/index.ts';
import { limits } from '../../src/limits.ts';
import { Watched } from './watched-process.ts';
import type { Program, WorldUnderTest } from './worlds.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const forEver: Program = { path: '/bin/sleep', args: ['1000'] };
const cat: Program = { path: '/bin/cat', args: [] };
const endless: Program = { path: '/bin/yes', args: [] };
const succeed: Program = { path: '/bin/true', args: [] };

export function describeSpawner(world: WorldUnderTest): void {
  const { until } = world;

  /** By the time that other processes came and went, what was under way has happened. */
  async function letAllHappen(host: Host) {
    for (let i = 0; i < 5; i++) {
      const other = new Watched(host, succeed);
      await until(() => other.over());
    }
  }

  describe('spawner', () => {
    test.for([
      ['/bin/true', 0],
      ['/bin/false', 1],
    ] as const)('%s starts with a process number, then exits with %d', async ([path, code]) => {
      const host = await world.open();
      const process = new Watched(host, { path, args: [] });
      await until(() => process.over());
      expect(process.happened[0]).toBe('started');
      expect(process.pid).toBeGreaterThan(0);
      expect(process.status).toEqual([{ type: 'code', code }]);
      expect(process.has('failed')).toBe(false);
      for (const once of ['started', 'exited', 'ended stdout', 'ended stderr']) {
        expect(process.count(once)).toBe(1);
      }
    });

    test('arguments reach the process', async () => {
      const host = await world.open();
      const process = new Watched(host, { path: '/bin/echo', args: ['a b', '', 'c'] });
      await until(() => process.over());
      expect(process.output.stdout).toBe('a b  c\n');
    });

    test('a program that is not there fails with a reason that names it, and nothing more', async () => {
      const host = await world.open();
      const process = new Watched(host, { path: '/bin/nosuch', args: [] });
      expect(process.child.write(Uint8Array.of(1))).toBe(true);
      process.child.endStdin();
      await until(() => process.has('failed'));
      expect(process.failure).toContain('/bin/nosuch: no such file or directory');
      expect(process.child.write(Uint8Array.of(1))).toBe(true);
      process.child.endStdin();
      expect(process.child.read('stdout', 10)).toBe(undefined);
      expect(process.child.signal('KILL')).toBe(false);
      expect(process.child.stopped()).toBe(false);
      process.child.release();
      await letAllHappen(host);
      expect(process.happened).toEqual(['failed']);
    });

    test('what is written to standard input arrives, and its end too', async () => {
      const host = await world.open();
      const process = new Watched(host, cat);
      process.child.write(latin1('one ')); // Before it has started.
      await until(() => process.output.stdout === 'one ');
      process.child.write(latin1('two '));
      await until(() => process.output.stdout === 'one two ');
      process.child.write(latin1('three'));
      process.child.endStdin();
      await until(() => process.over());
      expect(process.output).toEqual({ stdout: 'one two three', stderr: '' });
      expect(process.status).toEqual([{ type: 'code', code: 0 }]);
    });

    test('standard error is apart from standard output', async () => {
      const host = await world.open();
      const process = new Watched(host, world.programs.complain);
      await until(() => process.over());
      expect(process.output).toEqual({ stdout: '', stderr: 'no' });
      expect(process.status).toEqual([{ type: 'code', code: 7 }]);
    });

    test('read gives at most what was asked for, in order, in plain arrays', async () => {
      const host = await world.open();
      const process = new Watched(host, { path: '/bin/echo', args: ['abcdef'] }, { reads: false });
      await until(() => process.has('readable stdout'));
      const first = process.child.read('stdout', 2);
      expect(first).toEqual(Uint8Array.from(latin1('ab')));
      expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
      expect(process.child.read('stdout', 1)).toEqual(latin1('c'));
      await until(() => process.has('exited'));
      await letAllHappen(host);
      expect(process.has('ended stdout')).toBe(false);
      expect(process.child.read('stdout', 100)).toEqual(latin1('def\n'));
      expect(process.child.read('stdout', 100)).toBe(undefined);
      await until(() => process.has('ended stdout'));
    });

    test('a process whose output nobody reads is held back, and goes on when it is read', async () => {
      const host = await world.open();
      const size = 8 * MiB;
      const process = new Watched(host, world.programs.burst(size), { reads: false });
      await until(() => process.has('readable stdout'));
      await letAllHappen(host);
      expect(process.has('exited')).toBe(false);
      process.readAll('stdout');
      expect(process.output.stdout.length).toBeLessThan(1 * MiB); // What was read ahead.
      await until(() => process.over());
      expect(process.output.stdout.length).toBe(size);
      expect(process.status).toEqual([{ type: 'code', code: 3 }]);
    });

    test('the exit is seen with output unread and input open, and the output is kept', async () => {
      const host = await world.open();
      const size = 40 * KiB;
      const process = new Watched(host, world.programs.burst(size), { reads: false });
      await until(() => process.has('exited'));
      await letAllHappen(host);
      expect(process.has('ended stdout')).toBe(false);
      process.readAll('stdout');
      await until(() => process.over());
      expect(process.output.stdout.length).toBe(size);
    });

    test('an output that is read exactly to its end has ended', async () => {
      const host = await world.open();
      const process = new Watched(host, world.programs.burst(1_000), { reads: false });
      await until(() => process.has('exited'));
      let left = 1_000;
      await until(() => {
        left -= process.child.read('stdout', left)?.length ?? 0;
        return left === 0;
      });
      await until(() => process.has('ended stdout'));
    });

    test('a process that does not read its input bounds what is written', async () => {
      const host = await world.open();
      const process = new Watched(host, forEver);
      await until(() => process.has('started'));
      let written = 0;
      while (process.child.write(new Uint8Array(64 * KiB))) {
        written += 64 * KiB;
        // Beside what the pipe itself holds.
        expect(written).toBeLessThanOrEqual(limits.inputBytesMax + MiB);
      }
      await letAllHappen(host);
      expect(process.has('drained')).toBe(false);
      process.child.signal('KILL');
      await until(() => process.over() && process.has('stdinClosed'));
      expect(process.count('stdinClosed')).toBe(1);
      expect(process.has('drained')).toBe(false);
    });

    test('when a slow process takes its input there is room again', async () => {
      const host = await world.open();
      const process = new Watched(host, cat, { reads: false });
      let written = 0;
      // The buffers on the way fill first: write on, until no more room comes.
      for (let full = false; !full; ) {
        let room = true;
        while (room) {
          room = process.child.write(new Uint8Array(64 * KiB));
          written += 64 * KiB;
          expect(written).toBeLessThan(8 * MiB);
        }
        const drained = process.count('drained');
        await letAllHappen(host);
        full = process.count('drained') === drained;
      }
      const drained = process.count('drained');
      process.readAll('stdout');
      await until(() => process.count('drained') > drained);
      process.child.endStdin();
      await until(() => process.over());
      expect(process.output.stdout.length).toBe(written);
    });

    test('after the exit, writing is harmless and a signal finds nobody', async () => {
      const host = await world.open();
      const process = new Watched(host, succeed);
      await until(() => process.over());
      await until(() => process.has('stdinClosed'));
      const before = process.happened.length;
      for (let i = 0; i < 100; i++) {
        expect(process.child.write(new Uint8Array(64 * KiB))).toBe(true);
      }
      process.child.endStdin();
      process.child.endStdin();
      expect(process.child.read('stdout', 1)).toBe(undefined);
      expect(process.child.signal('TERM')).toBe(false);
      expect(process.child.stopped()).toBe(false);
      await letAllHappen(host);
      expect(process.happened.length).toBe(before);
    });

    test.for(['TERM', 'KILL', 'INT', 'USR1'])(
      'the signal %s ends a process, which tells its name',
      async (name) => {
        const host = await world.open();
        const process = new Watched(host, forEver);
        await until(() => process.has('started'));
        expect(process.child.signal(name)).toBe(true);
        await until(() => process.over());
        expect(process.status).toEqual([{ type: 'signal', signal: name }]);
        expect(process.child.signal(name)).toBe(false);
      },
    );

    test('a stopped process is seen as stopped, does nothing, and continues', async () => {
      const host = await world.open();
      const process = new Watched(host, cat);
      process.child.write(latin1('a'));
      await until(() => process.output.stdout === 'a');
      expect(process.child.stopped()).toBe(false);

      expect(process.child.signal('STOP')).toBe(true);
      await until(() => process.child.stopped());
      process.child.write(latin1('b'));
      await letAllHappen(host);
      expect(process.output.stdout).toBe('a');
      expect(process.has('exited')).toBe(false);

      expect(process.child.signal('CONT')).toBe(true);
      await until(() => !process.child.stopped() && process.output.stdout === 'ab');
      process.child.endStdin();
      await until(() => process.over());
    });

    test('a stopped process can be killed', async () => {
      const host = await world.open();
      const process = new Watched(host, forEver);
      await until(() => process.has('started'));
      process.child.signal('STOP');
      await until(() => process.child.stopped());
      process.child.signal('KILL');
      await until(() => process.over());
      expect(process.child.stopped()).toBe(false);
    });

    test('a process that was released is heard of no more', async () => {
      const host = await world.open();
      const early = new Watched(host, succeed);
      early.child.release();
      const later = new Watched(host, cat);
      await until(() => later.has('started'));
      const before = later.happened.length;
      later.child.release();
      later.child.release();
      expect(later.child.write(Uint8Array.of(1))).toBe(true);
      expect(later.child.read('stdout', 1)).toBe(undefined);
      later.child.endStdin();
      await letAllHappen(host);
      expect(early.happened).toEqual([]);
      expect(later.happened.length).toBe(before);
    });

    test('a process that was released runs on, and what it writes is thrown away', async () => {
      const host = await world.open();
      const program = world.programs.witness(4 * MiB);
      const process = new Watched(host, program, { reads: false });
      await until(() => process.has('readable stdout'));
      await letAllHappen(host);
      expect(program.finished()).toBe(false);
      process.child.release();
      await until(() => program.finished());
      expect(process.has('exited')).toBe(false);
    });

    test('an endless writer that was released disturbs nobody', async () => {
      const host = await world.open();
      const process = new Watched(host, endless, { reads: false });
      await until(() => process.has('readable stdout'));
      process.child.release();
      await letAllHappen(host);
      expect(process.has('exited')).toBe(false);
    });

    test('asked to end, all processes do, those that stand still or were released too', async () => {
      const host = await world.open();
      const { spawner } = host;
      expect(spawner.left).toBe(0);
      const running = new Watched(host, forEver);
      const stopped = new Watched(host, forEver);
      const released = new Watched(host, forEver);
      await until(() => [running, stopped, released].every((each) => each.has('started')));
      stopped.child.signal('STOP');
      await until(() => stopped.child.stopped());
      released.child.release();
      expect(spawner.left).toBe(3);
      spawner.terminate();
      await until(() => running.over() && stopped.over() && spawner.left === 0);
      const status = [{ type: 'signal', signal: 'TERM' }];
      expect([running.status, stopped.status]).toEqual([status, status]);
      expect(released.has('exited')).toBe(false);
    });

    test('what does not end when it is asked to is left, and ends by force', async () => {
      const host = await world.open();
      const stubborn = new Watched(host, world.programs.stubborn);
      const compliant = new Watched(host, forEver);
      await until(() => stubborn.output.stdout === 'ready\n' && compliant.has('started'));
      host.spawner.terminate();
      await until(() => compliant.over());
      await letAllHappen(host);
      await until(() => host.spawner.left === 1);
      expect(stubborn.has('exited')).toBe(false);
      host.spawner.kill();
      await until(() => stubborn.over() && host.spawner.left === 0);
      expect(stubborn.status).toEqual([{ type: 'signal', signal: 'KILL' }]);
    });

    test('one process is killed, and nobody else', async () => {
      const host = await world.open();
      const killed = new Watched(host, world.programs.stubborn);
      const other = new Watched(host, forEver);
      await until(() => killed.output.stdout === 'ready\n' && other.has('started'));
      killed.child.kill();
      await until(() => killed.over());
      killed.child.kill();
      await letAllHappen(host);
      expect(killed.status).toEqual([{ type: 'signal', signal: 'KILL' }]);
      await until(() => host.spawner.left === 1);
      expect(other.has('exited')).toBe(false);
    });

    test('many processes at once do not disturb each other', async () => {
      const host = await world.open();
      const all = Array.from({ length: 20 }, (_, i) => {
        const process = new Watched(host, cat);
        process.child.write(latin1(`I am ${i}`));
        process.child.endStdin();
        return process;
      });
      await until(() => all.every((process) => process.over()));
      expect(all.map((process) => process.output.stdout)).toEqual(all.map((_, i) => `I am ${i}`));
      expect(new Set(all.map((process) => process.pid)).size).toBe(20);
    });
  });
}

function latin1(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}
