import { describe, expect, test } from 'vitest';
import type { Child, ChildEvents, Output } from '../../../src/host/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { steadyWorld } from './support.ts';

/** Spawns on a host of its own and writes down what happens, reading all output at once. */
function spawn(path: string, args: readonly string[] = [], { read = true } = {}) {
  const world = steadyWorld();
  const host = world.addHost('alice');
  const heard: string[] = [];
  const output = { stdout: '', stderr: '' };
  const drain = (from: Output) => {
    for (;;) {
      const bytes = child.read(from, 4_096);
      if (bytes === undefined) return;
      output[from] += new TextDecoder().decode(bytes);
    }
  };
  const events: ChildEvents = {
    started: () => heard.push('started'),
    failed: (reason) => heard.push(`failed ${reason}`),
    readable: (from) => (read ? drain(from) : heard.push(`readable ${from}`)),
    ended: (from) => heard.push(`ended ${from}`),
    drained: () => heard.push('drained'),
    stdinClosed: () => heard.push('stdinClosed'),
    exited: (status) =>
      heard.push(`exited ${status.type === 'code' ? status.code : status.signal}`),
  };
  const begin = () => host.spawner.spawn({ path, args, dir: undefined, env: undefined }, events);
  let child: Child;
  const go = () => {
    child = begin();
    return child;
  };
  return { world, host, heard, output, drain, go };
}

const over = ['ended stdout', 'ended stderr'];

describe('programs', () => {
  test('echo, true and false do what they say', () => {
    for (const [path, args, text, code] of [
      ['/bin/echo', ['a', 'b'], 'a b\n', 0],
      ['/bin/true', [], '', 0],
      ['/bin/false', [], '', 1],
    ] as const) {
      const { world, heard, output, go } = spawn(path, args);
      go();
      expect(heard).toEqual([]);
      world.runFor(SECOND);
      expect(output.stdout).toBe(text);
      expect(heard.toSorted()).toEqual(
        ['started', 'stdinClosed', `exited ${code}`, ...over].toSorted(),
      );
    }
  });

  test('an unknown path cannot be started, and neither can what a fault refuses', () => {
    const unknown = spawn('/bin/nosuch');
    unknown.go();
    unknown.world.runFor(SECOND);
    expect(unknown.heard).toEqual(['failed /bin/nosuch: no such file or directory']);
    const refused = spawn('/bin/true');
    refused.host.machine.ailments.add({ type: 'no-spawn' });
    const child = refused.go();
    refused.world.runFor(SECOND);
    expect(refused.heard).toEqual(['failed Resource temporarily unavailable']);
    expect(child.signal('KILL')).toBe(false);
    expect(refused.host.spawner.left).toBe(0);
  });

  test('sleep exits after its virtual seconds, later by as long as it was stopped', () => {
    const { world, heard, go } = spawn('/bin/sleep', ['2']);
    const child = go();
    world.run(SECOND);
    expect(child.signal('STOP')).toBe(true);
    expect(child.stopped()).toBe(true);
    world.run(10 * SECOND);
    expect(heard).toEqual(['started']);
    child.signal('CONT');
    expect(child.stopped()).toBe(false);
    world.run(10 * SECOND + 1);
    expect(heard).toContain('exited 0');
  });

  test('a signal ends a program, KILL even one that is stopped', () => {
    const { world, heard, go } = spawn('/bin/sleep', ['100']);
    const child = go();
    world.runFor(MS);
    child.signal('STOP');
    child.signal('TERM');
    world.runFor(SECOND);
    expect(heard).toEqual(['started']);
    child.signal('KILL');
    world.runFor(SECOND);
    expect(heard).toEqual(['started', 'stdinClosed', 'exited KILL', ...over]);
    expect(child.signal('TERM')).toBe(false);
  });

  test('a program can handle a signal', () => {
    const { world, heard, output, go } = spawn('/test/stubborn');
    world.programs.register('/test/stubborn', {
      start(_args, io) {
        io.onSignal('TERM', () => io.write('stderr', new TextEncoder().encode('no')));
        io.onSignal('INT', () => io.exit(9));
      },
    });
    const child = go();
    child.signal('TERM');
    world.runFor(SECOND);
    expect(output.stderr).toBe('no');
    child.signal('INT');
    world.runFor(SECOND);
    expect(heard).toContain('exited 9');
  });

  test('cat gives back what it is given, ends with its input, and slows its writer down', () => {
    const { world, heard, output, drain, go } = spawn('/bin/cat', [], { read: false });
    const child = go();
    let sent = '';
    let room = true;
    while (room) {
      const text = `${sent.length}`.padEnd(1_000, '.');
      sent += text;
      room = child.write(new TextEncoder().encode(text));
      if (room) world.runFor(MS);
    }
    expect(sent.length).toBeGreaterThan(2 * 64 * 1_024);
    expect(sent.length).toBeLessThan(4 * 64 * 1_024);
    child.endStdin();
    world.runFor(SECOND);
    expect(heard).toEqual(['started', 'readable stdout']);
    for (let i = 0; i < 10; i++) {
      drain('stdout');
      world.runFor(MS);
    }
    expect(output.stdout).toBe(sent);
    expect(heard.filter((one) => one === 'drained').length).toBe(1);
    expect(heard).toContain('exited 0');
    expect(heard).toContain('ended stdout');
    expect(heard).not.toContain('stdinClosed');
  });

  test('a program that is not read stops at 64 KiB, and costs no more', () => {
    const { world, heard, drain, output, go } = spawn('/bin/burst', ['1000000'], { read: false });
    go();
    world.runFor(SECOND);
    expect(heard).toEqual(['started', 'readable stdout']);
    drain('stdout');
    expect(output.stdout.length).toBeLessThan(80_000);
    for (let i = 0; i < 30; i++) {
      world.runFor(MS);
      drain('stdout');
    }
    world.runFor(MS);
    expect(output.stdout.length).toBe(1_000_000);
    expect(heard).toContain('exited 0');
  });

  test('a program that was released runs on unheard, and what it writes is thrown away', () => {
    const { world, heard, host, go } = spawn('/bin/burst', ['1000000'], { read: false });
    const child = go();
    world.runFor(MS);
    const before = heard.length;
    child.release();
    world.runFor(SECOND);
    expect(heard.length).toBe(before);
    // It wrote a million bytes that nobody read, and came to its end.
    expect(host.spawner.left).toBe(0);
  });
});
