/** The processes of one start of a host. What they are is process.ts, what they run programs.ts. */

import type { Child, ChildEvents, ProgramCommand, Spawner } from '../src/host/index.ts';
import type { SimHost } from './host.ts';
import { Process } from './process.ts';
import type { Programs } from './programs.ts';

/** What the kernel says when it can start no process. */
const TOO_MANY = 'Resource temporarily unavailable';

export class SimSpawner implements Spawner {
  readonly #host: SimHost;
  readonly #programs: Programs;
  readonly #processes = new Set<Process>();

  constructor(host: SimHost, programs: Programs) {
    this.#host = host;
    this.#programs = programs;
  }

  spawn(command: ProgramCommand, events: ChildEvents): Child {
    const process = new Process(this.#host, command, events);
    if (!this.#host.alive) return process;
    this.#processes.add(process);
    const program = this.#programs.get(command.path);
    const refused = this.#host.machine.ailments.has('no-spawn');
    process.begin(refused ? TOO_MANY : (program ?? `${command.path}: no such file or directory`));
    return process;
  }

  get running(): number {
    return this.#processes.size;
  }

  get left(): number {
    return this.#processes.size;
  }

  terminate(): void {
    for (const process of this.#processes) process.terminate();
  }

  kill(): void {
    for (const process of this.#processes) process.kill();
  }

  forget(process: Process): void {
    this.#processes.delete(process);
  }

  /** The host is gone, and its processes with it. */
  die(): void {
    for (const process of this.#processes) process.die();
    this.#processes.clear();
  }
}
