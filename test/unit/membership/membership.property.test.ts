import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import type { MembershipEffect, MembershipEvent } from '../../../src/membership/event.ts';
import type { Member } from '../../../src/membership/member.ts';
import { Membership } from '../../../src/membership/membership.ts';
import { encodeDatagram, encodeEdge } from '../../../src/membership/message.ts';
import { MS } from '../../../src/time.ts';
import { anyRecord, memberOf } from '../../support/members.ts';

const servers = 16;
const self = memberOf(0);
const number = fc.nat(servers);
const digest = fc.record({ high: fc.nat(3), low: fc.nat(3) });
const records = fc.array(anyRecord(servers), { maxLength: 20 });
const idAndAddress = (n: number) => ({ peer: memberOf(n).id, address: memberOf(n).address });

/** Anything that may happen, in any order: also what a shell that keeps its promises never says. */
const event: fc.Arbitrary<MembershipEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'tick' } as const) },
  number.map((n) => ({ type: 'edgeUp', ...idAndAddress(n) }) as const),
  fc.record({
    type: fc.constant('edgeDown' as const),
    peer: number.map((n) => memberOf(n).id),
    reason: fc.constantFrom('reset' as const, 'ended' as const, 'timeout' as const),
  }),
  fc
    .tuple(number, fc.boolean(), fc.constantFrom('refused' as const, 'timeout' as const))
    .map(([n, isSeed, reason]) => {
      const { peer, address } = idAndAddress(n);
      return { type: 'dialFailed', address, peer: isSeed ? undefined : peer, reason } as const;
    }),
  number.map((n) => ({ type: 'join', address: memberOf(n).address }) as const),
  fc
    .tuple(
      number,
      fc.oneof(
        { weight: 3, arbitrary: records.map((some) => ({ type: 'news', records: some }) as const) },
        fc.record({
          type: fc.constant('view' as const),
          records,
          ask: fc.boolean(),
          last: fc.boolean(),
        }),
        fc.record({ type: fc.constant('hello' as const), member: anyRecord(servers), digest }),
        fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), digest }),
      ),
    )
    .map(([n, message]) => {
      return { type: 'edgeMessage', peer: memberOf(n).id, bytes: encodeEdge(message) } as const;
    }),
  fc
    .record({
      type: fc.constantFrom('probe' as const, 'ack' as const),
      seq: fc.nat(5),
      from: number.map((n) => memberOf(n).id),
      digest,
    })
    .map((message) => {
      const from = self.address;
      return { type: 'datagram', from, bytes: encodeDatagram(message) } as const;
    }),
);

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
        const present = [...last.values()].filter(({ left }) => !left).map(({ id }) => id);
        expect(present.sort()).toEqual([...membership.members()].map(({ id }) => id).sort());
        if (leaves) step({ type: 'leave' });
        // Left alone, it comes to rest: no deadline stays due for ever.
        for (let i = 0; i < 1_000 && membership.deadline() <= now; i++) step({ type: 'tick' });
        expect(membership.deadline()).toBeGreaterThan(now);
      }),
      { numRuns: 300 },
    );
  });

  test('the same history has the same effects, to the byte', () => {
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
