import { describe, expect, test } from 'vitest';
import { Channel } from '../../../src/channel/channel.ts';
import { limits } from '../../../src/limits.ts';
import { ChannelModel, offerTimeoutUs, type Receive } from '../../support/channel-model.ts';

describe('a send that does not wait', () => {
  test('goes to the buffer while that has room, and then has no effect', () => {
    const model = new ChannelModel(1);
    expect(model.trySend().answers).toEqual(['sent']);
    expect(model.trySend().answers).toEqual(['WOULD_BLOCK']);
    expect(model.channel.state.sent).toBe(1);
    expect(model.channel.waiters).toBe(0);
  });

  test('without a buffer is complete once the receiver that waits has taken it', () => {
    const model = new ChannelModel(0);
    expect(model.trySend().answers).toEqual(['WOULD_BLOCK']);
    const receive = model.receive();
    const send = model.trySend();
    expect(send.answers).toEqual([]);
    model.take(receive);
    expect(send.answers).toEqual(['sent']);
    expect(receive.got).toBe(send.op);
  });

  test('does not overtake senders that wait', () => {
    const model = new ChannelModel(1);
    const [, waiting] = [model.send(), model.send()];
    const receive = model.receive();
    expect(model.trySend().answers).toEqual(['WOULD_BLOCK']);
    model.take(receive);
    expect(waiting.answers).toEqual(['sent']);
    expect(model.trySend().answers).toEqual(['WOULD_BLOCK']);
  });

  test('does not overtake one that is too long for what room there is', () => {
    const model = new ChannelModel(10);
    model.send({ bytes: limits.channelBytesMax - 1 });
    expect(model.send({ bytes: 2 }).answers).toEqual([]);
    expect(model.send({ bytes: 1, patient: false }).answers).toEqual(['WOULD_BLOCK']);
  });

  test('goes to another receiver when its own gives up, and has no effect when there is none', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.receive(), model.receive()];
    const send = model.trySend();
    model.cancelReceive(first);
    expect(second.offered).toBe(send.op);
    model.cancelReceive(second);
    expect(send.answers).toEqual(['WOULD_BLOCK']);
    const late = model.receive();
    expect(late.offered).toBeUndefined();
    expect(model.channel.state.sent).toBe(0);
  });

  test('has no effect when its receiver sleeps through the offer', () => {
    const model = new ChannelModel(0);
    const asleep = model.receive();
    const send = model.trySend();
    model.tick(offerTimeoutUs - 1);
    expect(send.answers).toEqual([]);
    model.tick(1);
    expect(send.answers).toEqual(['WOULD_BLOCK']);
    model.take(asleep);
    expect(asleep.answer).toBeUndefined();
  });

  test('that expires among others on offer holds them up no more', () => {
    const model = new ChannelModel(0);
    const [, quick] = [model.receive(), model.receive()] as [Receive, Receive];
    model.trySend();
    const send = model.send();
    model.take(quick);
    model.tick(offerTimeoutUs);
    expect(quick.got).toBe(send.op);
  });

  test('that is dropped among others on offer holds them up no more', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.receive(), model.receive()];
    const tried = model.trySend();
    const send = model.send();
    model.take(second);
    expect(second.answer).toBeUndefined();
    model.cancelReceive(first);
    expect(tried.answers).toEqual(['WOULD_BLOCK']);
    expect(second.got).toBe(send.op);
  });

  test('is dropped when its receiver is needed for a message before it', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.receive(), model.receive()];
    const send = model.send();
    const tried = model.trySend();
    model.cancelReceive(first);
    expect(tried.answers).toEqual(['WOULD_BLOCK']);
    model.take(second);
    model.take(second);
    expect(second.got).toBe(send.op);
  });

  test('can be cancelled while it is on offer', () => {
    const model = new ChannelModel(0);
    model.receive();
    const send = model.trySend();
    model.cancelSend(send);
    expect(send.answers).toEqual(['cancelled']);
  });

  test.each([true, false])(
    'is not one waiter too many where as many receivers wait as may; patient: %s',
    (patient) => {
      const channel = new Channel<number>(1);
      const effects: { type: string; op: number }[] = [];
      for (let op = 1; op <= limits.channelWaitersMax; op++) {
        channel.step(0, { type: 'receive', op, patient: true }, effects as never[]);
      }
      const send = { type: 'send', op: 0, message: 0, bytes: 1, open: false } as const;
      channel.step(0, { ...send, patient }, effects as never[]);
      expect(effects.map(({ type }) => type)).toEqual(['sent', 'offer']);
    },
  );

  test('fails as any other on a channel that is closed or scrubbed', () => {
    const model = new ChannelModel(1);
    model.close();
    expect(model.trySend().answers).toEqual(['CHANNEL_CLOSED']);
    model.abort();
    expect(model.trySend().answers).toEqual(['ABORTED']);
  });
});

