/**
 * Bugs in how views are told, compared, believed and merged, each of which a checker must find; see
 * mutants.test.ts. Every story holds without a bug.
 */

import { describe, expect, test } from 'vitest';
import {
  accuracy,
  agreement,
  completeness,
  lanBounds,
  merge,
  order,
  profiles,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { Reconcile } from '../../src/gossip/reconcile.ts';
import { Spread } from '../../src/gossip/spread.ts';
import { Beliefs } from '../../src/membership/beliefs.ts';
import { Comeback } from '../../src/membership/comeback.ts';
import { Retries } from '../../src/membership/retries.ts';
import { Table } from '../../src/membership/table.ts';
import { broken, membershipMutant, patched, profileMutant } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

const { lan } = profiles;

/** So few rings that news has far to go, and so little time that no news may be late often. */
const leaves = scenario({
  claim: 'a goodbye is known to all in no time',
  profile: { ...lan, overlay: { ...lan.overlay, rings: 2 } },
  bounds: { ...lanBounds, leave: 0.3 * SECOND },
  checks: [completeness(), order(), agreement()],
  async run(cluster) {
    const nodes = await cluster.startMany(60);
    await cluster.sleep(10 * SECOND);
    for (const { host } of nodes.slice(10, 20)) {
      cluster.leave(host.name);
      await cluster.sleep(3 * SECOND);
    }
  },
});

const halves = scenario({
  claim: 'two halves become one again',
  checks: [accuracy(), order(), agreement(), merge()],
  async run(cluster) {
    const nodes = await cluster.startMany(30);
    await cluster.sleep(20 * SECOND);
    cluster.split([nodes.slice(15).map(({ host }) => host.name)], 40 * SECOND);
    await cluster.sleep(60 * SECOND);
  },
});

/** Half of the servers start on one side of a cut. */
const missed = scenario({
  claim: 'a host that was cut off comes back, and learns who came meanwhile',
  checks: [accuracy(), order(), agreement(), merge()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(20 * SECOND);
    const rest = Array.from({ length: 40 }, (_, i) => `n${i + 1}`).filter((name) => name !== 'n5');
    cluster.split([['n5'], rest], 30 * SECOND);
    await cluster.sleep(15 * SECOND);
    await cluster.startMany(20, { through: 'n1' });
    await cluster.sleep(40 * SECOND);
  },
});

/** Goodbyes are forgotten before it wakes up, so that nobody but who is asked knows better. */
const sleeper = scenario({
  claim: 'who slept resurrects nobody',
  profile: { ...lan, table: { ...lan.table, departedKeptMs: 5_000, departedSharedMs: 2_000 } },
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(20 * SECOND);
    cluster.pause('n5', 35 * SECOND);
    await cluster.sleep(10 * SECOND);
    for (const name of ['n7', 'n8', 'n9', 'n10']) {
      cluster.leave(name);
      await cluster.sleep(SECOND);
    }
    await cluster.sleep(10 * SECOND);
    cluster.leave('n11');
    await cluster.sleep(40 * SECOND);
  },
});

test.each<[string, Scenario]>([
  ['servers leave', leaves],
  ['halves are cut off', halves],
  ['a host misses much', missed],
  ['a server sleeps', sleeper],
])('without a planted bug, nothing breaks where %s', async (_, scene) => {
  const report = await simulate(scene, { seed: '1' });
  expect(report.ok, told(report)).toBe(true);
});

describe('G1 completeness breaks when', () => {
  test('a server leaves without a word', async () => {
    const parts = membershipMutant({
      event: (event, self) => {
        if (event.type === 'leave') self.count = 1;
        return [event];
      },
      effect: (effect, { count }) => (count === 1 && effect.type === 'send' ? [] : [effect]),
    });
    expect(await broken(leaves, { parts })).toBe('G1 completeness');
  });

  test('news is not told further', async () => {
    const kept = patched(Spread, 'step', (step, _spread, now, event, out) => {
      if (event.type !== 'changed' || event.wave === undefined) step(now, event, out);
    });
    expect(await broken(leaves, { patches: [kept] })).toBe('G1 completeness');
  });

  test('nobody who asks for news that it missed gets it', async () => {
    const deaf = patched(Spread, 'step', (step, _spread, now, event, out) => {
      if (event.type !== 'grafted') step(now, event, out);
    });
    expect(await broken(leaves, { patches: [deaf] })).toBe('G1 completeness');
  });

  test('every edge is pruned, and no tree is left', async () => {
    const ungrateful = patched(Spread, 'step', (step, _spread, now, event, out) => {
      step(now, event, out);
      if (event.type !== 'changed' || event.wave === undefined || event.from === undefined) return;
      out.push({ type: 'prune', peer: event.from });
      step(now, { type: 'pruned', from: event.from }, out);
    });
    expect(await broken(leaves, { patches: [ungrateful] })).toBe('G1 completeness');
  });
});

describe('G2 accuracy breaks when', () => {
  test('a departure that a peer holds is believed before the server was asked', async () => {
    const rash = patched(Beliefs, 'weigh', (weigh, self, now, from, records, atOnce, out) => {
      const departures = records.filter(({ left }) => left);
      self.learn(now, { peer: from }, departures, out);
      weigh(now, from, records, atOnce, out);
    });
    expect(await broken(halves, { patches: [rash] })).toBe('G2 accuracy');
  });
});

describe('G3 order breaks when', () => {
  test('an arrival that is known is taken for news', async () => {
    // Once for each server: if each did so each time, the news would never end.
    const struck = new WeakSet<Table>();
    const twice = patched(Table, 'merge', (join, self, now, record) => {
      const outcome = join(now, record);
      if (outcome !== 'same' || record.left || record.id === self.self.id) return outcome;
      if (struck.has(self)) return outcome;
      struck.add(self);
      return 'joined';
    });
    expect(await broken(leaves, { patches: [twice] })).toBe('G3 order');
  });

  test('departures are forgotten at once, and the dead come back', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      table: { ...profile.table, departedKeptMs: 0, silentKeptMs: 0 },
    }));
    expect(await broken(sleeper, { parts })).toBe('G3 order');
  });

  test('a server that a peer holds is believed to be there before it was asked', async () => {
    const rash = patched(Beliefs, 'weigh', (weigh, self, now, from, records, atOnce, out) => {
      const arrivals = records.filter(({ left }) => !left);
      self.learn(now, { peer: from }, arrivals, out);
      weigh(now, from, records, atOnce, out);
    });
    expect(await broken(sleeper, { patches: [rash] })).toBe('G3 order');
  });
});

describe('G6 merge breaks when', () => {
  test('a server that hears it is gone does not say otherwise', async () => {
    const meek = patched(Comeback, 'accused', () => {});
    expect(await broken(halves, { patches: [meek] })).toBe('G6 merge');
  });

  test('a server comes back at the incarnation at which it was gone', async () => {
    const unchanged = patched(Table, 'raise', () => {});
    expect(await broken(halves, { patches: [unchanged] })).toBe('G6 merge');
  });

  test('servers that fell silent are never tried again', async () => {
    const resigned = patched(Retries, 'begin', () => {});
    expect(await broken(halves, { patches: [resigned] })).toBe('G6 merge');
  });

  test('digests are not compared', async () => {
    const blind = patched(Reconcile, 'step', (step, _reconcile, now, event, out) => {
      if (event.type !== 'digest') step(now, event, out);
    });
    expect(await broken(missed, { patches: [blind] })).toBe('G6 merge');
  });
});
