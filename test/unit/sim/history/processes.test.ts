/** What clients may see of processes and subscriptions, and what they may not. */

import { describe, expect, test } from 'vitest';
import {
  linearize,
  type Operation,
  type ProcessCall,
  type ProcessResult,
  processModel,
  type SubscriptionCall,
  type SubscriptionResult,
  subscriptionModel,
} from '../../../../sim/index.ts';
import { operation, type Span } from '../../../support/histories.ts';

type Op = Operation<ProcessCall, ProcessResult>;

const done: ProcessResult = { type: 'done' };
const notRunning: ProcessResult = { type: 'not running' };
const over = (how: string): ProcessResult => ({ type: 'over', how });
const runs = (stopped = false): ProcessResult => ({ type: 'runs', stopped });
const spawn: Op = operation('s', [0, 1], { type: 'spawn' }, done);

function does(span: Span, type: 'wait' | 'peek' | 'end' | 'scrub', result: ProcessResult): Op {
  return operation('d', span, { type }, result);
}

function write(span: Span, text: string, result?: ProcessResult): Op {
  return operation('w', span, { type: 'write', text }, result);
}

function read(span: Span, text?: string): Op {
  return operation('r', span, { type: 'read' }, { type: 'read', text });
}

function signal(span: Span, name: string, result: ProcessResult = done): Op {
  return operation('k', span, { type: 'signal', name }, result);
}

const good: Record<string, Op[]> = {
  'it ends after its input, and gives all of it back': [
    ...[spawn, write([2, 3], 'ab', done), does([4, 5], 'end', done)],
    ...[read([6, 7], 'ab'), read([8, 9]), does([10, 11], 'wait', over('exit 0'))],
  ],
  'it is read in pieces, by one reader after another': [
    ...[spawn, write([2, 3], 'ab', done), read([4, 5], 'a'), read([6, 7], 'b')],
  ],
  'who is killed leaves some of its input': [
    ...[spawn, write([2, 3], 'ab', done), signal([4, 5], 'KILL'), read([6, 7], 'a')],
    ...[read([8, 9]), does([10, 11], 'wait', over('KILL'))],
  ],
  'of two signals either ends it': [
    ...[spawn, signal([2, 5], 'TERM'), signal([3, 4], 'KILL')],
    ...[does([6, 7], 'wait', over('TERM')), does([8, 9], 'peek', over('TERM'))],
  ],
  'it runs for a while after the signal': [
    ...[spawn, signal([2, 3], 'TERM'), does([4, 5], 'peek', runs())],
    does([6, 7], 'wait', over('TERM')),
  ],
  'a stopped one is seen so until it goes on': [
    ...[spawn, signal([2, 3], 'STOP'), does([4, 5], 'peek', runs(true))],
    ...[signal([6, 7], 'CONT'), does([8, 9], 'peek', runs())],
  ],
  'a reader that is gone took a part': [
    ...[spawn, write([2, 3], 'abc', done), operation('r', [4], { type: 'read' }) as Op],
    read([6, 7], 'c'),
  ],
  'a writer that is gone wrote before': [spawn, write([2], 'ab'), read([3, 4], 'ab')],
  'it takes no input after the end of it': [
    ...[spawn, does([2, 3], 'end', done), write([4, 5], 'a', notRunning)],
  ],
  'a scrub ends it': [
    ...[spawn, does([2, 5], 'wait', { type: 'gone' }), does([3, 4], 'scrub', done)],
  ],
};