describe('a receive that does not wait', () => {
  test('takes what is buffered or waits to be sent, and else has no effect', () => {
    const model = new ChannelModel(1);
    expect(model.tryReceive().answer).toBe('WOULD_BLOCK');
    const sends = [model.send(), model.send()];
    const receives = [model.tryReceive(), model.tryReceive()];
    for (const receive of receives) model.take(receive);
    expect(receives.map(({ got }) => got)).toEqual(sends.map(({ op }) => op));
    expect(model.tryReceive().answer).toBe('WOULD_BLOCK');
  });

  test('has no effect when every message is on offer to others', () => {
    const model = new ChannelModel(2);
    const receive = model.receive();
    const send = model.send();
    expect(model.tryReceive().answer).toBe('WOULD_BLOCK');
    model.take(receive);
    expect(receive.got).toBe(send.op);
  });

  test('that sleeps through its offer fails, and the message goes to another', () => {
    const model = new ChannelModel(1);
    const send = model.send();
    const tried = model.tryReceive();
    model.tick(offerTimeoutUs);
    expect(tried.answer).toBe('WOULD_BLOCK');
    const receive = model.receive();
    model.take(receive);
    expect(receive.got).toBe(send.op);
  });

  test('whose message is taken back gets the next one, or has no effect', () => {
    const model = new ChannelModel(0);
    const [first, second] = [model.send(), model.send()];
    const tried = model.tryReceive();
    model.cancelSend(first);
    expect(tried.offered).toBe(second.op);
    model.cancelSend(second);
    expect(tried.answer).toBe('WOULD_BLOCK');
  });

  test('is told when the channel is closed and empty, and not while a message is on offer', () => {
    const model = new ChannelModel(1);
    const receive = model.receive();
    model.send();
    model.close();
    expect(model.tryReceive().answer).toBe('WOULD_BLOCK');
    model.take(receive);
    expect(model.tryReceive().answer).toBe('CHANNEL_CLOSED');
  });
});

describe('who awaits a receive', () => {
  test('is told once there is a message, and at once when there is one', () => {
    const model = new ChannelModel(1);
    const watch = model.watch('receive');
    expect(watch.answer).toBeUndefined();
    model.send();
    expect(watch.answer).toBe('ready');
    expect(model.watch('receive').answer).toBe('ready');
  });

  test('is told of a sender that waits without a buffer', () => {
    const model = new ChannelModel(0);
    const watches = [model.watch('receive'), model.watch('receive')];
    model.send();
    expect(watches.map(({ answer }) => answer)).toEqual(['ready', 'ready']);
  });

  test('is not told of a message that goes to a receiver, but once it comes back', () => {
    const model = new ChannelModel(1);
    const receive = model.receive();
    const watch = model.watch('receive');
    model.send();
    expect(watch.answer).toBeUndefined();
    model.cancelReceive(receive);
    expect(watch.answer).toBe('ready');
  });

  test('is told when the channel is closed and empty', () => {
    const model = new ChannelModel(1);
    const receive = model.receive();
    model.send();
    const watch = model.watch('receive');
    model.close();
    expect(watch.answer).toBeUndefined();
    model.take(receive);
    expect(watch.answer).toBe('ready');
  });
});

describe('who awaits a send', () => {
  test('is told once the buffer has room and nobody is before it', () => {
    const model = new ChannelModel(1);
    const [, waiting] = [model.send(), model.send()];
    const watch = model.watch('send');
    model.take(model.receive());
    expect(waiting.answers).toEqual(['sent']);
    expect(watch.answer).toBeUndefined();
    model.take(model.receive());
    expect(watch.answer).toBe('ready');
    expect(model.watch('send').answer).toBe('ready');
  });

  test('is told once a receiver waits', () => {
    const model = new ChannelModel(0);
    const watch = model.watch('send');
    model.receive();
    expect(watch.answer).toBe('ready');
  });

  test.each(['send', 'receive'] as const)(
    'meets who awaits a receive, the one that awaits the %s having come first',
    (first) => {
      const model = new ChannelModel(0);
      const second = first === 'send' ? 'receive' : 'send';
      const watches = { [first]: model.watch(first), [second]: model.watch(second) };
      expect(watches['send']?.answer).toBe('ready');
      expect(watches['receive']?.answer).toBeUndefined();
      const send = model.send();
      expect(watches['receive']?.answer).toBe('ready');
      const receive = model.tryReceive();
      model.take(receive);
      expect(receive.got).toBe(send.op);
    },
  );

  test('is told when the channel is closed', () => {
    const model = new ChannelModel(0);
    const watch = model.watch('send');
    model.close();
    expect(watch.answer).toBe('ready');
  });
});

describe.each(['send', 'receive'] as const)('who awaits a %s', (of) => {
  test('fails when the channel is scrubbed, and can give up', () => {
    const model = new ChannelModel(0);
    const [given, waiting] = [model.watch(of), model.watch(of)];
    model.cancelWatch(given);
    expect(given.answer).toBe('cancelled');
    model.abort();
    expect(waiting.answer).toBe('ABORTED');
    expect(model.watch(of).answer).toBe('ABORTED');
    expect(model.channel.waiters).toBe(0);
  });

  test('counts as waiting: one more than may fails with LIMIT', () => {
    const channel = new Channel<number>(0);
    const effects: { type: string; op: number }[] = [];
    const type = of === 'send' ? 'awaitSend' : 'awaitReceive';
    for (let op = 1; op <= limits.channelWaitersMax + 1; op++) {
      channel.step(0, { type, op }, effects as never[]);
    }
    expect(effects).toEqual([{ type: 'failed', op: limits.channelWaitersMax + 1, code: 'LIMIT' }]);
  });
});
