import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import type { MembershipEffect, MembershipEvent } from '../../../src/membership/event.ts';
import type { Member } from '../../../src/membership/member.ts';
import { Membership } from '../../../src/membership/membership.ts';
import {
  decodeDatagram,
  decodeEdge,
  encodeDatagram,
  encodeEdge,
} from '../../../src/membership/message.ts';
import { MS } from '../../../src/time.ts';
import { anyRecord, idOf, memberOf } from '../../support/members.ts';
import { anyDatagram, anyEdgeMessage } from '../../support/messages.ts';

const servers = 16;
const self = memberOf(0);
const number = fc.nat(servers);
const id = number.map(idOf);
const idAndAddress = (n: number) => ({ peer: memberOf(n).id, address: memberOf(n).address });

/** Anything that may happen, in any order: also what a shell that keeps its promises never says. */
const event: fc.Arbitrary<MembershipEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'tick' } as const) },
  number.map((n) => ({ type: 'edgeUp', ...idAndAddress(n) }) as const),
  fc.record({
    type: fc.constant('edgeDown' as const),
    peer: id,
    reason: fc.constantFrom('reset' as const, 'ended' as const, 'timeout' as const),
  }),
  fc
    .tuple(
      number,
      fc.boolean(),
      fc.constantFrom('refused' as const, 'timeout' as const, 'mismatch' as const),
    )
    .map(([n, isSeed, reason]) => {
      const { peer, address } = idAndAddress(n);
      return { type: 'dialFailed', address, peer: isSeed ? undefined : peer, reason } as const;
    }),
  number.map((n) => ({ type: 'join', address: memberOf(n).address }) as const),
  id.map((subject) => ({ type: 'find', subject }) as const),
  {
    weight: 6,
    arbitrary: fc.tuple(id, anyEdgeMessage(id, anyRecord(servers))).map(([peer, message]) => {
      return { type: 'edgeMessage', peer, bytes: encodeEdge(message) } as const;
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(number, anyDatagram(id, anyRecord(servers))).map(([n, datagram]) => {
      const from = memberOf(n).address;
      return { type: 'datagram', from, bytes: encodeDatagram(datagram) } as const;
    }),
  },
);

/** Whatever is said can be read by whoever is told. */
function check(effect: MembershipEffect): void {
  if (effect.type === 'send') expect(decodeEdge(effect.bytes)).toBeDefined();
  if (effect.type === 'datagram') expect(decodeDatagram(effect.bytes)).toBeDefined();
}

describe('membership, whatever happens', () => {
  test('tells its observers of each server joins and leaves in turn, and agrees with them', () => {
    const history = fc.array(fc.tuple(fc.nat(2_000), event), { maxLength: 80 });
    fc.assert(
      fc.property(history, fc.boolean(), (happened, leaves) => {
        const membership = new Membership({ self, random: new SimRandom('any'), now: 0 });
        const last = new Map<string, Member>();
        let now = 0;
        const step = (each: MembershipEvent) => {
          const out: MembershipEffect[] = [];
          membership.step(now, each, out);
          for (const effect of out) {
            check(effect);
            if (effect.type !== 'joined' && effect.type !== 'left') continue;
            const before = last.get(effect.member.id);
            expect(before?.left ?? true).toBe(effect.type === 'joined');
            expect(effect.member.left).toBe(effect.type === 'left');
            expect(before?.incarnation ?? 0).toBeLessThanOrEqual(effect.member.incarnation);
            last.set(effect.member.id, effect.member);
          }
          expect(membership.deadline()).toBeGreaterThanOrEqual(0);
        };
        step({ type: 'tick' });
        for (const [ms, each] of happened) {
          now += ms * MS;
          step(each);
        }
        const present = [...last.values()].filter(({ left }) => !left).map((member) => member.id);
        expect(present.sort()).toEqual([...membership.members()].map((m) => m.id).sort());
        expect(membership.has(self.id)).toBe(true);
        if (leaves) step({ type: 'leave' });
        // Left alone, it comes to rest: no deadline stays due for ever.
        for (let i = 0; i < 1_000 && membership.deadline() <= now; i++) step({ type: 'tick' });
        expect(membership.deadline()).toBeGreaterThan(now);
      }),
      { numRuns: 500 },
    );
  });

  test('never lets its own incarnation fall, and never tells that it left itself', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (happened) => {
        const membership = new Membership({ self, random: new SimRandom('own'), now: 0 });
        const out: MembershipEffect[] = [];
        let incarnation = 0;
        for (const [i, each] of happened.entries()) {
          membership.step(i * 700 * MS, each, out);
          expect(membership.self.incarnation).toBeGreaterThanOrEqual(incarnation);
          incarnation = membership.self.incarnation;
        }
        expect(out.some((e) => e.type === 'left' && e.member.id === self.id)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('has departed a moment after it left, and is silent from then on', () => {
    const history = fc.array(event, { maxLength: 30 });
    fc.assert(
      fc.property(history, history, (before, after) => {
        const membership = new Membership({ self, random: new SimRandom('leave'), now: 0 });
        let now = 0;
        const step = (each: MembershipEvent): MembershipEffect[] => {
          const out: MembershipEffect[] = [];
          membership.step(now, each, out);
          return out;
        };
        for (const each of before) {
          step(each);
          now += 100 * MS;
        }
        step({ type: 'leave' });
        now += 1_000 * MS;
        expect(step({ type: 'tick' }).at(-1)).toEqual({ type: 'departed' });
        for (const each of after) expect(step(each)).toEqual([]);
        expect(membership.deadline()).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 100 },
    );
  });

  test('does the same in the same history, to the byte', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (happened) => {
        const run = () => {
          const membership = new Membership({ self, random: new SimRandom('same'), now: 0 });
          const out: MembershipEffect[] = [];
          for (const [i, each] of happened.entries()) membership.step(i * 300 * MS, each, out);
          return out;
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 50 },
    );
  });
});
