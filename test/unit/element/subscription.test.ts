import { describe, expect, test } from 'vitest';
import { Channel } from '../../../src/channel/channel.ts';
import { SubscriptionElement } from '../../../src/element/subscription.ts';
import type { ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { Caller, StillClock } from '../../support/calls.ts';
import { isDone, messageOf, type Sent } from '../../support/chan-bench.ts';
import { failureOf } from '../../support/pipe.ts';

const server = (number: number) => `X${String(number).padStart(16, '0')}` as ServerId;
const eventOf = (receive: Sent) => messageOf(receive)?.toString();

class Bench {
  readonly clock = new StillClock();
  readonly ended: SubscriptionElement[] = [];
  readonly subscription: SubscriptionElement;
  readonly clients: Caller[] = [];

  constructor(capacity = 10) {
    this.subscription = new SubscriptionElement('join', {
      clock: this.clock,
      channel: new Channel<Uint8Array>(capacity),
      ended: (self) => void this.ended.push(self),
    });
  }

  receive({ patient = true, take = true } = {}): Sent {
    const by = new Caller();
    this.clients.push(by);
    const opened = by.call((call) => this.subscription.receive(call, { patient }), { take });
    this.run();
    return { by, ...opened };
  }

  awaits(): Sent {
    const by = new Caller();
    this.clients.push(by);
    return { by, ...by.call((call) => this.subscription.awaitReceive(call)) };
  }

  run(): void {
    for (let i = 0; i < 5; i++) for (const client of this.clients) client.run();
  }
}

test('an event is the path of the server and a newline, to one receiver, in the order told', () => {
  const bench = new Bench();
  const waiting = bench.receive();
  for (const number of [1, 2, 3]) bench.subscription.tell(server(number));
  bench.run();
  expect(eventOf(waiting)).toBe('/X0000000000000001\n');
  expect(eventOf(bench.receive())).toBe('/X0000000000000002\n');
  expect(eventOf(bench.receive({ patient: false }))).toBe('/X0000000000000003\n');
  expect(failureOf(bench.receive({ patient: false }).heard)?.code).toBe('WOULD_BLOCK');
  expect(bench.subscription.operations).toBe(0);
});

describe('peek', () => {
  test('counts what is pending exactly, also what is on offer and not taken', () => {
    const bench = new Bench();
    const peek = () => bench.subscription.peek() as { Pending: number };
    expect(peek()).toEqual({ Source: 'join', Pending: 0, Closed: false, Dropped: 0 });
    for (const number of [1, 2, 3]) bench.subscription.tell(server(number));
    expect(peek().Pending).toBe(3);
    const asleep = bench.receive({ take: false });
    expect(peek().Pending).toBe(3);
    asleep.call.take(asleep.heard[0]?.[1] as number);
    bench.run();
    expect(peek().Pending).toBe(2);
  });

  test('counts what is dropped because too much is pending; what came before is kept', () => {
    const bench = new Bench(2);
    for (const number of [1, 2, 3, 4]) bench.subscription.tell(server(number));
    expect(bench.subscription.peek()).toMatchObject({ Pending: 2, Dropped: 2 });
    expect([eventOf(bench.receive()), eventOf(bench.receive())]).toEqual([
      '/X0000000000000001\n',
      '/X0000000000000002\n',
    ]);
    bench.subscription.tell(server(5));
    expect(eventOf(bench.receive())).toBe('/X0000000000000005\n');
  });
});

test('a consumer that is killed while it waits, or with an event on offer, swallows nothing', () => {
  const bench = new Bench();
  const [waits, holds] = [bench.receive(), bench.receive({ take: false })];
  waits.by.vanish();
  bench.subscription.tell(server(1));
  bench.run();
  expect(holds.heard.length).toBe(1);
  holds.by.vanish();
  expect(bench.subscription.peek()).toMatchObject({ Pending: 1 });
  expect(eventOf(bench.receive())).toBe('/X0000000000000001\n');
});

test('a consumer that sleeps through an offer loses its turn and not the event', () => {
  const bench = new Bench();
  const [asleep, awake] = [bench.receive({ take: false }), bench.receive()];
  bench.subscription.tell(server(1));
  bench.clock.advance(limits.offerTimeoutMs * 1000);
  bench.run();
  expect(eventOf(awake)).toBe('/X0000000000000001\n');
  expect(asleep.heard.length).toBe(1);
});

test('a receive that is cancelled takes nothing', () => {
  const bench = new Bench();
  const receive = bench.receive();
  receive.call.cancel();
  bench.run();
  expect(failureOf(receive.heard)?.code).toBe('CANCELLED');
  bench.subscription.tell(server(1));
  expect(eventOf(bench.receive())).toBe('/X0000000000000001\n');
});

test('who awaits an event is told once there is one', () => {
  const bench = new Bench();
  const waits = bench.awaits();
  expect(waits.heard).toEqual([]);
  bench.subscription.tell(server(1));
  bench.run();
  expect(isDone(waits)).toBe(true);
});

test('a scrub wakes everybody who waits with ABORTED, and leaves no call and no timer', () => {
  const bench = new Bench();
  bench.subscription.tell(server(1));
  const waiting = [bench.receive({ take: false }), bench.receive(), bench.awaits()];
  bench.subscription.scrub();
  bench.run();
  for (const { heard } of waiting) expect(failureOf(heard)?.code).toBe('ABORTED');
  expect(bench.ended).toEqual([bench.subscription]);
  expect(bench.subscription.operations).toBe(0);
  expect(bench.clock.waiting).toBe(0);
  for (const { by } of waiting) expect(by.pipe.far.session.calls).toBe(0);
});
