/**
 * The container engine of a machine: which images it has, which containers there are, and what is
 * wrong with it. It outlives the servers of the machine. A container whose server has crashed is
 * kept as running, though nothing of its program is simulated any more.
 */

import type { EngineRefusal } from '../src/host/index.ts';
import type { Programs } from './programs.ts';

/** A container as the engine knows it. */
export interface EngineContainer {
  readonly name: string;
  /** What the engine says of it, as `docker inspect` prints. */
  inspected(): object;
  /** Sends a signal by its name without SIG. */
  kill(signal: string): EngineRefusal | undefined;
  /** It is no longer in the engine. */
  removed(): void;
  /** The engine stopped answering. */
  engineLost(): void;
}

export class Engine {
  readonly #programs: Programs;
  readonly #containers = new Map<string, EngineContainer>();
  readonly #withoutImage = new Set<string>();
  #down = false;
  #made = 0;

  constructor(programs: Programs) {
    this.#programs = programs;
  }

  /** The names of its containers, ended ones included. */
  get names(): readonly string[] {
    return [...this.#containers.keys()];
  }

  /** Why it answers nothing; undefined while it does. */
  get refusal(): EngineRefusal | undefined {
    if (!this.#down) return undefined;
    return { type: 'failed', reason: 'the container engine failed: connection refused' };
  }

  /** It stops answering, and its containers are lost sight of, or answers again. */
  set down(down: boolean) {
    if (down && !this.#down) for (const each of this.#containers.values()) each.engineLost();
    this.#down = down;
  }

  /** Images are programs of the world; from now on this engine lacks one. */
  forgetImage(image: string): void {
    this.#withoutImage.add(image);
  }

  has(image: string): boolean {
    return !this.#withoutImage.has(image) && this.#programs.get(image) !== undefined;
  }

  /** A number that no other container of this machine has. */
  takeNumber(): number {
    return this.#made++;
  }

  get(name: string): EngineContainer | undefined {
    return this.#containers.get(name);
  }

  add(container: EngineContainer): void {
    this.#containers.set(container.name, container);
  }

  /** As `docker rm -f`, also from outside. False when there is no such container. */
  remove(name: string): boolean {
    const container = this.#containers.get(name);
    this.#containers.delete(name);
    container?.removed();
    return container !== undefined;
  }
}
