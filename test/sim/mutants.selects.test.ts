/** Planted bugs in selects: each must be found by a checker of G8. */

import { expect, test } from 'vitest';
import {
  ChannelChecker,
  channelTraffic,
  SECOND,
  SelectChecker,
  scenario,
} from '../../sim/index.ts';
import { Select, type SelectEffect, type SelectEvent } from '../../src/select/select.ts';
import { broken, type Patch, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

const race = scenario({
  claim: 'selects on steady servers do one of their clauses each',
  checks: [],
  async run(cluster) {
    await cluster.startMany(3);
    const checker = cluster.check(new SelectChecker(cluster));
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      channels: 4,
      clients: 12,
      untilUs: cluster.now + 20 * SECOND,
      channelLifeUs: 5 * SECOND,
      crashRatio: 0.02,
      selects: { ratio: 0.6, checker },
    });
  },
});

/** Selects that do something else than the core asks for; `tell` steps the core once more. */
function mutant(
  instead: (effect: SelectEffect, tell: (event: SelectEvent) => void) => readonly SelectEffect[],
): Patch {
  return patched(Select, 'step', (step, _self, now, event, out) => {
    const asked: SelectEffect[] = [];
    step(now, event, asked);
    for (let effect = asked.shift(); effect !== undefined; effect = asked.shift()) {
      out.push(...instead(effect, (more) => step(now, more, asked)));
    }
  });
}

test('without a planted bug the run holds', async () => {
  const report = await simulate(race, { seed: '1' });
  expect(report.ok, told(report)).toBe(true);
});

test('a select goes on without waiting for what became of its attempt', async () => {
  const goesOn = mutant((effect, tell) => {
    if (effect.type !== 'cancel') return [effect];
    tell({ type: 'blocked', clause: effect.clause });
    return [];
  });
  expect(await broken(race, { patches: [goesOn] })).toMatch(/^G8/);
});

test('a select takes a send that it cancelled for one that was done', async () => {
  const cancelled = new WeakMap<Select, number>();
  const optimist = patched(Select, 'step', (step, self, now, event, out) => {
    const asked: SelectEffect[] = [];
    const isDone = event.type === 'blocked' && cancelled.get(self) === event.clause;
    step(now, isDone ? { ...event, type: 'committed' } : event, asked);
    cancelled.set(self, clauseOf(asked));
    out.push(...asked);
  });
  expect(await broken(race, { patches: [optimist] })).toMatch(/^G8/);
});

test('a select that gives up does not wait for what becomes of its attempt', async () => {
  const leaves = patched(Select, 'step', (step, _self, now, event, out) => {
    const asked: SelectEffect[] = [];
    step(now, event, asked);
    const isLeft = event.type === 'giveUp' && asked.some(({ type }) => type === 'cancel');
    out.push(...asked);
    if (isLeft) step(now, { type: 'blocked', clause: clauseOf(asked) }, out);
  });
  expect(await broken(race, { patches: [leaves] }, ['1', '2', '3'])).toMatch(/^G8/);
});

function clauseOf(effects: readonly SelectEffect[]): number {
  const cancel = effects.find(({ type }) => type === 'cancel');
  return cancel?.type === 'cancel' ? cancel.clause : -1;
}
