/**
 * A circle of detectors over a network made of delays: nothing but detectors, rings and news, so
 * that a test of them does not depend on what is built upon them.
 */

import { SimRandom } from '../../../sim/random.ts';
import { Detector } from '../../../src/detector/detector.ts';
import type { DetectorEffect, DetectorEvent } from '../../../src/detector/event.ts';
import { type DetectorProfile, detectorProfiles } from '../../../src/detector/profile.ts';
import type { ServerId } from '../../../src/id.ts';

import { MS } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';
import { OwnRings } from '../../support/own-rings.ts';

export interface CircleOptions {
  readonly count: number;
  readonly seed?: string;
  readonly profile?: DetectorProfile;
  /** Each way. 0.25 to 1 ms. */
  readonly delayUs?: readonly [number, number];
  /** Of datagrams, each way. 0. */
  readonly lossRatio?: number;
  /** From a declaration to its arrival at all others. 5 ms. */
  readonly newsUs?: number;
}

interface Server {
  readonly id: ServerId;
  readonly detector: Detector;
  readonly rings: OwnRings;
  watched: ReadonlySet<ServerId>;
  isDown: boolean;
  /** It stands still until then. */
  resumesAt: number;
}

export interface Declaration {
  readonly at: number;
  readonly by: ServerId;
  readonly peer: ServerId;
  readonly proof: 'refused' | 'silent';
  readonly spread: boolean;
}

interface Arrival {
  readonly at: number;
  readonly server: Server;
  readonly arrive: () => void;
}

export class Circle {
  now = 0;
  readonly servers: Server[] = [];
  readonly declared: Declaration[] = [];
  /** Effects by their type, since the last `forget`. */
  counts: Record<string, number> = {};
  /** When probes of each subject arrived at it. */
  readonly probed = new Map<ServerId, { at: number; from: ServerId }[]>();
  /** Whether nothing gets from one to the other, neither datagrams nor what an edge carries. */
  cut: (from: ServerId, to: ServerId) => boolean = () => false;
  readonly #options: Required<CircleOptions>;
  readonly #random: SimRandom;
  /** Sorted by time. */
  readonly #arrivals: Arrival[] = [];

