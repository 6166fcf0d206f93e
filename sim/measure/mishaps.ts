/**
 * What went wrong in a run, and for how long: what was played, and what a story did by itself. A
 * server that crashed is down until one is started on its host again; what ails the network is over
 * when its time is, or when everything is healed before.
 */

import type { Cluster } from '../cluster.ts';
import type { Incident } from '../incident.ts';
import type { ClusterEvent } from '../node.ts';

/** One thing that went wrong. */
export interface Mishap {
  /** As it was played, or as a schedule would say what the story did. */
  readonly incident: Incident;
  /** When it was over, or the run. Equal to its beginning for what happens in a moment. */
  readonly untilUs: number;
}

/** Of one run; what comes later is counted alone. */
export const MISHAPS_MAX = 20_000;

interface Open {
  readonly incident: Incident;
  untilUs: number;
}

/** Collects what goes wrong in a cluster. */
export class MishapBook {
  /** How many were too many to be kept. */
  left = 0;
  readonly #cluster: Cluster;
  readonly #all: Open[] = [];
  /** Host name => its server is down since this. */
  readonly #down = new Map<string, Open>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => this.#hear(event));
  }

  /** All so far, in the order in which they began. */
  list(): Mishap[] {
    const { now, player } = this.#cluster;
    // Of clocks nobody is told; they are changed by schedules alone.
    const clocks = player.played.filter(({ at, type }) => at <= now && type === 'clock');
    return [...this.#all, ...clocks.slice(0, MISHAPS_MAX).map(opened)]
      .map(({ incident, untilUs }) => ({ incident, untilUs: Math.min(untilUs, now) }))
      .sort((a, b) => a.incident.at - b.incident.at);
  }

  #hear(event: ClusterEvent): void {
    const { now } = this.#cluster;
    if (event.type === 'started') {
      const open = this.#down.get(event.node.host.name);
      if (open !== undefined) open.untilUs = now;
      this.#down.delete(event.node.host.name);
    } else if (event.type === 'ended') {
      const { host, ending: type = 'crash' } = event.node;
      const open = { incident: { at: now, type, host: host.name }, untilUs: Infinity };
      this.#down.set(host.name, open);
      this.#add(open);
    } else if (event.type === 'imposed') {
      this.#add(opened(event.incident));
    } else if (event.type === 'whole') {
      for (const open of this.#all) {
        if ('forUs' in open.incident) open.untilUs = Math.min(open.untilUs, now);
      }
    }
  }

  #add(open: Open): void {
    if (this.#all.length < MISHAPS_MAX) this.#all.push(open);
    else this.left++;
  }
}

function opened(incident: Incident): Open {
  const forUs = 'forUs' in incident ? incident.forUs : 0;
  return { incident, untilUs: incident.at + forUs };
}
