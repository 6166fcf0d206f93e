import { describe, expect, test } from 'vitest';
import { ByteSink, ByteSource } from '../../../src/client/stream.ts';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import type { Call } from '../../../src/rpc/call.ts';
import {
  dataOf,
  greetedPipe,
  namesOf,
  type Opened,
  type Pipe,
  pattern,
} from '../../support/pipe.ts';

const window = limits.streamWindowBytes;

/** Lets whoever waits go on. */
async function pause(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A sink, and the far end of its call. */
function sinkOn(credit: number): { pipe: Pipe; sink: ByteSink; far: Opened } {
  const pipe = greetedPipe();
  let call: Call | undefined;
  const finished = Promise.withResolvers<void>();
  const sink = new ByteSink(() => call).until(finished.promise);
  call = pipe.near.open(
    { end: false },
    {
      room: () => sink.roomAgain(),
      replied: () => finished.resolve(),
      failed: (error) => finished.reject(error),
    },
  ).call;
  pipe.run();
  const far = pipe.far.opened[0] as Opened;
  far.call.grant(credit);
  pipe.run();
  return { pipe, sink, far };
}

function sourceOn(): { pipe: Pipe; source: ByteSource; far: Opened; near: Call } {
  const pipe = greetedPipe();
  let call: Call | undefined;
  const source = new ByteSource(() => call);
  call = pipe.near.open(
    { end: false, credit: window },
    {
      data: (bytes) => source.push(bytes),
      ended: () => source.end(),
      failed: (error) => source.fail(error),
    },
  ).call;
  pipe.run();
  return { pipe, source, far: pipe.far.opened[0] as Opened, near: call };
}

const sizeOf = async (next: Promise<IteratorResult<Uint8Array, undefined>>) =>
  (await next).value?.length;

describe('a sink', () => {
  test('sends the writes that nobody waits for in their order, and the end after them', async () => {
    const { pipe, sink, far } = sinkOn(10);
    const writes = [0, 20, 40, 60].map((start) => sink.write(pattern(20, start)));
    const ended = sink.end();
    for (let i = 0; i < 20; i++) {
      await pause();
      pipe.run();
      expect(far.call.complete).toBe(dataOf(far.heard).length === 80);
      if (!far.call.complete) far.call.grant(10);
      pipe.run();
    }
    await Promise.all(writes);
    expect(dataOf(far.heard)).toEqual(Buffer.from(pattern(80)));
    far.call.reply(new Uint8Array(0), { end: true });
    pipe.run();
    await ended;
    await sink.end();
  });

  test('refuses a write after its end, and the connection stands', async () => {
    const { pipe, sink, far } = sinkOn(10);
    void sink.end();
    await expect(sink.write(pattern(1))).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    pipe.run();
    expect(pipe.far.finished).toBeUndefined();
    expect(namesOf(far.heard)).toEqual(['ended']);
  });

  test('has copied what it was given, also out of a Buffer', async () => {
    const { pipe, sink, far } = sinkOn(window);
    const buffer = Buffer.from(pattern(100_000));
    await sink.write(buffer);
    buffer.fill(0);
    pipe.run();
    expect(dataOf(far.heard).equals(pattern(100_000))).toBe(true);
  });

  test('fails every write that waits when the other side fails', async () => {
    const { pipe, sink, far } = sinkOn(10);
    const writes = [sink.write(pattern(20)), sink.write(pattern(20))];
    await pause();
    far.call.fail(new CircuitError('PEER_GONE', 'gone'));
    pipe.run();
    for (const write of writes) await expect(write).rejects.toMatchObject({ code: 'PEER_GONE' });
    await expect(sink.end()).rejects.toMatchObject({ code: 'PEER_GONE' });
    await expect(sink.finished).rejects.toMatchObject({ code: 'PEER_GONE' });
  });

  test('that is abandoned wakes its writer and tells the other side', async () => {
    const { pipe, sink, far } = sinkOn(10);
    const write = sink.write(pattern(20));
    await pause();
    sink.abandon();
    await expect(write).rejects.toMatchObject({ code: 'CANCELLED' });
    pipe.run();
    expect(namesOf(far.heard)).toEqual(['cancelled']);
  });

  test('of a call that could not be opened says why', async () => {
    const failed = Promise.reject(new CircuitError('LIMIT', 'too long'));
    const sink = new ByteSink(() => undefined).until(failed);
    await expect(sink.write(pattern(1))).rejects.toMatchObject({ code: 'LIMIT' });
    await expect(sink.end()).rejects.toMatchObject({ code: 'LIMIT' });
  });
});

describe('a source', () => {
  test('grants what it gave when the next is asked for, and not before', async () => {
    const { pipe, source, far } = sourceOn();
    far.call.data(pattern(10));
    pipe.run();
    expect(await sizeOf(source.next())).toBe(10);
    pipe.run();
    expect(far.call.consumed).toBe(0);
    const next = source.next();
    pipe.run();
    expect(far.call.consumed).toBe(10);
    far.call.data(pattern(5));
    far.call.end();
    pipe.run();
    expect(await sizeOf(next)).toBe(5);
    expect((await source.next()).done).toBe(true);
    pipe.run();
    expect(namesOf(far.heard)).toEqual(['ended']);
  });

  test('answers those who ask at once in their order', async () => {
    const { pipe, source, far } = sourceOn();
    const asked = [source.next(), source.next(), source.next()];
    for (const size of [10_000, 20_000]) {
      far.call.data(pattern(size));
      pipe.run();
      await pause();
    }
    far.call.end();
    pipe.run();
    expect(await Promise.all(asked.map(sizeOf))).toEqual([10_000, 20_000, undefined]);
  });

  test('that is left grants what it gave, cancels, and gives nothing more', async () => {
    const { pipe, source, far } = sourceOn();
    far.call.data(pattern(100_000));
    pipe.run();
    const first = (await sizeOf(source.next())) as number;
    await source.return();
    expect((await source.next()).done).toBe(true);
    pipe.run();
    expect(far.call.consumed).toBe(first);
    expect(namesOf(far.heard)).toEqual(['cancelled']);
  });

  test('that is left wakes who waits for it', async () => {
    const { source } = sourceOn();
    const waiting = source.next();
    await pause();
    await source.return();
    expect((await waiting).done).toBe(true);
  });

  test('that is given up gives nothing more but the reason, though the end was under way', async () => {
    const { pipe, source, far } = sourceOn();
    far.call.data(pattern(100_000));
    pipe.run();
    const first = (await sizeOf(source.next())) as number;
    source.giveUp();
    far.call.data(pattern(10));
    far.call.end();
    pipe.run();
    expect(far.call.consumed).toBe(first);
    const next = source.next();
    await pause();
    source.fail(new CircuitError('TIMEOUT', 'given up'));
    await expect(next).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  test('gives what arrived before the other side failed, then the failure', async () => {
    const { pipe, source, far } = sourceOn();
    far.call.data(pattern(10));
    far.call.fail(new CircuitError('SERVER_GONE', 'gone'));
    pipe.run();
    expect(await sizeOf(source.next())).toBe(10);
    await expect(source.next()).rejects.toMatchObject({ code: 'SERVER_GONE' });
  });

  test('gives a hundred thousand bytes that came one by one in a few pieces', async () => {
    const { pipe, source, far } = sourceOn();
    for (let i = 0; i < 100_000; i++) far.call.data(pattern(1, i));
    far.call.end();
    pipe.run();
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(pattern(100_000))).toBe(true);
    expect(pieces.length).toBeLessThan(50);
  });
});
