import { describe, expect, test } from 'vitest';
import { Channel } from '../../../src/channel/channel.ts';
import { limits } from '../../../src/limits.ts';
import { ChannelModel, offerTimeoutUs, type Receive } from '../../support/channel-model.ts';

const answersOf = (each: { answers: string[] }[]) => each.map(({ answers }) => answers);
const got = (each: Receive[]) => each.map((receive) => receive.got);

describe('sending', () => {
  test('to a channel without a buffer is complete when a receiver has taken the message', () => {
    const model = new ChannelModel(0);
    const send = model.send();
    const receive = model.receive();
    expect(send.answers).toEqual([]);
    model.take(receive);
    expect(send.answers).toEqual(['sent']);
    expect(receive.got).toBe(send.op);
  });

  test('is complete at once while the buffer has room, and then as room comes', () => {
    const model = new ChannelModel(2);
    const sends = [model.send(), model.send(), model.send()];
    expect(answersOf(sends)).toEqual([['sent'], ['sent'], []]);
    model.take(model.receive());
    expect(answersOf(sends)).toEqual([['sent'], ['sent'], ['sent']]);
  });

  test('a message on offer holds its place in the buffer', () => {
    const model = new ChannelModel(1);
    model.receive();
    expect(model.send().answers).toEqual(['sent']);
    expect(model.send().answers).toEqual([]);
  });

  test('can be cancelled until it is received, also while it is on offer', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.send(), model.send()];
    const receive = model.receive();
    model.cancelSend(first);
    expect(first.answers).toEqual(['cancelled']);
    model.take(receive);
    model.take(receive);
    expect(receive.got).toBe(second.op);
    model.cancelSend(second);
    expect(second.answers).toEqual(['sent']);
  });

  test('cannot be cancelled once a whole message is in the buffer', () => {
    const model = new ChannelModel(1);
    const send = model.send();
    model.cancelSend(send);
    expect(send.answers).toEqual(['sent']);
    const receive = model.receive();
    model.take(receive);
    expect(receive.got).toBe(send.op);
  });

  test('can be cancelled while the message is still open in the buffer, which has room again', () => {
    const model = new ChannelModel(1);
    const [open, next] = [model.send({ open: true }), model.send()];
    expect(answersOf([open, next])).toEqual([['sent'], []]);
    model.cancelSend(open);
    expect(answersOf([open, next])).toEqual([['sent', 'cancelled'], ['sent']]);
  });

  test('a cancelled message that held up others on offer holds them up no more', () => {
    const model = new ChannelModel(0);
    const [first] = [model.send(), model.send()];
    const [, quick] = [model.receive(), model.receive()] as [Receive, Receive];
    model.take(quick);
    expect(quick.answer).toBeUndefined();
    model.cancelSend(first);
    expect(quick.answer).toBe('received');
  });
});

