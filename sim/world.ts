/**
 * The simulated world: hosts on machines in a network, in virtual time, and the loop that lets one
 * event after the other happen. Everything in it is a function of the seed and of what the scenario
 * does; two runs that did the same have the same trace hash.
 *
 * Worlds share nothing. A world knows no servers: a host is what `startServer` is given.
 */

import { assert } from '../src/assert.ts';
import { SimHost } from './host.ts';
import { ACTION, kindName, type Task } from './kind.ts';
import type { LogSink } from './log.ts';
import { Machine } from './machine.ts';
import { Network } from './network.ts';
import { Programs } from './programs.ts';
import { hashText, SimRandom } from './random.ts';
import type { Rules } from './rules.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import { lan, type Topology } from './topology.ts';
import { Trace, type TraceSink } from './trace.ts';

/** What a world is made of. */
export interface WorldOptions {
  readonly seed: string;
  /** Decides what the network and the disks draw; the seed when left out. */
  readonly noise?: string;
  /** A local network when left out. */
  readonly topology?: Topology;
  /** Called after each event: runs the promises that it settled. src/ and sim/ have none. */
  readonly drain?: () => void;
  /** Gets every log line of every host. */
  readonly log?: LogSink;
  /** Gets every event and note, in order: a full trace. It makes a run several times slower. */
  readonly sink?: TraceSink;
}

/** Hosts on machines in a network, in virtual time; a function of its seed. */
export class World {
  readonly seed: string;
  readonly trace: Trace;
  readonly rules: Rules;
  readonly programs = new Programs();
  /** Chance for the scenario itself. */
  readonly random: SimRandom;
  readonly network: Network;
  /** How often the scenario, or a checker, did something at a moment that it had chosen. */
  actions = 0;

  readonly #scheduler = new Scheduler();
  readonly #machines = new Map<string, Machine>();
  readonly #drain: (() => void) | undefined;
  readonly #log: LogSink | undefined;
  readonly #self: Actor;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.#drain = options.drain;
    this.#log = options.log;
    this.random = new SimRandom(options.seed).fork('scenario');
    const names = { kind: kindName, actor: (actor: number) => this.#nameOf(actor) };
    this.trace = new Trace(names, options.sink);
    this.network = new Network({
      scheduler: this.#scheduler,
      trace: this.trace,
      seed: hashText(options.noise ?? options.seed),
      topology: options.topology ?? lan(),
    });
    this.rules = this.network.rules;
    const fire = (_kind: number, _a: number, _b: number, payload: unknown) => {
      this.actions++;
      (payload as Task).run();
    };
    this.#self = { actor: 0, fire };
  }

  /** Microseconds since the world began. */
  get now(): number {
    return this.#scheduler.now;
  }

  /** How many events wait. */
  get pending(): number {
    return this.#scheduler.pending;
  }

  /** How many events happened. */
  get executed(): number {
    return this.#scheduler.executed;
  }

  /**
   * Starts the host of this name. The same name again, after a crash, is a restart: the same
   * address and disk, nothing else.
   */
  addHost(name: string): SimHost {
    let machine = this.#machines.get(name);
    if (machine === undefined) {
      const { network, programs } = this;
      machine = new Machine({ name, index: this.#machines.size, network, programs });
      this.#machines.set(name, machine);
      this.network.add(machine);
    }
    assert(machine.process === undefined, `host ${name} runs already`);
    machine.starts++;
    machine.dark = false;
    const { seed, programs } = this;
    const host = new SimHost({ machine, seed, programs, log: this.#log });
    machine.process = host;
    return host;
  }

  /** The host of this name, when it runs. */
  host(name: string): SimHost | undefined {
    return this.#machines.get(name)?.process;
  }

  /** Lets the scenario do something at a moment. */
  at(us: number, run: () => void): void {
    this.#scheduler.push(us, this.#self, ACTION, 0, 0, { run });
  }

  /** Lets the scenario do something so many microseconds from now. */
  after(us: number, run: () => void): void {
    this.at(this.now + us, run);
  }

  /** Lets the next event happen. False when there is none. */
  step(): boolean {
    const scheduler = this.#scheduler;
    if (!scheduler.take()) return false;
    const { actor, kind, a, b, payload } = scheduler;
    if (actor === undefined) return false;
    this.trace.record(scheduler.now, actor.actor, kind, a, b);
    actor.fire(kind, a, b, payload);
    if (this.#drain !== undefined) this.#drain();
    return true;
  }

  /** Lets everything happen up to and at `untilUs`, and makes that the time. */
  run(untilUs: number): void {
    while (this.#scheduler.peek() <= untilUs) this.step();
    this.#scheduler.advance(untilUs);
  }

  /** Lets everything happen within so many microseconds. */
  runFor(us: number): void {
    this.run(this.now + us);
  }

  #nameOf(actor: number): string {
    return this.network.machines[actor - 1]?.name ?? 'world';
  }
}
