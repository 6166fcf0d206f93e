import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { emptyDigest, toggled } from '../../../src/gossip/digest.ts';
import type { Address } from '../../../src/id.ts';
import type { MembershipEffect, MembershipEvent } from '../../../src/membership/event.ts';
import type { Member } from '../../../src/membership/member.ts';
import { Membership } from '../../../src/membership/membership.ts';
import {
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
} from '../../../src/membership/message.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf, memberOf } from '../../support/members.ts';

const self = memberOf(5);
const bob = memberOf(6);
const cid = memberOf(7);
const digestOf = (...members: Member[]) =>
  members.reduce((sum, { id, incarnation }) => toggled(sum, id, incarnation), emptyDigest);

describe('membership', () => {
  let membership: Membership;
  beforeEach(() => {
    membership = new Membership({ self, random: new SimRandom('membership'), now: 0 });
  });

  const at = (ms: number, event: MembershipEvent): MembershipEffect[] => {
    const out: MembershipEffect[] = [];
    membership.step(ms * MS, event, out);
    return out;
  };
  const tick = (ms: number) => at(ms, { type: 'tick' });
  const hear = (ms: number, peer: Member, message: EdgeMessage) =>
    at(ms, { type: 'edgeMessage', peer: peer.id, bytes: encodeEdge(message) });
  const news = (ms: number, peer: Member, ...records: Member[]) =>
    hear(ms, peer, { type: 'news', records });
  const up = (ms: number, { id, address }: Member) => at(ms, { type: 'edgeUp', peer: id, address });
  const hello = (ms: number, member: Member, digest = digestOf(self, member)) =>
    hear(ms, member, { type: 'hello', member, digest });

  /** Effects as one reads them: messages decoded. */
  const read = (effects: readonly MembershipEffect[]) =>
    effects.map((effect) => {
      if (effect.type === 'send') return { to: effect.peer, ...decodeEdge(effect.bytes) };
      if (effect.type === 'datagram') return { to: effect.to, ...decodeDatagram(effect.bytes) };
      return effect;
    });
  const sent = (effects: readonly MembershipEffect[], to: Member) =>
    read(effects).flatMap((effect) => ('to' in effect && effect.to === to.id ? [effect] : []));
  const announced = (effects: readonly MembershipEffect[]) =>
    effects.flatMap((e) =>
      e.type === 'joined' || e.type === 'left' ? [[e.type, e.member.id]] : [],
    );

  /** Bob is a neighbour with an edge, and all is quiet. */
  const meetBob = () => {
    up(0, bob);
    hello(0, bob);
    tick(10);
  };

  test('a server sees itself join, and waits for nothing while it is alone', () => {
    expect(membership.deadline()).toBe(0);
    expect(tick(0)).toEqual([{ type: 'joined', member: self }]);
    expect(membership.deadline()).toBe(NEVER);
    expect([...membership.members()]).toEqual([self]);
    expect(membership.has(self.id)).toBe(true);
  });

  test('a join dials the seed, sends our view to whoever answers, and merges its own', () => {
    const address = 'seed:11022' as Address;
    expect(at(0, { type: 'join', address }).at(-1)).toEqual({
      type: 'dial',
      address,
      peer: undefined,
    });
    expect(read(at(1, { type: 'edgeUp', peer: bob.id, address }))).toMatchObject([
      { to: bob.id, type: 'hello', member: self },
      { to: bob.id, type: 'view', records: [self], ask: true, last: true },
    ]);
    hear(2, bob, { type: 'view', records: [bob], ask: false, last: false });
    const out = hear(2, bob, { type: 'view', records: [cid], ask: false, last: true });
    expect(announced(out)).toEqual([['joined', cid.id]]);
    expect(out).toContainEqual({ type: 'seedJoined', address });
    expect(membership.size).toBe(3);
  });

  test('a join by our own address, found before the dial or after it, fails as self', () => {
    const failed = { type: 'seedFailed', reason: 'self' };
    expect(at(0, { type: 'join', address: self.address })).toMatchObject([{}, failed]);
    const address = 'localhost:11022' as Address;
    at(0, { type: 'join', address });
    expect(at(0, { type: 'edgeUp', peer: self.id, address })).toMatchObject([failed]);
    expect(membership.size).toBe(1);
  });

  test('a failed dial of a seed fails its join', () => {
    const address = 'seed:11022' as Address;
    at(0, { type: 'join', address });
    const reason = 'refused';
    expect(at(1, { type: 'dialFailed', address, peer: undefined, reason })).toEqual([
      { type: 'seedFailed', address, reason },
    ]);
  });

  test('whoever dials us and says hello is a member, and the others hear of it', () => {
    meetBob();
    up(20, cid);
    const out = hello(20, cid, digestOf(self, bob, cid));
    expect(announced(out)).toEqual([['joined', cid.id]]);
    expect(tick(29)).toEqual([]);
    expect(read(tick(30))).toMatchObject([{ to: bob.id, type: 'news', records: [cid] }]);
    expect(membership.neighbours()).toEqual([bob.id, cid.id]);
  });

  test('a peer that wants our view gets it: the living, and those that left a short while ago', () => {
    meetBob();
    news(20, bob, cid);
    news(30, bob, { ...cid, left: true });
    const asked = { type: 'view', records: [bob], ask: true, last: true } as const;
    expect(sent(hear(40, bob, asked), bob)).toMatchObject([
      { type: 'view', records: [self, bob, { ...cid, left: true }], ask: false, last: true },
    ]);
  });

  test('a newcomer is not told of itself', () => {
    meetBob();
    up(20, cid);
    news(20, bob, cid, memberOf(8));
    expect(sent(tick(30), cid)).toMatchObject([{ type: 'news', records: [memberOf(8)] }]);
  });

  test('a higher incarnation is told on, though no observer hears of it', () => {
    meetBob();
    up(20, cid);
    hello(20, cid, digestOf(self, bob, cid));
    tick(30);
    expect(announced(news(40, bob, { ...bob, incarnation: 4 }))).toEqual([]);
    expect(read(tick(50))).toMatchObject([
      { to: cid.id, type: 'news', records: [{ id: bob.id, incarnation: 4 }] },
    ]);
  });

  test('a probe is answered to where it came from', () => {
    meetBob();
    const digest = digestOf(self, bob);
    const bytes = encodeDatagram({ type: 'probe', seq: 7, from: bob.id, digest });
    const from = '192.0.2.1:5000' as Address;
    expect(read(at(20, { type: 'datagram', from, bytes }))).toEqual([
      { to: from, type: 'ack', seq: 7, from: self.id, digest },
    ]);
  });

  test('a neighbour whose edge broke is redialled and probed; a refused dial tells that it is gone', () => {
    meetBob();
    const broken = at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    expect(read(broken)).toMatchObject([
      { type: 'dial', peer: bob.id, address: bob.address },
      { type: 'probe', to: bob.address },
    ]);
    const { address, id: peer } = bob;
    const out = at(2_001, { type: 'dialFailed', address, peer, reason: 'refused' });
    expect(out).toEqual([{ type: 'left', member: { ...bob, left: true } }]);
    expect(membership.lookup(bob.id)).toBe('departed');
    expect(membership.has(bob.id)).toBe(false);
  });

  test('another server at its address is proof as well, a dial that times out is none', () => {
    meetBob();
    at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    const { address, id: peer } = bob;
    at(2_001, { type: 'dialFailed', address, peer, reason: 'timeout' });
    expect(membership.has(bob.id)).toBe(true);
    at(2_500, { type: 'dialFailed', address, peer, reason: 'mismatch' });
    expect(membership.has(bob.id)).toBe(false);
  });

  test('an edge that broke and was dialled anew costs nobody its place', () => {
    meetBob();
    at(2_000, { type: 'edgeDown', peer: bob.id, reason: 'reset' });
    expect(membership.isSuspected(bob.id)).toBe(true);
    up(2_001, bob);
    expect(membership.isSuspected(bob.id)).toBe(false);
    const { address, id: peer } = bob;
    at(2_002, { type: 'dialFailed', address, peer, reason: 'refused' });
    expect(membership.has(bob.id)).toBe(true);
  });

  test('the end of a session that was no edge is no reason to suspect anybody', () => {
    meetBob();
    news(20, bob, cid);
    at(30, { type: 'edgeDown', peer: cid.id, reason: 'ended' });
    expect(membership.neighbours()).toContain(cid.id);
    expect(membership.isSuspected(cid.id)).toBe(false);
  });

  test('a suspect with an edge is asked over the edge as well', () => {
    meetBob();
    const first = membership.deadline() / MS;
    expect(read(tick(first))).toMatchObject([{ type: 'probe', to: bob.address }]);
    expect(read(tick(first + 500))).toMatchObject([
      { type: 'probe', to: bob.address },
      { type: 'ping', to: bob.id },
    ]);
    expect(membership.isSuspected(bob.id)).toBe(true);
    hear(first + 600, bob, { type: 'pong', digest: digestOf(self, bob) });
    expect(membership.isSuspected(bob.id)).toBe(false);
  });

  test('we refute our departure, under a higher incarnation, towards everybody', () => {
    meetBob();
    expect(announced(news(20, bob, { ...self, left: true }))).toEqual([]);
    expect(membership.self).toEqual({ ...self, incarnation: 1 });
    expect(read(tick(30))).toMatchObject([
      { to: bob.id, type: 'news', records: [{ id: self.id, incarnation: 1, left: false }] },
    ]);
    expect(membership.counters.refuted).toBe(1);
  });

  test('a peer with outdated records is corrected, at once and alone', () => {
    meetBob();
    news(20, bob, cid);
    news(30, bob, { ...cid, left: true });
    expect(read(news(40, bob, cid))).toMatchObject([
      { to: bob.id, type: 'news', records: [{ id: cid.id, left: true }] },
    ]);
    expect(membership.lookup(cid.id)).toBe('departed');
  });

  test('a server that comes back from its departure joins again, once', () => {
    meetBob();
    news(20, bob, cid);
    expect(announced(news(30, bob, { ...cid, left: true }))).toEqual([['left', cid.id]]);
    expect(announced(news(40, bob, { ...cid, incarnation: 1 }))).toEqual([['joined', cid.id]]);
    expect(announced(news(50, bob, { ...cid, incarnation: 2 }))).toEqual([]);
    expect(membership.lookup(cid.id)).toMatchObject({ incarnation: 2 });
  });

  test('one that leaves tells everybody at once, and has departed 200 ms later', () => {
    meetBob();
    expect(read(at(20, { type: 'leave' }))).toMatchObject([
      { to: bob.id, type: 'news', records: [{ ...self, left: true }] },
    ]);
    expect(at(21, { type: 'leave' })).toEqual([]);
    expect(at(21, { type: 'join', address: bob.address })).toMatchObject([{ reason: 'left' }]);
    expect(news(30, bob, { ...self, incarnation: 3 })).toEqual([]);
    expect(tick(219)).toEqual([]);
    expect(membership.deadline()).toBe(220 * MS);
    expect(tick(220)).toEqual([{ type: 'departed' }]);
    expect(membership.deadline()).toBe(NEVER);
    expect(news(230, bob, cid)).toEqual([]);
  });

  test('one that leaves alone has departed at once', () => {
    tick(0);
    expect(at(1, { type: 'leave' })).toEqual([{ type: 'departed' }]);
  });

  test('joins under way fail when we leave', () => {
    at(0, { type: 'join', address: bob.address });
    expect(at(1, { type: 'leave' })).toEqual([
      { type: 'seedFailed', address: bob.address, reason: 'left' },
      { type: 'departed' },
    ]);
  });

  test('news goes no more over an edge that we hung up, until the peer uses it', () => {
    meetBob();
    up(20, cid);
    tick(5_020);
    expect(membership.hasEdge(cid.id)).toBe(false);
    news(5_900, bob, memberOf(8));
    expect(sent(tick(5_910), cid)).toEqual([]);
    const digest = digestOf(self, bob);
    expect(sent(hear(6_000, cid, { type: 'ping', digest }), cid)).toMatchObject([
      { type: 'hello' },
      { type: 'pong' },
    ]);
    expect(membership.hasEdge(cid.id)).toBe(true);
  });

  test('junk is counted and dropped', () => {
    meetBob();
    const junk = Uint8Array.of(99, 1, 2, 3);
    expect(at(20, { type: 'edgeMessage', peer: bob.id, bytes: junk })).toEqual([]);
    expect(at(20, { type: 'datagram', from: bob.address, bytes: junk })).toEqual([]);
    expect(hear(20, bob, { type: 'hello', member: cid, digest: emptyDigest })).toEqual([]);
    expect(hear(20, self, { type: 'ping', digest: emptyDigest })).toEqual([]);
    const own = { type: 'probe', seq: 1, from: self.id, digest: emptyDigest } as const;
    expect(at(20, { type: 'datagram', from: bob.address, bytes: encodeDatagram(own) })).toEqual([]);
    expect(membership.counters.malformed).toBe(5);
    expect(membership.has(cid.id)).toBe(false);
  });

  test('what a peer says of unknown servers and of strangers’ edges is harmless', () => {
    meetBob();
    expect(at(20, { type: 'edgeDown', peer: idOf(99), reason: 'reset' })).toEqual([]);
    const ack = { type: 'ack', seq: 1, from: idOf(99), digest: emptyDigest } as const;
    expect(at(20, { type: 'datagram', from: bob.address, bytes: encodeDatagram(ack) })).toEqual([]);
    const { address } = bob;
    const failed = { type: 'dialFailed', address, peer: idOf(99), reason: 'refused' } as const;
    expect(at(20, failed)).toEqual([]);
    expect(membership.size).toBe(2);
  });
});
