import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { ChanBench as Bench, isDone, messageOf } from '../../support/chan-bench.ts';
import { dataOf, failureOf, namesOf, pattern } from '../../support/pipe.ts';

const window = limits.streamWindowBytes;
const head = limits.messageHeadBytes;
const second = 1_000_000;

describe('a short message', () => {
  test('waits without a buffer for its receiver, and both are done', () => {
    const bench = new Bench(0);
    const send = bench.send(pattern(10));
    expect(send.heard).toEqual([]);
    const receive = bench.receive();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(10)));
    expect(isDone(send)).toBe(true);
    expect(send.by.pipe.far.session.calls).toBe(0);
    expect(receive.by.pipe.far.session.calls).toBe(0);
  });

  test('is received though its sender is long gone, when it was in the buffer', () => {
    const bench = new Bench(1);
    const send = bench.send(pattern(10));
    expect(isDone(send)).toBe(true);
    send.by.vanish();
    expect(messageOf(bench.receive())).toEqual(Buffer.from(pattern(10)));
  });

  test('that is empty is a message too', () => {
    const bench = new Bench(0);
    bench.send(new Uint8Array(0));
    expect(messageOf(bench.receive())).toEqual(Buffer.alloc(0));
  });

  test('of a sender that is killed while it waits is not delivered', () => {
    const bench = new Bench(0);
    bench.send(pattern(10)).by.vanish();
    bench.send(pattern(20));
    expect(messageOf(bench.receive())?.length).toBe(20);
    expect(bench.peek()).toMatchObject({ NumSend: 1, NumRecv: 1 });
  });

  test('does not go with a receiver that is killed while it waits', () => {
    const bench = new Bench(0);
    bench.receive().by.vanish();
    const send = bench.send(pattern(10));
    expect(send.heard).toEqual([]);
    expect(messageOf(bench.receive())?.length).toBe(10);
  });

  test('does not go with a receiver that is killed with the message on offer', () => {
    const bench = new Bench(0);
    const asleep = bench.receive({ take: false });
    bench.send(pattern(10));
    const other = bench.receive();
    expect(other.heard).toEqual([]);
    asleep.by.vanish();
    bench.run();
    expect(messageOf(other)?.length).toBe(10);
  });

  test('goes to another when the receiver does not answer for the offer timeout', () => {
    const bench = new Bench(0);
    const asleep = bench.receive({ take: false });
    const awake = bench.receive();
    bench.send(pattern(10));
    bench.clock.advance(2 * second - 1);
    bench.run();
    expect(awake.heard).toEqual([]);
    bench.clock.advance(1);
    bench.run();
    expect(messageOf(awake)?.length).toBe(10);
    // It wakes, takes what is gone, and gets the next one.
    const offer = asleep.heard[0]?.[1] as number;
    asleep.call.take(offer);
    bench.run();
    bench.send(pattern(20));
    const next = asleep.heard.at(-1)?.[1] as number;
    asleep.call.take(next);
    bench.run();
    expect(messageOf(asleep)?.length).toBe(20);
  });
});

describe('a cancel', () => {
  test('of a receive that waits is answered, and nothing is taken', () => {
    const bench = new Bench(0);
    const receive = bench.receive();
    receive.call.cancel();
    bench.run();
    expect(failureOf(receive.heard)?.code).toBe('CANCELLED');
    bench.send(pattern(10));
    expect(messageOf(bench.receive())?.length).toBe(10);
  });

  test('that comes after the take does not undo it', () => {
    const bench = new Bench(0);
    const receive = bench.receive({ take: false });
    bench.send(pattern(10));
    receive.call.take(receive.heard[0]?.[1] as number);
    receive.call.cancel();
    bench.run();
    expect(messageOf(receive)?.length).toBe(10);
    expect(failureOf(receive.heard)).toBeUndefined();
  });

  test('of a send that waits takes the message back', () => {
    const bench = new Bench(0);
    const send = bench.send(pattern(10));
    send.call.cancel();
    bench.run();
    expect(failureOf(send.heard)?.code).toBe('CANCELLED');
    expect(bench.receive().heard).toEqual([]);
  });

  test('of a send on offer to a receiver that sleeps is answered at once', () => {
    const bench = new Bench(0);
    bench.receive({ take: false });
    const send = bench.send(pattern(10));
    send.call.cancel();
    bench.run();
    expect(failureOf(send.heard)?.code).toBe('CANCELLED');
  });
});

