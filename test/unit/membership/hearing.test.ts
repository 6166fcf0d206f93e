import { beforeEach, describe, expect, test } from 'vitest';
import { emptyDigest } from '../../../src/gossip/digest.ts';
import type { Address } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { Member } from '../../../src/membership/member.ts';
import { type Datagram, encodeDatagram, encodeEdge } from '../../../src/membership/message.ts';
import { idOf, memberOf } from '../../support/members.ts';
import { Alone, digestOf, kind, read, said, self, told } from '../../support/membership-alone.ts';

const bob = memberOf(6);
const cid = memberOf(7);
const dan = memberOf(8);
const silent = { left: true, final: false };

describe('what is said to a server', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.tick(20);
  });
  const counters = () => alone.membership.counters;
  const probe = (from: Member, seq = 7): Datagram => ({
    type: 'probe',
    seq,
    from: from.id,
    digest: alone.membership.digest,
  });

  test('as a probe is answered to where it came from, with when to probe next', () => {
    const from = '192.0.2.1:5000' as Address;
    const [ack] = kind(alone.datagram(30, from, probe(bob)), 'ack');
    expect(ack).toMatchObject({ to: from, seq: 7, from: self.id, digest: digestOf(self, bob) });
    // It is the only one that probes us.
    expect(ack?.turnMs).toBeGreaterThan(0);
    expect(ack?.turnMs).toBeLessThanOrEqual(2_000);
  });

  test('as a probe by a stranger is answered as well', () => {
    expect(kind(alone.datagram(30, cid.address, probe(cid)), 'ack')).toHaveLength(1);
    expect(alone.held(cid)).toBe('unknown');
  });

  test('as a ping is answered by a pong of its number, over the edge', () => {
    const { digest } = alone.membership;
    expect(said(alone.hear(30, bob, { type: 'ping', seq: 9, digest }), bob)).toEqual([
      { to: bob.id, type: 'pong', seq: 9, digest },
    ]);
  });

  test.each(['probe', 'verify'] as const)(
    'as a %s by one that we hold to be gone has that one asked, at once',
    (type) => {
      alone.news(30, bob, cid);
      alone.news(40, bob, { ...cid, ...silent });
      const datagram: Datagram =
        type === 'probe'
          ? probe(cid)
          : { type, seq: 1, from: cid.id, subject: self.id, incarnation: 0, left: false };
      const out = [...alone.datagram(50, cid.address, datagram), ...alone.run(50)];
      const asked = kind(out, 'verify').filter(({ subject }) => subject === cid.id);
      expect(asked).toMatchObject([{ to: cid.address, incarnation: 0, left: true }]);
      expect(told(alone.answer(60, { ...cid, incarnation: 1 }, out))).toEqual([`joined ${cid.id}`]);
    },
  );

  test('as news by one that we hold to be gone counts as hints', () => {
    alone.meet(30, cid);
    alone.news(40, bob, { ...cid, ...silent });
    expect(told(alone.news(50, cid, dan, { ...bob, ...silent }))).toEqual([]);
    expect([alone.held(dan), alone.held(bob)]).toEqual(['unknown', 'present 0']);
    const asked = kind(alone.run(300), 'verify').map(({ subject }) => subject);
    expect(asked).toEqual(expect.arrayContaining([dan.id, bob.id]));
    // From a member it is news.
    expect(told(alone.news(310, bob, dan))).toEqual([`joined ${dan.id}`]);
  });

  test('as a view that we did not ask for is counted, and changes nothing', () => {
    const view = { type: 'view', records: [dan], last: true } as const;
    expect(alone.hear(30, bob, view)).toEqual([]);
    expect(alone.held(dan)).toBe('unknown');
    expect(counters().unasked).toBe(1);
    // Nor from another than the seed, while a join is under way.
    alone.at(40, { type: 'join', address: cid.address });
    alone.meet(41, cid);
    expect(told(alone.hear(42, bob, view))).toEqual([]);
    expect(counters().unasked).toBe(2);
  });

  test('as an answer that we did not ask for is counted, and changes nothing', () => {
    for (const [n, member] of [dan, { ...bob, incarnation: 4 }].entries()) {
      expect(alone.datagram(30, dan.address, { type: 'verified', seq: n, member })).toEqual([]);
    }
    expect([alone.held(dan), alone.held(bob)]).toEqual(['unknown', 'present 0']);
    expect(counters().unasked).toBe(2);
  });

  test('as an answer that comes again, or after all, is counted', () => {
    alone.records(30, bob, dan);
    const asked = alone.run(300);
    expect(told(alone.answer(310, dan, asked))).toEqual([`joined ${dan.id}`]);
    expect(told(alone.answer(320, dan, asked))).toEqual([]);
    expect(counters().unasked).toBe(1);
  });

  test('as a question about one that we know, present or departed, is answered by its record', () => {
    const find = (subject: Member) => alone.hear(50, bob, { type: 'find', subject: subject.id });
    alone.news(30, bob, dan);
    alone.news(40, bob, { ...dan, ...silent });
    expect(kind(find(bob), 'records')).toMatchObject([{ records: [bob] }]);
    expect(kind(find(self), 'records')).toMatchObject([{ records: [self] }]);
    expect(kind(find(dan), 'records')).toMatchObject([{ records: [{ ...dan, ...silent }] }]);
    expect(find(cid)).toEqual([]);
  });

  test('as a summary that is like our view is answered by nothing, otherwise by what differs', () => {
    const empty = Array.from({ length: 16 }, () => emptyDigest);
    const [answer] = kind(alone.hear(30, bob, { type: 'summary', digests: empty }), 'difference');
    expect(answer?.count).toBe(16);
    expect(answer?.records.map(({ id }) => id).sort()).toEqual([self.id, bob.id]);
    expect(answer?.buckets.length).toBeLessThanOrEqual(2);
  });

  test('as a difference is answered by what the peer lacks; of that we ask whether it is there', () => {
    alone.news(30, bob, dan, cid);
    const all = Array.from({ length: 16 }, (_, bucket) => bucket);
    const records = [self, bob, { ...cid, ...silent }];
    const difference = { type: 'difference', count: 16, buckets: all, records } as const;
    const out = alone.hear(40, bob, difference);
    expect(kind(out, 'records')).toMatchObject([{ to: bob.id, records: [dan] }]);
    const asked = kind(alone.run(300), 'verify').map(({ subject }) => subject);
    expect(asked.sort()).toEqual([cid.id, dan.id]);
  });

  test.each([0, 3, 15, 17, 1_000])('in %i buckets is junk: they are powers of two', (count) => {
    const digests = Array.from({ length: count }, () => emptyDigest);
    expect(alone.hear(30, bob, { type: 'summary', digests })).toEqual([]);
    const difference = { type: 'difference', count, buckets: [0], records: [] } as const;
    expect(alone.hear(30, bob, difference)).toEqual([]);
    expect(counters().malformed).toBe(2);
  });

  test('as news of which not each has its wave is junk', () => {
    expect(alone.hear(30, bob, { type: 'news', records: [dan], waves: [] })).toEqual([]);
    expect(alone.hear(30, bob, { type: 'news', records: [], waves: [1] })).toEqual([]);
    expect(counters().malformed).toBe(2);
    expect(alone.held(dan)).toBe('unknown');
  });

  test('that is junk is counted and dropped', () => {
    const junk = Uint8Array.of(99, 1, 2, 3);
    expect(alone.at(30, { type: 'edgeMessage', peer: bob.id, bytes: junk })).toEqual([]);
    expect(alone.at(30, { type: 'datagram', from: bob.address, bytes: junk })).toEqual([]);
    // Somebody else's introduction, and what is said in our own name.
    expect(alone.hear(30, bob, { type: 'hello', member: cid, digest: emptyDigest })).toEqual([]);
    expect(alone.hear(30, self, { type: 'prune' })).toEqual([]);
    expect(alone.datagram(30, bob.address, probe(self))).toEqual([]);
    expect(alone.datagram(30, bob.address, { type: 'verified', seq: 1, member: self })).toEqual([]);
    // A datagram over an edge, and the other way round.
    const bytes = encodeDatagram(probe(bob)).slice(0, 5);
    expect(alone.at(30, { type: 'edgeMessage', peer: bob.id, bytes })).toEqual([]);
    const prune = encodeEdge({ type: 'join' });
    expect(alone.at(30, { type: 'datagram', from: bob.address, bytes: prune })).toEqual([]);
    expect(counters().malformed).toBe(8);
    expect(alone.held(cid)).toBe('unknown');
  });

  test('as a question for a vote is answered when one that we know asks about another', () => {
    alone.news(30, bob, dan);
    alone.news(35, bob, { ...dan, ...silent });
    const ask = (from: Member, subject: Member) =>
      kind(
        alone.datagram(40, from.address, { type: 'ask', from: from.id, subject: subject.id }),
        'vote',
      );
    expect(ask(bob, dan)).toMatchObject([{ to: bob.address, subject: dan.id, verdict: 'gone' }]);
    expect(ask(bob, self)).toMatchObject([{ to: bob.address, verdict: 'alive' }]);
    expect(ask(bob, cid)).toEqual([]);
    // It may be away, and would believe its own silence.
    expect(ask(dan, bob)).toMatchObject([{ to: dan.address, verdict: 'unsure' }]);
    expect(ask(cid, bob)).toEqual([]);
  });
});

