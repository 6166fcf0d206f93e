/**
 * HyParView (Leitao, Pereira, Rodrigues: a membership protocol for reliable gossip-based broadcast,
 * DSN 2007): each server has a small active view, whose edges are connections that stand at both
 * ends and are the failure detector, and a larger passive view, of which it takes a new neighbour
 * when it has lost one. Who joins is passed on from its contact in random walks; passive views are
 * shuffled with those of others again and again.
 *
 * The sizes are those of the paper. It leaves open how a broken connection is noticed while nobody
 * sends: here each end says every second that it is there, and three seconds of silence break it, as
 * TCP's keep-alive would. Nobody knows all servers, and there is no goodbye.
 */

import { unreachable } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import type { Address, ServerId } from '../../src/id.ts';
import { SECOND } from '../../src/time.ts';
import { decode } from '../../src/wire/codec.ts';
import { boolean, integer, list, type Of, struct, union } from '../../src/wire/schema.ts';
import {
  type Out,
  type OverlayCore,
  type OverlayEvent,
  type OverlayProtocol,
  type Peer,
  peer,
  sample,
  saying,
} from './protocol.ts';
import { type CoreOptions, runCore } from './shell.ts';

/** Neighbours. */
export const ACTIVE_MAX = 5;
/** Others to fall back on. */
export const PASSIVE_MAX = 30;
/** Steps of the walk of one that joins (ARWL), */
const ACTIVE_WALK = 6;
/** and with how many left it is put into a passive view (PRWL). */
const PASSIVE_WALK = 3;
/** Of a shuffle: so many of the active view (ka), and so many of the passive one (kp). */
const SHUFFLED_ACTIVE = 3;
const SHUFFLED_PASSIVE = 4;
const SHUFFLED_MAX = 1 + SHUFFLED_ACTIVE + SHUFFLED_PASSIVE;
/** Between two shuffles; the paper counts in rounds. */
const SHUFFLE_US = 10 * SECOND;
const ALIVE_US = SECOND;
const SILENT_US = 3 * SECOND;
/** A passive one that was asked to be a neighbour, and has not answered by then, is taken for gone. */
const ANSWER_US = SECOND;

const message = union({
  join: struct({ who: peer }),
  forwardJoin: struct({ who: peer, steps: integer(ACTIVE_WALK) }),
  disconnect: struct({}),
  /** Asks to be a neighbour; who has none must not be refused. */
  neighbour: struct({ who: peer, isUrgent: boolean }),
  answer: struct({ who: peer, accepted: boolean }),
  shuffle: struct({ origin: peer, steps: integer(ACTIVE_WALK), list: list(peer, SHUFFLED_MAX) }),
  shuffled: struct({ list: list(peer, SHUFFLED_MAX) }),
  alive: struct({}),
});

type Message = Of<typeof message>;
const say = saying(message);
type Shuffle = Extract<Message, { type: 'shuffle' }>;

interface Active {
  readonly peer: Peer;
  heardAt: number;
}

export class HyParView implements OverlayCore {
  readonly #self: Peer;
  readonly #random: Random;
  /** address => a neighbour */
  readonly #active = new Map<Address, Active>();
  /** address => one to fall back on */
  readonly #passive = new Map<Address, Peer>();
  /** Who was asked to take the place of a lost neighbour; one at a time. */
  #asked: { readonly peer: Peer; readonly until: number } | undefined;
  /** Those who refused since the last one was lost. */
  readonly #refused = new Set<Address>();
  /** What was sent in the last shuffle: it makes room for what comes back. */
  #sent: readonly Peer[] = [];
  #aliveAt: number;
  #shuffleAt: number;

  constructor({ self, random, now }: CoreOptions) {
    this.#self = self;
    this.#random = random;
    this.#aliveAt = now + random.below(ALIVE_US);
    this.#shuffleAt = now + random.below(SHUFFLE_US);
  }

