/**
 * SWIM (Das, Gupta, Motivala: scalable weakly-consistent infection-style process group membership,
 * DSN 2002), with suspicion, and every server knowing all: each probes one other a period, in a
 * random order of all, first itself and then through three others; whoever does not answer is
 * suspected, and gone unless it objects in time. What changes is carried by the probes.
 *
 * The period is one second, as that of this project; the paper had two. A suspicion stands for, and
 * each piece of news is carried, 3 ln(n + 1) periods and times, as in the paper. One that was taken
 * for gone comes back by objecting with a higher incarnation, which the paper leaves to a new join.
 */

import { unreachable } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import type { Address, ServerId } from '../../src/id.ts';
import { MS, NEVER, SECOND } from '../../src/time.ts';
import { decode, encode } from '../../src/wire/codec.ts';
import { integer, list, type Of, struct, union } from '../../src/wire/schema.ts';
import { serverId } from '../../src/wire/server-id.ts';
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
import { CLAIMS_MAX, type Claim, claim, Members } from './swim-members.ts';

const PERIOD_US = SECOND;
/** From a probe to the question to others; more than the round trip. */
const ACK_US = 300 * MS;
/** Others that are asked to probe. */
const HELPERS = 3;
/** Probes for others that are under way; those beyond are not made. */
const RELAYS_MAX = 256;
const MEMBERS_MAX = 65_536;
/** Who leaves tells so many. */
const GOODBYES = 3;

const news = list(claim, CLAIMS_MAX);

const message = union({
  /** Only the subject answers: another server may have its address by now. */
  ping: struct({ number: integer(), subject: serverId, news }),
  ack: struct({ number: integer(), news }),
  pingFor: struct({ number: integer(), subject: peer, news }),
  join: struct({ who: peer }),
  members: struct({ claims: list(claim, MEMBERS_MAX) }),
});

type Message = Of<typeof message>;
const say = saying(message);

export class Swim implements OverlayCore {
  readonly #self: Peer;
  readonly #random: Random;
  readonly #members: Members;
  #incarnation = 0;
  #isLeaving = false;
  #numbers = 0;
  #nextAt: number;
  /** Who is probed in this period; undefined once it has answered. */
  #probe: { readonly number: number; readonly subject: Peer; askAt: number } | undefined;
  /** Who is probed next, the last first; drawn anew when all were. */
  #order: ServerId[] = [];
  /** number of our probe => for whom it is */
  readonly #relays = new Map<number, { readonly to: Address; readonly number: number }>();

  constructor({ self, random, now }: CoreOptions) {
    this.#self = self;
    this.#random = random;
    this.#members = new Members(self);
    this.#nextAt = now + random.below(PERIOD_US);
  }

  /** Each probes any other. */
  neighbours(): Iterable<ServerId> {
    return this.known();
  }

