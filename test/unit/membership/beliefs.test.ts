import { beforeEach, describe, expect, test } from 'vitest';
import type { Address } from '../../../src/id.ts';
import type { MembershipEffect } from '../../../src/membership/event.ts';
import type { Member } from '../../../src/membership/member.ts';
import { MS } from '../../../src/time.ts';
import { memberOf } from '../../support/members.ts';
import { Alone, kind, said, self, told } from '../../support/membership-alone.ts';

const bob = memberOf(6);
const cid = memberOf(7);
const silent = { left: true, final: false };
const final = { left: true, final: true };

/** What we know of Cid before anybody comes with a record of it. */
const before = {
  unknown: [],
  present: [{ incarnation: 2 }],
  departed: [{ incarnation: 2 }, { incarnation: 2, ...silent }],
} as const;

type Known = keyof typeof before;

/** Who says so. */
const sources = {
  /** Cid itself, on an edge. */
  hello: (alone: Alone, record: Member) => alone.meet(100, record),
  news: (alone: Alone, record: Member) => alone.news(100, bob, record),
  held: (alone: Alone, record: Member) => alone.records(100, bob, record),
} as const;

/** What came of it, in a word. */
function outcome(alone: Alone, effects: readonly MembershipEffect[], was: string): string {
  const is = alone.held(cid);
  if (is !== was) return is;
  const later = [...effects, ...alone.run(400)];
  if (kind(later, 'verify').some(({ subject }) => subject === cid.id)) return 'examined';
  const corrected = kind(effects, 'records').some(({ records }) =>
    records.some(({ id }) => id === cid.id),
  );
  return corrected ? 'corrected' : 'nothing';
}