describe('receiving', () => {
  test('takes messages in the order sent, receivers in the order come', () => {
    const model = new ChannelModel(0);
    const receives = [model.receive(), model.receive(), model.receive()];
    const sends = [model.send(), model.send(), model.send()];
    for (const receive of receives) model.take(receive);
    expect(got(receives)).toEqual(sends.map(({ op }) => op));
  });

  test('is confirmed in the order of the messages, whoever is quicker', () => {
    const model = new ChannelModel(5);
    const [first, second] = [model.receive(), model.receive()];
    model.send();
    model.send();
    model.take(second);
    expect(second.answer).toBeUndefined();
    model.take(first);
    expect([first.answer, second.answer]).toEqual(['received', 'received']);
  });

  test('a message offered to a receiver that cancels goes to one that is free', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.receive(), model.receive()];
    const send = model.send();
    model.cancelReceive(first);
    model.take(second);
    expect(second.got).toBe(send.op);
  });

  test('without a free one, it goes to the last receiver, whose own message waits', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.receive(), model.receive()];
    const [one, two] = [model.send(), model.send()];
    model.take(second);
    model.cancelReceive(first);
    model.take(second);
    expect(second.got).toBe(one.op);
    const third = model.receive();
    model.take(third);
    expect(third.got).toBe(two.op);
  });

  test('a thousand receivers that cancel cost one new offer each, not one for each message', () => {
    const model = new ChannelModel(1000);
    for (let i = 0; i < 300; i++) model.receive();
    for (let i = 0; i < 300; i++) model.send();
    expect(model.offers).toBe(300);
    for (const receive of model.receives.slice(0, 200)) model.cancelReceive(receive);
    expect(model.offers).toBeLessThanOrEqual(500);
  });

  test('a cancel that comes after the confirmation changes nothing', () => {
    const model = new ChannelModel(1);
    model.send();
    const receive = model.receive();
    model.take(receive);
    model.cancelReceive(receive);
    expect(receive.answer).toBe('received');
  });

  test('an old offer can no longer be taken', () => {
    const model = new ChannelModel(0);
    const receive = model.receive();
    const send = model.send();
    const old = receive.inbox[0] as number;
    model.cancelSend(send);
    const next = model.send();
    model.step({ type: 'taken', op: receive.op, offer: old });
    expect(receive.answer).toBeUndefined();
    model.take(receive);
    model.take(receive);
    expect(receive.got).toBe(next.op);
  });
});

describe('a receiver that does not answer', () => {
  test('keeps its offer until the timeout, and then another gets it', () => {
    const model = new ChannelModel(0);
    const [asleep, awake] = [model.receive(), model.receive()];
    const send = model.send();
    expect(model.channel.deadline()).toBe(offerTimeoutUs);
    model.tick(offerTimeoutUs - 1);
    expect(awake.inbox).toEqual([]);
    model.tick(1);
    model.take(awake);
    expect(awake.got).toBe(send.op);
    expect(asleep.answer).toBeUndefined();
  });

  test('gets the next message once it wakes', () => {
    const model = new ChannelModel(1);
    const asleep = model.receive();
    const first = model.send();
    model.tick(offerTimeoutUs);
    model.take(asleep);
    expect(asleep.got).toBeUndefined();
    model.take(asleep);
    expect(asleep.got).toBe(first.op);
  });

  test('is not offered what another that does not answer let go', () => {
    const model = new ChannelModel(5);
    const receives = [model.receive(), model.receive(), model.receive()];
    model.send();
    model.send();
    const awake = receives[2] as Receive;
    model.tick(offerTimeoutUs);
    model.take(awake);
    expect(awake.answer).toBe('received');
    expect(model.offers).toBe(3);
  });

  test('is found also among others that have more time left', () => {
    const model = new ChannelModel(5);
    const [first, late, last] = [model.receive(), model.receive(), model.receive()];
    const send = model.send();
    model.send();
    model.tick(offerTimeoutUs / 2);
    model.send();
    const free = model.receive();
    model.cancelReceive(first);
    expect(free.offered).toBe(send.op);
    model.tick(offerTimeoutUs / 2);
    expect(late.offered).toBeUndefined();
    expect(last.inbox.length).toBe(2);
  });

  test('does not lose its offer once it has taken it, however long the others take', () => {
    const model = new ChannelModel(5);
    const [asleep, quick] = [model.receive(), model.receive()];
    model.send();
    model.send();
    model.take(quick);
    model.tick(offerTimeoutUs);
    model.take(quick);
    expect(quick.answer).toBe('received');
    expect(asleep.answer).toBeUndefined();
  });

  test('can be cancelled, and fails when the channel is closed and empty', () => {
    const model = new ChannelModel(5);
    const [one, two] = [model.receive(), model.receive()];
    model.send();
    model.send();
    model.tick(offerTimeoutUs);
    model.cancelReceive(one);
    for (const each of [model.receive(), model.receive()]) model.take(each);
    model.close();
    expect([one.answer, two.answer]).toEqual(['cancelled', 'CHANNEL_CLOSED']);
  });
});

