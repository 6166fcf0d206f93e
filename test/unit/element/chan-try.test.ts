import { describe, expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { ChanBench as Bench, isDone, messageOf } from '../../support/chan-bench.ts';
import { failureOf, namesOf, pattern } from '../../support/pipe.ts';

const window = limits.streamWindowBytes;
const impatient = { patient: false };

describe('a try', () => {
  test('to send is done when there is room, and else fails and keeps nothing', () => {
    const bench = new Bench(1);
    expect(isDone(bench.send(pattern(10), impatient))).toBe(true);
    expect(failureOf(bench.send(pattern(20), impatient).heard)?.code).toBe('WOULD_BLOCK');
    expect(bench.chan.operations).toBe(0);
    expect(messageOf(bench.receive())?.length).toBe(10);
    expect(bench.peek()).toMatchObject({ NumSend: 1, NumRecv: 1 });
  });

  test('to receive gets the message, and else fails', () => {
    const bench = new Bench(1);
    expect(failureOf(bench.receive(impatient).heard)?.code).toBe('WOULD_BLOCK');
    bench.send(pattern(10));
    expect(messageOf(bench.receive(impatient))?.length).toBe(10);
    expect(bench.chan.operations).toBe(0);
  });

  test('to receive gets a long message of a sender that waits, as a stream', () => {
    const bench = new Bench(0);
    const send = bench.send(pattern(1000), { open: true });
    const receive = bench.receive(impatient);
    send.call.data(pattern(500_000, 1000));
    send.call.end();
    bench.run();
    expect(messageOf(receive)).toEqual(Buffer.from(pattern(501_000)));
    expect(send.call.room()).toBeLessThanOrEqual(window);
  });

  test('to receive that takes its offer too late fails, and does not have the message', () => {
    const bench = new Bench(1);
    bench.send(pattern(10));
    const late = bench.receive({ ...impatient, take: false });
    bench.clock.advance(limits.offerTimeoutMs * 1000);
    bench.run();
    expect(failureOf(late.heard)?.code).toBe('WOULD_BLOCK');
    late.call.take(late.heard[0]?.[1] as number);
    bench.run();
    expect(namesOf(late.heard)).toEqual(['offered', 'failed']);
    expect(messageOf(bench.receive())?.length).toBe(10);
  });

  test('to send to a receiver that is killed fails', () => {
    const bench = new Bench(0);
    const receive = bench.receive({ take: false });
    const send = bench.send(pattern(10), impatient);
    expect(send.heard).toEqual([]);
    receive.by.vanish();
    bench.run();
    expect(failureOf(send.heard)?.code).toBe('WOULD_BLOCK');
  });

  test('to send what is not whole is refused', () => {
    const bench = new Bench(1);
    const send = bench.send(pattern(10), { ...impatient, open: true });
    expect(failureOf(send.heard)?.code).toBe('BAD_ARGUMENT');
    expect(bench.peek()).toMatchObject({ NumSend: 0 });
  });
});

describe('who awaits the moment to try', () => {
  test('is answered once there is a message, or room', () => {
    const bench = new Bench(1);
    const receive = bench.awaits('awaitReceive');
    expect(receive.heard).toEqual([]);
    bench.send(pattern(10));
    const send = bench.awaits('awaitSend');
    expect(isDone(receive)).toBe(true);
    expect(send.heard).toEqual([]);
    bench.receive();
    expect(isDone(send)).toBe(true);
    expect(bench.chan.operations).toBe(0);
  });

  test('can cancel, and leaves nothing when it is killed', () => {
    const bench = new Bench(0);
    const [cancels, dies] = [bench.awaits('awaitSend'), bench.awaits('awaitSend')];
    cancels.call.cancel();
    bench.run();
    expect(failureOf(cancels.heard)?.code).toBe('CANCELLED');
    dies.by.vanish();
    expect(bench.chan.operations).toBe(0);
  });

  test('fails with ABORTED when the channel is scrubbed', () => {
    const bench = new Bench(0);
    const waits = bench.awaits('awaitReceive');
    bench.chan.scrub();
    bench.run();
    expect(failureOf(waits.heard)?.code).toBe('ABORTED');
  });
});
