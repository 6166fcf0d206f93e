import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { lan } from '../../../src/gossip/profile.ts';
import { limits } from '../../../src/limits.ts';
import type { Member } from '../../../src/membership/member.ts';
import type { Datagram } from '../../../src/membership/message.ts';
import { Reports } from '../../../src/membership/reports.ts';
import { idOf, memberOf } from '../../support/members.ts';
import { Alone, kind, self, told } from '../../support/membership-alone.ts';

const [bob, cid, dan, eve] = [memberOf(6), memberOf(7), memberOf(8), memberOf(9)];

describe('news that is reported to us', () => {
  let alone: Alone;
  beforeEach(() => {
    alone = new Alone();
    alone.meet(0, bob);
    alone.tick(20);
  });
  const offer = (from = bob): Datagram => ({ type: 'offer', from: from.id });
  const report = (seq: number, from = bob, ...records: Member[]): Datagram => ({
    type: 'report',
    seq,
    from: from.id,
    records,
  });

  test('is asked for at the address of the member that offers it, and believed once', () => {
    const [take] = kind(alone.datagram(30, eve.address, offer()), 'take');
    expect(take).toMatchObject({ to: bob.address, from: self.id });
    const seq = take?.seq as number;
    expect(told(alone.datagram(31, bob.address, report(seq, bob, cid)))).toEqual([
      `joined ${cid.id}`,
    ]);
    expect(told(alone.datagram(32, bob.address, report(seq, bob, dan)))).toEqual([]);
    expect(alone.membership.counters).toMatchObject({ gathered: 1, unasked: 1 });
  });

  test('is not believed with another number, or from another server', () => {
    const [take] = kind(alone.datagram(30, bob.address, offer()), 'take');
    const seq = take?.seq as number;
    alone.meet(31, cid);
    expect(told(alone.datagram(40, bob.address, report(seq + 1, bob, dan)))).toEqual([]);
    expect(told(alone.datagram(40, cid.address, report(seq, cid, dan)))).toEqual([]);
    expect(told(alone.datagram(40, bob.address, report(0, bob, dan)))).toEqual([]);
    expect(alone.held(dan)).toBe('unknown');
  });

  test('is not asked for when a stranger offers it', () => {
    expect(kind(alone.datagram(30, dan.address, offer(dan)), 'take')).toEqual([]);
    expect(alone.membership.counters.unasked).toBe(1);
  });

  test('that we never offered is not taken from us', () => {
    const take: Datagram = { type: 'take', seq: 5, from: bob.id };
    expect(kind(alone.datagram(30, bob.address, take), 'report')).toEqual([]);
    expect(alone.membership.counters.unasked).toBe(1);
  });
});

describe('what we find out in a busy circuit', () => {
  test('is offered to the first member, and reported when that takes it', () => {
    const alone = new Alone();
    alone.meet(0, bob);
    for (let number = 0; number < lan.spread.gatherFrom; number++) {
      alone.news(20, bob, memberOf(1_000 + number));
    }
    alone.run(100);
    const out = [...alone.meet(200, cid), ...alone.tick(200)];
    const [gatherer] = alone.membership.members() as Iterable<Member>;
    if (gatherer === undefined) throw new Error('somebody is there');
    expect(gatherer.id).not.toBe(self.id);
    expect(kind(out, 'offer')).toMatchObject([{ to: gatherer.address, from: self.id }]);
    const take: Datagram = { type: 'take', seq: 5, from: gatherer.id };
    const [report] = kind(alone.datagram(202, gatherer.address, take), 'report');
    expect(report).toMatchObject({ to: gatherer.address, seq: 5, records: [cid] });
  });
});

describe('reports', () => {
  test('are expected of so many at a time, and of the last that offered one', () => {
    const reports = new Reports(new SimRandom('reports'), 250);
    const numbers = Array.from({ length: limits.reportersMax + 1 }, (_, number) =>
      reports.offered(0, idOf(number)),
    );
    expect(reports.isExpected(249, idOf(0), numbers[0] as number)).toBe(false);
    expect(reports.isExpected(249, idOf(1), numbers[1] as number)).toBe(true);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('that are offered again before they came have the same number', () => {
    const reports = new Reports(new SimRandom('reports'), 250);
    expect(reports.offered(0, idOf(1))).toBe(reports.offered(0, idOf(1)));
  });

  test('are neither made nor believed when they are late: by then it may be otherwise', () => {
    const reports = new Reports(new SimRandom('reports'), 250);
    reports.offer(0, idOf(1), [idOf(100)]);
    expect(reports.asked(250, idOf(1))).toBeUndefined();
    reports.offer(251, idOf(1), [idOf(101)]);
    expect(reports.asked(252, idOf(1))).toEqual([idOf(101)]);
    const seq = reports.offered(0, idOf(2));
    expect(reports.isExpected(250, idOf(2), seq)).toBe(false);
    expect(reports.offered(250, idOf(2))).not.toBe(seq);
  });

  test('that nobody takes are forgotten, the oldest first', () => {
    const reports = new Reports(new SimRandom('reports'), 250);
    for (let number = 0; number < 10; number++) reports.offer(0, idOf(1), [idOf(100 + number)]);
    expect(reports.asked(249, idOf(2))).toBeUndefined();
    expect(reports.asked(249, idOf(1))).toEqual([idOf(102)]);
  });
});
