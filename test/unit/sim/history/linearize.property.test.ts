/** The search finds an order when there is one, and only then: as trying all orders does. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutNeedless } from '../../../../sim/history/needless.ts';
import {
  type ChannelCall,
  type ChannelClause,
  type ChannelResult,
  channelModel,
  culprit,
  linearize,
  type Model,
  type Operation,
  type ProcessCall,
  type ProcessResult,
  processModel,
  type SubscriptionCall,
  type SubscriptionResult,
  subscriptionModel,
} from '../../../../sim/index.ts';
import { hasOrder, operation } from '../../../support/histories.ts';

const RUNS = 400;

/** What may be drawn of one kind of element. */
interface Kind<Call, Result> {
  readonly call: fc.Arbitrary<Call>;
  /** What may come of it, the likely first. */
  readonly results: readonly Result[];
  /** What is done before anything else. */
  readonly first: readonly Operation<Call, Result>[];
}

const channel = fc.constantFrom('x', 'y');
const message = fc.constantFrom('a', 'b', 'c');
const clause = fc.oneof(
  fc.record({ type: fc.constant('send' as const), channel, message }),
  fc.record({ type: fc.constant('receive' as const), channel }),
);

function channels(capacity: number): Kind<ChannelCall, ChannelResult> {
  const make = { type: 'make', channel: 'x', capacity } as const;
  const other = { type: 'make', channel: 'y', capacity: 1 } as const;
  return {
    call: fc.oneof(
      { weight: 6, arbitrary: clause.map((one) => ({ ...one, channel: 'x', waits: true })) },
      fc.record({
        ...{ type: fc.constant('select' as const), waits: fc.boolean() },
        clauses: fc.array(clause, { minLength: 1, maxLength: 2 }),
      }),
      fc.constantFrom({ type: 'close', channel: 'x' } as const, {
        ...({ type: 'scrub', channel: 'x' } as const),
      }),
    ),
    results: [
      ...['a', 'b', 'c'].map((text) => ({ type: 'done', message: text, clause: 0 }) as const),
      { type: 'done', clause: 1 },
      ...[{ type: 'closed' } as const, { type: 'gone' } as const, { type: 'blocked' } as const],
    ],
    first: [
      operation('m', [-4, -3], make, { type: 'done' }),
      operation('m', [-2, -1], other, { type: 'done' }),
    ],
  };
}

const processes: Kind<ProcessCall, ProcessResult> = {
  call: fc.oneof(
    fc.constantFrom('wait', 'peek', 'read', 'end').map((type) => ({ type })),
    fc.constantFrom('STOP', 'CONT', 'KILL').map((name) => ({ type: 'signal' as const, name })),
    fc.constantFrom('a', 'bc').map((text) => ({ type: 'write' as const, text })),
  ),
  results: [
    ...['a', 'b', 'bc', 'ab', undefined].map((text) => ({ type: 'read', text }) as const),
    ...['exit 0', 'KILL'].map((how) => ({ type: 'over', how }) as const),
    ...[false, true].map((stopped) => ({ type: 'runs', stopped }) as const),
    ...[{ type: 'done' } as const, { type: 'not running' } as const],
  ],
  first: [operation('s', [-2, -1], { type: 'spawn' }, { type: 'done' })],
};

const subscriptions: Kind<SubscriptionCall, SubscriptionResult> = {
  call: fc.oneof(
    fc.record({
      ...{ type: fc.constant('tell' as const), server: message },
      change: fc.constantFrom('join' as const, 'leave' as const),
    }),
    fc.constantFrom({ type: 'make' } as const, { type: 'scrub' } as const),
    { weight: 3, arbitrary: fc.constant({ type: 'receive', waits: true } as const) },
  ),
  results: [
    ...['a', 'b', 'c'].map((server) => ({ type: 'done', server }) as const),
    ...[{ type: 'gone' } as const, { type: 'blocked' } as const],
  ],
  first: [operation('m', [-2, -1], { type: 'make' }, { type: 'done' })],
};