  neighbours(): Iterable<ServerId> {
    return Array.from(this.#active.values(), ({ peer }) => peer.id);
  }

  /** Both views. */
  known(): Iterable<ServerId> {
    return [...this.neighbours(), ...Array.from(this.#passive.values(), ({ id }) => id)];
  }

  deadline(): number {
    return Math.min(this.#aliveAt, this.#shuffleAt, this.#asked?.until ?? this.#aliveAt);
  }

  step(now: number, event: OverlayEvent, out: Out): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'join':
        say(event.seed, { type: 'join', who: this.#self }, out);
        break;
      case 'message':
        this.#hear(now, event.from, event.bytes, out);
        break;
      case 'broken':
        this.#failed(now, event.peer, out);
        break;
      case 'leave':
      case 'datagram':
        break;
      default:
        unreachable(event);
    }
  }

  #tick(now: number, out: Out): void {
    const asked = this.#asked;
    if (asked !== undefined && asked.until <= now) this.#failed(now, asked.peer.address, out);
    if (this.#aliveAt <= now) {
      this.#aliveAt = now + ALIVE_US;
      for (const [address, { heardAt }] of [...this.#active]) {
        if (now - heardAt > SILENT_US) this.#failed(now, address, out);
        else say(address, { type: 'alive' }, out);
      }
      this.#refused.clear();
      this.#refill(now, out);
    }
    if (this.#shuffleAt <= now) {
      this.#shuffleAt = now + SHUFFLE_US;
      this.#shuffle(out);
    }
  }

  #hear(now: number, from: Address, bytes: Uint8Array, out: Out): void {
    const heard = decode(message, bytes);
    const active = this.#active.get(from);
    if (active !== undefined) active.heardAt = now;
    switch (heard?.type) {
      case 'join':
        this.#joined(now, heard.who, out);
        break;
      case 'forwardJoin':
        this.#forwardJoin(now, from, heard, out);
        break;
      case 'disconnect':
        if (active === undefined) break;
        this.#active.delete(from);
        this.#keep(active.peer);
        this.#refill(now, out);
        break;
      case 'neighbour': {
        const accepted = heard.isUrgent || this.#active.has(from) || this.#active.size < ACTIVE_MAX;
        if (accepted) this.#admit(now, heard.who, out);
        say(from, { type: 'answer', who: this.#self, accepted }, out);
        break;
      }
      case 'answer':
        this.#answered(now, heard.who, heard.accepted, out);
        break;
      case 'shuffle':
        this.#shuffled(from, heard, out);
        break;
      case 'shuffled':
        this.#takeIn(heard.list, this.#sent);
        break;
      case 'alive':
        // We are its neighbour, and it is not ours: it had better know.
        if (active === undefined) say(from, { type: 'disconnect' }, out);
        break;
      case undefined:
        break;
      default:
        unreachable(heard);
    }
  }

  /** We are the contact of one that joins. */
  #joined(now: number, who: Peer, out: Out): void {
    this.#admit(now, who, out);
    say(who.address, { type: 'answer', who: this.#self, accepted: true }, out);
    for (const address of this.#active.keys()) {
      if (address === who.address) continue;
      say(address, { type: 'forwardJoin', who, steps: ACTIVE_WALK }, out);
    }
  }

  #forwardJoin(now: number, from: Address, walk: { who: Peer; steps: number }, out: Out): void {
    const { who, steps } = walk;
    if (steps === PASSIVE_WALK) this.#keep(who);
    const others = [...this.#active.keys()].filter((it) => it !== from && it !== who.address);
    const [next] = sample(this.#random, others, 1);
    if (steps > 0 && this.#active.size > 1 && next !== undefined) {
      say(next, { type: 'forwardJoin', who, steps: steps - 1 }, out);
      return;
    }
    if (who.id === this.#self.id || this.#active.has(who.address)) return;
    this.#admit(now, who, out);
    say(who.address, { type: 'neighbour', who: this.#self, isUrgent: true }, out);
  }

  #answered(now: number, who: Peer, accepted: boolean, out: Out): void {
    const wasAsked = this.#asked?.peer.address === who.address;
    if (wasAsked) this.#asked = undefined;
    // Else it answers to a join, or a walk of ours ended at it.
    if (accepted) this.#admit(now, who, out);
    else this.#refused.add(who.address);
    this.#refill(now, out);
  }

  /** Makes it a neighbour, in place of another when there is no room. */
  #admit(now: number, who: Peer, out: Out): void {
    if (who.id === this.#self.id) return;
    this.#passive.delete(who.address);
    if (!this.#active.has(who.address) && this.#active.size === ACTIVE_MAX) {
      const [dropped] = sample(this.#random, this.#active.values(), 1) as [Active];
      const { address } = dropped.peer;
      this.#active.delete(address);
      say(address, { type: 'disconnect' }, out);
      this.#keep(dropped.peer);
    }
    this.#active.set(who.address, { peer: who, heardAt: now });
  }

  /** Puts it into the passive view, in place of another when there is no room. */
  #keep(who: Peer, spare: readonly Peer[] = []): void {
    const { id, address } = who;
    if (id === this.#self.id || address === this.#self.address) return;
    if (this.#active.has(address)) return;
    if (!this.#passive.has(address) && this.#passive.size === PASSIVE_MAX) {
      const sent = spare.find((each) => this.#passive.has(each.address))?.address;
      const [any] = sample(this.#random, this.#passive.keys(), 1) as [Address];
      this.#passive.delete(sent ?? any);
    }
    this.#passive.set(address, who);
  }

  /** A connection with it broke, or it is silent. */
  #failed(now: number, address: Address, out: Out): void {
    const lost = this.#active.get(address)?.peer;
    if (this.#asked?.peer.address === address) this.#asked = undefined;
    this.#active.delete(address);
    this.#passive.delete(address);
    out.push({ type: 'hangUp', peer: address });
    if (lost !== undefined) out.push({ type: 'gone', id: lost.id });
    this.#refill(now, out);
  }

  /** Asks one of the passive view to become a neighbour, while there is room for one. */
  #refill(now: number, out: Out): void {
    if (this.#asked !== undefined || this.#active.size >= ACTIVE_MAX) return;
    const free = [...this.#passive.values()].filter(({ address }) => !this.#refused.has(address));
    const [chosen] = sample(this.#random, free, 1);
    if (chosen === undefined) return;
    this.#asked = { peer: chosen, until: now + ANSWER_US };
    const isUrgent = this.#active.size === 0;
    say(chosen.address, { type: 'neighbour', who: this.#self, isUrgent }, out);
  }

  #shuffle(out: Out): void {
    const [to] = sample(this.#random, this.#active.keys(), 1);
    if (to === undefined) return;
    const active = Array.from(this.#active.values(), ({ peer }) => peer);
    this.#sent = sample(this.#random, this.#passive.values(), SHUFFLED_PASSIVE);
    const entries = [this.#self, ...sample(this.#random, active, SHUFFLED_ACTIVE), ...this.#sent];
    const shuffle = { origin: this.#self, steps: ACTIVE_WALK, list: entries } as const;
    say(to, { type: 'shuffle', ...shuffle }, out);
  }

  #shuffled(from: Address, shuffle: Shuffle, out: Out): void {
    const { origin, steps, list: entries } = shuffle;
    const others = [...this.#active.keys()].filter((it) => it !== from && it !== origin.address);
    const [next] = sample(this.#random, others, 1);
    if (steps > 1 && this.#active.size > 1 && next !== undefined) {
      say(next, { type: 'shuffle', origin, steps: steps - 1, list: entries }, out);
      return;
    }
    if (origin.id === this.#self.id) return;
    const answer = sample(this.#random, this.#passive.values(), entries.length);
    say(origin.address, { type: 'shuffled', list: answer }, out);
    this.#takeIn(entries, answer);
  }

  #takeIn(entries: readonly Peer[], spare: readonly Peer[]): void {
    for (const each of entries) this.#keep(each, spare);
  }
}

/** Small active views over connections, larger passive ones to repair them from. */
export const hyParView: OverlayProtocol = {
  name: 'HyParView',
  knowsAll: false,
  saysGoodbye: false,
  start: (host, gone) => runCore(host, (options) => new HyParView(options), gone),
};
