/** Under heavy churn news is left to one server, which pushes it with other news. */

import { beforeEach, describe, expect, test } from 'vitest';
import { reportedMax, reportMax } from '../../../src/gossip/gathering.ts';
import { lan } from '../../../src/gossip/profile.ts';
import { MS } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';
import {
  ann,
  at,
  begin,
  bob,
  cid,
  gatheredBy,
  keyOf,
  learn,
  of,
  peers,
  repeat,
  spread,
  tick,
  wave,
  x,
  y,
  z,
} from './lone-spread.ts';
import { type Server, SpreadNet } from './net.ts';
import { Rings } from './rings.ts';

const { gatherFrom, gatherMs, gatherPatienceMs, batchMs } = lan.spread;
const far = idOf(77);
const self = idOf(9);

/** So much news of others that what we find out is gathered; it was pushed some time ago. */
function busy(ms: number, count = gatherFrom): void {
  for (let number = 0; number < count; number++) learn(ms, keyOf(1_000 + number), ann);
  tick(ms);
  at(ms + 20, { type: 'flush', to: 'eager' });
}

describe('what we find out', () => {
  beforeEach(() => {
    begin();
    gatheredBy(far);
  });

  test('is pushed in a calm circuit, and reported in a busy one', () => {
    busy(0, gatherFrom - 2);
    learn(100, x);
    expect(peers(of('news', tick(100)))).toEqual([ann, bob, cid]);
    learn(200, y);
    expect(tick(200)).toEqual([{ type: 'report', to: far, subjects: [y.subject] }]);
    // It was a while ago.
    learn(5_000, z);
    expect(peers(of('news', tick(5_000)))).toEqual([ann, bob, cid]);
  });

  test('is what a server says of itself as well, and not what comes over the tree', () => {
    busy(0);
    learn(100, keyOf(1, 0, true), ann);
    learn(100, x, bob);
    const said = tick(100);
    expect(of('report', said)).toEqual([{ type: 'report', to: far, subjects: [ann] }]);
    expect(of('news', said)).toEqual([
      { type: 'news', peer: ann, subjects: [x.subject] },
      { type: 'news', peer: cid, subjects: [x.subject] },
    ]);
  });

  test('is pushed when it is more than a report may hold', () => {
    busy(0);
    for (let number = 0; number <= reportMax; number++) learn(100, keyOf(200 + number));
    const said = tick(100);
    expect(of('report', said)).toEqual([]);
    expect(of('news', said)).toHaveLength(3);
  });

  test('is pushed when as much as may be was reported, and has not come back', () => {
    busy(0);
    for (let number = 0; number < reportedMax; number++) {
      learn(100, keyOf(200 + number));
      expect(of('report', tick(100))).toHaveLength(1);
    }
    learn(100, y);
    expect(of('news', tick(100))).toHaveLength(3);
  });

  test('is pushed when there is no gatherer, or when it is the gatherer that has gone', () => {
    busy(0);
    gatheredBy(undefined);
    learn(100, x);
    expect(of('news', tick(100))).toHaveLength(3);
    gatheredBy(far);
    learn(200, keyOf(77, 0, true));
    expect(of('news', tick(200))).toHaveLength(3);
  });

  test('goes on over the tree once it has come back, and prunes nothing', () => {
    busy(0);
    learn(100, x);
    tick(100);
    expect(repeat(200, x, bob)).toEqual([]);
    expect(spread.isEager(bob)).toBe(true);
    expect(of('news', tick(200))).toEqual([
      { type: 'news', peer: ann, subjects: [x.subject] },
      { type: 'news', peer: cid, subjects: [x.subject] },
    ]);
    expect(spread.waveOf(x.subject)).toBe(wave);
    expect(of('news', tick(100 + gatherPatienceMs))).toEqual([]);
    expect(spread.counters).toMatchObject({ reported: 1, overdue: 0 });
    // From here on it is news as all other.
    expect(repeat(600, x, cid)).toEqual([{ type: 'prune', peer: cid }]);
  });

  test('is pushed when it has not come back in time, and then so is all for a while', () => {
    busy(0);
    learn(100, x);
    tick(100);
    expect(of('news', tick(99 + gatherPatienceMs))).toEqual([]);
    expect(of('news', tick(100 + gatherPatienceMs))).toHaveLength(3);
    expect(spread.counters).toMatchObject({ reported: 1, overdue: 1 });
    const again = 100 + 11 * gatherPatienceMs;
    for (const ms of [1_000, again - 100]) busy(ms);
    learn(again - 1, y);
    expect(of('report', tick(again - 1))).toEqual([]);
    learn(again + 20, z);
    expect(of('report', tick(again + 20))).toHaveLength(1);
  });

  test('and has changed once more is pushed once', () => {
    busy(0);
    learn(100, x);
    tick(100);
    learn(150, keyOf(100, 1), bob);
    expect(of('news', tick(150))).toHaveLength(2);
    expect(of('news', tick(100 + gatherPatienceMs))).toEqual([]);
  });

  test('is said to all when we go, reported or not', () => {
    busy(0);
    learn(100, x);
    tick(100);
    learn(110, y);
    at(110, {
      type: 'changed',
      key: { subject: self, incarnation: 0, left: true },
      from: undefined,
    });
    const said = of('news', at(110, { type: 'flush', to: 'all' }));
    expect(said).toHaveLength(3);
    for (const subject of [x.subject, y.subject, self]) {
      expect(said[0]).toMatchObject({ subjects: expect.arrayContaining([subject]) });
    }
  });
});

