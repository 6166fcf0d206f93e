/** One discovery machine, stepped by hand. */

import { SimRandom } from '../../sim/random.ts';
import {
  Discovery,
  type DiscoveryEffect,
  type DiscoveryEvent,
} from '../../src/discovery/discovery.ts';
import { type Announced, decodePacket, encodePacket } from '../../src/discovery/packet.ts';
import type { CircuitName, ServerId } from '../../src/id.ts';
import { MS } from '../../src/time.ts';

export const circuitName = '' as CircuitName;

/** The server of that number: the higher, the higher its id. */
export function someServer(number: number, size = 1): Announced {
  const id = `X${number.toString(16).padStart(16, '0')}` as ServerId;
  const url = `circuit://10.0.${number >> 8}.${number & 255}:11022/1/Q0000000000000000`;
  return { id, url, size };
}

export class Alone {
  readonly server: Announced;
  /** Who is in its circuit, besides itself. */
  readonly members = new Set<ServerId>();
  /** How many more there are. */
  others = 0;
  readonly machine: Discovery;
  now = 0;

  constructor(number: number, { seed = '1', url }: { seed?: string; url?: string } = {}) {
    this.server = { ...someServer(number), ...(url === undefined ? {} : { url }) };
    const self = this;
    this.machine = new Discovery({
      id: this.server.id,
      url: this.server.url,
      circuit: circuitName,
      view: {
        has: (id) => id === self.server.id || self.members.has(id),
        get size() {
          return 1 + self.members.size + self.others;
        },
      },
      random: new SimRandom(seed),
      now: 0,
    });
  }

  step(event: DiscoveryEvent): DiscoveryEffect[] {
    const effects: DiscoveryEffect[] = [];
    this.machine.step(this.now, event, effects);
    return effects;
  }

  hear(type: 'query' | 'offer', server: Announced, circuit = circuitName): void {
    this.step({ type: 'packet', bytes: encodePacket({ type, circuit, server }) });
  }

  look(): void {
    const bytes = encodePacket({ type: 'look', circuit: undefined });
    this.step({ type: 'packet', bytes });
  }

  /** Lets so much time go by; what it wanted meanwhile, each with when. */
  run(ms: number): { readonly at: number; readonly effect: DiscoveryEffect }[] {
    const end = this.now + ms * MS;
    const all: { at: number; effect: DiscoveryEffect }[] = [];
    while (this.machine.deadline() <= end) {
      this.now = Math.max(this.now, this.machine.deadline());
      for (const effect of this.step({ type: 'tick' })) all.push({ at: this.now, effect });
    }
    this.now = end;
    return all;
  }

  /** As `run`: what it said. */
  said(ms: number): { readonly at: number; readonly type: string }[] {
    return this.run(ms).flatMap(({ at, effect }) => {
      if (effect.type !== 'send') return [];
      return [{ at, type: decodePacket(effect.bytes)?.type ?? 'junk' }];
    });
  }

  /** As `run`: whom it joined. The joins have no outcome yet. */
  joined(ms: number): ServerId[] {
    return this.run(ms).flatMap(({ effect }) => (effect.type === 'join' ? [effect.id] : []));
  }
}
