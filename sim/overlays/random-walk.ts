/**
 * The overlay of the original circuit (github.com/gocircuit/circuit, 2013 to 2015), as its program
 * did it: each server pushes to neighbours found by random walks.
 *
 * Who joins gives its seed a list of servers: itself, and where four lazy random walks of six steps
 * from it end; and gets such a list of the seed. Each takes all on the list of the other for
 * neighbours, one way, and sends them all that it knows. Every two seconds each server writes its own
 * record anew; whoever sees a newer record passes it on to all of its neighbours, and whoever has not
 * seen a newer one for four seconds forgets it. A neighbour whose connection breaks is denounced to
 * all in the same way.
 *
 * Kept as they were: neighbours beyond eleven are dropped from the set that walks go through, but are
 * pushed to all the same; and only a set of at least seven is filled up when one is lost.
 */

import { unreachable } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import type { Address, ServerId } from '../../src/id.ts';
import { MS, SECOND } from '../../src/time.ts';
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

/** The set that walks go through is filled up from here, as the program did it, */
const LOW = 7;
/** and not larger than this. */
const HIGH = 11;
/** On a list: the server itself, and the ends of one walk less. */
const SPREAD = 5;
const WALK_STEPS = 6;
const ANNOUNCE_US = 2 * SECOND;
const FORGET_US = 4 * SECOND;
/** A list is sent without the walks that have not ended by then. */
const WALKS_US = 500 * MS;
const RECORDS_MAX = 65_536;

const record = struct({ peer, revision: integer() });

const message = union({
  join: struct({ list: list(peer, SPREAD) }),
  joined: struct({ list: list(peer, SPREAD) }),
  walk: struct({ origin: peer, number: integer(), steps: integer(WALK_STEPS) }),
  walked: struct({ end: peer, number: integer() }),
  push: struct({ records: list(record, RECORDS_MAX) }),
  /** That server is gone, as of that revision and moment. */
  denounce: struct({ id: serverId, revision: integer(), at: integer() }),
});

type Message = Of<typeof message>;
const say = saying(message);

interface Held {
  readonly peer: Peer;
  readonly revision: number;
  readonly heardAt: number;
}

/** Walks that are under way for one list. */
interface Gathering {
  readonly ends: Peer[];
  left: number;
  readonly until: number;
  readonly then: (list: readonly Peer[], out: Out) => void;
}

export class RandomWalk implements OverlayCore {
  readonly #self: Peer;
  readonly #random: Random;
  #revision = 0;
  #nextAt: number;
  #gatherings = 0;
  /** number => walks that are under way; each ends within `WALKS_US`. */
  readonly #gathering = new Map<number, Gathering>();
  /** address => who walks go to */
  readonly #kin = new Map<Address, Peer>();
  /** address => who is pushed to */
  readonly #downstream = new Map<Address, Peer>();
  /** server => its newest record */
  readonly #records = new Map<ServerId, Held>();

  constructor({ self, random, now }: CoreOptions) {
    this.#self = self;
    this.#random = random;
    this.#nextAt = now + random.below(ANNOUNCE_US);
    this.#records.set(self.id, { peer: self, revision: 0, heardAt: now });
  }