describe('a long message', () => {
  test('has 32 KiB taken at once, and the rest when it is received', () => {
    const bench = new Bench(1);
    const send = bench.send(pattern(1000), { open: true });
    expect(send.call.room()).toBe(head - 1000);
    send.call.data(pattern(head - 1000, 1000));
    bench.run();
    expect(send.call.room()).toBe(0);
    const receive = bench.receive();
    expect(send.call.room()).toBe(window);
    send.call.data(pattern(500_000, head));
    send.call.end();
    bench.run();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(head + 500_000)));
    expect(namesOf(receive.heard).at(-1)).toBe('ended');
    expect(namesOf(send.heard).at(-1)).toBe('ended');
    expect(bench.clients.map(({ pipe }) => pipe.far.session.calls)).toEqual([0, 0]);
  });

  test('is received as it is written', () => {
    const bench = new Bench(0);
    const receive = bench.receive();
    const send = bench.send(pattern(3), { open: true });
    expect(dataOf(receive.heard)).toEqual(Buffer.from(pattern(3)));
    send.call.data(pattern(4, 3));
    bench.run();
    expect(dataOf(receive.heard)).toEqual(Buffer.from(pattern(7)));
    expect(namesOf(receive.heard)).toEqual(['offered', 'replied']);
  });

  test('moves at the pace of its receiver, and a window and no more is held for it', () => {
    const bench = new Bench(0);
    const receive = bench.receive({ credit: 1000 });
    const send = bench.send(new Uint8Array(0), { open: true });
    let sent = 0;
    for (let i = 0; i < 100; i++) {
      const room = send.call.room();
      if (room > 0) send.call.data(pattern(room, sent));
      sent += room;
      bench.run();
    }
    expect(dataOf(receive.heard).length).toBe(1000);
    expect(sent).toBe(window + 1000);
    receive.call.grant(1000);
    bench.run();
    expect(send.call.room()).toBe(1000);
  });

  test('that ends while it waits in the buffer is a whole one, and its sender is done', () => {
    const bench = new Bench(1);
    const send = bench.send(pattern(10), { open: true });
    expect(namesOf(send.heard)).toEqual(['replied']);
    send.call.data(pattern(10, 10));
    send.call.end();
    bench.run();
    expect(namesOf(send.heard)).toEqual(['replied', 'ended']);
    send.by.vanish();
    expect(messageOf(bench.receive())).toEqual(Buffer.from(pattern(20)));
  });

  test('that ends while it is on offer arrives whole', () => {
    const bench = new Bench(0);
    const receive = bench.receive({ take: false });
    const send = bench.send(pattern(10), { open: true });
    send.call.data(pattern(10, 10));
    send.call.end();
    bench.run();
    receive.call.take(receive.heard[0]?.[1] as number);
    bench.run();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(20)));
    expect(namesOf(receive.heard)).toEqual(['offered', 'replied', 'ended']);
    expect(isDone(send)).toBe(true);
  });

  test.each(['is killed', 'cancels'])('whose sender %s in the buffer is never delivered', (how) => {
    const bench = new Bench(1);
    const send = bench.send(pattern(10), { open: true });
    if (how === 'cancels') send.call.cancel();
    bench.run();
    if (how === 'is killed') send.by.vanish();
    bench.send(pattern(20));
    expect(messageOf(bench.receive())?.length).toBe(20);
    expect(bench.peek()).toMatchObject({ NumSend: 1, NumRecv: 1 });
  });

  test.each(['is killed', 'cancels'])('whose sender %s on offer is never delivered', (how) => {
    const bench = new Bench(0);
    const receive = bench.receive({ take: false });
    const send = bench.send(pattern(10), { open: true });
    receive.call.take(receive.heard[0]?.[1] as number);
    if (how === 'cancels') send.call.cancel();
    send.by.run();
    if (how === 'is killed') send.by.vanish();
    bench.run();
    if (how === 'cancels') expect(failureOf(send.heard)?.code).toBe('CANCELLED');
    bench.send(pattern(20));
    receive.call.take(receive.heard.at(-1)?.[1] as number);
    bench.run();
    expect(messageOf(receive)?.length).toBe(20);
  });

  test.each(['is killed', 'cancels'])('whose sender %s midway fails its receiver', (how) => {
    const bench = new Bench(0);
    const receive = bench.receive();
    const send = bench.send(pattern(head), { open: true });
    if (how === 'cancels') send.call.cancel();
    bench.run();
    if (how === 'is killed') send.by.vanish();
    bench.run();
    expect(failureOf(receive.heard)?.code).toBe('PEER_GONE');
    expect(namesOf(receive.heard)).not.toContain('ended');
    if (how === 'cancels') expect(failureOf(send.heard)?.code).toBe('CANCELLED');
  });

  test.each(['is killed', 'cancels'])('whose receiver %s midway fails its sender', (how) => {
    const bench = new Bench(0);
    const receive = bench.receive();
    const send = bench.send(pattern(10), { open: true });
    if (how === 'cancels') receive.call.cancel();
    bench.run();
    if (how === 'is killed') receive.by.vanish();
    bench.run();
    expect(failureOf(send.heard)?.code).toBe('PEER_GONE');
  });

  test('that was written to its end reaches a slow receiver though its sender is killed', () => {
    const bench = new Bench(0);
    const receive = bench.receive({ credit: 10 });
    const send = bench.send(pattern(30), { open: true });
    send.call.end();
    bench.run();
    send.by.vanish();
    receive.call.grant(10);
    bench.run();
    receive.call.grant(10);
    bench.run();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(30)));
    expect(namesOf(receive.heard).at(-1)).toBe('ended');
  });
});