describe('what is believed of a server', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.tick(50);
  });
  const know = (known: Known) => {
    for (const fields of before[known]) alone.news(60, bob, { ...cid, ...fields });
    alone.tick(80);
  };

  const present = (incarnation: number): Partial<Member> => ({ incarnation });
  const gone = (incarnation: number): Partial<Member> => ({ incarnation, ...silent });

  test.each<[Known, Partial<Member>, keyof typeof sources, string]>([
    ['unknown', present(0), 'hello', 'present 0'],
    ['unknown', present(0), 'news', 'present 0'],
    ['unknown', present(0), 'held', 'examined'],
    ['unknown', gone(0), 'news', 'departed'],
    ['unknown', gone(0), 'held', 'nothing'],
    ['present', present(1), 'hello', 'corrected'],
    ['present', present(1), 'news', 'corrected'],
    ['present', present(1), 'held', 'corrected'],
    ['present', present(2), 'hello', 'nothing'],
    ['present', present(2), 'news', 'nothing'],
    ['present', present(2), 'held', 'nothing'],
    ['present', present(3), 'hello', 'present 3'],
    ['present', present(3), 'news', 'present 3'],
    ['present', present(3), 'held', 'present 3'],
    ['present', gone(1), 'news', 'corrected'],
    ['present', gone(1), 'held', 'corrected'],
    ['present', gone(2), 'news', 'departed'],
    ['present', gone(2), 'held', 'examined'],
    ['present', gone(3), 'held', 'examined'],
    ['departed', present(2), 'hello', 'corrected'],
    ['departed', present(2), 'news', 'corrected'],
    ['departed', present(2), 'held', 'corrected'],
    ['departed', present(3), 'hello', 'present 3'],
    ['departed', present(3), 'news', 'present 3'],
    ['departed', present(3), 'held', 'examined'],
    ['departed', gone(2), 'news', 'nothing'],
    ['departed', gone(2), 'held', 'nothing'],
    ['departed', gone(3), 'news', 'nothing'],
    ['departed', gone(3), 'held', 'nothing'],
  ])('that we hold %s, when it comes as %o by %s: %s', (known, fields, source, expected) => {
    know(known);
    const was = alone.held(cid);
    const effects = sources[source](alone, { ...cid, ...fields });
    expect(outcome(alone, effects, was)).toBe(expected);
  });

  test('a hint that its subject confirms is believed, and spread', () => {
    alone.meet(55, memberOf(8));
    alone.records(100, bob, cid);
    const asked = alone.run(300);
    const out = alone.answer(310, cid, asked);
    expect(told(out)).toEqual([`joined ${cid.id}`]);
    expect(said([...out, ...alone.run(330)], memberOf(8))).toContainEqual(
      expect.objectContaining({ type: 'news', records: [cid] }),
    );
    // One answer is enough: there are no more questions.
    expect(kind(alone.run(10_000), 'verify')).toEqual([]);
  });

  test('a hint that nobody confirms changes nothing; if it was of a departure, it is our view then', () => {
    alone.records(100, bob, cid);
    expect(told(alone.run(2_900))).toEqual([]);
    expect(alone.membership.counters).toMatchObject({ verifications: 5, unanswered: 1 });
    alone = new Alone();
    alone.meet(0, bob);
    know('present');
    alone.records(100, bob, { ...cid, ...gone(2) });
    expect(alone.held(cid)).toBe('present 2');
    const out = alone.run(100 + 200 + 5 * 500);
    expect(told(out)).toEqual([`left ${cid.id}`]);
  });

  test('a departure that we conclude for ourselves is not spread, but explained to who asks', () => {
    alone.meet(55, memberOf(8));
    know('present');
    alone.records(100, bob, { ...cid, ...gone(2) });
    const out = alone.run(3_000);
    expect(told(out)).toEqual([`left ${cid.id}`]);
    expect(alone.membership.counters.unsaid).toBe(1);
    for (const message of [...kind(out, 'news'), ...kind(out, 'announce')]) {
      expect(JSON.stringify(message)).not.toContain(cid.id);
    }
    const asked = alone.hear(3_010, bob, { type: 'find', subject: cid.id });
    expect(kind(asked, 'records')).toMatchObject([{ records: [{ id: cid.id, ...silent }] }]);
  });

  test('what is heard while it is examined settles it', () => {
    alone.records(100, bob, cid);
    alone.news(150, bob, cid);
    expect(kind(alone.run(5_000), 'verify')).toEqual([]);
    expect(alone.held(cid)).toBe('present 0');
  });

  test('what did not stand up is not examined again at once; insisted on later, it is believed', () => {
    alone.records(100, bob, cid);
    const failedAt = 100 + 200 + 5 * 500;
    alone.run(failedAt);
    alone.records(failedAt + 1_000, bob, cid);
    expect(kind(alone.run(failedAt + 2_000), 'verify')).toEqual([]);
    const out = alone.records(failedAt + 4_001, bob, cid);
    expect(told(out)).toEqual([`joined ${cid.id}`]);
  });

  test('no departure is believed by insistence, though its subject answers nobody: it is asked again', () => {
    know('present');
    alone.answer(90, cid, alone.tick(90));
    alone.records(100, bob, { ...cid, ...gone(2) });
    const asked = alone.run(300);
    expect(kind(asked, 'verify')).toMatchObject([{ subject: cid.id, incarnation: 2, left: true }]);
    // It comes back, as it is told what is thought of it.
    const out = alone.answer(310, { ...cid, incarnation: 3 }, asked);
    expect(told(out)).toEqual([]);
    expect(alone.held(cid)).toBe('present 3');
  });

  test('another server that answers in its place is admitted, and the one asked for is not', () => {
    const other = memberOf(9, { address: cid.address, url: cid.url });
    alone.records(100, bob, cid);
    const asked = kind(alone.run(300), 'verify');
    const { seq } = asked[0] as (typeof asked)[number];
    const out = alone.datagram(310, cid.address, { type: 'verified', seq, member: other });
    expect(told(out)).toEqual([`joined ${other.id}`]);
    expect(kind(alone.run(5_000), 'verify')).toEqual([]);
    expect(alone.held(cid)).toBe('unknown');
  });

  test('a server that just joins believes its seed, of departures too; later it examines', () => {
    alone = new Alone();
    const seed = bob.address;
    alone.at(0, { type: 'join', address: seed });
    alone.up(1, bob);
    alone.hello(1, bob);
    const records = [cid, memberOf(8, final)];
    const out = alone.hear(2, bob, { type: 'view', records, last: true });
    expect(told(out)).toEqual([`joined ${cid.id}`]);
    expect(out).toContainEqual({ type: 'seedJoined', address: seed });
    expect(alone.held(memberOf(8))).toBe('departed');
    const other = memberOf(9);
    alone.at(100, { type: 'join', address: other.address });
    alone.meet(101, other);
    const later = alone.hear(102, other, { type: 'view', records: [memberOf(10)], last: true });
    expect(told(later)).toEqual([]);
    expect(kind([...later, ...alone.tick(102)], 'verify')).toMatchObject([
      { subject: memberOf(10).id },
    ]);
    // What that circuit lacks of ours, it learns by comparing.
    expect(kind(later, 'summary')).toHaveLength(1);
  });

  test.each([
    ['fell silent', silent],
    ['said goodbye', final],
  ])('a server that just joins asks one that it met itself, and %s for its seed', (_, departed) => {
    alone = new Alone();
    alone.at(0, { type: 'join', address: bob.address });
    alone.up(1, bob);
    alone.hello(1, bob);
    alone.meet(2, cid);
    const records = [{ ...cid, ...departed }, memberOf(8)];
    const out = alone.hear(3, bob, { type: 'view', records, last: true });
    expect(told(out)).toEqual([`joined ${memberOf(8).id}`]);
    expect(alone.held(cid)).toBe('present 0');
    expect(kind([...out, ...alone.tick(3)], 'verify')).toMatchObject([{ subject: cid.id }]);
  });

  test('a server through which somebody joined already examines what its own seed says', () => {
    alone = new Alone();
    alone.meet(0, cid);
    alone.hear(1, cid, { type: 'join' });
    alone.at(2, { type: 'join', address: bob.address });
    alone.meet(3, bob);
    alone.hear(4, bob, { type: 'view', records: [memberOf(8)], last: true });
    expect(alone.held(memberOf(8))).toBe('unknown');
  });
});