  neighbours(): Iterable<ServerId> {
    return Array.from(this.#downstream.values(), ({ id }) => id);
  }

  known(): Iterable<ServerId> {
    return [...this.#records.keys()].filter((id) => id !== this.#self.id);
  }

  deadline(): number {
    let at = this.#nextAt;
    for (const { until } of this.#gathering.values()) at = Math.min(at, until);
    return at;
  }

  step(now: number, event: OverlayEvent, out: Out): void {
    switch (event.type) {
      case 'tick':
        this.#tick(now, out);
        break;
      case 'join': {
        const { seed } = event;
        this.#gather(now, out, (ends, effects) => say(seed, { type: 'join', list: ends }, effects));
        break;
      }
      case 'message':
        this.#hear(now, event.from, event.bytes, out);
        break;
      case 'broken':
        this.#lost(now, event.peer, out);
        break;
      case 'leave':
      case 'datagram':
        break;
      default:
        unreachable(event);
    }
  }

  #tick(now: number, out: Out): void {
    for (const [number, gathering] of this.#gathering) {
      if (gathering.until <= now) this.#gathered(number, gathering, out);
    }
    if (this.#nextAt > now) return;
    this.#nextAt = now + ANNOUNCE_US;
    for (const [id, { heardAt }] of this.#records) {
      if (id === this.#self.id || now - heardAt <= FORGET_US) continue;
      this.#records.delete(id);
      out.push({ type: 'gone', id });
    }
    const own = { peer: this.#self, revision: ++this.#revision };
    this.#learn(now, [own], out);
  }

  #hear(now: number, from: Address, bytes: Uint8Array, out: Out): void {
    const heard = decode(message, bytes);
    switch (heard?.type) {
      case 'join':
        this.#gather(now, out, (ends, effects) => {
          say(from, { type: 'joined', list: ends }, effects);
          this.#remember(heard.list, effects);
        });
        break;
      case 'joined':
        this.#remember(heard.list, out);
        break;
      case 'walk':
        this.#walk(heard, out);
        break;
      case 'walked':
        this.#walked(heard.number, heard.end, out);
        break;
      case 'push':
        this.#learn(now, heard.records, out);
        break;
      case 'denounce':
        this.#denounced(heard, out);
        break;
      case undefined:
        break;
      default:
        unreachable(heard);
    }
  }

  /** Sends out walks, and goes on with us and those at which they ended. */
  #gather(now: number, out: Out, then: Gathering['then']): void {
    const number = ++this.#gatherings;
    const until = now + WALKS_US;
    const gathering = { ends: [this.#self], left: SPREAD - 1, until, then };
    if (this.#kin.size === 0) {
      then(gathering.ends, out);
      return;
    }
    this.#gathering.set(number, gathering);
    for (let i = 1; i < SPREAD; i++) {
      this.#walk({ origin: this.#self, number, steps: WALK_STEPS }, out);
    }
  }

  #gathered(number: number, { ends, then }: Gathering, out: Out): void {
    this.#gathering.delete(number);
    const byAddress = new Map(ends.map((end) => [end.address, end]));
    then([...byAddress.values()], out);
  }

  /** One walk, from here: at each step it stays as likely as it goes on. */
  #walk(walk: { origin: Peer; number: number; steps: number }, out: Out): void {
    for (let { steps } = walk; steps > 0; steps--) {
      if (this.#kin.size === 0 || this.#random.float() < 0.5) continue;
      const [next] = sample(this.#random, this.#kin.values(), 1) as [Peer];
      say(next.address, { ...walk, type: 'walk', steps: steps - 1 }, out);
      return;
    }
    const { origin, number } = walk;
    if (origin.id === this.#self.id) this.#walked(number, this.#self, out);
    else say(origin.address, { type: 'walked', end: this.#self, number }, out);
  }

  #walked(number: number, end: Peer, out: Out): void {
    const gathering = this.#gathering.get(number);
    if (gathering === undefined) return;
    gathering.ends.push(end);
    if (--gathering.left === 0) this.#gathered(number, gathering, out);
  }

  #remember(peers: readonly Peer[], out: Out): void {
    for (const each of peers) {
      const { id, address } = each;
      if (address === this.#self.address || this.#kin.get(address)?.id === id) continue;
      this.#kin.set(address, each);
      this.#downstream.set(address, each);
      const records = Array.from(this.#records.values(), ({ peer, revision }) => {
        return { peer, revision };
      });
      say(address, { type: 'push', records }, out);
    }
    while (this.#kin.size > HIGH) {
      const [dropped] = sample(this.#random, this.#kin.keys(), 1) as [Address];
      this.#kin.delete(dropped);
    }
  }

  /** Takes in records, and passes on what is new. */
  #learn(now: number, records: readonly Of<typeof record>[], out: Out): void {
    const fresh = records.filter(({ peer, revision }) => {
      const held = this.#records.get(peer.id);
      if (held !== undefined && held.revision >= revision) return false;
      if (peer.id === this.#self.id && revision > this.#revision) return false;
      this.#records.set(peer.id, { peer, revision, heardAt: now });
      return true;
    });
    if (fresh.length > 0) this.#push({ type: 'push', records: fresh }, out);
  }

  #lost(now: number, address: Address, out: Out): void {
    const wasKin = this.#kin.delete(address);
    const lost = this.#downstream.get(address);
    this.#downstream.delete(address);
    const held = lost === undefined ? undefined : this.#records.get(lost.id);
    if (held !== undefined) {
      this.#denounced({ id: held.peer.id, revision: held.revision, at: now }, out);
    }
    if (!wasKin || this.#kin.size < LOW) return;
    this.#gather(now, out, (ends, effects) => this.#remember(ends.slice(0, 2), effects));
  }

  /** Whoever has heard of it since then knows better. */
  #denounced(about: { id: ServerId; revision: number; at: number }, out: Out): void {
    const held = this.#records.get(about.id);
    if (held === undefined || about.id === this.#self.id) return;
    if (held.revision > about.revision || held.heardAt > about.at) return;
    this.#records.delete(about.id);
    out.push({ type: 'gone', id: about.id });
    this.#push({ type: 'denounce', ...about }, out);
  }

  #push(what: Message, out: Out): void {
    const bytes = encode(message, what);
    for (const to of this.#downstream.keys()) out.push({ type: 'message', to, bytes });
  }
}

/** Neighbours found by random walks, and every record pushed to all: the original circuit. */
export const randomWalk: OverlayProtocol = {
  name: 'random walks',
  knowsAll: true,
  saysGoodbye: false,
  start: (host, gone) => runCore(host, (options) => new RandomWalk(options), gone),
};
