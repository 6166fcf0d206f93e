/**
 * The process that we are: what it takes, what keeps it awake, and where its time goes.
 *
 * A process cannot stop itself to look at its own stack, and between two events Node has none. What
 * says what it computes is a profile: V8 samples the stacks from the side.
 */

import type { Session } from 'node:inspector';
import type { Profiling, Runtime, Usage } from '../src/host/runtime.ts';
import { limits } from '../src/limits.ts';

type Done = (profile: Uint8Array | undefined, error: string | undefined) => void;

/** Between two samples, in microseconds. Shorter: finer, and slower while it lasts. */
const sampleUsMin = 1_000;

export class NodeRuntime implements Runtime {
  readonly #tasks: () => number;
  #profiling: NodeProfiling | undefined;

  /** `tasks` says how many tasks wait on the clock, which keeps one timer of Node for all. */
  constructor(tasks: () => number) {
    this.#tasks = tasks;
  }

  usage(): Usage {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return { cpuUs: user + system, residentBytes: rss, heapBytes: heapUsed };
  }

  activities(): readonly string[] {
    const counts = new Map<string, number>();
    for (const kind of process.getActiveResourcesInfo()) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const { utilization } = performance.eventLoopUtilization();
    return [
      `event loop ${(100 * utilization).toFixed(1)} % busy since the start`,
      `waiting tasks x ${this.#tasks()}`,
      ...[...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${kind} x ${n}`),
    ];
  }

  profile(us: number, done: Done): Profiling {
    const profiling = new NodeProfiling(us, (profile, error) => {
      this.#profiling = undefined;
      done(profile, error);
    });
    this.#profiling = profiling;
    return profiling;
  }

  /** Ends the profile that is being taken. */
  close(): void {
    this.#profiling?.cancel();
  }
}

/** From one sample to the next, in a profile that takes so long; all in microseconds. */
export function sampleUsOf(us: number): number {
  return Math.max(sampleUsMin, Math.ceil(us / limits.profileSamplesMax));
}

class NodeProfiling implements Profiling {
  readonly #us: number;
  readonly #done: Done;
  #session: Session | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #over = false;

  constructor(us: number, done: Done) {
    this.#us = us;
    this.#done = done;
    // Loaded for this alone: no server needs it to start.
    import('node:inspector').then(
      (inspector) => this.#begin(new inspector.Session()),
      (error) => this.#finish(undefined, `this Node has no inspector: ${error.message}`),
    );
  }

  cancel(): void {
    this.#over = true;
    clearTimeout(this.#timeout);
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #begin(session: Session): void {
    if (this.#over) return;
    this.#session = session;
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: sampleUsOf(this.#us) });
    session.post('Profiler.start', (error) => {
      if (error !== null) this.#finish(undefined, error.message);
    });
    this.#timeout = setTimeout(() => this.#end(), Math.ceil(this.#us / 1_000));
  }

  #end(): void {
    this.#session?.post('Profiler.stop', (error, answer) => {
      if (error !== null) this.#finish(undefined, error.message);
      else this.#finish(new TextEncoder().encode(JSON.stringify(answer.profile)), undefined);
    });
  }

  #finish(profile: Uint8Array | undefined, error: string | undefined): void {
    if (this.#over) return;
    this.cancel();
    this.#done(profile, error);
  }
}
