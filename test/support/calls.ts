/** Calls on an element under test, over two sessions in memory; and a process played by hand. */

import { CircuitError } from '../../src/errors.ts';
import type { Child, ChildEvents, Output } from '../../src/host/index.ts';
import type { ProgramCommand, Spawner } from '../../src/host/spawner.ts';
import type { SessionBounds } from '../../src/rpc/bounds.ts';
import type { Call, CallEvents } from '../../src/rpc/call.ts';
import { greetedPipe, type Opened, type Pipe } from './pipe.ts';

/** Runs every call that a caller opens through `answer`, as a server does. */
export class Caller {
  readonly pipe: Pipe;
  readonly #answers: ((call: Call) => CallEvents)[] = [];

  /** `bounds`: of the server. */
  constructor(bounds?: SessionBounds) {
    this.pipe = greetedPipe(bounds);
    this.pipe.far.answer = (call) => {
      const answer = this.#answers.shift() as (call: Call) => CallEvents;
      try {
        return answer(call);
      } catch (error) {
        if (!(error instanceof CircuitError)) throw error;
        call.fail(error);
        return {};
      }
    };
  }

  /** With `take`, every offer is taken. */
  call(
    answer: (call: Call) => CallEvents,
    options: { end?: boolean; credit?: number; take?: boolean } = {},
  ): Opened {
    this.#answers.push(answer);
    const take = (offer: number) => opened.call.take(offer);
    const opened = this.pipe.near.open(options, options.take ? { offered: take } : {});
    this.pipe.run();
    return opened;
  }

  run(): void {
    this.pipe.run();
  }

  /** The caller is gone, as when it is killed. */
  vanish(): void {
    const gone = new CircuitError('SERVER_GONE', 'gone');
    this.pipe.near.session.close(gone);
    this.pipe.far.session.close(gone);
  }
}

/** A process whose every move the test makes. */
export class PlayedChild implements Child {
  readonly command: ProgramCommand;
  readonly events: ChildEvents;
  readonly written: Uint8Array[] = [];
  readonly signals: string[] = [];
  stdinEnded = false;
  isStopped = false;
  released = false;
  /** Whether standard input takes no more for now. */
  full = false;
  readonly #output: Record<Output, Uint8Array> = {
    stdout: new Uint8Array(0),
    stderr: new Uint8Array(0),
  };

  constructor(command: ProgramCommand, events: ChildEvents) {
    this.command = command;
    this.events = events;
  }

  /** Bytes in the pipe that nobody has read. */
  unread(output: Output): number {
    return this.#output[output].length;
  }

  print(output: Output, bytes: Uint8Array): void {
    this.#output[output] = Uint8Array.from(Buffer.concat([this.#output[output], bytes]));
    this.events.readable(output);
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes.slice());
    return !this.full;
  }

  endStdin(): void {
    this.stdinEnded = true;
  }

  read(output: Output, bytesMax: number): Uint8Array | undefined {
    const bytes = this.#output[output];
    if (bytes.length === 0) return undefined;
    this.#output[output] = bytes.subarray(bytesMax);
    return bytes.subarray(0, bytesMax);
  }

  signal(name: string): boolean {
    this.signals.push(name);
    return true;
  }

  kill(): void {
    this.signals.push('KILL');
  }

  stopped(): boolean {
    return this.isStopped;
  }

  release(): void {
    this.released = true;
  }
}

export class PlayedSpawner implements Spawner {
  running = 0;
  readonly children: PlayedChild[] = [];
  readonly left = 0;

  terminate(): void {}

  kill(): void {}

  spawn(command: ProgramCommand, events: ChildEvents): PlayedChild {
    const child = new PlayedChild(command, events);
    this.children.push(child);
    return child;
  }
}

/** A clock that stands until it is moved. */
export class StillClock {
  #now = 0;
  #tasks: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now / 1000;
  }

  /** Tasks that are due in the future. */
  get waiting(): number {
    return this.#tasks.length;
  }

  schedule(at: number, run: () => void) {
    const task = { at, run };
    this.#tasks.push(task);
    return {
      cancel: () => {
        this.#tasks = this.#tasks.filter((each) => each !== task);
      },
    };
  }

  /** As after a stop: what became due meanwhile runs now, late, and once. */
  jump(us: number): void {
    this.#now += us;
    for (const task of this.#tasks.filter(({ at }) => at <= this.#now)) {
      this.#tasks = this.#tasks.filter((each) => each !== task);
      task.run();
    }
  }

  advance(us: number): void {
    const until = this.#now + us;
    for (;;) {
      this.#tasks.sort((a, b) => a.at - b.at);
      const task = this.#tasks[0];
      if (task === undefined || task.at > until) break;
      this.#tasks.shift();
      this.#now = Math.max(this.#now, task.at);
      task.run();
    }
    this.#now = until;
  }
}
