/**
 * Containers in virtual time. An image is a program of the world by its name; a command whose path
 * is that of a program runs this one instead. What it runs is a process (see process.ts), which as
 * the first of its container dies of no signal but KILL, unless it handles it.
 */

import type {
  Container,
  ContainerCommand,
  ContainerEvents,
  Containers,
  EngineRefusal,
  ExitStatus,
  Output,
} from '../src/host/index.ts';
import type { Engine, EngineContainer } from './container-engine.ts';
import type { SimHost } from './host.ts';
import { PROGRAM } from './kind.ts';
import { Process } from './process.ts';
import type { Program, Programs } from './programs.ts';

/** How long the engine takes for what it is asked. */
const ANSWER_US = 500;
/** And for creating a container and starting it. */
const START_US = 20_000;
/** What an exit code has above the number of the signal. */
const SIGNALLED = 128;
/** The only signal that ends the first process of a container. */
const KILL_NUMBER = 9;

type Done = (refusal: EngineRefusal | undefined) => void;

export class SimContainers implements Containers {
  readonly #host: SimHost;
  readonly #programs: Programs;
  /** Those that are in the engine, or about to be. */
  readonly #owned = new Set<SimContainer>();

  constructor(host: SimHost, programs: Programs) {
    this.#host = host;
    this.#programs = programs;
  }

  get left(): number {
    return this.#owned.size;
  }

