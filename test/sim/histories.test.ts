/** What becomes of a run by what the searches of its histories say. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import { LinearizabilityChecker, type Scenario, scenario } from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: histories } = await import('../../scenarios/histories.ts');

/** A run in which nothing happens but what is recorded by hand. */
function recording(record: (checker: LinearizabilityChecker) => void): Scenario {
  return scenario({
    claim: 'there is an order',
    checks: [],
    async run(cluster) {
      const checker = cluster.check(new LinearizabilityChecker(cluster));
      await cluster.startMany(1);
      record(checker);
    },
  });
}

describe('there is an order of what clients do while servers come and go', () => {
  test.each(['1', '2', '3', '4', '5', '6'])('with seed %s', async (seed) => {
    const report = await simulate(histories, { seed });
    expect(report.ok, told(report)).toBe(true);
    expect(report.checks[0]?.observed).toBeGreaterThan(500);
  });
});

test('a violation names the first operation without a place, and what was before it', async () => {
  const twice = recording(({ channels }) => {
    const make = { type: 'make', channel: 'x', capacity: 1 } as const;
    channels.happened('a', make, { type: 'done' });
    const send = { type: 'send', channel: 'x', message: 'm', waits: true } as const;
    channels.happened('a', send, { type: 'done' });
    const receive = { type: 'receive', channel: 'x', waits: true } as const;
    for (const name of ['b', 'c', 'd']) {
      channels.happened(name, receive, { type: 'done', message: 'm' });
    }
  });
  const { violations } = await simulate(twice, { seed: '1' });
  expect(violations).toHaveLength(1);
  expect(violations[0]).toMatchObject({ guarantee: 'G8 linearizability' });
  expect(violations[0]?.message).toMatch(
    /^x: no order has a place for "c receive on x -> done, "m""/,
  );
  expect(violations[0]?.message).toContain('before it there were a make x with room for 1 -> done');
});

test('too many searches that take too long break the run', async () => {
  const hard = recording(({ channels }) => {
    const make = { type: 'make', channel: 'x', capacity: 99 } as const;
    channels.happened('a', make, { type: 'done' });
    const sends = Array.from({ length: 12 }, (_, at) => {
      const message = `m${at}`;
      return channels.begins(`c${at}`, { type: 'send', channel: 'x', message, waits: true });
    });
    for (const send of sends) channels.returns(send, { type: 'done' });
    const receive = { type: 'receive', channel: 'x', waits: true } as const;
    channels.happened('b', receive, { type: 'done', message: 'of nobody' });
  });
  const { violations, measures } = await simulate(hard, { seed: '1' });
  expect(violations.map(({ message }) => message)).toEqual([
    'whether 1 of 1 histories are linearizable is not known: the searches took too long',
  ]);
  expect(measures.find(({ name }) => name === 'histories undecided')?.max).toBe(1);
});

test('a run without histories proves nothing', async () => {
  const { ok, violations } = await simulate(
    recording(() => {}),
    { seed: '1' },
  );
  expect(ok).toBe(false);
  expect(violations[0]?.message).toContain('vacuous');
});
