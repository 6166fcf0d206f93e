/** Any messages of the membership layer, of every kind. */

import fc from 'fast-check';
import type { NewsKey } from '../../src/gossip/event.ts';
import { reportMax } from '../../src/gossip/gathering.ts';
import type { Address, ServerId } from '../../src/id.ts';
import { incarnationMax, type Member } from '../../src/membership/member.ts';
import type { Datagram, EdgeMessage } from '../../src/membership/message.ts';

/** Often one of a few values, so that digests agree now and then. */
const word = fc.oneof(fc.nat(3), fc.nat(0xffffffff));
const digest = fc.record({ high: word, low: word });
const incarnation = fc.oneof(fc.nat(3), fc.nat(incarnationMax));
const seq = fc.oneof(fc.nat(3), fc.maxSafeNat());
const only = <const T extends string>(type: T) => fc.constant(type);

/** Any record about one of `ids`. */
export function anyMember(ids: fc.Arbitrary<ServerId>): fc.Arbitrary<Member> {
  return fc
    .record({
      id: ids,
      incarnation,
      fate: fc.constantFrom('present', 'silent', 'final'),
      joined: fc.maxSafeNat(),
      address: fc.constantFrom('10.0.0.1:1', '[::1]:65535', 'a.b-c:11022'),
      run: fc.constantFrom('', '/5/Q0123456789abcdef', '/4194304/Qffffffffffffffff'),
    })
    .map(({ id, incarnation: at, fate, joined, address, run }) => ({
      id,
      url: `circuit://${address}${run}`,
      address: address as Address,
      incarnation: at,
      joined,
      left: fate !== 'present',
      final: fate === 'final',
    }));
}

export function anyEdgeMessage(
  ids: fc.Arbitrary<ServerId>,
  member: fc.Arbitrary<Member> = anyMember(ids),
): fc.Arbitrary<EdgeMessage> {
  const records = fc.array(member, { maxLength: 6 });
  const key: fc.Arbitrary<NewsKey> = fc.record({ subject: ids, incarnation, left: fc.boolean() });
  const keys = fc.array(key, { maxLength: 6 });
  const waved = fc.array(fc.tuple(member, fc.nat(0x3fff)), { maxLength: 6 });
  const count = fc.constantFrom(1, 16, 32, 1_024);
  return fc.oneof(
    fc.record({ type: only('hello'), member, digest }),
    waved.map((each) => ({
      type: 'news' as const,
      records: each.map(([record]) => record),
      waves: each.map(([, wave]) => wave),
    })),
    fc.record({ type: only('announce'), keys }),
    fc.record({ type: only('graft'), keys }),
    fc.record({ type: fc.constantFrom('prune' as const, 'join' as const) }),
    fc.record({ type: only('view'), records, last: fc.boolean() }),
    fc.record({ type: only('summary'), digests: fc.array(digest, { maxLength: 16 }) }),
    fc.record({
      type: only('difference'),
      count: fc.oneof(count, fc.nat(1_024)),
      buckets: fc.array(fc.nat(15), { maxLength: 8 }),
      records,
    }),
    fc.record({ type: only('records'), records }),
    fc.record({ type: only('find'), subject: ids }),
    fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), seq, digest }),
  );
}

export function anyDatagram(
  ids: fc.Arbitrary<ServerId>,
  member: fc.Arbitrary<Member> = anyMember(ids),
): fc.Arbitrary<Datagram> {
  const verdict = fc.constantFrom(...(['alive', 'silent', 'gone', 'unsure'] as const));
  return fc.oneof(
    fc.record({ type: only('probe'), seq, from: ids, digest }),
    fc.record({ type: only('ack'), seq, from: ids, digest, turnMs: fc.nat(0xffffff) }),
    fc.record({ type: only('ask'), from: ids, subject: ids }),
    fc.record({ type: only('vote'), from: ids, subject: ids, verdict }),
    fc.record({
      type: only('verify'),
      seq,
      from: ids,
      subject: ids,
      incarnation,
      left: fc.boolean(),
    }),
    fc.record({ type: only('verified'), seq, member }),
    fc.record({ type: only('offer'), from: ids }),
    fc.record({ type: only('take'), seq, from: ids }),
    fc.record({
      type: only('report'),
      seq,
      from: ids,
      records: fc.array(member, { maxLength: reportMax }),
    }),
  );
}
