import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import type { Member } from '../../../src/membership/member.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Retries } from '../../../src/membership/retries.ts';
import { Table } from '../../../src/membership/table.ts';
import { MS, NEVER, SECOND } from '../../../src/time.ts';
import { EventQueue } from '../../support/event-queue.ts';
import { memberOf } from '../../support/members.ts';

const { gapMs, minMs, maxMs, share } = lan.retries;

interface Try {
  readonly at: number;
  readonly by: number;
  readonly member: Member;
}

/** The view of each of `present` servers after `silent` others fell silent at 0. */
function tableOf(present: number, silent: number): Table {
  const table = new Table(0, memberOf(0), lan.table);
  for (let n = 1; n < present; n++) table.merge(0, memberOf(n));
  for (let n = 0; n < silent; n++) {
    table.merge(0, memberOf(present + n));
    table.merge(0, memberOf(present + n, { left: true }));
  }
  return table;
}

/** What these servers try until then, all together. */
function triesOf(present: number, silent: number, untilS: number): Try[] {
  const table = tableOf(present, silent);
  const random = new SimRandom(`retries ${present} ${silent}`);
  const queue = new EventQueue<number>();
  const tries: Try[] = [];
  const all = Array.from({ length: present }, (_, by) => {
    const retries = new Retries(random.fork(`${by}`), lan.retries);
    retries.begin(0);
    queue.push(retries.deadline(), by);
    return retries;
  });
  while (queue.nextAt <= untilS * SECOND) {
    const at = queue.nextAt;
    const by = queue.pop() as number;
    const retries = all[by] as Retries;
    expect(retries.tick(at - 1, table)).toBeUndefined();
    const member = retries.tick(at, table);
    if (member !== undefined) tries.push({ at, by, member });
    queue.push(retries.deadline(), by);
  }
  return tries;
}

/** How many tries of each silent server the promise is, from one age to another, in seconds. */
function promised(fromS: number, toS: number): number {
  let tries = 0;
  const step = (toS - fromS) / 1_000;
  for (let age = fromS + step / 2; age < toS; age += step) {
    tries += step / (Math.min(maxMs, Math.max(minMs, age * share * 1_000)) / 1_000);
  }
  return tries;
}

describe('servers that fell silent', () => {
  test('are not tried when there are none', () => {
    const retries = new Retries(new SimRandom('none'), lan.retries);
    expect(retries.deadline()).toBe(NEVER);
    const table = tableOf(3, 0);
    expect(retries.tick(0, table)).toBeUndefined();
    retries.begin(0);
    expect(retries.tick(retries.deadline(), table)).toBeUndefined();
    expect(retries.deadline()).toBe(NEVER);
  });

  test.each([
    [500, 500],
    [999, 1],
    [30, 1],
    [2, 1],
    [20, 20],
  ])('by %i servers, %i of them, are each tried as often as promised, at every age', (n, d) => {
    const tries = triesOf(n, d, 6_000);
    for (const [from, to] of [
      [2, 20],
      [20, 200],
      [200, 1_000],
      [1_000, 6_000],
    ] as const) {
      const counted = tries.filter(({ at }) => at >= from * SECOND && at < to * SECOND).length / d;
      const expected = promised(from, to);
      // Each is a sum of chances: three deviations, and a tenth for the bias of the pauses.
      const tolerance = 3 * Math.sqrt(expected / d) + expected / 10;
      expect(Math.abs(counted - expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  test('are tried by one server alone no more often than its gap, though there be many', () => {
    const tries = triesOf(1, 999, 600);
    const gaps = tries.slice(1).map(({ at }, i) => at - (tries[i] as Try).at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(gapMs * MS);
    expect(tries.length).toBeGreaterThan(400);
    // By chance: not the same ones again and again.
    expect(new Set(tries.map(({ member }) => member.id)).size).toBeGreaterThan(300);
  });

  test('are tried by no server more often than its gap, however many there are', () => {
    const last = new Map<number, number>();
    for (const { at, by } of triesOf(20, 400, 100)) {
      const before = last.get(by);
      if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(gapMs * MS);
      last.set(by, at);
    }
  });

  test('are tried often again when one more falls silent', () => {
    const table = tableOf(1, 1);
    const retries = new Retries(new SimRandom('one more'), lan.retries);
    retries.begin(0);
    while (retries.deadline() < 3_600 * SECOND) retries.tick(retries.deadline(), table);
    const now = 3_600 * SECOND;
    expect(retries.deadline()).toBeGreaterThan(now + 2 * SECOND);
    table.merge(now, memberOf(9));
    table.merge(now, memberOf(9, { left: true }));
    retries.begin(now);
    const tried: Member[] = [];
    while (retries.deadline() < now + 60 * SECOND) {
      const member = retries.tick(retries.deadline(), table);
      if (member !== undefined) tried.push(member);
    }
    // The one that has been away for an hour is still tried seldom.
    expect(tried.filter(({ id }) => id === memberOf(9).id).length).toBeGreaterThan(8);
    expect(tried.filter(({ id }) => id === memberOf(1).id).length).toBeLessThan(4);
  });
});