/**
 * Operations that were done one after another, and so have an order; but now and then one has the
 * result of something else, or none. The spans about the moments at which they were done overlap.
 */
function histories<State, Call, Result>(
  model: Model<State, Call, Result>,
  { call, results, first }: Kind<Call, Result>,
): fc.Arbitrary<Operation<Call, Result>[]> {
  const drawn = fc.record({
    ...{ call, before: fc.nat(25), after: fc.nat(25), fate: fc.nat(7), alone: fc.boolean() },
    result: fc.nat(results.length - 1),
  });
  return fc.array(drawn, { maxLength: 6 }).map((all) => {
    let state = first.reduce((before, each) => model.step(before, each)[0] as State, model.initial);
    const done = all.map(({ before, after, fate, ...each }, index) => {
      const span = [
        index * 10 - before + index / 100,
        index * 10 + 1 + after + index / 200,
      ] as const;
      const options = { alone: each.alone };
      const tried = (result?: Result) => operation('c', span, each.call, result, options);
      const turned = [...results.slice(each.result), ...results.slice(0, each.result)];
      const fits = turned.find((result) => model.step(state, tried(result)).length > 0);
      if (fits === undefined || fate === 0) return operation('c', [span[0]], each.call);
      state = model.step(state, tried(fits))[0] as State;
      if (fate === 1) return operation('c', [span[0]], each.call);
      return tried(fate < 5 ? turned[0] : fits);
    });
    return [...first, ...done] as Operation<Call, Result>[];
  });
}

/** How often each verdict came. */
function agree<State, Call, Result>(
  model: Model<State, Call, Result>,
  kind: Kind<Call, Result>,
): Record<string, number> {
  const counts = { linearizable: 0, broken: 0, unknown: 0 };
  fc.assert(
    fc.property(histories(model, kind), (history) => {
      const { type } = linearize(model, history);
      counts[type]++;
      expect(type).toBe(hasOrder(model, history) ? 'linearizable' : 'broken');
      if (type === 'broken') {
        const found = culprit(model, history);
        expect(history.map(({ invoked }) => invoked)).toContain(found?.operation.invoked);
      }
    }),
    { numRuns: RUNS, seed: 7 },
  );
  return counts;
}

test('what is left out as needless changes no verdict', () => {
  const counts = { linearizable: 0, broken: 0, unknown: 0, shorter: 0 };
  for (const capacity of [0, 1]) {
    fc.assert(
      fc.property(histories(channelModel, channels(capacity)), (drawn) => {
        fc.pre(isSentOnce(drawn));
        const history = drawn.map((each) => ({ ...each, alone: false }));
        const rest = withoutNeedless(history);
        const { type } = linearize(channelModel, rest);
        expect(type).toBe(linearize(channelModel, history).type);
        counts[type]++;
        if (rest.length < history.length) counts.shorter++;
      }),
      { numRuns: 5 * RUNS, seed: 7 },
    );
  }
  expect(Math.min(counts.linearizable, counts.broken, counts.shorter)).toBeGreaterThan(RUNS / 4);
});

/** Whether no message is sent by two. */
function isSentOnce(history: readonly Operation<ChannelCall, ChannelResult>[]): boolean {
  const calls = history.map(({ call }) => call);
  const clauses = calls.flatMap<ChannelCall | ChannelClause>((call) =>
    call.type === 'select' ? call.clauses : call,
  );
  const sent = clauses.flatMap((each) => (each.type === 'send' ? [each.message] : []));
  return new Set(sent).size === sent.length;
}

const cases = {
  'channels without a buffer': () => agree(channelModel, channels(0)),
  'channels with a buffer': () => agree(channelModel, channels(1)),
  processes: () => agree(processModel, processes),
  subscriptions: () => agree(subscriptionModel('join', ['a']), subscriptions),
};

test.each(Object.entries(cases))('of %s, and both verdicts are met', (_, counts) => {
  const { linearizable, broken } = counts() as { linearizable: number; broken: number };
  expect(Math.min(linearizable, broken)).toBeGreaterThan(RUNS / 20);
});
