import { describe, expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { relayTo } from '../../../src/server/relay.ts';
import {
  dataOf,
  failureOf,
  greetedPipe,
  namesOf,
  type Opened,
  type Pipe,
  pattern,
} from '../../support/pipe.ts';

const window = limits.streamWindowBytes;

/** A caller, a server in between, and the server that answers. */
class Chain {
  readonly front = greetedPipe();
  readonly back = greetedPipe();

  constructor() {
    this.front.far.answer = (call, open) => {
      const onward = this.back.near.open(
        { ...open, end: call.complete },
        relayTo(
          () => onward.call,
          () => call,
        ),
      );
      return relayTo(
        () => call,
        () => onward.call,
      );
    };
  }

  run(): void {
    for (let i = 0; i < 10; i++) {
      this.front.run();
      this.back.run();
    }
  }

  open(options: Parameters<Pipe['near']['open']>[0] = {}): { caller: Opened; callee: Opened } {
    const caller = this.front.near.open(options);
    this.run();
    return { caller, callee: this.back.far.opened.at(-1) as Opened };
  }
}

test('a call is repeated with its method, its body and its credit', () => {
  const { callee } = new Chain().open({ method: 5, body: pattern(100), credit: 77 });
  expect(callee.open.method).toBe(5);
  expect(callee.open.body).toEqual(pattern(100));
  expect(callee.open.credit).toBe(77);
  expect(callee.call.complete).toBe(true);
});

test('replies, streams both ways, offers, takes, cancels and errors are repeated', () => {
  const chain = new Chain();
  const { caller, callee } = chain.open({ end: false, credit: window });
  callee.call.grant(1000);
  callee.call.offer(3, false, pattern(5));
  chain.run();
  caller.call.take(3);
  caller.call.data(pattern(1000));
  caller.call.cancel();
  caller.call.end();
  chain.run();
  expect(namesOf(callee.heard)).toEqual(['taken', 'cancelled', 'ended']);
  expect(dataOf(callee.heard)).toEqual(Buffer.from(pattern(1000)));
  callee.call.reply(pattern(9), { end: false });
  callee.call.data(pattern(200_000));
  callee.call.fail(new CircuitError('PEER_GONE', 'why', { outcomeUnknown: true }));
  chain.run();
  expect(caller.heard[1]).toEqual(['offered', 3, false, pattern(5)]);
  expect(namesOf(caller.heard)).toEqual(['offered', 'replied', 'failed']);
  expect(dataOf(caller.heard)).toEqual(Buffer.from(pattern(200_000)));
  expect(failureOf(caller.heard)).toMatchObject({ code: 'PEER_GONE', outcomeUnknown: true });
  expect([chain.front.far.session.calls, chain.back.near.session.calls]).toEqual([0, 0]);
});

test('no more is under way than the reader has granted', () => {
  const chain = new Chain();
  const { caller, callee } = chain.open({ credit: 100 });
  callee.call.data(pattern(callee.call.room()));
  expect(callee.call.room()).toBe(0);
  chain.run();
  expect(dataOf(caller.heard).length).toBe(100);
  caller.call.grant(40);
  chain.run();
  expect(callee.call.room()).toBe(40);
});

test('a call fails on one side when the session on the other ends', () => {
  const chain = new Chain();
  const { caller } = chain.open();
  chain.back.near.session.close(new CircuitError('SERVER_GONE', 'gone'));
  chain.run();
  expect(failureOf(caller.heard)?.code).toBe('SERVER_GONE');
  const other = new Chain();
  const { callee } = other.open();
  other.front.far.session.close(new CircuitError('SERVER_GONE', 'gone'));
  other.run();
  expect(failureOf(callee.heard)?.code).toBe('SERVER_GONE');
});

describe('a caller that reads slowly', () => {
  test('gets no more than its window under way, though it goes on granting', () => {
    const chain = new Chain();
    const { caller, callee } = chain.open({ credit: window });
    chain.front.far.full = true;
    let sent = 0;
    for (let i = 0; i < 10; i++) {
      const room = callee.call.room();
      if (room > 0) callee.call.data(new Uint8Array(room));
      sent += room;
      chain.run();
      caller.call.grant(Math.min(window, dataOf(caller.heard).length - i * window));
      chain.run();
    }
    expect(sent).toBe(window);
    chain.front.far.full = false;
    chain.front.far.session.drained();
    chain.run();
    expect(callee.call.room()).toBe(window);
  });
});

test('a caller that grants beyond the window ends its own session, and nothing else', () => {
  const chain = new Chain();
  const { caller, callee } = chain.open({ credit: window });
  callee.call.data(new Uint8Array(window));
  callee.call.room();
  // The data is still under way when it claims to have used it up, twice.
  caller.call.grant(window);
  caller.call.grant(window);
  chain.run();
  expect(chain.front.far.finished?.code).toBe('PROTOCOL');
  expect(chain.back.near.finished).toBeUndefined();
  expect(failureOf(callee.heard)).toBeDefined();
});

test('a request beyond its bound is not repeated', () => {
  const chain = new Chain();
  const body = new Uint8Array(limits.bodyBytesMax);
  chain.open({ body });
  expect(chain.back.far.opened.length).toBe(1);
  expect(() => chain.front.near.open({ body: new Uint8Array(body.length + 1) })).toThrow('bound');
});