describe('what others say of us', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.answer(50, bob, alone.run(50));
  });

  /** Bob answers all that we ask, until then. */
  const well = (untilMs: number): MembershipEffect[] => {
    const all: MembershipEffect[] = [];
    for (let ms = alone.ms + 10; ms <= untilMs; ms += 10) {
      const out = alone.run(ms);
      all.push(...out, ...alone.answer(ms, bob, out));
    }
    return all;
  };

  test('that we are gone, we outweigh once we have been well for 2 s, towards everybody', () => {
    const out = alone.news(100, bob, { ...self, ...silent });
    expect(told(out)).toEqual([]);
    expect(alone.membership.isAway).toBe(true);
    expect(kind(well(2_090), 'news')).toEqual([]);
    expect(alone.membership.self).toEqual(self);
    const news = kind(well(2_150), 'news');
    expect(alone.membership.self).toEqual({ ...self, incarnation: 1 });
    expect(alone.membership.counters).toMatchObject({ accused: 1, returns: 1 });
    expect(alone.membership.isAway).toBe(false);
    expect(news).toMatchObject([
      { to: bob.id, records: [{ id: self.id, incarnation: 1, left: false }] },
    ]);
    expect(alone.membership.has(self.id)).toBe(true);
  });

  test('counts by hint and by question, and not when nobody can know it', () => {
    for (const incarnation of [1, 6]) {
      alone.records(100, bob, { ...self, incarnation, ...silent });
      alone.news(100, bob, { ...self, incarnation, ...silent });
    }
    expect(alone.membership.isAway).toBe(false);
    const about = { subject: self.id, incarnation: 0, left: true };
    const verify = { type: 'verify', seq: 7, from: cid.id, ...about } as const;
    const out = alone.datagram(200, cid.address, verify);
    expect(kind(out, 'verified')).toMatchObject([{ to: cid.address, seq: 7, member: self }]);
    expect(alone.membership.isAway).toBe(true);
    alone.records(300, bob, { ...self, ...silent });
    well(2_250);
    expect(alone.membership.self.incarnation).toBe(1);
  });

  test('a second time soon after, we stay away for 30 s', () => {
    alone.news(100, bob, { ...self, ...silent });
    well(3_000);
    alone.news(3_001, bob, { ...self, incarnation: 1, ...silent });
    well(32_900);
    expect([alone.membership.self.incarnation, alone.membership.isAway]).toEqual([1, true]);
    well(33_100);
    expect([alone.membership.self.incarnation, alone.membership.isAway]).toEqual([2, false]);
  });

  test('we do not outweigh while our neighbours do not answer', () => {
    alone.news(100, bob, { ...self, ...silent });
    alone.run(3_000);
    expect(alone.membership.isSuspected(bob.id)).toBe(true);
    expect(alone.membership.self.incarnation).toBe(0);
  });

  test('in a question that takes us for present is answered as we are', () => {
    const from = '192.0.2.1:5000' as Address;
    for (const [subject, incarnation] of [
      [self.id, 0],
      [cid.id, 3],
    ] as const) {
      const verify = { type: 'verify', seq: 7, from: cid.id, subject, incarnation, left: false };
      const out = alone.datagram(100, from, verify as never);
      expect(kind(out, 'verified')).toMatchObject([{ to: from, seq: 7, member: self }]);
    }
    expect(alone.membership.self.incarnation).toBe(0);
  });
});

describe('servers that fell silent', () => {
  test('are tried again, and come back by their answer', () => {
    const alone = new Alone();
    alone.meet(0, bob);
    alone.news(10, bob, cid);
    alone.news(20, bob, { ...cid, ...silent });
    alone.news(30, bob, memberOf(8));
    alone.news(40, bob, { ...memberOf(8), ...final });
    let tries: MembershipEffect[] = [];
    for (let ms = 100; ms < 60_000 && kind(tries, 'verify').length === 0; ms += 100) {
      tries = alone.run(ms);
      alone.answer(ms, bob, tries);
    }
    // Who said goodbye is not.
    expect(kind(tries, 'verify')).toMatchObject([{ subject: cid.id, incarnation: 0, left: true }]);
    const out = alone.answer(alone.membership.deadline() / MS, { ...cid, incarnation: 1 }, tries);
    expect(told(out)).toEqual([`joined ${cid.id}`]);
  });
});
