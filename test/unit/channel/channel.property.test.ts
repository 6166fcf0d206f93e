import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChannelModel, offerTimeoutUs } from '../../support/channel-model.ts';

const act = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ act: 'send' as const, open: false }) },
  { weight: 2, arbitrary: fc.constant({ act: 'send' as const, open: true }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('whole' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('cancelSend' as const), at: fc.nat() }) },
  { weight: 5, arbitrary: fc.constant({ act: 'receive' as const }) },
  { weight: 3, arbitrary: fc.constant({ act: 'trySend' as const }) },
  { weight: 3, arbitrary: fc.constant({ act: 'tryReceive' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'awaitSend' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'awaitReceive' as const }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancelWatch' as const), at: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('cancelReceive' as const), at: fc.nat() }) },
  { weight: 8, arbitrary: fc.record({ act: fc.constant('take' as const), at: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('tick' as const),
      us: fc.constantFrom(1, offerTimeoutUs - 1, offerTimeoutUs, offerTimeoutUs * 3),
    }),
  },
);
const acts = fc.array(act, { maxLength: 100 });
const capacity = fc.constantFrom(0, 0, 1, 2, 5);

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** Every step of a model is checked; see ChannelModel. */
function play(model: ChannelModel, acts: readonly Act[]): void {
  for (const each of acts) {
    const of = <T>(list: readonly T[]): T | undefined =>
      'at' in each ? list[each.at % list.length] : undefined;
    switch (each.act) {
      case 'send':
        model.send({ open: each.open });
        break;
      case 'receive':
        model.receive();
        break;
      case 'trySend':
        model.trySend();
        break;
      case 'tryReceive':
        model.tryReceive();
        break;
      case 'awaitSend':
        model.watch('send');
        break;
      case 'awaitReceive':
        model.watch('receive');
        break;
      case 'tick':
        model.tick(each.us);
        break;
      default: {
        const watch = of(model.watches);
        if (each.act === 'cancelWatch' && watch !== undefined) model.cancelWatch(watch);
        // Mostly of those that are not over: else few runs would get anywhere.
        const send = of(model.pending()) ?? of(model.sends);
        const receive = of(model.waiting()) ?? of(model.receives);
        if (each.act === 'whole' && send !== undefined) model.whole(send);
        if (each.act === 'cancelSend' && send !== undefined) model.cancelSend(send);
        if (each.act === 'cancelReceive' && receive !== undefined) model.cancelReceive(receive);
        if (each.act === 'take' && receive !== undefined) model.take(receive);
      }
    }
  }
}

/** Receivers come that take what they are offered, until nothing is left. */
function drain(model: ChannelModel): void {
  for (let round = 0; model.pending().length > 0; round++) {
    expect(round).toBeLessThan(10_000);
    const idle = model.waiting().find(({ inbox }) => inbox.length > 0);
    if (idle !== undefined) model.take(idle);
    else model.receive();
  }
}

test('messages are received once each, in order, and nothing waits without a reason', () => {
  fc.assert(
    fc.property(capacity, acts, (n, each) => {
      const model = new ChannelModel(n);
      play(model, each);
      const expected = [...model.received, ...model.pending().map(({ op }) => op)];
      drain(model);
      expect(model.received).toEqual(expected);
      model.close();
      for (const receive of model.receives) expect(receive.answer).toBeDefined();
    }),
    { numRuns: 2000 },
  );
});

test('receivers that sleep for ever or die hold up the others, but only for the offer timeout', () => {
  fc.assert(
    fc.property(capacity, acts, (n, each) => {
      const model = new ChannelModel(n);
      play(model, each);
      const received = [...model.received];
      const pending = model.pending();
      // Nobody who waits now takes anything ever again; whoever comes takes at once.
      const before = new Set(model.waiting());
      const started = model.now;
      for (let i = 0; i < 1000 && model.pending().length > 0; i++) {
        const awake = model.waiting().find((r) => !before.has(r) && r.inbox.length > 0);
        if (awake !== undefined) model.take(awake);
        else if (model.waiting().every((r) => before.has(r))) model.receive();
        else model.tick(model.channel.deadline() - model.now);
      }
      const kept = pending.filter(({ patient, answers }) => patient || answers.includes('sent'));
      const got = model.received.slice(received.length);
      expect(got.filter((op) => kept.some((send) => send.op === op))).toEqual(
        kept.map(({ op }) => op),
      );
      expect(model.now - started).toBeLessThanOrEqual(offerTimeoutUs * (before.size + 1));
    }),
    { numRuns: 1000 },
  );
});

test('an abort answers everybody, and whoever comes after it', () => {
  fc.assert(
    fc.property(capacity, acts, (n, each) => {
      const model = new ChannelModel(n);
      play(model, each);
      model.abort();
      expect(model.send().answers).toEqual(['ABORTED']);
      expect(model.receive().answer).toBe('ABORTED');
      expect(model.channel.waiters).toBe(0);
      expect(model.channel.deadline()).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});

test('after a close sends fail, and receives once what was sent before is received', () => {
  fc.assert(
    fc.property(capacity, acts, acts, (n, before, after) => {
      const model = new ChannelModel(n);
      play(model, before);
      const count = model.sends.length;
      model.close();
      play(model, after);
      for (const send of model.sends.slice(count)) expect(send.answers).toEqual(['CHANNEL_CLOSED']);
      drain(model);
      for (const receive of model.receives) expect(receive.answer).toBeDefined();
      expect(model.receive().answer).toBe('CHANNEL_CLOSED');
    }),
  );
});
