/**
 * G11: what servers keep for those who send junk is bounded, and gone once they are. That it changes
 * no view is what the other checkers see.
 */

import { limits } from '../../src/limits.ts';
import { MS, SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Incident } from '../incident.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** What servers may keep. */
export interface UnharmedOptions {
  /** Connections of one server that are nothing to do with junk. Default: 60. */
  readonly connectionsMax?: number;
}

/** G11: strangers are gone in time, and nothing of what they say is kept. */
export function unharmed(options: UnharmedOptions = {}): CheckerFactory {
  return (cluster) => new Unharmed(cluster, options.connectionsMax ?? 60);
}

type JunkIncident = Extract<Incident, { type: 'junk' }>;

const LOOK_US = SECOND / 2;
/** For a connection to be ended, on both sides. */
const SPARE_US = 2 * SECOND;

class Unharmed implements Checker {
  readonly guarantee = 'G11 unharmed';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #connectionsMax: number;
  /** How many connections were opened to a host, and when the last of them may be over. */
  readonly #opened: { readonly at: number; readonly count: number; readonly host: string }[] = [];
  #looking = false;

  constructor(cluster: Cluster, connectionsMax: number) {
    this.#cluster = cluster;
    this.#connectionsMax = connectionsMax;
    cluster.observe((event) => {
      if (event.type === 'imposed' && event.incident.type === 'junk') this.#begun(event.incident);
    });
  }

  atEnd(): void {
    this.#look(0);
  }

  #begun({ host, junk }: JunkIncident): void {
    this.observed++;
    if (junk.type === 'connections') {
      const { count, everyUs, how, openUs } = junk;
      const isStranger = how === 'silent' || how === 'half';
      const stayUs = isStranger ? Math.min(openUs, limits.helloTimeoutMs * MS) : openUs;
      this.#opened.push({ at: this.#cluster.now + count * everyUs + stayUs, count, host });
    }
    if (!this.#looking) this.#lookOn();
    this.#looking = true;
  }

  #lookOn(): void {
    this.#look(SPARE_US);
    this.#cluster.world.after(LOOK_US, () => this.#lookOn());
  }

  #look(spareUs: number): void {
    const { now, present } = this.#cluster;
    for (const { host, server } of present) {
      let may = this.#connectionsMax;
      for (const { at, count, host: victim } of this.#opened) {
        if (victim === host.name && now <= at + spareUs) may += count;
      }
      const { count } = host.streams;
      if (count > may) this.#violate(`${host.name} keeps ${count} connections, more than ${may}`);
      const { departedCount, size } = server.membership();
      if (size + departedCount > this.#cluster.started) {
        this.#violate(`${host.name} knows ${size + departedCount} servers, more than ever were`);
      }
    }
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
