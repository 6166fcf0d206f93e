import { beforeEach, describe, expect, test } from 'vitest';
import type { Address } from '../../../src/id.ts';
import type { MembershipEffect } from '../../../src/membership/event.ts';
import { lan } from '../../../src/membership/profile.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf, memberOf } from '../../support/members.ts';
import { Alone, digestOf, kind, read, said, self, told } from '../../support/membership-alone.ts';

const bob = memberOf(6);
const cid = memberOf(7);
const dan = memberOf(8);
const silent = { left: true, final: false };
const final = { left: true, final: true };

describe('membership', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
  });
  const suspects = (id = bob.id) => alone.membership.isSuspected(id);

  /** Bob is a neighbour with an edge, and all is quiet. */
  const meetBob = () => {
    alone.meet(0, bob);
    alone.tick(10);
  };
  /** Everybody answers all that is asked until then. */
  const well = (untilMs: number, ...others: readonly (typeof bob)[]): MembershipEffect[] => {
    const all: MembershipEffect[] = [];
    for (let ms = alone.ms + 10; ms <= untilMs; ms += 10) {
      const out = alone.run(ms);
      all.push(...out, ...others.flatMap((one) => alone.answer(ms, one, out)));
    }
    return all;
  };

  test('a server sees itself join, and waits for nothing while it is alone', () => {
    expect(alone.membership.deadline()).toBe(0);
    expect(alone.tick(0)).toEqual([{ type: 'joined', member: self }]);
    expect(alone.membership.deadline()).toBe(NEVER);
    expect([...alone.membership.members()]).toEqual([self]);
    expect(alone.membership.has(self.id)).toBe(true);
    expect(alone.membership.neighboursOf(self.id)).toEqual([]);
  });

  test('a join dials the seed, asks whoever answers for its view, and merges that', () => {
    const address = 'seed:11022' as Address;
    expect(alone.at(0, { type: 'join', address }).at(-1)).toEqual({
      type: 'dial',
      address,
      peer: undefined,
    });
    expect(read(alone.at(1, { type: 'edgeUp', peer: bob.id, address }))).toMatchObject([
      { to: bob.id, type: 'hello', member: self },
      { to: bob.id, type: 'join' },
    ]);
    alone.hear(2, bob, { type: 'view', records: [bob], last: false });
    const out = alone.hear(2, bob, { type: 'view', records: [cid], last: true });
    expect(told(out)).toEqual([`joined ${cid.id}`]);
    expect(out).toContainEqual({ type: 'seedJoined', address });
    expect(alone.membership.size).toBe(3);
    expect(alone.membership.neighboursOf(cid.id)).toHaveLength(2);
  });

  test.each([
    ['the whole of it', { type: 'view', records: [cid], last: true }, [bob.id, cid.id]],
    ['the seed is gone', undefined, [bob.id]],
  ] as const)('who is told half a view takes up neighbours when %s', (_, rest, neighbours) => {
    const address = 'seed:11022' as Address;
    alone.at(0, { type: 'join', address });
    alone.at(1, { type: 'edgeUp', peer: bob.id, address });
    const half = alone.hear(2, bob, { type: 'view', records: [bob], last: false });
    expect(told(half)).toEqual([`joined ${bob.id}`]);
    expect(alone.membership.neighbours()).toEqual([]);
    if (rest !== undefined) alone.hear(3, bob, { ...rest, records: [...rest.records] });
    else alone.at(3, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    expect(alone.membership.neighbours()).toEqual(neighbours);
  });

  test('a seed that never tells the rest of its view is waited for until the join has failed', () => {
    const address = 'seed:11022' as Address;
    alone.at(0, { type: 'join', address });
    alone.at(1, { type: 'edgeUp', peer: bob.id, address });
    alone.hear(2, bob, { type: 'view', records: [bob], last: false });
    const { joinTimeoutMs } = lan.seeds;
    alone.run(joinTimeoutMs - 1);
    expect(alone.membership.neighbours()).toEqual([]);
    expect(alone.run(joinTimeoutMs + 1)).toContainEqual({
      type: 'seedFailed',
      address,
      reason: 'timeout',
    });
    expect(alone.membership.neighbours()).toEqual([bob.id]);
  });

  test('a join by our own address, found before the dial or after it, fails as self', () => {
    const failed = { type: 'seedFailed', reason: 'self' };
    expect(alone.at(0, { type: 'join', address: self.address })).toMatchObject([{}, failed]);
    const address = 'localhost:11022' as Address;
    alone.at(0, { type: 'join', address });
    expect(alone.at(0, { type: 'edgeUp', peer: self.id, address })).toMatchObject([failed]);
    expect(alone.membership.size).toBe(1);
  });

  test('a failed dial of a seed fails its join', () => {
    const address = 'seed:11022' as Address;
    alone.at(0, { type: 'join', address });
    const reason = 'refused';
    expect(alone.at(1, { type: 'dialFailed', address, peer: undefined, reason })).toEqual([
      { type: 'seedFailed', address, reason },
    ]);
  });

  test('whoever dials us and says hello is a member, and the others hear of it', () => {
    meetBob();
    const out = [...alone.meet(100, cid), ...alone.run(120)];
    expect(told(out)).toEqual([`joined ${cid.id}`]);
    expect(kind(out, 'news')).toMatchObject([{ to: bob.id, records: [cid] }]);
    expect(alone.membership.neighbours()).toEqual([bob.id, cid.id]);
  });

  test('a peer that joins by us gets our view: the living, and those that may come back', () => {
    meetBob();
    alone.news(20, bob, dan);
    alone.news(30, bob, { ...dan, ...silent });
    alone.meet(40, cid);
    const out = alone.hear(40, cid, { type: 'join' });
    const records = [cid, bob, self, { ...dan, ...silent }];
    expect(said(out, cid)).toMatchObject([{ type: 'view', records, last: true }]);
  });

  test('peers that join by us at about the same time are given the same bytes', () => {
    meetBob();
    const joiners = [cid, dan, memberOf(9)];
    for (const [n, joiner] of joiners.entries()) {
      alone.meet(20 + n, joiner);
      alone.hear(20 + n, joiner, { type: 'join' });
    }
    const views = alone.run(200).flatMap((effect) => {
      return effect.type === 'send' && kind([effect], 'view').length === 1 ? [effect.bytes] : [];
    });
    // The first had it at once.
    expect(views).toHaveLength(2);
    expect(new Set(views).size).toBe(1);
    expect(alone.membership.counters.viewsSent).toBe(3);
  });

  test('a newcomer is not told of itself', () => {
    meetBob();
    alone.up(100, cid);
    alone.news(100, bob, cid, dan);
    expect(
      kind(said(alone.run(130), cid) as never, 'news').flatMap((m) => m.records),
    ).not.toContainEqual(cid);
  });

  test('a higher incarnation is told on, though no observer hears of it', () => {
    meetBob();
    alone.meet(20, cid);
    alone.run(100);
    const out = alone.news(200, bob, { ...bob, incarnation: 4 });
    expect(told(out)).toEqual([]);
    expect(kind([...out, ...alone.run(220)], 'news')).toMatchObject([
      { to: cid.id, records: [{ id: bob.id, incarnation: 4 }] },
    ]);
  });

  test('an edge that broke is redialled and its peer probed; a refusal tells that it is gone', () => {
    meetBob();
    const broken = alone.at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    expect(read(broken)).toMatchObject([
      { type: 'dial', peer: bob.id, address: bob.address },
      { type: 'probe', to: bob.address },
    ]);
    expect(suspects()).toBe(true);
    const { address, id: peer } = bob;
    const out = alone.at(2_001, { type: 'dialFailed', address, peer, reason: 'refused' });
    expect(told([...out, ...alone.run(2_100)])).toEqual([`left ${bob.id}`]);
    expect(alone.membership.lookup(bob.id)).toBe('departed');
    expect(alone.membership.has(bob.id)).toBe(false);
  });

  test('another server at its address is proof as well, a dial that times out is none', () => {
    meetBob();
    alone.at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    const { address, id: peer } = bob;
    alone.at(2_001, { type: 'dialFailed', address, peer, reason: 'timeout' });
    alone.run(2_300);
    expect(alone.membership.has(bob.id)).toBe(true);
    alone.at(2_301, { type: 'dialFailed', address, peer, reason: 'mismatch' });
    alone.run(2_400);
    expect(alone.membership.has(bob.id)).toBe(false);
  });

  test('a refusal of a dial proves nothing once an edge stands', () => {
    meetBob();
    alone.at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    alone.up(2_001, bob);
    const { address, id: peer } = bob;
    alone.at(2_002, { type: 'dialFailed', address, peer, reason: 'refused' });
    alone.run(2_200);
    expect(alone.membership.has(bob.id)).toBe(true);
  });

  test('the end of a session that was no edge is no reason to suspect anybody', () => {
    meetBob();
    alone.news(20, bob, cid);
    alone.at(30, { type: 'edgeDown', peer: cid.id, reason: 'ended' });
    expect(alone.membership.neighbours()).toContain(cid.id);
    expect(suspects(cid.id)).toBe(false);
  });

  test('a suspect with an edge is asked over the edge as well, and an answer there clears it', () => {
    meetBob();
    let out: MembershipEffect[] = [];
    while (!suspects()) out = alone.tick(alone.membership.deadline() / MS);
    expect(said(out, bob).map(({ type }) => type)).toEqual(['probe', 'ping']);
    const [ping] = kind(out, 'ping');
    const { digest } = alone.membership;
    alone.hear(alone.ms + 1, bob, { type: 'pong', seq: (ping?.seq as number) + 100, digest });
    expect(suspects()).toBe(true);
    alone.hear(alone.ms + 1, bob, { type: 'pong', seq: ping?.seq as number, digest });
    expect(suspects()).toBe(false);
  });

  test('a round trip is known once a neighbour has answered', () => {
    meetBob();
    expect(alone.membership.roundTrip(bob.id)).toBeUndefined();
    well(2_000, bob);
    expect(alone.membership.roundTrip(bob.id)).toBeLessThanOrEqual(10 * MS);
    expect(alone.membership.roundTrip(cid.id)).toBeUndefined();
  });

  test('a server that comes back from its departure joins again, once', () => {
    meetBob();
    alone.news(20, bob, cid);
    expect(told(alone.news(30, bob, { ...cid, ...silent }))).toEqual([`left ${cid.id}`]);
    expect(told(alone.news(40, bob, { ...cid, incarnation: 1 }))).toEqual([`joined ${cid.id}`]);
    expect(told(alone.news(50, bob, { ...cid, incarnation: 2 }))).toEqual([]);
    expect(alone.membership.lookup(cid.id)).toMatchObject({ incarnation: 2 });
  });

  test('news goes no more over an edge that we hung up, until the peer uses it', () => {
    meetBob();
    alone.up(20, cid);
    const out = well(5_100, bob);
    expect(out).toContainEqual({ type: 'hangUp', peer: cid.id });
    expect(alone.membership.hasEdge(cid.id)).toBe(false);
    alone.news(5_200, bob, dan);
    expect(said(well(5_300, bob), cid)).toEqual([]);
    const digest = digestOf(self, bob);
    const again = alone.hear(6_000, cid, { type: 'ping', seq: 1, digest });
    expect(said(again, cid).map(({ type }) => type)).toEqual(['hello', 'pong']);
    expect(alone.membership.hasEdge(cid.id)).toBe(true);
  });

  test('what a peer says of unknown servers and of strangers’ edges is harmless', () => {
    meetBob();
    const stranger = idOf(99);
    expect(alone.at(20, { type: 'edgeDown', peer: stranger, reason: 'reset' })).toEqual([]);
    const digest = digestOf(self, bob);
    const ack = { type: 'ack', seq: 1, from: stranger, digest, turnMs: 0 } as const;
    expect(alone.datagram(20, bob.address, ack)).toEqual([]);
    const { address } = bob;
    const failed = { type: 'dialFailed', address, peer: stranger, reason: 'refused' } as const;
    expect(alone.at(20, failed)).toEqual([]);
    expect(alone.membership.size).toBe(2);
  });
});