describe('closing and scrubbing', () => {
  test('a close fails the receivers that wait, and the second close fails', () => {
    const bench = new Bench(0);
    const receive = bench.receive();
    const closes = [0, 1].map(() =>
      bench.client().call((call) => {
        bench.chan.close(call);
        return {};
      }),
    );
    bench.run();
    expect(failureOf(receive.heard)?.code).toBe('CHANNEL_CLOSED');
    expect(closes.map(({ heard }) => failureOf(heard)?.code)).toEqual([
      undefined,
      'CHANNEL_CLOSED',
    ]);
    expect(failureOf(bench.send(pattern(1)).heard)?.code).toBe('CHANNEL_CLOSED');
  });

  test('a scrub fails everybody who waits, also the sender of an open message in the buffer', () => {
    const bench = new Bench(1);
    const open = bench.send(pattern(1), { open: true });
    const waiting = bench.send(pattern(1));
    const full = new Bench(0);
    const receive = full.receive();
    bench.chan.scrub();
    full.chan.scrub();
    bench.run();
    full.run();
    for (const { heard } of [open, waiting, receive]) {
      expect(failureOf(heard)?.code).toBe('ABORTED');
    }
    expect(bench.clock.waiting + full.clock.waiting).toBe(0);
    expect(bench.peek()).toMatchObject({ Aborted: true });
  });

  test('a scrub takes a message from nobody who has it already', () => {
    const bench = new Bench(0);
    const receive = bench.receive();
    const send = bench.send(pattern(10), { open: true });
    bench.chan.scrub();
    send.call.data(pattern(10, 10));
    send.call.end();
    bench.run();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(20)));
  });
});