describe('the gatherer', () => {
  beforeEach(begin);

  const report = (ms: number, key: typeof x) =>
    at(ms, { type: 'changed', key, from: undefined, isReport: true });

  test('pushes at once, and then together what is reported within gatherMs', () => {
    report(100, x);
    expect(of('news', tick(100))).toHaveLength(3);
    report(101, y);
    report(150, z);
    expect(tick(99 + gatherMs)).toEqual(of('announce', tick(99 + gatherMs)));
    const said = of('news', tick(100 + gatherMs));
    expect(said).toHaveLength(3);
    expect(said[0]).toMatchObject({ subjects: [y.subject, z.subject] });
  });

  test('does the same with what it finds out itself, and pushes what others push on its way', () => {
    gatheredBy(self);
    busy(0);
    learn(100, x);
    tick(100);
    learn(120, y);
    expect(of('news', tick(120))).toEqual([]);
    learn(130, z, ann);
    expect(spread.deadline()).toBe(130 * MS);
    expect(peers(of('news', tick(130)))).toEqual([ann, bob, cid]);
    expect(batchMs).toBeLessThan(30);
  });
});

describe('among 300 servers of which 30 change each second', () => {
  const count = 300;
  const seconds = 6;

  /** How much was sent, how late the last heard, and how many never did. */
  const churn = (prepare: (net: SpreadNet, gatherer: Server) => void) => {
    const net = new SpreadNet({ seed: 'busy', count });
    new Rings(net, 5);
    const gatherer = net.servers[0] as Server;
    for (const server of net.servers) server.gatherer = gatherer;
    prepare(net, gatherer);
    const keys: { key: typeof x; at: number }[] = [];
    for (let number = 0; number < 30 * seconds; number++) {
      net.after((number * 1_000) / 30, () => {
        const finders = net.shuffled(net.up).slice(0, 1 + (number % 5));
        keys.push({ key: net.event(number, ...finders), at: net.now });
      });
    }
    net.run(seconds * 1_000 + 3_000);
    const late = keys.map(({ key, at }) =>
      Math.max(...net.up.map(({ arrivals }) => (arrivals.get(key.subject)?.at ?? 1e12) - at)),
    );
    return { pushes: net.sent.news / count / seconds, lateMs: Math.max(...late) / MS };
  };
  const nobody = (net: SpreadNet) => {
    for (const server of net.servers) server.gatherer = undefined;
  };

  test('a server receives a third of the pushes, and news is hardly later than gatherMs', () => {
    const gathered = churn(() => {});
    const plain = churn(nobody);
    expect(plain.pushes).toBeGreaterThan(20);
    expect(gathered.pushes).toBeLessThan(plain.pushes / 2);
    expect(gathered.lateMs).toBeLessThan(gatherMs + 100);
  });

  test('all hear of all in time when every other report is lost', () => {
    const { lateMs } = churn((net) => {
      net.loses = (_from, _to, type) => type === 'report' && net.random.below(2) === 0;
    });
    expect(lateMs).toBeLessThan(gatherPatienceMs + gatherMs + 100);
  });

  test('all hear of all in time when the gatherer stands still', () => {
    const { lateMs } = churn((net, gatherer) => {
      net.loses = (from, to) => from === gatherer || to === gatherer;
      const others = net.servers.filter((server) => server !== gatherer);
      net.after(2_000, () => net.kill(gatherer));
      net.after(2_500, () => {
        for (const server of others) server.gatherer = others[0];
      });
    });
    expect(lateMs).toBeLessThan(gatherPatienceMs + lan.spread.announceMs + 300);
  });
});
