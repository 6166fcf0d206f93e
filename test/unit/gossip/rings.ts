/** The edges of a circuit: rings on which servers stand in random orders, each next to two others. */

import type { Turn } from '../../../src/gossip/announcements.ts';
import { lan } from '../../../src/gossip/profile.ts';
import type { ServerId } from '../../../src/id.ts';
import type { Server, SpreadNet } from './net.ts';

export class Rings {
  readonly #net: SpreadNet;
  readonly #rings: Server[][];

  /** Links all servers of `net`. */
  constructor(net: SpreadNet, count: number) {
    this.#net = net;
    this.#rings = Array.from({ length: count }, () => net.shuffled(net.servers));
    for (const server of net.servers) server.turnOf = (peer) => this.#turnOf(server, peer);
    this.rewire();
  }

  /** A new server, which knows what all know; its edges come to stand at once. Returns its peers. */
  join(): Server[] {
    const server = this.#net.add();
    server.turnOf = (peer) => this.#turnOf(server, peer);
    for (const [subject, key] of this.#net.pick().known) server.known.set(subject, key);
    for (const ring of this.#rings) ring.splice(this.#net.random.below(ring.length), 0, server);
    this.rewire();
    return [...server.links.keys()];
  }

  /** It vanishes. Returns its peers, which are linked at the next `rewire`. */
  kill(server: Server): Server[] {
    for (const ring of this.#rings) ring.splice(ring.indexOf(server), 1);
    return this.#net.kill(server);
  }

  /** Links those who stand next to each other, and lets go of edges between others a bit later. */
  rewire(): void {
    for (const [server, peers] of this.#neighbours()) {
      for (const peer of peers) this.#net.link(server, peer);
    }
    this.#net.after(3, () => {
      for (const [server, peers] of this.#neighbours()) {
        for (const peer of [...server.links.keys()]) {
          if (!peers.has(peer)) this.#net.unlink(server, peer);
        }
      }
    });
  }

  /** As the overlay has it: see Neighbourhood.turnToAnnounce. */
  #turnOf(server: Server, peer: ServerId): Turn {
    for (const ring of this.#rings.slice(0, lan.spread.announceRings)) {
      const at = ring.indexOf(server);
      if (ring[(at + 1) % ring.length]?.id === peer) return 'first';
      if (ring.at(at - 1)?.id === peer) return 'second';
    }
    return 'none';
  }

  #neighbours(): Map<Server, Set<Server>> {
    const neighbours = new Map(this.#net.up.map((server) => [server, new Set<Server>()]));
    for (const ring of this.#rings) {
      for (const [at, server] of ring.entries()) {
        const next = ring[(at + 1) % ring.length] as Server;
        neighbours.get(server)?.add(next);
        neighbours.get(next)?.add(server);
      }
    }
    return neighbours;
  }
}
