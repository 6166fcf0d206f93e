/** What clients may see of channels, and what they may not. */

import { describe, expect, test } from 'vitest';
import {
  type ChannelCall,
  type ChannelClause,
  type ChannelResult,
  channelModel,
  linearize,
  type Operation,
} from '../../../../sim/index.ts';
import { Channel } from '../../../../src/channel/channel.ts';
import type { ChannelEffect } from '../../../../src/channel/event.ts';
import { operation, type Span } from '../../../support/histories.ts';

type Op = Operation<ChannelCall, ChannelResult>;

const done: ChannelResult = { type: 'done' };
const closed: ChannelResult = { type: 'closed' };
const blocked: ChannelResult = { type: 'blocked' };
const gone: ChannelResult = { type: 'gone' };
const channel = 'x';
const make = (capacity: number, name = channel): Op =>
  operation('m', [0, 1], { type: 'make', channel: name, capacity }, done);

function send(span: Span, message: string, result?: ChannelResult, waits = true): Op {
  return operation('s', span, { type: 'send', channel, message, waits }, result, { alone: !waits });
}

function receive(span: Span, message?: string, waits = true): Op {
  const result = message === undefined ? undefined : ({ type: 'done', message } as const);
  return operation('r', span, { type: 'receive', channel, waits }, result);
}

function receives(span: Span, result: ChannelResult, options?: { alone: boolean }): Op {
  return operation('r', span, { type: 'receive', channel, waits: false }, result, options);
}

function does(span: Span, type: 'close' | 'scrub', result: ChannelResult = done): Op {
  return operation('c', span, { type, channel }, result);
}

function peeks(span: Span, sent: number, received: number): Op {
  const result = { type: 'state', closed: false, sent, received } as const;
  return operation('p', span, { type: 'peek', channel }, result, { alone: true });
}

function seesClosed(span: Span): Op {
  const result = { type: 'state', closed: true, sent: 0, received: 0 } as const;
  return operation('p', span, { type: 'peek', channel }, result);
}

/** A client never learned whether it closed the channel. */
const closing = operation<ChannelCall, ChannelResult>('c', [2], { type: 'close', channel });

function selects(span: Span, clauses: ChannelClause[], result?: ChannelResult, alone = false): Op {
  const waits = result?.type !== 'blocked';
  return operation('e', span, { type: 'select', clauses, waits }, result, { alone });
}

const clause = (name: string, message?: string): ChannelClause =>
  message === undefined
    ? { type: 'receive', channel: name }
    : { type: 'send', channel: name, message };

