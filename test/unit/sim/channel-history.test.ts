/** The checker of G8 on histories known to be good or bad. */

import { describe, expect, test } from 'vitest';
import { ChannelHistory } from '../../../sim/index.ts';

function newHistory(capacity: number) {
  const problems: string[] = [];
  const clock = { now: 0 };
  const history = new ChannelHistory('x', capacity, () => clock.now, {
    observed: () => {},
    violate: (message) => void problems.push(message),
  });
  const send = (message: string, sender: string, from: number, to: number) => {
    clock.now = from;
    const op = history.sendBegins(message, sender);
    clock.now = to;
    history.sendEnds(op, 'done');
  };
  const receive = (message: string, from: number, to: number) => {
    clock.now = from;
    const op = history.receiveBegins();
    clock.now = to;
    history.received(op, message);
  };
  const end = () => {
    clock.now = 1_000;
    history.closed();
    history.drained();
    history.atEnd();
    return problems;
  };
  return { history, clock, send, receive, end };
}

describe('a good history passes', () => {
  test('first in, first out', () => {
    const { send, receive, end } = newHistory(2);
    send('a', 's', 1, 2);
    send('b', 's', 3, 4);
    receive('a', 5, 6);
    receive('b', 7, 8);
    expect(end()).toEqual([]);
  });

  test('sends that overlap may be received in either order', () => {
    const { history, clock, receive, end } = newHistory(2);
    clock.now = 1;
    const a = history.sendBegins('a', 's');
    const b = history.sendBegins('b', 't');
    clock.now = 3;
    history.sendEnds(a, 'done');
    history.sendEnds(b, 'done');
    receive('b', 4, 5);
    receive('a', 6, 7);
    expect(end()).toEqual([]);
  });

  test('a message may be lost with a receiver that does not know what it got', () => {
    const { history, send, end } = newHistory(1);
    send('a', 's', 1, 2);
    history.receiveEnds(history.receiveBegins(), 'unknown');
    expect(end()).toEqual([]);
  });

  test('a send of unknown outcome may have sent, or not', () => {
    const { history, receive, end } = newHistory(0);
    history.sendEnds(history.sendBegins('a', 's'), 'unknown');
    history.sendEnds(history.sendBegins('b', 't'), 'unknown');
    receive('a', 5, 6);
    expect(end()).toEqual([]);
  });
});

describe('a bad history is caught:', () => {
  test('a message out of nowhere', () => {
    const { receive, end } = newHistory(1);
    receive('a', 1, 2);
    expect(end()[0]).toContain('never sent');
  });

  test('a message received twice', () => {
    const { send, receive, end } = newHistory(1);
    send('a', 's', 1, 2);
    receive('a', 3, 4);
    receive('a', 5, 6);
    expect(end()[0]).toContain('twice');
  });

  test('a message that overtakes one sent before it', () => {
    const { send, receive, end } = newHistory(2);
    send('a', 's', 1, 2);
    send('b', 't', 3, 4);
    receive('b', 5, 6);
    receive('a', 7, 8);
    expect(end()[0]).toContain('overtook');
  });

  test('a message that overtakes an earlier one of the same sender, though the sends overlap', () => {
    const { history, clock, receive, end } = newHistory(2);
    const a = history.sendBegins('a', 's');
    clock.now = 1;
    const b = history.sendBegins('b', 's');
    clock.now = 2;
    history.sendEnds(a, 'done');
    history.sendEnds(b, 'done');
    receive('b', 3, 4);
    receive('a', 5, 6);
    expect(end()[0]).toContain('overtook');
  });

  test('a message that is lost', () => {
    const { send, end } = newHistory(1);
    send('a', 's', 1, 2);
    expect(end()[0]).toContain('lost');
  });

  test('a send that completes without room and without receiver', () => {
    const { send, end } = newHistory(1);
    send('a', 's', 1, 2);
    send('b', 's', 3, 4);
    expect(end()[0]).toContain('without room');
  });

  test('a receiver that gave up makes no room', () => {
    const { history, send, end } = newHistory(0);
    history.receiveEnds(history.receiveBegins(), 'no effect');
    send('a', 's', 1, 2);
    expect(end()[0]).toContain('without room');
  });

  test('a message that was received though its sender was told it was not sent', () => {
    const { history, receive, end } = newHistory(1);
    history.sendEnds(history.sendBegins('a', 's'), 'no effect');
    receive('a', 3, 4);
    expect(end()[0]).toContain('told it was not sent');
  });

  test('a send that completes after the close', () => {
    const { history, clock, send, end } = newHistory(1);
    clock.now = 1;
    history.closed();
    send('a', 's', 2, 3);
    expect(end()[0]).toContain('after the close');
  });
});
