/** What the search tells besides its verdict, and where it gives up. */

import { expect, test } from 'vitest';
import { withoutNeedless } from '../../../../sim/history/needless.ts';
import { partition } from '../../../../sim/history/partition.ts';
import {
  type ChannelCall,
  type ChannelResult,
  channelModel,
  culprit,
  linearize,
  type Operation,
  Recorder,
} from '../../../../sim/index.ts';
import { limits } from '../../../../src/limits.ts';
import { MS } from '../../../../src/time.ts';
import { operation } from '../../../support/histories.ts';

type Op = Operation<ChannelCall, ChannelResult>;

const done: ChannelResult = { type: 'done' };
const make: Op = operation('m', [0, 1], { type: 'make', channel: 'x', capacity: 99 }, done);

function send(at: number, message: string, until = at + 0.5): Op {
  return operation('s', [at, until], { type: 'send', channel: 'x', message, waits: true }, done);
}

function receive(at: number, message: string): Op {
  const result = { type: 'done', message } as const;
  return operation('r', [at, at + 0.5], { type: 'receive', channel: 'x', waits: true }, result);
}

test('the order that is found explains each result', () => {
  const history = [make, send(2, 'a', 9), send(3, 'b'), receive(4, 'b'), receive(5, 'a')];
  const found = linearize(channelModel, history);
  const order = found.type === 'linearizable' ? found.order : [];
  expect(order.map(({ call }) => ('message' in call ? call.message : call.type))).toEqual([
    ...['make', 'b', 'a', 'receive', 'receive'],
  ]);
});

test('a history that is broken is told by the first operation that has no place', () => {
  const before = [make, send(2, 'a'), send(3, 'b'), receive(4, 'a')];
  const history = [...before, receive(5, 'a'), receive(6, 'b'), receive(7, 'x')];
  expect(linearize(channelModel, history).type).toBe('broken');
  const found = culprit(channelModel, history);
  expect(found?.operation).toBe(history[4]);
  expect(found?.order).toEqual(before);
});

test('what receivers that are gone may have taken keeps them apart, and the culprit is told', () => {
  const gone = operation<ChannelCall, ChannelResult>('l', [6], {
    ...{ type: 'receive', channel: 'x', waits: true },
  });
  const late = { ...receive(7, 'm1'), returned: 12 };
  const state = { type: 'state', closed: true, sent: 0, received: 0 } as const;
  const peek: Op = operation('p', [13, 14], { type: 'peek', channel: 'x' }, state);
  // What is gone took m3 if any; until the receive that is late was over, that had taken m1.
  const before = [make, send(2, 'm1'), send(4, 'm2'), gone, late, receive(8, 'm2'), send(10, 'm3')];
  const history = withoutNeedless([...before, peek]);
  expect(linearize(channelModel, withoutNeedless(before)).type).toBe('linearizable');
  expect(linearize(channelModel, history).type).toBe('broken');
  expect(culprit(channelModel, history)?.operation).toBe(peek);
});

test('a search that takes too long says that it does not know', () => {
  const sends = Array.from({ length: 12 }, (_, at) => send(2 + at / 100, `m${at}`, 50 + at));
  const history = [make, ...sends, receive(100, 'nobody sent this')];
  expect(linearize(channelModel, history, { stepsMax: 5_000 }).type).toBe('unknown');
  const late = [...history, receive(101, 'nor this')];
  expect(culprit(channelModel, late, { stepsMax: 5_000 })).toBeUndefined();
});

test('receivers that are gone cost no search of which of them took what', () => {
  const lost = Array.from({ length: 30 }, (_, at) =>
    operation<ChannelCall, ChannelResult>('l', [2 + at / 100], {
      ...{ type: 'receive', channel: 'x', waits: true },
    }),
  );
  const sends = Array.from({ length: 30 }, (_, at) => send(3 + at, `m${at}`));
  const history = [make, ...lost, ...sends, receive(40, 'm29')];
  const found = linearize(channelModel, history);
  expect(found.type).toBe('linearizable');
  expect(found.steps).toBeLessThan(2_000);
});

test('what may have touched two elements keeps them together, and others apart', () => {
  const groups = partition(['a', 'b', 'c', 'ab', 'd', 'cd'], (text) => text.split(''));
  expect(groups).toEqual([
    ['a', 'b', 'ab'],
    ['c', 'd', 'cd'],
  ]);
});

test('an operation is alone when nothing else touches the same, from its beginning to its end', () => {
  const recorder = new Recorder<string, string>(
    () => 0,
    (call) => call.split(''),
  );
  const first = recorder.begins('c1', 'x');
  const other = recorder.begins('c2', 'y');
  recorder.returns(first, 'done');
  const lost = recorder.begins('c3', 'xz');
  recorder.returns(recorder.begins('c4', 'x'), 'done');
  recorder.noEffect(other);
  recorder.happened('n1', 'y', 'done');
  expect(lost.alone).toBe(false);
  expect(recorder.operations.map(({ call, result, alone }) => [call, result, alone])).toEqual([
    ['x', 'done', true],
    ['x', 'done', false],
    ['y', 'done', true],
    ['xz', undefined, false],
  ]);
});

test('an operation is not alone when an offer to it may have been taken back', () => {
  let now = 0;
  const recorder = new Recorder<string, string>(
    () => now,
    (call) => [call],
  );
  for (const ms of [limits.offerTimeoutMs / 2 - 1, limits.offerTimeoutMs / 2]) {
    const pending = recorder.begins('c1', 'x');
    now += ms * MS;
    recorder.returns(pending, 'done');
  }
  expect(recorder.operations.map(({ alone }) => alone)).toEqual([true, false]);
});
