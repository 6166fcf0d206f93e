/** The checker of selects on histories known to be good or bad. */

import { expect, test } from 'vitest';
import { ChannelHistory, type ClauseOp, type Cluster, SelectChecker } from '../../../sim/index.ts';

function newBench() {
  const problems: string[] = [];
  const cluster = { violate: (_: string, message: string) => void problems.push(message) };
  const checker = new SelectChecker(cluster as unknown as Cluster);
  const clock = { now: 0 };
  const history = (name: string) =>
    new ChannelHistory(name, 1, () => clock.now++, {
      observed: () => {},
      violate: (message) => void problems.push(message),
    });
  const histories = [history('x'), history('y')] as const;
  const sends = (): ClauseOp[] =>
    histories.map((each) => ({ history: each, send: each.sendBegins('m', 's') }));
  const receive = (at: 0 | 1) => histories[at].received(histories[at].receiveBegins(), 'm');
  const end = () => {
    checker.atEnd();
    return problems;
  };
  return { checker, sends, receive, end };
}

test('a select whose message of one clause is received is fine', () => {
  const { checker, sends, receive, end } = newBench();
  checker.ends(sends(), { type: 'done', index: 1, message: undefined });
  receive(1);
  expect(end()).toEqual([]);
  expect(checker.observed).toBe(1);
});

test('a select of unknown outcome may have sent one message, and not two', () => {
  const { checker, sends, receive, end } = newBench();
  checker.ends(sends(), { type: 'unknown' });
  receive(0);
  expect(end()).toEqual([]);
  receive(1);
  expect(end()[0]).toContain('one select sent both "m" of channel x and "m" of channel y');
});

test('a message of a clause that was not done is found', () => {
  const { checker, sends, receive, end } = newBench();
  checker.ends(sends(), { type: 'done', index: 1, message: undefined });
  receive(0);
  expect(end()[0]).toContain('told it was not sent');
});

test('a message of a select that did nothing is found', () => {
  const { checker, sends, receive, end } = newBench();
  checker.ends(sends(), { type: 'no effect' });
  receive(1);
  expect(end()[0]).toContain('told it was not sent');
});