const good: Record<string, Op[]> = {
  'nothing at all': [],
  'messages in the order sent': [
    make(2),
    ...[send([2, 3], 'a', done), send([4, 5], 'b', done)],
    ...[receive([6, 7], 'a'), receive([8, 9], 'b')],
  ],
  'sends at one time come in any order': [
    make(2),
    ...[send([2, 5], 'a', done), send([3, 4], 'b', done)],
    ...[receive([6, 7], 'b'), receive([8, 9], 'a')],
  ],
  'a send without a buffer meets its receiver': [
    make(0),
    ...[send([2, 5], 'a', done), receive([4, 6], 'a')],
  ],
  'two pairs meet at one time': [
    make(0),
    ...[send([2, 9], 'a', done), send([3, 9.5], 'b', done)],
    ...[receive([4, 8], 'b'), receive([8.5, 10], 'a')],
  ],
  'a message was sent by a client that never learned so': [
    make(1),
    send([2], 'a'),
    receive([3, 4], 'a'),
  ],
  'a message was taken by a client that never learned so': [
    make(1),
    ...[send([2, 3], 'a', done), receive([4])],
    ...[send([5, 6], 'b', done), receive([7, 8], 'b')],
  ],
  'a client never learned that it sent without a buffer': [
    make(0),
    ...[send([2], 'a'), receive([3]), receive([5, 6], 'a')],
  ],
  'what was buffered is received after the close': [
    make(1),
    ...[send([2, 3], 'a', done), does([4, 5], 'close')],
    ...[send([6, 7], 'b', closed), receive([8, 9], 'a'), receives([10, 11], closed)],
  ],
  'a send that waits when its channel is closed is received': [
    make(0),
    ...[send([2, 7], 'a', done), does([3, 4], 'close')],
    ...[receive([5, 6], 'a'), receives([8, 9], closed)],
  ],
  'a send that waits is received after a close that nobody learned of': [
    make(0),
    ...[closing, send([3, 9], 'a', done), seesClosed([4, 5]), receive([6, 7], 'a')],
  ],
  'a closed channel tells to come again while what is left is on offer to another': [
    make(1),
    ...[send([2, 3], 'a', done), does([4, 5], 'close')],
    ...[receive([6, 9], 'a'), receives([7, 8], blocked)],
  ],
  'a closed channel tells to come again, and another that nothing is left': [
    make(1),
    ...[does([2, 3], 'close'), receives([4, 7], blocked), receives([5, 8], closed)],
  ],
  'a scrub ends what waits': [make(0), send([2, 6], 'a', gone), does([3, 4], 'scrub')],
  'who does not wait is refused by a full channel': [
    make(1),
    ...[send([2, 3], 'a', done), send([4, 5], 'b', blocked, false)],
  ],
  'who does not wait may fail when it meets another': [
    make(1),
    ...[send([2, 3], 'a', done), receives([4, 7], blocked), receive([5, 6])],
  ],
  'a peek counts what was sent and received': [
    make(2),
    ...[
      send([2, 3], 'a', done),
      send([4, 5], 'b', done),
      receive([6, 7], 'a'),
      peeks([8, 9], 2, 1),
    ],
  ],
  'a select does one clause': [
    ...[make(1), make(1, 'y')],
    selects([2, 3], [clause('y'), clause('x', 'a')], { type: 'done', clause: 1 }),
    receive([4, 5], 'a'),
  ],
  'a select of unknown outcome has sent on one channel': [
    ...[make(1), make(1, 'y')],
    selects([2], [clause('x', 'a'), clause('y', 'b')]),
    receive([4, 5], 'a'),
  ],
  'a select that does not wait finds nothing to do': [
    ...[make(0), make(1, 'y')],
    selects([2, 3], [clause('x', 'a'), clause('y')], blocked, true),
  ],
};

