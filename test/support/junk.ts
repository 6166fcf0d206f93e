/**
 * Messages that must change nothing: random bytes, real messages cut short, lengthened, damaged,
 * repeated and out of order, answers to what nobody asked, questions about servers that do not
 * exist. What is left out are lies: well-formed claims that could be true, which whoever has no key
 * cannot be told from the server it speaks for.
 */

import type { SimRandom } from '../../sim/random.ts';
import { supersedes } from '../../src/gossip/news.ts';
import { type ServerId, serverIdOf } from '../../src/id.ts';
import type { Member } from '../../src/membership/member.ts';
import {
  type Datagram,
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
} from '../../src/membership/message.ts';

/** What a forger knows. */
export interface Known {
  /** Whom it writes to. */
  readonly victim: Member;
  readonly peers: readonly Member[];
  /** Datagrams that were really sent in this circuit. */
  readonly recorded: readonly Uint8Array[];
}

export class Forger {
  readonly #random: SimRandom;
  readonly #known: Known;

  constructor(random: SimRandom, known: Known) {
    this.#random = random;
    this.#known = known;
  }

  /** Some of them are well-formed. */
  datagram(): Uint8Array {
    for (;;) {
      const bytes = this.#bytes(() =>
        this.#random.below(2) === 0 ? this.#recorded() : encodeDatagram(this.#forged()),
      );
      if (!isLie(decodeDatagram(bytes), this.#known.victim)) return bytes;
    }
  }

  /** Some of them are well-formed. */
  edgeMessage(): Uint8Array {
    for (;;) {
      const bytes = this.#bytes(() => encodeEdge(this.#edgeMessage()));
      const message = decodeEdge(bytes);
      if (message === undefined || idle.has(message.type)) return bytes;
    }
  }

  #bytes(real: () => Uint8Array): Uint8Array {
    const random = this.#random;
    switch (random.below(6)) {
      case 0:
        return random.bytes(random.below(1_200));
      case 1:
        return Uint8Array.of(random.below(16), ...random.bytes(random.below(40)));
      case 2: {
        const bytes = real();
        return bytes.subarray(0, random.below(bytes.length));
      }
      case 3:
        return Uint8Array.of(...real(), ...random.bytes(1 + random.below(8)));
      case 4: {
        const bytes = real().slice();
        for (let flips = 1 + random.below(3); flips > 0; flips--) {
          const at = random.below(bytes.length);
          bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
        }
        return bytes;
      }
      default:
        return real();
    }
  }

  #recorded(): Uint8Array {
    const { recorded } = this.#known;
    return recorded[this.#random.below(recorded.length)] as Uint8Array;
  }

  /** A table, so that none is forgotten when there are more. */
  #forged(): Datagram {
    const seq = this.#random.below(0x7fffffff);
    const from = this.#anybody();
    const subject = this.#anybody();
    const digest = this.#digest();
    const made: { readonly [T in Datagram['type']]: () => Datagram & { type: T } } = {
      probe: () => ({ type: 'probe', seq, from, digest }),
      ack: () => ({ type: 'ack', seq, from, digest, turnMs: this.#random.below(0xffffff) }),
      ask: () => ({ type: 'ask', from, subject }),
      vote: () => ({ type: 'vote', from, subject, verdict: this.#one(verdicts) }),
      verify: () => {
        const { incarnation, left } = this.#stale();
        return { type: 'verify', seq, from, subject, incarnation, left };
      },
      verified: () => ({ type: 'verified', seq, member: this.#stale() }),
      offer: () => ({ type: 'offer', from }),
      take: () => ({ type: 'take', seq, from }),
      report: () => ({ type: 'report', seq, from, records: [this.#stale()] }),
    };
    return this.#one(Object.values(made))();
  }

  #edgeMessage(): EdgeMessage {
    const seq = this.#random.below(0x7fffffff);
    const subject = this.#nobody();
    const digest = this.#digest();
    const member = this.#stale();
    const records = [member, this.#stale()];
    const keys = [{ subject, incarnation: this.#random.below(9), left: true }];
    const made: { readonly [T in EdgeMessage['type']]: () => EdgeMessage & { type: T } } = {
      hello: () => ({ type: 'hello', member, digest }),
      news: () => ({ type: 'news', records, waves: [1, 2] }),
      announce: () => ({ type: 'announce', keys }),
      graft: () => ({ type: 'graft', keys }),
      prune: () => ({ type: 'prune' }),
      join: () => ({ type: 'join' }),
      view: () => ({ type: 'view', records, last: false }),
      summary: () => ({ type: 'summary', digests: [digest, this.#digest()] }),
      difference: () => ({ type: 'difference', count: 16, buckets: [3, 4], records }),
      records: () => ({ type: 'records', records }),
      find: () => ({ type: 'find', subject }),
      ping: () => ({ type: 'ping', seq, digest }),
      pong: () => ({ type: 'pong', seq, digest }),
    };
    return this.#one(Object.values(made))();
  }

  /** A server that is known, or one that does not exist, which nobody can reach. */
  #stale(): Member {
    const { victim, peers } = this.#known;
    const model = this.#one([victim, ...peers]);
    if (this.#random.below(2) === 0) return model;
    const id = this.#nobody();
    const left = this.#random.below(2) === 0;
    const address = '127.0.0.1:1' as Member['address'];
    return { ...model, id, url: `circuit://${address}`, address, left };
  }

  #anybody(): ServerId {
    const { victim, peers } = this.#known;
    return this.#random.below(4) === 0 ? this.#nobody() : this.#one([victim, ...peers]).id;
  }

  #nobody(): ServerId {
    return serverIdOf(this.#random.bytes(8));
  }

  #digest() {
    return { high: this.#random.below(0xffffffff), low: this.#random.below(0xffffffff) };
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#random.below(of.length)] as T;
  }
}

const verdicts = ['alive', 'silent', 'gone', 'unsure'] as const;

/** What a stranger may say on an edge, and nothing comes of it. */
const idle: ReadonlySet<EdgeMessage['type']> = new Set([
  ...(['announce', 'graft', 'prune', 'join', 'summary', 'find', 'ping', 'pong'] as const),
]);

/** Whether it tells the victim that others know of it what is better than the truth. */
function isLie(message: Datagram | undefined, victim: Member): boolean {
  if (message?.type !== 'verify' || message.subject !== victim.id) return false;
  return supersedes(message, victim);
}

/** Whether a server must count it as malformed. */
export function isUnreadable(datagram: Uint8Array): boolean {
  return decodeDatagram(datagram) === undefined;
}