describe('a server that leaves', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.tick(10);
  });
  const leave = (ms: number) => alone.at(ms, { type: 'leave' });

  test('says so at once on every edge, to neighbours and to others', () => {
    alone.up(20, cid);
    const news = kind(leave(200), 'news');
    expect(news.map(({ to }) => to).sort()).toEqual([bob.id, cid.id]);
    for (const { records } of news) {
      expect(records).toContainEqual({ ...self, left: true, final: true });
    }
  });

  test('says so too after its edges were made lazy', () => {
    alone.hear(20, bob, { type: 'prune' });
    expect(kind(leave(200), 'news')).toMatchObject([{ to: bob.id, records: [{ left: true }] }]);
  });

  test('hands on the news that waits, for there is no one to ask for it later', () => {
    alone.meet(20, cid);
    alone.run(100);
    alone.news(200, bob, dan);
    alone.run(200);
    alone.news(201, bob, memberOf(9));
    const records = kind(leave(202), 'news').flatMap((each) =>
      each.to === cid.id ? each.records : [],
    );
    expect(records.map(({ id }) => id).sort()).toEqual([self.id, memberOf(9).id].sort());
  });

  test('has departed 200 ms later, and says and takes in nothing after that', () => {
    leave(20);
    expect(alone.at(21, { type: 'join', address: bob.address })).toMatchObject([
      { reason: 'left' },
    ]);
    expect(leave(21)).toEqual([]);
    expect(told(alone.run(219))).toEqual([]);
    expect(alone.membership.deadline()).toBe(220 * MS);
    expect(alone.tick(220)).toEqual([{ type: 'departed' }]);
    expect(alone.membership.deadline()).toBe(NEVER);
    expect(alone.news(230, bob, cid)).toEqual([]);
    expect(leave(231)).toEqual([]);
    expect(alone.tick(1_000)).toEqual([]);
    expect(alone.membership.has(cid.id)).toBe(false);
  });

  test('outweighs nothing any more, probes nobody, and answers no datagram', () => {
    leave(20);
    alone.news(30, bob, { ...self, incarnation: 3 });
    expect(alone.membership.self).toMatchObject({ incarnation: 0, left: true });
    const { digest } = alone.membership;
    const probe = { type: 'probe', seq: 1, from: bob.id, digest } as const;
    expect(alone.datagram(40, bob.address, probe)).toEqual([]);
    const out = alone.run(10_000);
    expect(kind(out, 'probe')).toEqual([]);
    expect(alone.membership.counters.nonsense).toBe(1);
  });

  test('tells who joins by it of the others; if there are none, that join fails', () => {
    leave(20);
    alone.meet(30, cid);
    const out = [...alone.hear(31, cid, { type: 'join' }), ...alone.run(150)];
    expect(kind(out, 'view')).toMatchObject([
      { to: cid.id, records: [cid, bob, { ...self, ...final }] },
    ]);
    const lonely = new Alone();
    lonely.at(1, { type: 'leave' });
    lonely.meet(30, cid);
    const said = [...lonely.hear(31, cid, { type: 'join' }), ...lonely.run(10_000)];
    expect(kind(said, 'view')).toEqual([]);
    expect(said.at(-1)).toEqual({ type: 'departed' });
  });

  test('fails the joins that are under way', () => {
    alone.at(15, { type: 'join', address: cid.address });
    expect(leave(16)[0]).toEqual({ type: 'seedFailed', address: cid.address, reason: 'left' });
  });

  test('has departed in time when it is alone', () => {
    const other = new Alone();
    other.tick(0);
    other.at(1, { type: 'leave' });
    expect(other.run(10_000)).toEqual([{ type: 'departed' }]);
  });
});
