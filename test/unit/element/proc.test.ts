import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/element/command.ts';
import { ProcElement } from '../../../src/element/proc.ts';
import { limits } from '../../../src/limits.ts';
import type { Call, CallEvents } from '../../../src/rpc/call.ts';
import { Caller, type PlayedChild, PlayedSpawner } from '../../support/calls.ts';
import { dataOf, failureOf, namesOf, type Opened, pattern } from '../../support/pipe.ts';

const window = limits.streamWindowBytes;

class Bench {
  readonly spawner = new PlayedSpawner();
  readonly made: Opened & { by: Caller };
  exits = 0;
  proc!: ProcElement;
  readonly #callers: Caller[] = [];

  constructor(command: object = {}) {
    const checked = parseCommand({ Path: '/bin/x', ...command });
    this.made = this.call((call) => {
      this.proc = new ProcElement(this.spawner, checked, call, () => void this.exits++);
      return { failed: () => this.proc.starterGone() };
    });
  }

  get child(): PlayedChild {
    return this.spawner.children[0] as PlayedChild;
  }

  /** As one that runs. */
  started(): this {
    this.child.events.started(7);
    return this;
  }

  exited(code = 0): this {
    this.child.events.exited({ type: 'code', code });
    this.run();
    return this;
  }

  call(
    answer: (call: Call) => CallEvents,
    options: { end?: boolean; credit?: number } = {},
  ): Opened & { by: Caller } {
    const by = new Caller();
    this.#callers.push(by);
    return { by, ...by.call(answer, options) };
  }

  stdin(): Opened & { by: Caller } {
    return this.call((call) => this.proc.stdin(call), { end: false });
  }

  wait(credit = window): Opened & { by: Caller } {
    return this.call((call) => this.proc.wait(call), { credit });
  }

