/**
 * A simulated process: a program on one side, the server that started it on the other, pipes and
 * signals between them. A stopped process keeps what happens to it until it continues; one that has
 * exited keeps only its unread output.
 */

import type { Child, ChildEvents, ExitStatus, Output, ProgramCommand } from '../src/host/index.ts';
import type { SimHost } from './host.ts';
import { PROGRAM } from './kind.ts';
import { Pipe } from './pipe.ts';
import type { Program, ProgramIo } from './programs.ts';

const STDIN_BYTES_MAX = 64 * 1024;
const START_US = 1_000;
/** How long a full pipe of a released process takes to be emptied: it may write for ever. */
const DISCARD_US = 1_000;
const STOPPING: readonly string[] = ['STOP', 'TSTP', 'TTIN', 'TTOU'];
const HARMLESS: readonly string[] = ['CHLD', 'CONT', 'URG', 'WINCH'];

export class Process implements Child {
  readonly #host: SimHost;
  readonly #command: ProgramCommand;
  readonly #pid: number;
  /** Whether it is the first process of a container: no signal that it does not handle ends it. */
  readonly #first: boolean;
  #events: ChildEvents | undefined;
  #state: 'starting' | 'running' | 'over' = 'starting';
  #stopped = false;
  /** What waits for the process to start or to continue. */
  #held: (() => void)[] = [];

  readonly #stdin = new Pipe();
  #stdinClosed = false;
  #stdinPaused = false;
  #stdinDue = false;
  #onStdin: ((bytes: Uint8Array | undefined) => void) | undefined = undefined;
  #onDrained: ((output: Output) => void) | undefined = undefined;
  readonly #onSignal = new Map<string, () => void>();
  readonly #outputs = { stdout: new Pipe(), stderr: new Pipe() };

  constructor(
    host: SimHost,
    command: ProgramCommand,
    events: ChildEvents,
    options: { readonly first?: boolean } = {},
  ) {
    this.#host = host;
    this.#command = command;
    this.#events = events;
    this.#first = options.first ?? false;
    this.#pid = host.machine.takePid();
  }

  // What the server does.

  write(bytes: Uint8Array): boolean {
    if (this.#state === 'over' || this.#stdinClosed || this.#stdin.ended) return true;
    const room = this.#stdin.write(bytes);
    this.#feed();
    return room;
  }

  endStdin(): void {
    if (this.#stdin.ended) return;
    this.#stdin.ended = true;
    this.#feed();
  }

  read(output: Output, bytesMax: number): Uint8Array | undefined {
    const pipe = this.#outputs[output];
    const bytes = pipe.read(bytesMax);
    if (bytes === undefined) return undefined;
    if (pipe.relieved()) this.#program(() => this.#onDrained?.(output));
    if (pipe.empty && pipe.ended) this.#server((events) => events.ended(output));
    return bytes;
  }

  signal(name: string): boolean {
    if (this.#state === 'over') return false;
    if (name === 'KILL') this.#exit({ type: 'signal', signal: name });
    else if (name === 'CONT') this.#continue();
    else if (STOPPING.includes(name)) this.#stopped = true;
    else this.#program(() => this.#signalled(name));
    return true;
  }

  kill(): void {
    this.signal('KILL');
  }

  /** Asks it to end, also when it is stopped. */
  terminate(): void {
    this.signal('TERM');
    this.signal('CONT');
  }

  stopped(): boolean {
    return this.#stopped;
  }

  release(): void {
    this.#events = undefined;
    this.endStdin();
    this.#discard('stdout');
    this.#discard('stderr');
  }

  // Its life.

  /** Starts `program`, or fails with the reason why there is none. */
  begin(program: Program | string): void {
    const at = this.#host.machine.network.scheduler.now + START_US;
    this.#host.post(at, PROGRAM, { run: () => this.#begun(program) });
  }

  #begun(program: Program | string): void {
    if (typeof program === 'string') {
      this.#state = 'over';
      this.#host.spawner.forget(this);
      this.#events?.failed(program);
      return;
    }
    if (this.#state === 'over') {
      // Killed before it could run.
      this.#events?.started(this.#pid);
      return;
    }
    this.#state = 'running';
    this.#events?.started(this.#pid);
    this.#program(() => program.start(this.#command.args, this.#io()));
    this.#release();
  }

  /** The machine it ran on is gone. */
  die(): void {
    this.#state = 'over';
    this.#events = undefined;
    this.#held = [];
  }

  #io(): ProgramIo {
    return {
      pid: this.#pid,
      dir: this.#command.dir,
      env: this.#command.env,
      write: (output, bytes) => this.#output(output, bytes),
      onDrained: (handler) => {
        this.#onDrained = handler;
      },
      onStdin: (handler) => {
        this.#onStdin = handler;
        this.#feed();
      },
      pauseStdin: () => {
        this.#stdinPaused = true;
      },
      resumeStdin: () => {
        this.#stdinPaused = false;
        this.#feed();
      },
      closeStdin: () => this.#closeStdin(),
      onSignal: (name, handler) => {
        this.#onSignal.set(name, handler);
      },
      schedule: (us, task) => {
        const at = this.#host.machine.network.scheduler.now + us;
        this.#host.post(at, PROGRAM, { run: () => this.#run(task) });
      },
      exit: (code) => this.#exit({ type: 'code', code }),
    };
  }

  #output(output: Output, bytes: Uint8Array): boolean {
    if (this.#state === 'over') return true;
    const pipe = this.#outputs[output];
    const first = pipe.empty && bytes.length > 0;
    const room = pipe.write(bytes);
    if (this.#events === undefined && !room) {
      const at = this.#host.machine.network.scheduler.now + DISCARD_US;
      this.#host.post(at, PROGRAM, { run: () => this.#discard(output) });
    }
    if (first) this.#server((events) => events.readable(output));
    return room;
  }

  /** Throws away what a released process wrote. */
  #discard(output: Output): void {
    const pipe = this.#outputs[output];
    pipe.clear();
    if (pipe.relieved()) this.#program(() => this.#onDrained?.(output));
  }

