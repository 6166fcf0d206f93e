/** One membership core, stepped by hand: what it is told, and what it then says, as one reads it. */

import { SimRandom } from '../../sim/random.ts';
import { type Digest, emptyDigest, toggled } from '../../src/gossip/digest.ts';
import type { Address } from '../../src/id.ts';
import type { MembershipEffect, MembershipEvent } from '../../src/membership/event.ts';
import type { Member } from '../../src/membership/member.ts';
import { Membership } from '../../src/membership/membership.ts';
import {
  type Datagram,
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
} from '../../src/membership/message.ts';
import { MS } from '../../src/time.ts';
import { memberOf } from './members.ts';

export const self = memberOf(5);

type Effects = readonly MembershipEffect[];

export function digestOf(...members: Member[]): Digest {
  return members.reduce((sum, { id, incarnation }) => toggled(sum, id, incarnation), emptyDigest);
}

export class Alone {
  readonly membership = new Membership({ self, random: new SimRandom('alone'), now: 0 });
  /** The time of the last step. */
  ms = 0;

  at(ms: number, event: MembershipEvent): MembershipEffect[] {
    const out: MembershipEffect[] = [];
    this.ms = ms;
    this.membership.step(ms * MS, event, out);
    return out;
  }

  tick(ms: number): MembershipEffect[] {
    return this.at(ms, { type: 'tick' });
  }

  /** Ticks at every deadline up to and with then. */
  run(untilMs: number): MembershipEffect[] {
    const all: MembershipEffect[] = [];
    while (this.membership.deadline() <= untilMs * MS) {
      all.push(...this.tick(Math.max(this.ms, this.membership.deadline() / MS)));
    }
    this.ms = untilMs;
    return all;
  }

  hear(ms: number, { id }: Member, message: EdgeMessage): MembershipEffect[] {
    return this.at(ms, { type: 'edgeMessage', peer: id, bytes: encodeEdge(message) });
  }

  datagram(ms: number, from: Address, datagram: Datagram): MembershipEffect[] {
    return this.at(ms, { type: 'datagram', from, bytes: encodeDatagram(datagram) });
  }

  up(ms: number, { id, address }: Member): MembershipEffect[] {
    return this.at(ms, { type: 'edgeUp', peer: id, address });
  }

  hello(ms: number, member: Member): MembershipEffect[] {
    return this.hear(ms, member, { type: 'hello', member, digest: this.membership.digest });
  }

  /** As news from that peer, of one wave. */
  news(ms: number, peer: Member, ...records: Member[]): MembershipEffect[] {
    return this.hear(ms, peer, { type: 'news', records, waves: records.map(() => 1) });
  }

  /** As what that peer holds. */
  records(ms: number, peer: Member, ...records: Member[]): MembershipEffect[] {
    return this.hear(ms, peer, { type: 'records', records });
  }

  /** An edge stands with that server, and each is known to the other. */
  meet(ms: number, member: Member): MembershipEffect[] {
    return [...this.up(ms, member), ...this.hello(ms, member)];
  }

  /** That server answers every question and probe among these. */
  answer(ms: number, member: Member, effects: Effects): MembershipEffect[] {
    const { digest } = this.membership;
    return read(effects).flatMap((effect) => {
      if (!('to' in effect) || effect.to !== member.address) return [];
      if (effect.type === 'verify') {
        const { seq } = effect;
        return this.datagram(ms, member.address, { type: 'verified', seq, member });
      }
      if (effect.type !== 'probe') return [];
      const ack = { type: 'ack', seq: effect.seq, from: member.id, digest, turnMs: 1_000 } as const;
      return this.datagram(ms, member.address, ack);
    });
  }

  /** What is held of a server: present or departed at which incarnation, or nothing. */
  held(member: Member): string {
    const found = this.membership.lookup(member.id);
    if (found === undefined) return 'unknown';
    return found === 'departed' ? 'departed' : `present ${found.incarnation}`;
  }
}

type Sent = { readonly to: string } & (EdgeMessage | Datagram);

/** Effects as one reads them: messages decoded, with whom they are for. */
export function read(
  effects: Effects,
): (Sent | Exclude<MembershipEffect, { type: 'send' | 'datagram' }>)[] {
  return effects.map((effect) => {
    if (effect.type === 'send') {
      return { to: effect.peer, ...(decodeEdge(effect.bytes) as EdgeMessage) };
    }
    if (effect.type === 'datagram') {
      return { to: effect.to, ...(decodeDatagram(effect.bytes) as Datagram) };
    }
    return effect;
  });
}

/** What was said to that server: over its edge, and by datagram. */
export function said(effects: Effects, { id, address }: Member): Sent[] {
  return read(effects).flatMap((effect) =>
    'to' in effect && (effect.to === id || effect.to === address) ? [effect] : [],
  );
}

/** The messages of one kind, to whomever. */
export function kind<T extends (EdgeMessage | Datagram)['type']>(
  effects: Effects,
  type: T,
): (Sent & { type: T })[] {
  return read(effects).filter((effect): effect is Sent & { type: T } => effect.type === type);
}

/** Whom observers were told of. */
export function told(effects: Effects): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'joined' || effect.type === 'left'
      ? [`${effect.type} ${effect.member.id}`]
      : [],
  );
}