  constructor(options: CircleOptions) {
    this.#options = {
      seed: 'circle',
      profile: detectorProfiles.lan,
      delayUs: [250, 1_000],
      lossRatio: 0,
      newsUs: 5 * MS,
      ...options,
    };
    this.#random = new SimRandom(`circle ${this.#options.seed}`);
    const ids = Array.from({ length: options.count }, (_, i) => idOf((i + 1) * 0x9e37_79b9_7f4a));
    for (const id of ids) {
      const rings = new OwnRings(id, 5);
      for (const other of ids) rings.add(other);
      const random = this.#random.fork(id);
      const detector = new Detector({
        now: 0,
        self: id,
        random,
        profile: this.#options.profile,
        observersOf: (subject) => rings.neighboursOf(subject),
      });
      const watched: ReadonlySet<ServerId> = new Set();
      this.servers.push({ id, detector, rings, watched, isDown: false, resumesAt: 0 });
    }
    for (const server of this.servers) this.#rewire(server);
  }

  server(id: ServerId): Server {
    return this.servers.find((server) => server.id === id) as Server;
  }

  get up(): Server[] {
    return this.servers.filter(({ isDown }) => !isDown);
  }

  forget(): void {
    this.counts = {};
    this.probed.clear();
    this.declared.length = 0;
  }

  /** Its host dies without a word. */
  dark(server: Server): void {
    server.isDown = true;
  }

  /** Its process dies: edges break, and dials are refused. */
  kill(server: Server): void {
    server.isDown = true;
    for (const other of this.up) {
      if (!other.watched.has(server.id)) continue;
      const breaksIn = this.#delay();
      this.#later(breaksIn, other, () => this.step(other, { type: 'doubted', peer: server.id }));
      this.#later(breaksIn + this.#delay() + this.#delay(), other, () =>
        this.step(other, { type: 'refused', peer: server.id }),
      );
    }
  }

  pause(server: Server, forUs: number): void {
    server.resumesAt = this.now + forUs;
  }

  step(server: Server, event: DetectorEvent): void {
    const effects: DetectorEffect[] = [];
    server.detector.step(this.now, event, effects);
    for (const effect of effects) this.#perform(server, effect);
  }

  runFor(us: number): void {
    const end = this.now + us;
    for (;;) {
      const arrival = this.#arrivals[0];
      let due = arrival?.at ?? Number.POSITIVE_INFINITY;
      let next: Server | undefined;
      for (const server of this.servers) {
        if (server.isDown) continue;
        const at = Math.max(server.detector.deadline(), server.resumesAt);
        if (at < due) {
          due = at;
          next = server;
        }
      }
      if (due > end) break;
      this.now = Math.max(this.now, due);
      if (next !== undefined) this.step(next, { type: 'tick' });
      else this.#arrive(this.#arrivals.shift() as Arrival);
    }
    this.now = end;
  }

  #arrive({ server, arrive }: Arrival): void {
    if (server.isDown) return;
    if (server.resumesAt > this.now) this.#later(server.resumesAt - this.now, server, arrive);
    else arrive();
  }

  #perform(server: Server, effect: DetectorEffect): void {
    this.counts[effect.type] = (this.counts[effect.type] ?? 0) + 1;
    switch (effect.type) {
      case 'probe':
        this.#send(server.id, effect.peer, (peer) => this.#probed(server, peer, effect.seq));
        if (effect.urgent) this.#ping(server, effect.peer, effect.seq);
        break;
      case 'ask':
        this.#send(server.id, effect.to, (to) => {
          const { subject } = effect;
          const isPresent = subject === to.id || to.rings.neighboursOf(subject).length > 0;
          this.step(to, { type: 'asked', subject, from: server.id, isPresent });
        });
        break;
      case 'vote':
        this.#send(server.id, effect.to, (to) => {
          const { subject, verdict } = effect;
          this.step(to, { type: 'voted', subject, from: server.id, verdict });
        });
        break;
      case 'gone':
        this.declared.push({ at: this.now, by: server.id, ...effect });
        this.#bury(server, effect.peer);
        if (!effect.spread) break;
        for (const other of this.up) {
          if (other === server || other.id === effect.peer || this.cut(server.id, other.id))
            continue;
          this.#later(this.#options.newsUs, other, () => this.#bury(other, effect.peer));
        }
    }
  }

  #probed(prober: Server, peer: Server, seq: number): void {
    const arrivals = this.probed.get(peer.id) ?? [];
    arrivals.push({ at: this.now, from: prober.id });
    this.probed.set(peer.id, arrivals);
    const turnUs = peer.detector.turnFor(this.now, prober.id);
    this.#send(peer.id, prober.id, (to) =>
      this.step(to, { type: 'acked', peer: peer.id, seq, turnUs }),
    );
  }

  /** Over the edge nothing is lost, but when the way is cut. */
  #ping(server: Server, id: ServerId, seq: number): void {
    if (this.cut(server.id, id) || !server.watched.has(id)) return;
    this.#later(this.#delay(), this.server(id), () => {
      if (this.cut(id, server.id)) return;
      this.#later(this.#delay(), server, () =>
        this.step(server, { type: 'acked', peer: id, seq, turnUs: undefined }),
      );
    });
  }

  #send(from: ServerId, to: ServerId, arrive: (to: Server) => void): void {
    if (this.cut(from, to) || this.#random.float() < this.#options.lossRatio) return;
    const server = this.server(to);
    this.#later(this.#delay(), server, () => arrive(server));
  }

  #delay(): number {
    const [min, max] = this.#options.delayUs;
    return min + this.#random.below(max - min + 1);
  }

  #later(us: number, server: Server, arrive: () => void): void {
    const at = this.now + us;
    let place = this.#arrivals.length;
    while (place > 0 && (this.#arrivals[place - 1] as Arrival).at > at) place--;
    this.#arrivals.splice(place, 0, { at, server, arrive });
  }

  #bury(server: Server, peer: ServerId): void {
    server.rings.remove(peer);
    this.#rewire(server);
  }

  #rewire(server: Server): void {
    const before = server.watched;
    server.watched = server.rings.neighbours;
    for (const peer of before) {
      if (!server.watched.has(peer)) this.step(server, { type: 'unwatch', peer });
    }
    for (const peer of server.watched) {
      if (!before.has(peer)) this.step(server, { type: 'watch', peer });
    }
  }
}
