/**
 * The process of a host in virtual time. It takes no memory that one could measure, and computes in
 * no time: each event that it handles counts for a microsecond, so that who does more shows it.
 */

import type { Profiling, Runtime, Usage } from '../src/host/index.ts';
import type { SimHost } from './host.ts';

type Done = (profile: Uint8Array | undefined, error: string | undefined) => void;

export class SimRuntime implements Runtime {
  readonly #host: SimHost;

  constructor(host: SimHost) {
    this.#host = host;
  }

  usage(): Usage {
    return { cpuUs: this.#host.handled, residentBytes: 0, heapBytes: 0 };
  }

  activities(): readonly string[] {
    const { clock, streams, spawner } = this.#host;
    return [
      `connections x ${streams.count}`,
      `processes x ${spawner.left}`,
      `waiting tasks x ${clock.waiting}`,
    ];
  }

  profile(us: number, done: Done): Profiling {
    const { clock } = this.#host;
    const start = clock.now();
    return clock.schedule(start + us, () => {
      const profile = idleProfile(start, clock.now());
      done(new TextEncoder().encode(JSON.stringify(profile)), undefined);
    });
  }
}

/** One sample, of a process that waits: as V8 would have it, in microseconds. */
function idleProfile(startTime: number, endTime: number): object {
  const frame = { scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 };
  return {
    nodes: [
      { id: 1, callFrame: { functionName: '(root)', ...frame }, hitCount: 0, children: [2] },
      { id: 2, callFrame: { functionName: '(idle)', ...frame }, hitCount: 1 },
    ],
    startTime,
    endTime,
    samples: [2],
    timeDeltas: [endTime - startTime],
  };
}