const bad: Record<string, Op[]> = {
  'how it ended changes': [
    ...[spawn, signal([2, 5], 'TERM'), signal([3, 4], 'KILL')],
    ...[does([6, 7], 'wait', over('TERM')), does([8, 9], 'wait', over('KILL'))],
  ],
  'it ends for no reason': [spawn, does([2, 3], 'wait', over('exit 0'))],
  'it ends by another signal than was sent': [
    ...[spawn, signal([2, 3], 'TERM'), does([4, 5], 'wait', over('KILL'))],
  ],
  'it runs after its end was told': [
    ...[spawn, signal([2, 3], 'KILL'), does([4, 5], 'wait', over('KILL'))],
    does([6, 7], 'peek', runs()),
  ],
  'a signal reaches one that has ended': [
    ...[spawn, signal([2, 3], 'KILL'), does([4, 5], 'wait', over('KILL')), signal([6, 7], 'TERM')],
  ],
  'a running one is not running': [spawn, signal([2, 3], 'TERM', notRunning)],
  'input is lost': [
    ...[spawn, write([2, 3], 'a', done), write([4, 5], 'b', done), read([6, 7], 'b')],
  ],
  'input comes twice': [...[spawn, write([2, 3], 'a', done), read([4, 5], 'a'), read([6, 7], 'a')]],
  'output comes before its input': [spawn, read([2, 3], 'a'), write([4, 5], 'a', done)],
  'output is lost at its end': [
    ...[spawn, write([2, 3], 'a', done), does([4, 5], 'end', done), read([6, 7])],
    does([8, 9], 'wait', over('exit 0')),
  ],
  'the output ends while it runs': [spawn, read([2, 3])],
  'input is taken after the end of it': [
    ...[spawn, does([2, 3], 'end', done), write([4, 5], 'a', done)],
  ],
  'it is stopped by nobody': [spawn, does([2, 3], 'peek', runs(true))],
  'it is gone and nobody scrubbed it': [spawn, does([2, 3], 'wait', { type: 'gone' })],
};

describe('a process may be as it is seen when', () => {
  test.each(Object.entries(good))('%s', (_, history) => {
    expect(linearize(processModel, history).type).toBe('linearizable');
  });
});

describe('no process is as it is seen when', () => {
  test.each(Object.entries(bad))('%s', (_, history) => {
    expect(linearize(processModel, history).type).toBe('broken');
  });
});

type Event = Operation<SubscriptionCall, SubscriptionResult>;

const made: Event = operation('m', [2, 5], { type: 'make' }, { type: 'done' });

function tell(at: number, server: string, change: 'join' | 'leave' = 'join'): Event {
  return operation('n1', [at, at], { type: 'tell', change, server }, { type: 'done' });
}

function receive(span: Span, server?: string): Event {
  const result = server === undefined ? undefined : ({ type: 'done', server } as const);
  return operation('r', span, { type: 'receive', waits: true }, result);
}

function none(span: Span, alone: boolean): Event {
  const call = { type: 'receive', waits: false } as const;
  return operation('r', span, call, { type: 'blocked' }, { alone });
}

const fine: Record<string, Event[]> = {
  'it begins with those present': [made, receive([6, 7], 'old'), none([8, 9], true)],
  'it goes on with those that come': [
    ...[made, tell(6, 'new'), receive([7, 8], 'old'), receive([9, 10], 'new')],
  ],
  'it was made just after one came, or just before': [
    ...[made, tell(3, 'new'), receive([6, 7], 'old'), receive([8, 9], 'new')],
  ],
  'it was made after one had gone': [made, tell(1, 'old', 'leave'), none([6, 7], true)],
  'a reader that is gone took one along': [
    ...[made, tell(6, 'new'), receive([7]), receive([8, 9], 'new')],
  ],
};

const wrong: Record<string, Event[]> = {
  'one is lost': [made, tell(6, 'new'), receive([7, 8], 'new')],
  'one comes twice': [made, receive([6, 7], 'old'), receive([8, 9], 'old')],
  'one comes before it is told': [
    ...[made, receive([6, 7], 'old'), receive([8, 9], 'new'), tell(10, 'new')],
  ],
  'two come in another order': [
    ...[made, tell(6, 'new'), receive([7, 8], 'new'), receive([9, 10], 'old')],
  ],
  'one is there and who is alone gets none': [made, none([6, 7], true)],
  'two are taken along by one reader': [
    ...[made, tell(6, 'a'), tell(7, 'b'), receive([8]), receive([9, 10], 'b')],
  ],
};

describe('a subscription may be as it is seen when', () => {
  test.each(Object.entries(fine))('%s', (_, history) => {
    expect(linearize(subscriptionModel('join', ['old']), history).type).toBe('linearizable');
  });
});

describe('no subscription is as it is seen when', () => {
  test.each(Object.entries(wrong))('%s', (_, history) => {
    expect(linearize(subscriptionModel('join', ['old']), history).type).toBe('broken');
  });
});

test('a subscription to departures begins with none', () => {
  const history = [made, tell(6, 'old', 'leave'), receive([7, 8], 'old'), none([9, 10], true)];
  expect(linearize(subscriptionModel('leave', ['old']), history).type).toBe('linearizable');
});