describe('closing', () => {
  test('fails receivers that wait, and sends that come', () => {
    const model = new ChannelModel(0);
    const receive = model.receive();
    model.close();
    expect(receive.answer).toBe('CHANNEL_CLOSED');
    expect(model.send().answers).toEqual(['CHANNEL_CLOSED']);
    expect(model.channel.state).toMatchObject({ closed: true, aborted: false });
  });

  test('lets what was buffered, and sends that wait, be received', () => {
    const model = new ChannelModel(1);
    const sends = [model.send(), model.send()];
    model.close();
    for (const send of sends) {
      const receive = model.receive();
      model.take(receive);
      expect(receive.got).toBe(send.op);
    }
    expect(answersOf(sends)).toEqual([['sent'], ['sent']]);
    expect(model.receive().answer).toBe('CHANNEL_CLOSED');
  });

  test('fails receivers when the last message that waits is taken back', () => {
    const model = new ChannelModel(0);
    const send = model.send({ open: true });
    model.close();
    const [first, second] = [model.receive(), model.receive()];
    model.cancelSend(send);
    expect([first.answer, second.answer]).toEqual(['CHANNEL_CLOSED', 'CHANNEL_CLOSED']);
  });
});

test('the state counts what was sent and received', () => {
  const model = new ChannelModel(3);
  model.send();
  model.send();
  model.take(model.receive());
  expect(model.channel.state).toEqual({
    capacity: 3,
    closed: false,
    aborted: false,
    sent: 2,
    received: 1,
  });
});

describe('bounds', () => {
  test.each([-1, 0.5, Number.NaN, limits.channelCapacityMax + 1, Number.POSITIVE_INFINITY])(
    'a capacity of %s is refused',
    (capacity) => {
      expect(() => new Channel(capacity)).toThrow('whole number');
    },
  );

  test('a capacity of the most allowed is taken', () => {
    expect(new Channel(limits.channelCapacityMax).state.capacity).toBe(limits.channelCapacityMax);
  });

  test('one sender or receiver more than may wait fails with LIMIT', () => {
    for (const type of ['send', 'receive'] as const) {
      const channel = new Channel<number>(0);
      const effects: { type: string; op: number }[] = [];
      for (let op = 1; op <= limits.channelWaitersMax + 1; op++) {
        const event =
          type === 'send'
            ? { type, op, message: op, bytes: 0, open: false, patient: true }
            : { type, op, patient: true };
        channel.step(0, event, effects as never[]);
      }
      expect(effects).toEqual([
        { type: 'failed', op: limits.channelWaitersMax + 1, code: 'LIMIT' },
      ]);
    }
  });

  test('a receiver is let in, however many senders wait for one', () => {
    const channel = new Channel<number>(0);
    const effects: { type: string; op: number }[] = [];
    for (let op = 1; op <= limits.channelWaitersMax; op++) {
      const send = { op, message: op, bytes: 0, open: false, patient: true };
      channel.step(0, { type: 'send', ...send }, effects as never[]);
    }
    channel.step(0, { type: 'awaitReceive', op: 0 }, effects as never[]);
    channel.step(0, { type: 'receive', op: -1, patient: true }, effects as never[]);
    expect(effects.map(({ type, op }) => [type, op])).toEqual([
      ['ready', 0],
      ['offer', -1],
    ]);
  });

  test('beyond its bytes a channel counts as full, whatever its capacity', () => {
    const model = new ChannelModel(10);
    const sends = [
      model.send({ bytes: limits.channelBytesMax - 1 }),
      model.send({ bytes: 1 }),
      model.send({ bytes: 1 }),
    ];
    expect(answersOf(sends)).toEqual([['sent'], ['sent'], []]);
    model.take(model.receive());
    expect(answersOf(sends)).toEqual([['sent'], ['sent'], ['sent']]);
  });

  test('an open message takes up what it may come to, until it is whole', () => {
    const model = new ChannelModel(10);
    const open = model.send({ open: true, bytes: limits.channelBytesMax });
    const next = model.send();
    expect(next.answers).toEqual([]);
    model.whole(open);
    model.send();
    expect(next.answers).toEqual(['sent']);
  });
});
