/**
 * What is on the disks of hosts is what their servers did: each run of a server has files of its
 * own, in which its entries stand in order; where some are missing, a line says how many; a file
 * ends in the midst of a line only where a crash tore it.
 */

import type { Cluster } from '../cluster.ts';
import type { Checker } from './checker.ts';

interface Line {
  readonly number: number;
  readonly event: string;
  readonly lost?: number;
}

const decoder = new TextDecoder();

/** See the header of this file. */
export class KeptJournalChecker implements Checker {
  readonly guarantee = 'kept journal';
  /** Entries that were found on disks. */
  observed = 0;
  /** Operations that were done meanwhile, as the scenario tells. */
  served = 0;
  /** Entries that disks could not take, and that lines tell of. */
  #lost = 0;
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  atEnd(): void {
    const seen = new Set<string>();
    for (const node of this.#cluster.nodes) {
      const { machine } = node.host;
      if (seen.has(machine.name)) continue;
      seen.add(machine.name);
      this.#disk(machine.disk.files);
    }
    this.#cluster.measure('operations', this.served);
    this.#cluster.measure('entries kept', this.observed);
    this.#cluster.measure('entries lost', this.#lost);
  }

  #disk(files: ReadonlyMap<string, Uint8Array>): void {
    /** Server => the number of its last entry. */
    const last = new Map<string, number>();
    const journals = [...files].filter(([name]) => name.startsWith('journal-'));
    for (const [, bytes] of journals.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const [header = '', ...lines] = decoder.decode(bytes).split('\n');
      // What is behind the last line feed was torn off, or is nothing.
      if (lines.pop() === undefined) continue;
      const { server } = JSON.parse(header) as { server: string };
      for (const text of lines) this.#line(server, JSON.parse(text) as Line, last);
    }
  }

  #line(server: string, { number, event, lost = 0 }: Line, last: Map<string, number>): void {
    const before = last.get(server) ?? 0;
    if (number !== before + (event === 'lost' ? lost : 1)) {
      this.#violate(`${server} has ${event} ${number} after ${before}`);
    }
    last.set(server, number);
    this.observed++;
    this.#lost += lost;
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
