/** What servers take: as the kernel knows it, and as they say themselves. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Circuit } from './circuit.ts';
import type { ServerProcess } from './server-process.ts';

/** One server at one time. */
export interface Sample {
  /** Seconds since the soak began. */
  readonly at: number;
  /** The name of its host, and which server it is. */
  readonly name: string;
  readonly id: string;
  readonly residentMib: number;
  /** Of that, what V8 has compiled. */
  readonly codeMib: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  readonly zombies: number;
  /** What it says itself; undefined when it did not answer. */
  readonly own:
    | {
        readonly heapMib: number;
        readonly cpuSeconds: number;
        /** Connections, without ours. */
        readonly sessions: number;
        /** All but the server itself. */
        readonly elements: number;
        readonly anchors: number;
        readonly pending: number;
        readonly begun: number;
      }
    | undefined;
}

const MIB = 1024 * 1024;
const ANSWER_MS = 5_000;

export class Sampler {
  readonly samples: Sample[] = [];
  readonly #circuit: Circuit;
  readonly #began: number;

  constructor(circuit: Circuit) {
    this.#circuit = circuit;
    this.#began = circuit.now;
  }

  get seconds(): number {
    return (this.#circuit.now - this.#began) / 1e6;
  }

  async run(everySeconds: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.all();
      await wait(everySeconds * 1000, undefined, { signal }).catch(() => {});
    }
  }

  /** One of each server that is up and does not stand still. */
  async all(): Promise<readonly Sample[]> {
    const running = this.#circuit.joined.filter(({ paused }) => !paused);
    const taken = await Promise.all(running.map((server) => this.#sample(server)));
    const known = taken.filter((sample) => sample !== undefined);
    this.samples.push(...known);
    return known;
  }

  async #sample(server: ServerProcess): Promise<Sample | undefined> {
    try {
      const { pid } = server;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
      const pids = children.split(' ').filter((each) => each !== '');
      return {
        at: this.seconds,
        name: server.host.name,
        id: server.id,
        residentMib: figureIn(status, 'VmRSS') / 1024,
        codeMib: codeMibOf(pid),
        threads: figureIn(status, 'Threads'),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
        children: pids.length,
        zombies: pids.filter(isZombie).length,
        own: await this.#asked(server),
      };
    } catch {
      return undefined; // It has just ended.
    }
  }

  async #asked(server: ServerProcess): Promise<Sample['own']> {
    const host = this.#circuit.clientHost();
    try {
      const client = await this.#circuit.client(server, host);
      const handle = client.walk(`/${server.id}`).server();
      const stats = await handle.stats({ timeoutMs: ANSWER_MS });
      const elements = Object.values(stats.Elements).reduce((sum, count) => sum + count, 0);
      await client.close();
      return {
        heapMib: stats.Heap / MIB,
        cpuSeconds: stats.Cpu / 1e6,
        sessions: stats.Sessions - 1,
        elements: elements - (stats.Elements.server ?? 0),
        anchors: stats.Anchors,
        pending: stats.Operations.Pending,
        begun: stats.Operations.Begun,
      };
    } catch {
      return undefined;
    } finally {
      host.crash();
    }
  }
}

/** Resident memory that is executable and of no file, in MiB: what is compiled while it runs. */
export function codeMibOf(pid: number): number {
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'latin1').split(/^(?=[0-9a-f]+-)/m);
  const compiled = mappings.filter((mapping) => /^\S+ ..xp \S+ \S+ 0 *\n/.test(mapping));
  return compiled.reduce((sum, mapping) => sum + figureIn(mapping, 'Rss'), 0) / 1024;
}

function figureIn(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
}

function isZombie(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) === 'Z';
  } catch {
    return false;
  }
}