  /** Gives the program what is on its standard input, one event at a time. */
  #feed(): void {
    if (this.#stdinDue || this.#stdinPaused || this.#stdinClosed) return;
    if (this.#onStdin === undefined || (this.#stdin.empty && !this.#stdin.ended)) return;
    this.#stdinDue = true;
    this.#program(() => {
      this.#stdinDue = false;
      if (this.#stdinPaused || this.#stdinClosed) return;
      const bytes = this.#stdin.read(STDIN_BYTES_MAX);
      if (this.#stdin.relieved()) this.#server((events) => events.drained());
      if (bytes === undefined) this.#stdinClosed = true;
      this.#onStdin?.(bytes);
      this.#feed();
    });
  }

  #closeStdin(): void {
    if (this.#stdinClosed) return;
    this.#stdinClosed = true;
    const lost = !this.#stdin.ended || this.#stdin.full;
    this.#stdin.clear();
    if (lost) this.#server((events) => events.stdinClosed());
  }

  #signalled(name: string): void {
    const handler = this.#onSignal.get(name);
    if (handler !== undefined) handler();
    else if (!this.#first && !HARMLESS.includes(name)) this.#exit({ type: 'signal', signal: name });
  }

  #continue(): void {
    this.#stopped = false;
    const handler = this.#onSignal.get('CONT');
    if (handler !== undefined) this.#program(handler);
    this.#release();
  }

  #exit(status: ExitStatus): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#stopped = false;
    this.#held = [];
    this.#host.spawner.forget(this);
    this.#closeStdin();
    this.#server((events) => events.exited(status));
    for (const output of ['stdout', 'stderr'] as const) {
      const pipe = this.#outputs[output];
      pipe.ended = true;
      if (pipe.empty) this.#server((events) => events.ended(output));
    }
  }

  /** Lets something happen to the program as soon as possible. */
  #program(task: () => void): void {
    const at = this.#host.machine.network.scheduler.now;
    this.#host.post(at, PROGRAM, { run: () => this.#run(task) });
  }

  #run(task: () => void): void {
    if (this.#state === 'over') return;
    if (this.#stopped || this.#state === 'starting') this.#held.push(task);
    else task();
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const task of held) this.#program(task);
  }

  /** Tells the server as soon as possible. */
  #server(tell: (events: ChildEvents) => void): void {
    if (this.#events === undefined) return;
    const at = this.#host.machine.network.scheduler.now;
    this.#host.post(at, PROGRAM, {
      run: () => {
        if (this.#events !== undefined) tell(this.#events);
      },
    });
  }
}