const bad: Record<string, Op[]> = {
  'a message is lost': [
    make(2),
    ...[send([2, 3], 'a', done), send([4, 5], 'b', done), receive([6, 7], 'b')],
  ],
  'a message is lost with the close': [
    make(1),
    ...[send([2, 3], 'a', done), does([4, 5], 'close'), receives([6, 7], closed)],
  ],
  'a message comes twice': [
    make(1),
    ...[send([2, 3], 'a', done), receive([4, 5], 'a'), receive([6, 7], 'a')],
  ],
  'messages overtake': [
    make(2),
    ...[send([2, 3], 'a', done), send([4, 5], 'b', done)],
    ...[receive([6, 7], 'b'), receive([8, 9], 'a')],
  ],
  'a message comes before it is sent': [make(1), receive([2, 3], 'a'), send([4, 5], 'a', done)],
  'a message comes that nobody sent': [make(1), receive([2, 3], 'a')],
  'a send is done without a receiver': [make(0), send([2, 3], 'a', done)],
  'a send is done before its receiver comes': [
    make(0),
    ...[send([2, 3], 'a', done), receive([4, 5], 'a')],
  ],
  'two sends are done by one receive': [
    make(0),
    ...[send([2, 8], 'a', done), send([3, 9], 'b', done), receive([4, 5], 'a')],
  ],
  'more is buffered than there is room for': [
    make(1),
    ...[send([2, 3], 'a', done), send([4, 5], 'b', done)],
    ...[receive([6, 7], 'a'), receive([8, 9], 'b')],
  ],
  'a closed channel takes a message': [
    make(1),
    ...[does([2, 3], 'close'), send([4, 5], 'a', done)],
  ],
  'a channel that was seen to be closed takes a message, and nobody learned of the close': [
    make(1),
    ...[closing, seesClosed([3, 4]), send([5, 6], 'a', done)],
  ],
  'a channel that refused a message for good takes another, and nobody learned of the close': [
    make(1),
    ...[closing, send([3, 4], 'a', closed), send([5, 6], 'b', done)],
  ],
  'a channel takes a message that was closed, as one knew, before its close was over': [
    make(1),
    ...[does([2, 9], 'close'), does([3, 4], 'close', closed), send([5, 6], 'a', done)],
  ],
  'a closed channel tells who would send to come again': [
    make(1),
    ...[send([2, 3], 'a', done), does([4, 5], 'close')],
    operation('s', [6, 7], { type: 'send', channel, message: 'b', waits: false }, blocked),
  ],
  'a closed channel tells to come again after it was said that nothing is left': [
    make(1),
    ...[does([2, 3], 'close'), receives([4, 5], closed), receives([6, 7], blocked)],
  ],
  'a message comes after it was said that nothing is left': [
    make(1),
    ...[send([2], 'a'), does([3, 4], 'close'), receives([5, 6], closed), receive([7, 8], 'a')],
  ],
  'an open channel says that it is closed': [make(1), send([2, 3], 'a', closed)],
  'a channel is closed twice': [make(1), does([2, 3], 'close'), does([4, 5], 'close')],
  'a scrubbed channel takes a message': [
    make(1),
    ...[does([2, 3], 'scrub'), send([4, 5], 'a', done)],
  ],
  'a channel is gone that nobody scrubbed': [make(1), receives([2, 3], gone)],
  'an empty channel refuses who is alone': [make(1), send([2, 3], 'a', blocked, false)],
  'a message is there, and who is alone gets none': [
    make(1),
    ...[send([2, 3], 'a', done), receives([4, 5], blocked, { alone: true })],
  ],
  'a closed, empty channel tells to come again': [
    make(1),
    ...[does([2, 3], 'close'), receives([4, 5], blocked, { alone: true })],
  ],
  'a peek counts a message too many': [make(2), send([2, 3], 'a', done), peeks([4, 5], 2, 0)],
  'a select does two clauses': [
    ...[make(1), make(1, 'y')],
    selects([2, 3], [clause('y', 'b'), clause('x', 'a')], { type: 'done', clause: 0 }),
    receive([4, 5], 'a'),
  ],
  'a select of unknown outcome has sent on two channels': [
    ...[make(1), make(1, 'y')],
    selects([2], [clause('x', 'a'), clause('y', 'b')]),
    receive([4, 5], 'a'),
    operation('r', [6, 7], { type: 'receive', channel: 'y', waits: true }, {
      ...{ type: 'done', message: 'b' },
    } as ChannelResult),
  ],
  'a select that is alone does not find what is there': [
    ...[make(1), make(1, 'y'), send([2, 3], 'a', done)],
    selects([4, 5], [clause('y'), clause('x')], blocked, true),
  ],
};

describe('there is an order when', () => {
  test.each(Object.entries(good))('%s', (_, history) => {
    expect(linearize(channelModel, history).type).toBe('linearizable');
  });
});

test('a channel that is closed does tell to come again while what is left is on offer', () => {
  const real = new Channel<string>(1);
  const effects: ChannelEffect<string>[] = [];
  const send = { type: 'send', op: 1, message: 'a', bytes: 1, open: false, patient: true } as const;
  real.step(0, send, effects);
  real.step(0, { type: 'close' }, effects);
  for (const op of [2, 3]) real.step(0, { type: 'receive', op, patient: false }, effects);
  expect(effects).toContainEqual({ type: 'offer', op: 2, offer: 1, message: 'a' });
  expect(effects).toContainEqual({ type: 'failed', op: 3, code: 'WOULD_BLOCK' });
});

describe('there is no order when', () => {
  test.each(Object.entries(bad))('%s', (_, history) => {
    expect(linearize(channelModel, history).type).toBe('broken');
  });
});
