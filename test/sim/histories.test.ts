/** What becomes of a run by what the searches of its histories say. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import {
  type Cluster,
  LinearizabilityChecker,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: histories } = await import('../../scenarios/histories.ts');

/** A run in which nothing happens but what is recorded by hand. */
function recording(
  record: (checker: LinearizabilityChecker, cluster: Cluster) => void | Promise<void>,
): Scenario {
  return scenario({
    claim: 'there is an order',
    checks: [],
    async run(cluster) {
      const checker = cluster.check(new LinearizabilityChecker(cluster));
      await cluster.startMany(1);
      await record(checker, cluster);
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

test('a result that comes when the element is over is searched', async () => {
  const late = recording((checker) => {
    const { channels } = checker;
    const make = { type: 'make', channel: 'x', capacity: 1 } as const;
    channels.happened('a', make, { type: 'done' });
    const peek = channels.begins('b', { type: 'peek', channel: 'x' });
    checker.over('x');
    channels.returns(peek, { type: 'state', closed: true, sent: 7, received: 9 });
  });
  const { violations } = await simulate(late, { seed: '1' });
  expect(violations).toHaveLength(1);
  expect(violations[0]?.message).toContain('"b peek on x -> closed, 7 sent, 9 received"');
});

test('what had no effect in the end explains nothing, though it might have', async () => {
  const late = recording((checker) => {
    const { channels } = checker;
    const make = { type: 'make', channel: 'x', capacity: 1 } as const;
    channels.happened('a', make, { type: 'done' });
    const closing = { type: 'close', channel: 'x' } as const;
    const pending = channels.begins('b', closing);
    const receive = { type: 'receive', channel: 'x', waits: true } as const;
    channels.happened('c', receive, { type: 'closed' });
    checker.over('x');
    channels.noEffect(pending);
    channels.begins('b', closing);
  });
  const { violations } = await simulate(late, { seed: '1' });
  expect(violations.map(({ message }) => message)).toEqual([
    expect.stringContaining('no order has a place for "c receive on x -> closed"'),
  ]);
});

test('nothing is searched twice of which no more is known', async () => {
  const often = recording((checker) => {
    const make = { type: 'make', channel: 'x', capacity: 1 } as const;
    checker.channels.happened('a', make, { type: 'done' });
    checker.channels.begins('b', { type: 'close', channel: 'x' });
    for (let i = 0; i < 3; i++) checker.over('x');
  });
  const { checks } = await simulate(often, { seed: '1' });
  expect(checks[0]?.observed).toBe(1);
});

/** Takes too long to search: sends at one time, and a message that is of none of them. */
function recordHard({ channels }: LinearizabilityChecker): void {
  const make = { type: 'make', channel: 'x', capacity: 99 } as const;
  channels.happened('a', make, { type: 'done' });
  const sends = Array.from({ length: 12 }, (_, at) => {
    const message = `m${at}`;
    return channels.begins(`c${at}`, { type: 'send', channel: 'x', message, waits: true });
  });
  for (const send of sends) channels.returns(send, { type: 'done' });
  const receive = { type: 'receive', channel: 'x', waits: true } as const;
  channels.happened('b', receive, { type: 'done', message: 'of nobody' });
}

test('too many searches of one kind that take too long break the run', async () => {
  const hard = recording((checker) => {
    recordHard(checker);
    for (let i = 0; i < 20; i++) {
      checker.process(`p${i}`).happened('a', { type: 'spawn' }, { type: 'done' });
    }
  });
  const { violations, measures, checks } = await simulate(hard, { seed: '1' });
  expect(violations.map(({ message }) => message)).toEqual([
    'whether 1 of 1 histories of channels are linearizable is not known: the searches took too long',
  ]);
  expect(measures.find(({ name }) => name === 'histories undecided')?.max).toBe(1);
  // Those of the processes.
  expect(checks[0]?.observed).toBe(20);
});

test('only the last search of a history counts', async () => {
  const often = recording((checker) => {
    const { channels } = checker;
    recordHard(checker);
    for (let i = 0; i < 20; i++) {
      const make = { type: 'make', channel: `y${i}`, capacity: 1 } as const;
      channels.happened('a', make, { type: 'done' });
    }
    for (let i = 0; i < 3; i++) {
      checker.over('x');
      channels.happened('a', { type: 'peek', channel: 'x' }, { type: 'gone' });
    }
  });
  const { ok, measures } = await simulate(often, { seed: '1' });
  expect(ok).toBe(true);
  expect(measures.find(({ name }) => name === 'histories undecided')?.max).toBe(1);
});

test('what a server tells is not kept for a subscription that is over', async () => {
  const counts: number[] = [];
  const story = recording(async (checker, cluster) => {
    const node = cluster.present[0] as Cluster['present'][0];
    const [over, other] = ['a', 'b'].map((name) => checker.subscription(name, node, 'join'));
    const joins = async () => {
      const before = [over, other].map((each) => each?.operations.length ?? 0);
      cluster.start(`n${9 + counts.length}`);
      await cluster.sleep(10 * SECOND);
      counts.push(...[over, other].map((each, i) => (each?.operations.length ?? 0) - before[i]!));
    };
    await joins();
    checker.over('a');
    await joins();
  });
  const report = await simulate(story, { seed: '1' });
  expect(report.ok, told(report)).toBe(true);
  expect(counts).toEqual([1, 1, 0, 1]);
});

test('a run without histories proves nothing', async () => {
  const { ok, violations } = await simulate(
    recording(() => {}),
    { seed: '1' },
  );
  expect(ok).toBe(false);
  expect(violations[0]?.message).toContain('vacuous');
});