  known(): Iterable<ServerId> {
    return Array.from(this.#members.others(), ({ id }) => id);
  }

  deadline(): number {
    return Math.min(this.#nextAt, this.#probe?.askAt ?? NEVER);
  }

  step(now: number, event: OverlayEvent, out: Out): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'join':
        say(event.seed, { type: 'join', who: this.#self }, out);
        break;
      case 'leave':
        this.#leave(out);
        break;
      case 'datagram':
      case 'message':
        this.#hear(now, event.from, event.bytes, out);
        break;
      case 'broken':
        break;
      default:
        unreachable(event);
    }
  }

  #tick(now: number, out: Out): void {
    const probe = this.#probe;
    if (probe !== undefined && probe.askAt <= now) {
      probe.askAt = NEVER;
      const { number, subject } = probe;
      const others = [...this.#members.others()].filter(({ id }) => id !== subject.id);
      for (const { address } of sample(this.#random, others, HELPERS)) {
        this.#tell(address, { type: 'pingFor', number, subject }, out);
      }
    }
    if (this.#nextAt > now) return;
    this.#nextAt = now + PERIOD_US;
    if (probe !== undefined) this.#suspect(now, probe.subject.id, out);
    for (const overdue of this.#members.overdue(now)) {
      this.#learn(now, { ...overdue, state: 'gone' }, out);
    }
    this.#relays.clear();
    this.#probe = undefined;
    const subject = this.#nextSubject();
    if (subject === undefined || this.#isLeaving) return;
    const number = ++this.#numbers;
    this.#probe = { number, subject, askAt: now + ACK_US };
    this.#tell(subject.address, { type: 'ping', number, subject: subject.id }, out);
  }

  /** In rounds over all, so that each is probed again within two rounds. */
  #nextSubject(): Peer | undefined {
    for (let round = 0; round < 2; round++) {
      while (this.#order.length > 0) {
        const held = this.#members.claimOf(this.#order.pop() as ServerId);
        if (held !== undefined && held.state !== 'gone') return held.peer;
      }
      const all = Array.from(this.#members.others(), ({ id }) => id);
      this.#order = sample(this.#random, all, all.length);
    }
    return undefined;
  }

  #hear(now: number, from: Address, bytes: Uint8Array, out: Out): void {
    const heard = decode(message, bytes);
    if (heard === undefined) return;
    if ('news' in heard) for (const each of heard.news) this.#learn(now, each, out);
    switch (heard.type) {
      case 'ping':
        if (heard.subject !== this.#self.id) break;
        this.#tell(from, { type: 'ack', number: heard.number }, out);
        break;
      case 'ack':
        this.#acked(heard.number, out);
        break;
      case 'pingFor': {
        if (this.#relays.size === RELAYS_MAX) break;
        const number = ++this.#numbers;
        const { subject } = heard;
        this.#relays.set(number, { to: from, number: heard.number });
        this.#tell(subject.address, { type: 'ping', number, subject: subject.id }, out);
        break;
      }
      case 'join':
        this.#learn(now, { peer: heard.who, incarnation: 0, state: 'alive' }, out);
        say(from, { type: 'members', claims: this.#members.present() }, out);
        break;
      case 'members':
        for (const each of heard.claims) this.#learn(now, each, out);
        break;
      default:
        unreachable(heard);
    }
  }

  #acked(number: number, out: Out): void {
    if (this.#probe?.number === number) this.#probe = undefined;
    const relay = this.#relays.get(number);
    if (relay === undefined) return;
    this.#relays.delete(number);
    this.#tell(relay.to, { type: 'ack', number: relay.number }, out);
  }

  #suspect(now: number, id: ServerId, out: Out): void {
    const held = this.#members.claimOf(id);
    if (held?.state === 'alive') this.#learn(now, { ...held, state: 'suspect' }, out);
  }

  #learn(now: number, next: Claim, out: Out): void {
    const { id } = next.peer;
    if (id === this.#self.id) {
      this.#object(next);
      return;
    }
    const learnt = this.#members.learn(next, now + this.#members.patience * PERIOD_US);
    if (learnt !== undefined && next.state === 'gone') out.push({ type: 'gone', id });
  }

  /** Somebody doubts that we are there. */
  #object({ state, incarnation }: Claim): void {
    if (state === 'alive' || incarnation < this.#incarnation || this.#isLeaving) return;
    this.#incarnation = incarnation + 1;
    const own = { peer: this.#self, incarnation: this.#incarnation, state: 'alive' } as const;
    this.#members.learn(own, NEVER);
  }

  #leave(out: Out): void {
    this.#isLeaving = true;
    this.#probe = undefined;
    const own = { peer: this.#self, incarnation: this.#incarnation, state: 'gone' } as const;
    this.#members.learn(own, NEVER);
    for (const { id, address } of sample(this.#random, this.#members.others(), GOODBYES)) {
      this.#tell(address, { type: 'ping', number: ++this.#numbers, subject: id }, out);
    }
  }

  /** Sends a datagram with as much news as it carries. */
  #tell(to: Address, what: WithoutNews, out: Out): void {
    const bytes = encode(message, { ...what, news: this.#members.news() } as Message);
    out.push({ type: 'datagram', to, bytes });
  }
}

type Spread<M> = M extends { news: unknown } ? Omit<M, 'news'> : never;
type WithoutNews = Spread<Message>;

/** Full views, probes of one random other a period, and news that rides on them. */
export const swim: OverlayProtocol = {
  name: 'SWIM',
  knowsAll: true,
  saysGoodbye: true,
  start: (host, gone) => runCore(host, (options) => new Swim(options), gone),
};