  terminate(): void {
    for (const container of this.#owned) container.terminate();
  }

  kill(): void {
    for (const container of this.#owned) container.remove(() => {});
  }

  run(command: ContainerCommand, events: ContainerEvents): Container {
    const { machine, random } = this.#host;
    const bytes = random.fork(`container ${machine.engine.takeNumber()}`).bytes(8);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const gone = () => this.#owned.delete(container);
    const name = `via-circuit-${hex}`;
    const container = new SimContainer(this.#host, { name, command, gone }, events);
    this.#owned.add(container);
    container.begin(this.#programs);
    return container;
  }
}

class SimContainer implements Container, EngineContainer {
  readonly name: string;
  readonly #host: SimHost;
  readonly #engine: Engine;
  readonly #command: ContainerCommand;
  readonly #gone: () => void;
  #events: ContainerEvents | undefined;
  #process: Process | undefined;
  #state: 'created' | 'running' | 'exited' = 'created';
  #pid = 0;
  #exitCode = 0;
  /** The server does not want it any more, or cannot see it. */
  #released = false;
  #removed = false;
  /** It is to be removed as soon as it has ended. */
  #terminating = false;

  /** `gone` is called once nothing of it is in the engine any more. */
  constructor(
    host: SimHost,
    options: {
      readonly name: string;
      readonly command: ContainerCommand;
      readonly gone: () => void;
    },
    events: ContainerEvents,
  ) {
    this.#host = host;
    this.#engine = host.machine.engine;
    this.name = options.name;
    this.#command = options.command;
    this.#gone = options.gone;
    this.#events = events;
  }

  // What the server does.

  write(bytes: Uint8Array): boolean {
    return this.#process?.write(bytes) ?? true;
  }

  endStdin(): void {
    this.#process?.endStdin();
  }

  read(output: Output, bytesMax: number): Uint8Array | undefined {
    return this.#released ? undefined : this.#process?.read(output, bytesMax);
  }

  signal(name: string, done: Done): void {
    this.#ask(() => this.kill(name), done);
  }

  inspect(done: (state: object | undefined, refusal: EngineRefusal | undefined) => void): void {
    this.#ask(
      () => undefined,
      (refusal) => done(refusal === undefined ? this.inspected() : undefined, refusal),
    );
  }

  remove(done: Done): void {
    if (this.#state !== 'exited') this.release();
    this.#removed = true;
    this.#ask(
      () => void this.#engine.remove(this.name),
      (refusal) => {
        const isGone = refusal === undefined || refusal.type === 'missing';
        if (isGone) this.#gone();
        done(isGone ? undefined : refusal);
      },
    );
  }

  /** Asks it to end, and removes it then. */
  terminate(): void {
    this.#terminating = true;
    if (this.#state === 'running') this.signal('TERM', () => {});
    else this.remove(() => {});
  }

  release(): void {
    this.#events = undefined;
    this.#released = true;
    this.#process?.release();
  }

  // What the engine does.

  begin(programs: Programs): void {
    this.#post(START_US, () => {
      if (this.#removed) return;
      const program = this.#engine.refusal?.reason ?? this.#programOf(programs);
      if (typeof program === 'string') this.#failed(program);
      else this.#start(program);
    });
  }

  inspected(): object {
    const { image, memoryBytes, cpuShares, volumes, dir, entry, env, path, args } = this.#command;
    return {
      Name: `/${this.name}`,
      Path: entry ?? path ?? '',
      Args: args,
      State: {
        Status: this.#state,
        Running: this.#state === 'running',
        OOMKilled: false,
        Pid: this.#state === 'running' ? this.#pid : 0,
        ExitCode: this.#exitCode,
        Error: '',
      },
      HostConfig: { Memory: memoryBytes ?? 0, CpuShares: cpuShares ?? 0, Binds: volumes },
      Config: { Image: image, Env: env, WorkingDir: dir ?? '', Entrypoint: entry ?? null },
    };
  }

  kill(signal: string): EngineRefusal | undefined {
    if (this.#process?.signal(signal) === true) return undefined;
    return { type: 'idle', reason: `the container ${this.name} is not running` };
  }

  removed(): void {
    this.#process?.signal('KILL');
  }

  engineLost(): void {
    if (this.#state === 'exited') return;
    const events = this.#events;
    this.release();
    this.#post(0, () => events?.lost('the connection to the container engine broke'));
  }

  /** What it runs, or why it cannot. */
  #programOf(programs: Programs): Program | string {
    const { image, entry, path } = this.#command;
    if (!this.#engine.has(image)) return `no image ${image} on that host: docker pull ${image}`;
    const name = entry ?? path ?? image;
    return programs.get(name) ?? `exec: "${name}": executable file not found in $PATH`;
  }

  #failed(reason: string): void {
    this.#events?.failed(reason);
    this.#events = undefined;
    this.#gone();
  }

  #start(program: Program): void {
    this.#engine.add(this);
    const { entry, path, args, dir, env } = this.#command;
    const words = entry !== undefined && path !== undefined ? [path, ...args] : args;
    this.#process = new Process(
      this.#host,
      { path: entry ?? path ?? this.#command.image, args: words, dir, env },
      {
        started: (pid) => this.#started(pid),
        failed: () => {},
        readable: (output) => this.#events?.readable(output),
        ended: (output) => this.#events?.ended(output),
        drained: () => this.#events?.drained(),
        stdinClosed: () => this.#events?.stdinClosed(),
        exited: (status) => this.#exited(status),
      },
      { first: true },
    );
    this.#process.begin(program);
    // Nobody wants it any more: it was removed, or its server lost sight of it, on the way.
    if (this.#released) this.#process.release();
  }

  #started(pid: number): void {
    this.#pid = pid;
    if (this.#state === 'created') this.#state = 'running';
    this.#events?.started();
  }

  #exited(status: ExitStatus): void {
    this.#state = 'exited';
    this.#exitCode = status.type === 'code' ? status.code : SIGNALLED + KILL_NUMBER;
    this.#events?.exited(this.#exitCode);
    if (this.#terminating) this.remove(() => {});
  }

  /** The engine is asked for something, and answers. */
  #ask(work: () => EngineRefusal | undefined, done: Done): void {
    this.#post(ANSWER_US, () => {
      const known = this.#engine.get(this.name) === this;
      const missing = { type: 'missing', reason: `no such container: ${this.name}` } as const;
      done(this.#engine.refusal ?? (known ? work() : missing));
    });
  }

  #post(us: number, run: () => void): void {
    this.#host.post(this.#host.machine.network.scheduler.now + us, PROGRAM, { run });
  }
}
