/**
 * G9, of discovery: what servers say by multicast stays little, however many they are. In the time
 * after their start, those that start together say a few packets each; and an idle circuit as a
 * whole says some in a minute, whatever its size.
 */

import { SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Idler, Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** What servers may say by multicast. */
export interface DiscoveryOptions {
  /** Packets of each server in its first half a minute, in the mean of those started together. */
  readonly perServerMax?: number;
  /** Packets of an idle circuit in a minute. */
  readonly perMinuteMax?: number;
}

/** G9, of discovery: servers say little by multicast, however many they are. */
export function discoveryTraffic(options: DiscoveryOptions = {}): CheckerFactory {
  return (cluster) => new DiscoveryTraffic(cluster, options);
}

const STARTING_US = 30 * SECOND;
/** Fewer are no crowd: chance decides what one says. */
const CROWD_MIN = 10;
const MINUTE_S = 60;

class DiscoveryTraffic implements Checker {
  readonly guarantee = 'G9 discovery';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #options: Required<DiscoveryOptions>;
  /** When they were started => who was, of those that discover. */
  readonly #starts = new Map<number, Node[]>();

  constructor(cluster: Cluster, options: DiscoveryOptions) {
    this.#cluster = cluster;
    this.#options = {
      perServerMax: options.perServerMax ?? 6,
      perMinuteMax: options.perMinuteMax ?? 5,
    };
    cluster.observe((event) => {
      if (event.type === 'started' && event.node.discover !== undefined) this.#started(event.node);
      else if (event.type === 'idled') this.#idled(event.idlers);
    });
  }

  atEnd(): void {}

  #started(node: Node): void {
    const { world, now } = this.#cluster;
    const together = this.#starts.get(now);
    if (together !== undefined) {
      together.push(node);
      return;
    }
    this.#starts.set(now, [node]);
    world.after(STARTING_US, () => this.#judge(now));
  }

  #judge(startedAt: number): void {
    const nodes = this.#starts.get(startedAt) ?? [];
    this.#starts.delete(startedAt);
    if (nodes.length < CROWD_MIN) return;
    this.observed++;
    const sum = nodes.reduce((all, { host }) => all + host.sent.multicasts, 0);
    const mean = sum / nodes.length;
    this.#cluster.measure('multicast packets of a server that starts in a crowd', mean);
    if (mean <= this.#options.perServerMax) return;
    this.#violate(
      `${nodes.length} servers that were started together sent ${mean.toFixed(1)} multicast ` +
        `packets each, more than ${this.#options.perServerMax}`,
    );
  }

  #idled(idlers: readonly Idler[]): void {
    const circuits = new Map<string, number>();
    for (const { node, multicastsPerSecond } of idlers) {
      if (node.discover === undefined) continue;
      const sum = circuits.get(node.circuit) ?? 0;
      circuits.set(node.circuit, sum + multicastsPerSecond * MINUTE_S);
    }
    for (const [circuit, perMinute] of circuits) {
      this.observed++;
      this.#cluster.measure('multicast packets of an idle circuit', perMinute, '1/min');
      if (perMinute <= this.#options.perMinuteMax) continue;
      this.#violate(
        `the idle circuit "${circuit}" sent ${perMinute.toFixed(1)} multicast packets a minute, ` +
          `more than ${this.#options.perMinuteMax}`,
      );
    }
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