describe('a server that is looked for', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.meet(10, cid);
    alone.tick(20);
  });
  const find = (ms: number, subject: Member) => alone.at(ms, { type: 'find', subject: subject.id });

  test('is asked for at all neighbours with an edge', () => {
    alone.news(25, bob, memberOf(9));
    expect(read(find(30, dan))).toEqual([
      { to: bob.id, type: 'find', subject: dan.id },
      { to: cid.id, type: 'find', subject: dan.id },
    ]);
  });

  test('is not asked for when it is present', () => {
    expect(find(30, cid)).toEqual([]);
    expect(find(30, self)).toEqual([]);
  });

  test('is asked itself at once when somebody knows of it, and admitted by its answer', () => {
    find(30, dan);
    alone.records(31, bob, dan);
    const asked = alone.run(31);
    expect(kind(asked, 'verify')).toMatchObject([{ to: dan.address, subject: dan.id }]);
    expect(told(alone.answer(32, dan, asked))).toEqual([`joined ${dan.id}`]);
  });

  test('is one of so many at most; then the oldest is a hint like any other', () => {
    find(30, dan);
    for (let n = 0; n < limits.findingMax; n++) {
      alone.at(30, { type: 'find', subject: idOf(1_000 + n) });
    }
    alone.records(31, bob, dan, memberOf(1_000));
    expect(kind(alone.run(31), 'verify').map(({ subject }) => subject)).toEqual([idOf(1_000)]);
    expect(kind(alone.run(231), 'verify').map(({ subject }) => subject)).toContain(dan.id);
  });
});
