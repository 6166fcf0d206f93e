/**
 * Discovery: how servers that are told nothing but the address of a multicast group become one
 * circuit, in whatever order they start, and hours apart.
 *
 * A server asks a few times when it starts, and says who it is: whoever hears that and does not know
 * it joins it, or lets itself be joined (see candidates.ts). From then on the circuit as a whole
 * announces itself now and then (see turns.ts), so that two circuits which begin to hear each other
 * late become one as well. What is known to membership is left to membership: packets of servers in
 * our view only save us from saying the same.
 *
 * Nobody is believed more than that a server may be at an address: a join finds out.
 */

import { assert, unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import type { Random } from '../host/random.ts';
import {
  type Address,
  type CircuitName,
  type CircuitUrl,
  isLoopback,
  parseCircuitUrl,
  type ServerId,
} from '../id.ts';
import { limits } from '../limits.ts';
import { MS, NEVER } from '../time.ts';
import { Candidates, type JoinOutcome, type View } from './candidates.ts';
import { type Announced, decodePacket, encodePacket } from './packet.ts';
import { type DiscoveryProfile, standardDiscovery } from './profile.ts';
import { Turns } from './turns.ts';

export type DiscoveryEvent =
  | { readonly type: 'tick' }
  /** Something was sent to the group, by us or by others. */
  | { readonly type: 'packet'; readonly bytes: Uint8Array }
  /** The outcome of the `join` under way. */
  | { readonly type: 'joinDone'; readonly id: ServerId; readonly outcome: JoinOutcome };

export type DiscoveryEffect =
  | { readonly type: 'send'; readonly bytes: Uint8Array }
  /** One at a time. */
  | { readonly type: 'join'; readonly id: ServerId; readonly url: CircuitUrl };

export interface DiscoveryOptions {
  readonly id: ServerId;
  readonly url: string;
  readonly circuit: CircuitName;
  readonly view: View;
  readonly random: Random;
  readonly now: number;
  readonly profile?: DiscoveryProfile;
}

/** Since the start, for people. */
export interface DiscoveryCounters {
  queries: number;
  offers: number;
  heard: number;
  joins: number;
  malformed: number;
  otherVersion: number;
  otherCircuit: number;
  /** Of servers that only their own machine can dial, or that cannot dial us for that reason. */
  outOfReach: number;
}

type Out = Effects<DiscoveryEffect>;

export class Discovery {
  readonly counters: DiscoveryCounters = {
    ...{ queries: 0, offers: 0, heard: 0, joins: 0 },
    ...{ malformed: 0, otherVersion: 0, otherCircuit: 0, outOfReach: 0 },
  };
  readonly #id: ServerId;
  readonly #url: string;
  readonly #address: Address;
  readonly #circuit: CircuitName;
  readonly #view: View;
  readonly #turns: Turns;
  readonly #candidates: Candidates;
  /** When to ask; those that are over are gone. */
  readonly #asks: number[];

  constructor(options: DiscoveryOptions) {
    const { id, url, circuit, view, random, now, profile = standardDiscovery } = options;
    this.#id = id;
    this.#url = url;
    this.#address = parseCircuitUrl(url).address;
    this.#circuit = circuit;
    this.#view = view;
    this.#turns = new Turns(now, random.fork('turns'), profile);
    this.#candidates = new Candidates(id, view, random.fork('candidates'), profile);
    const asking = random.fork('asking');
    this.#asks = profile.askMs.map((ms) => now + Math.ceil(ms * (0.75 + asking.float() / 2) * MS));
  }

  step(now: number, event: DiscoveryEvent, out: Out): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'packet':
        this.#heard(now, event.bytes);
        break;
      case 'joinDone':
        this.#candidates.done(now, event.id, event.outcome);
        break;
      default:
        unreachable(event);
    }
  }

  /** Depends on the view: to be asked again when that has changed. */
  deadline(): number {
    const askAt = this.#asks[0] ?? NEVER;
    const turnAt = this.#turns.deadline(this.#view.size);
    return Math.min(askAt, turnAt, this.#candidates.deadline());
  }

  #tick(now: number, out: Out): void {
    if ((this.#asks[0] ?? NEVER) <= now) {
      // After a standstill several are due, and one does.
      while ((this.#asks[0] ?? NEVER) <= now) this.#asks.shift();
      this.#say(now, 'query', out);
    } else if (this.#turns.deadline(this.#view.size) <= now) {
      this.#say(now, 'offer', out);
    }
    const candidate = this.#candidates.next(now);
    if (candidate === undefined) return;
    assert(candidate.id !== this.#id, 'a server never joins itself');
    this.counters.joins++;
    out.push({ type: 'join', id: candidate.id, url: parseCircuitUrl(candidate.url) });
  }

  #say(now: number, type: 'query' | 'offer', out: Out): void {
    const size = Math.min(this.#view.size, limits.membersMax);
    const server: Announced = { id: this.#id, url: this.#url, size };
    this.counters[type === 'query' ? 'queries' : 'offers']++;
    this.#turns.said(now);
    out.push({ type: 'send', bytes: encodePacket({ type, circuit: this.#circuit, server }) });
  }

  #heard(now: number, bytes: Uint8Array): void {
    const packet = decodePacket(bytes);
    const { counters } = this;
    if (packet === undefined) counters.malformed++;
    else if (packet.type === 'foreign') counters.otherVersion++;
    else if (packet.circuit !== undefined && packet.circuit !== this.#circuit) {
      counters.otherCircuit++;
    } else if (packet.type === 'look') this.#turns.asked(now, 'client', this.#view.size);
    else this.#met(now, packet.server, packet.type === 'query');
  }

  /** Another server of our circuit, or one that will be. */
  #met(now: number, server: Announced, isAsking: boolean): void {
    if (server.id === this.#id) return;
    if (isLoopback(parseCircuitUrl(server.url).address) !== isLoopback(this.#address)) {
      this.counters.outOfReach++;
      return;
    }
    this.counters.heard++;
    if (this.#view.has(server.id)) {
      this.#turns.heard(now);
      return;
    }
    this.#candidates.heard(now, server);
    if (isAsking) this.#turns.asked(now, 'server', this.#view.size);
  }
}