  run(): void {
    for (const caller of this.#callers) caller.run();
  }

  peek(): Record<string, unknown> {
    return this.proc.peek() as Record<string, unknown>;
  }
}

const stateOf = ({ heard }: Opened) =>
  JSON.parse(Buffer.concat([heard[0]?.[1] as Uint8Array, dataOf(heard)]).toString()) as Record<
    string,
    unknown
  >;

describe('starting', () => {
  test('is answered when the process runs', () => {
    const bench = new Bench();
    expect(bench.made.heard).toEqual([]);
    bench.started().run();
    expect(namesOf(bench.made.heard)).toEqual(['replied']);
    expect(bench.peek()).toMatchObject({ Phase: 'running', Exit: null });
  });

  test('that fails is answered with the reason, and so is who waits', () => {
    const bench = new Bench();
    const wait = bench.wait();
    bench.child.events.failed('no such file');
    bench.run();
    expect(failureOf(bench.made.heard)).toMatchObject({
      code: 'SPAWN_FAILED',
      message: 'no such file',
    });
    expect(stateOf(wait)).toMatchObject({ Phase: 'unknown', Exit: { Message: 'no such file' } });
    expect(stateOf(bench.wait())).toMatchObject({ Phase: 'unknown' });
  });

  test('that fails ends the output for readers, those before and those after', () => {
    const bench = new Bench();
    const read = () => bench.call((call) => bench.proc.output(call, 'stdout'), { end: false });
    const early = read();
    bench.child.events.failed('no such file');
    bench.run();
    expect(namesOf(early.heard)).toEqual(['replied', 'ended']);
    early.call.end();
    bench.run();
    expect(namesOf(read().heard)).toEqual(['replied', 'ended']);
  });

  test('goes on when who asked for it is gone', () => {
    const bench = new Bench();
    bench.made.by.vanish();
    bench.started().run();
    expect(bench.peek()).toMatchObject({ Phase: 'running' });
  });

  test('hands over the command as it was given, and reports it', () => {
    const bench = new Bench({ Args: ['a', ''], Env: ['K=V'], Dir: '/tmp' });
    expect(bench.child.command).toEqual({
      path: '/bin/x',
      args: ['a', ''],
      env: ['K=V'],
      dir: '/tmp',
    });
    expect(bench.peek()).toMatchObject({
      Cmd: { Env: ['K=V'], Dir: '/tmp', Path: '/bin/x', Args: ['a', ''], Scrub: false },
    });
    expect(new Bench().child.command).toMatchObject({ args: [], env: undefined, dir: undefined });
  });
});

describe('the exit', () => {
  test.each([
    [{ type: 'code', code: 0 }, 'exited', null],
    [{ type: 'code', code: 3 }, 'exited', { Code: 3, Message: 'exit status 3' }],
    [
      { type: 'signal', signal: 'KILL' },
      'signaled',
      { Signal: 'KILL', Message: 'ended by signal KILL' },
    ],
  ] as const)('%o is phase %s', (status, phase, exit) => {
    const bench = new Bench().started();
    const wait = bench.wait();
    bench.child.events.exited(status);
    bench.run();
    expect(stateOf(wait)).toMatchObject({ Phase: phase, Exit: exit });
    expect(stateOf(bench.wait())).toEqual(stateOf(wait));
    expect(bench.exits).toBe(1);
  });

  test('is told to any number of waiters, whatever the pipes hold', () => {
    const bench = new Bench().started();
    bench.stdin();
    bench.child.print('stdout', pattern(1000));
    const waits = Array.from({ length: 50 }, () => bench.wait());
    bench.exited(1);
    for (const wait of waits) expect(stateOf(wait)).toMatchObject({ Exit: { Code: 1 } });
  });

  test('is told though the command is longer than a frame and than a window', () => {
    const bench = new Bench({ Args: ['\u0001'.repeat(300_000)] }).started();
    const before = bench.wait();
    bench.exited();
    const after = bench.wait();
    for (const wait of [before, after]) {
      for (let i = 0; i < 10; i++) {
        wait.call.grant(Math.min(window, dataOf(wait.heard).length - i * window));
        bench.run();
      }
      expect(namesOf(wait.heard).at(-1)).toBe('ended');
      expect(stateOf(wait)).toMatchObject({ Phase: 'exited' });
    }
  });

  test('ends the writing of who writes, and lets nobody write after', () => {
    const bench = new Bench().started();
    const writer = bench.stdin();
    bench.exited();
    expect(failureOf(writer.heard)?.code).toBe('NOT_RUNNING');
    expect(failureOf(bench.stdin().heard)?.code).toBe('NOT_RUNNING');
  });

  test('leaves the output to be read', () => {
    const bench = new Bench().started();
    bench.child.print('stdout', pattern(100));
    bench.exited();
    const read = bench.call((call) => bench.proc.output(call, 'stdout'), {
      end: false,
      credit: window,
    });
    expect(dataOf(read.heard)).toEqual(Buffer.from(pattern(100)));
  });

  test('of a process with Scrub throws away what nobody reads, and only that', () => {
    const bench = new Bench({ Scrub: true }).started();
    const read = bench.call((call) => bench.proc.output(call, 'stdout'), {
      end: false,
      credit: 10,
    });
    bench.child.print('stdout', pattern(100));
    bench.child.print('stderr', pattern(100));
    bench.exited();
    expect(bench.child.unread('stderr')).toBe(0);
    expect(bench.child.unread('stdout')).toBe(90);
    read.call.grant(90);
    bench.run();
    read.call.grant(10);
    bench.run();
    expect(dataOf(read.heard)).toEqual(Buffer.from(pattern(100)));
  });

  test('is not told to a waiter that cancelled', () => {
    const bench = new Bench().started();
    const wait = bench.wait();
    wait.call.cancel();
    bench.run();
    expect(failureOf(wait.heard)?.code).toBe('CANCELLED');
    bench.exited();
    expect(namesOf(wait.heard)).toEqual(['failed']);
  });
});

describe('standard input', () => {
  test('is written, ended, and then taken by nobody else', () => {
    const bench = new Bench().started();
    const writer = bench.stdin();
    writer.call.data(pattern(1000));
    bench.run();
    expect(bench.child.written).toEqual([pattern(1000)]);
    expect(bench.child.stdinEnded).toBe(false);
    writer.call.end();
    bench.run();
    expect(bench.child.stdinEnded).toBe(true);
    expect(namesOf(writer.heard)).toEqual(['replied']);
    expect(failureOf(bench.stdin().heard)?.code).toBe('NOT_RUNNING');
  });

  test('may be ended with the call that opens it', () => {
    const bench = new Bench().started();
    const writer = bench.call((call) => bench.proc.stdin(call));
    expect(bench.child.stdinEnded).toBe(true);
    expect(namesOf(writer.heard)).toEqual(['replied']);
  });

  test('has one writer at a time', () => {
    const bench = new Bench().started();
    bench.stdin();
    expect(failureOf(bench.stdin().heard)?.code).toBe('STREAM_BUSY');
  });

  test.each(['is killed', 'cancels'])('stays open for the next when a writer %s', (how) => {
    const bench = new Bench().started();
    const writer = bench.stdin();
    if (how === 'cancels') writer.call.cancel();
    bench.run();
    if (how === 'is killed') writer.by.vanish();
    expect(bench.child.stdinEnded).toBe(false);
    const next = bench.stdin();
    expect(next.call.room()).toBe(window);
  });

  test('lets a writer be a window ahead of the process, and no more', () => {
    const bench = new Bench().started();
    bench.child.full = true;
    const writer = bench.stdin();
    writer.call.data(new Uint8Array(window));
    bench.run();
    expect(writer.call.room()).toBe(0);
    bench.child.events.drained();
    bench.run();
    expect(writer.call.room()).toBe(window);
  });

  test('lets all writers together be a window ahead, however many come and go', () => {
    const bench = new Bench().started();
    bench.child.full = true;
    for (let i = 0; i < 10; i++) {
      const writer = bench.stdin();
      const room = writer.call.room();
      if (room > 0) writer.call.data(new Uint8Array(room));
      bench.run();
      writer.by.vanish();
    }
    expect(bench.child.written.reduce((sum, { length }) => sum + length, 0)).toBe(window);
    const next = bench.stdin();
    bench.child.events.drained();
    bench.run();
    expect(next.call.room()).toBe(window);
  });

  test('fails who writes when the process closes it', () => {
    const bench = new Bench().started();
    const writer = bench.stdin();
    bench.child.events.stdinClosed();
    bench.run();
    expect(failureOf(writer.heard)?.code).toBe('NOT_RUNNING');
  });
});

describe('signals', () => {
  const signal = (bench: Bench, name: string) =>
    bench.call((call) => {
      bench.proc.signal(call, name);
      return {};
    });

  test('are sent by name, in any case, with or without SIG', () => {
    const bench = new Bench().started();
    for (const name of ['TERM', 'kill', 'SigUsr1']) signal(bench, name);
    expect(bench.child.signals).toEqual(['TERM', 'KILL', 'USR1']);
  });

  test.each(['', 'NOSUCH', '9', 'SIGSIGTERM', 'TERM; rm'])('"%s" is no signal', (name) => {
    expect(failureOf(signal(new Bench().started(), name).heard)?.code).toBe('BAD_ARGUMENT');
  });

  test('need a process that runs', () => {
    expect(failureOf(signal(new Bench(), 'TERM').heard)?.code).toBe('NOT_RUNNING');
    expect(failureOf(signal(new Bench().started().exited(), 'TERM').heard)?.code).toBe(
      'NOT_RUNNING',
    );
  });

  test('that stop it are seen in its phase', () => {
    const bench = new Bench().started();
    bench.child.isStopped = true;
    expect(bench.peek()).toMatchObject({ Phase: 'stopped' });
  });
});

describe('a scrub', () => {
  test('fails everybody who waits on the process, and lets it run on', () => {
    const bench = new Bench().started();
    const read = bench.call((call) => bench.proc.output(call, 'stdout'), { end: false });
    const waiting = [bench.wait(), bench.stdin(), read];
    bench.proc.scrub({ kill: false });
    bench.run();
    for (const { heard } of waiting) expect(failureOf(heard)?.code).toBe('ABORTED');
    expect(bench.child.released).toBe(true);
    expect(bench.child.signals).toEqual([]);
  });

  test('fails who made it, while it has not started', () => {
    const bench = new Bench();
    bench.proc.scrub({ kill: false });
    bench.run();
    expect(failureOf(bench.made.heard)?.code).toBe('ABORTED');
  });

  test('with kill ends the process', () => {
    const bench = new Bench().started();
    bench.proc.scrub({ kill: true });
    expect(bench.child.signals).toEqual(['KILL']);
  });
});
