import { describe, expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { Writer } from '../../../src/wire/codec.ts';
import { MAGIC } from '../../../src/wire/version.ts';
import {
  dataOf,
  failureOf,
  greetedPipe,
  namesOf,
  type Opened,
  Pipe,
  pattern,
} from '../../support/pipe.ts';

const empty = new Uint8Array(0);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const window = limits.streamWindowBytes;

describe('introductions', () => {
  test('each side learns who the other is, the dialled one first', () => {
    const pipe = new Pipe({ near: { url: 'near' }, far: { url: 'far' } });
    pipe.near.session.flush();
    expect(pipe.far.outbox).toEqual([]);
    pipe.run();
    expect(pipe.far.greeted?.url).toBe('near');
    expect(pipe.near.greeted?.url).toBe('far');
  });

  test('another version is told which one this is, and refused', () => {
    const pipe = new Pipe({ near: { version: 999 } }).run();
    expect(pipe.near.finished?.message).toContain('999');
    expect(pipe.near.finished?.code).toBe('PROTOCOL');
    expect(pipe.far.finished?.code).toBe('PROTOCOL');
    expect(pipe.far.greeted).toBeUndefined();
  });

  test('a peer that is not admitted is told why, however long the reason', () => {
    const pipe = new Pipe();
    pipe.far.admit = () => {
      throw new CircuitError('DIAL_FAILED', 'ü'.repeat(5_000));
    };
    pipe.run();
    expect(pipe.near.finished?.code).toBe('DIAL_FAILED');
    expect(pipe.near.finished?.message).toMatch(/^ü{300}$/);
    expect(pipe.far.greeted).toBeUndefined();
    expect(pipe.far.finished?.code).toBe('DIAL_FAILED');
  });

  test('calls made before the other side has answered arrive after its greeting', () => {
    const pipe = new Pipe();
    const { heard } = pipe.near.open();
    pipe.far.answer = (call) => {
      call.reply(bytesOf('hello'), { end: true });
      return {};
    };
    pipe.run();
    expect(namesOf(heard)).toEqual(['replied']);
  });

  test('a first frame of 1 KiB is read, a longer one is not collected', () => {
    const pipe = stranger();
    pipe.far.session.received(frameHeader(limits.helloBytesMax));
    expect(pipe.far.finished).toBeUndefined();
    const other = stranger();
    other.far.session.received(frameHeader(limits.helloBytesMax + 1));
    expect(other.far.malformed).toEqual(['an over-long frame']);
  });

  test.each([
    ['a call', Frame.OPEN],
    ['a note', Frame.NOTE],
    ['a ping', Frame.PING],
  ])('%s before the introduction ends the session', (_name, type) => {
    const pipe = stranger();
    pipe.far.session.received(frame((writer) => head(writer, type, 1)));
    expect(pipe.far.malformed).toEqual(['no introduction']);
    expect(pipe.far.finished?.code).toBe('PROTOCOL');
  });

  test('an introduction without the magic number is no circuit peer', () => {
    const pipe = stranger();
    pipe.far.session.received(
      frame((writer) => {
        head(writer, Frame.HELLO, 0);
        writer.u32(MAGIC + 1);
      }),
    );
    expect(pipe.far.malformed).toEqual(['not a circuit peer']);
  });
});

describe('calls', () => {
  test('both sides may call, at once', () => {
    const pipe = greetedPipe();
    for (const side of [pipe.near, pipe.far]) {
      side.answer = (call, open) => {
        call.reply(Uint8Array.of(open.method + 1), { end: true });
        return {};
      };
    }
    const there = pipe.near.open({ method: 10 });
    const back = pipe.far.open({ method: 20 });
    pipe.run();
    expect(there.heard).toEqual([['replied', Uint8Array.of(11), true]]);
    expect(back.heard).toEqual([['replied', Uint8Array.of(21), true]]);
    expect([pipe.near.session.calls, pipe.far.session.calls]).toEqual([0, 0]);
  });

  test('calls finish in any order', () => {
    const pipe = greetedPipe();
    const calls = [0, 1, 2].map(() => pipe.near.open());
    pipe.run();
    const order: number[] = [];
    for (const index of [2, 0, 1]) {
      pipe.far.opened[index]?.call.reply(empty, { end: true });
      pipe.run();
      order.push(...calls.flatMap((call, at) => (call.heard.length > 0 ? [at] : [])));
    }
    expect(order).toEqual([2, 0, 2, 0, 1, 2]);
  });

  test('a call with streams both ways is over when both have ended', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false, credit: window });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.grant(1000);
    far.call.reply(empty, { end: false });
    pipe.run();
    call.call.data(pattern(1000));
    call.call.end();
    pipe.run();
    expect(dataOf(far.heard)).toEqual(Buffer.from(pattern(1000)));
    expect(pipe.far.session.calls).toBe(1);
    far.call.data(pattern(300_000));
    far.call.end();
    pipe.run();
    expect(dataOf(call.heard)).toEqual(Buffer.from(pattern(300_000)));
    expect(namesOf(call.heard)).toEqual(['replied', 'ended']);
    expect([pipe.near.session.calls, pipe.far.session.calls]).toEqual([0, 0]);
  });

  test('long data is cut to frames', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ credit: window });
    pipe.run();
    pipe.far.opened[0]?.call.data(pattern(200_000));
    pipe.run();
    const sizes = call.heard.map(([, bytes]) => (bytes as Uint8Array).length);
    expect(sizes).toEqual([65_536, 65_536, 65_536, 3_392]);
  });

  test('an error ends the call with its code, its sentence and whether the outcome is known', () => {
    const pipe = greetedPipe();
    const calls = [pipe.near.open(), pipe.near.open()];
    pipe.run();
    pipe.far.opened[0]?.call.fail(new CircuitError('LIMIT', 'known'));
    const unknown = new CircuitError('SERVER_GONE', 'unknown', { outcomeUnknown: true });
    pipe.far.opened[1]?.call.fail(unknown);
    pipe.run();
    const errors = calls.map(({ heard }) => failureOf(heard));
    expect(errors.map((e) => [e?.code, e?.message, e?.outcomeUnknown])).toEqual([
      ['LIMIT', 'known', false],
      ['SERVER_GONE', 'unknown', true],
    ]);
    expect([pipe.near.session.calls, pipe.far.session.calls]).toEqual([0, 0]);
  });

  test('an error is cut to its bound, not in the middle of a character', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    pipe.far.opened[0]?.call.fail(new CircuitError('LIMIT', `x${'😀'.repeat(5_000)}`));
    pipe.run();
    const { message } = failureOf(call.heard) as CircuitError;
    expect(bytesOf(message).length).toBeLessThan(limits.errorBytesMax);
    expect(message).toMatch(/^x(😀){499}$/u);
  });

  test('the caller may fail a call, and the callee hears of it', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false });
    pipe.run();
    call.call.fail(new CircuitError('CANCELLED', 'no more'));
    pipe.run();
    expect(failureOf(pipe.far.opened[0]?.heard ?? [])?.code).toBe('CANCELLED');
    expect(pipe.far.session.calls).toBe(0);
  });

  test('a cancel is heard by the callee, and what it answers then counts', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    call.call.cancel();
    pipe.run();
    expect(namesOf(pipe.far.opened[0]?.heard ?? [])).toEqual(['cancelled']);
    pipe.far.opened[0]?.call.reply(bytesOf('done'), { end: true });
    pipe.run();
    expect(namesOf(call.heard)).toEqual(['replied']);
  });

  test('what is still under way on a call that ended here is passed over', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false, credit: 100 });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.grant(100);
    pipe.run();
    call.call.data(pattern(100));
    far.call.fail(new CircuitError('LIMIT', 'enough'));
    pipe.run();
    expect([pipe.near.finished, pipe.far.finished]).toEqual([undefined, undefined]);
    expect(failureOf(call.heard)?.code).toBe('LIMIT');
  });

  test('what is said on a call that is over is not sent', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.fail(new CircuitError('LIMIT', 'enough'));
    pipe.run();
    const before = pipe.near.written.length + pipe.far.written.length;
    for (const end of [call.call, far.call]) {
      end.reply(empty, { end: true });
      end.data(empty);
      end.end();
      end.offer(1, true, empty);
      end.take(1);
      end.grant(10);
      end.cancel();
      end.fail(new CircuitError('LIMIT', 'again'));
    }
    pipe.run();
    expect(pipe.near.written.length + pipe.far.written.length).toBe(before);
  });
});

describe('offers', () => {
  test('an offer is taken, confirmed, and only then counts', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({}, { offered: (offer) => call.call.take(offer) });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.offer(7, true, bytesOf('message'));
    pipe.run();
    expect(call.heard).toEqual([['offered', 7, true, bytesOf('message')]]);
    expect(far.heard).toEqual([['taken', 7]]);
    far.call.reply(empty, { end: true });
    pipe.run();
    expect(namesOf(call.heard)).toEqual(['offered', 'replied']);
  });

  test('a newer offer replaces an older one, and both are heard in order', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.offer(1, true, bytesOf('first'));
    far.call.offer(2, false, bytesOf('second'));
    pipe.run();
    expect(call.heard.map(([, offer, complete]) => [offer, complete])).toEqual([
      [1, true],
      [2, false],
    ]);
  });
});

describe('credit', () => {
  test('nothing is sent without credit, and room is told when it comes', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false });
    pipe.run();
    expect(call.call.room()).toBe(0);
    pipe.far.opened[0]?.call.grant(500);
    pipe.run();
    expect(namesOf(call.heard)).toEqual(['room']);
    expect(call.call.room()).toBe(500);
    call.call.data(pattern(500));
    expect(call.call.room()).toBe(0);
  });

  test('sending beyond the credit is a bug of ours', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false });
    expect(() => call.call.data(pattern(1))).toThrow('credit');
  });

  test('sending after the end is a bug of ours', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ end: false });
    call.call.end();
    expect(() => call.call.data(empty)).toThrow('after the end');
  });

  test('data up to the credit is taken, a byte more ends the session', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ credit: 1000 });
    pipe.run();
    pipe.near.session.received(dataFrame(1, pattern(1000), false));
    expect(dataOf(call.heard).length).toBe(1000);
    expect(pipe.near.finished).toBeUndefined();
    pipe.near.session.received(dataFrame(1, pattern(1), false));
    expect(pipe.near.malformed).toEqual(['data beyond the credit granted']);
    expect(failureOf(call.heard)?.code).toBe('PROTOCOL');
    pipe.run();
    expect(pipe.far.finished?.message).toContain('data beyond the credit granted');
  });

  test('data after the end ends the session', () => {
    const pipe = greetedPipe();
    pipe.near.open({ end: false, credit: 1000 });
    pipe.run();
    pipe.near.session.received(dataFrame(1, empty, true));
    expect(pipe.near.finished).toBeUndefined();
    pipe.near.session.received(dataFrame(1, empty, true));
    expect(pipe.near.finished?.code).toBe('PROTOCOL');
  });

  test('a window may be granted, a byte more ends the session', () => {
    for (const [first, second, fine] of [
      [window, 0, true],
      [window, 1, false],
      [window - 1, 1, true],
      [window + 1, 0, false],
    ] as const) {
      const pipe = greetedPipe();
      pipe.far.session.received(openFrame({ call: 1, credit: first }));
      if (second > 0) pipe.far.session.received(creditFrame(1, second));
      expect(pipe.far.malformed).toEqual(fine ? [] : ['credit beyond the window']);
    }
  });

  test('a reader that stalls stalls its own stream and no other', () => {
    const pipe = greetedPipe();
    const [slow, quick] = [pipe.near.open({ credit: 10 }), pipe.near.open({ credit: 10 })];
    pipe.run();
    const [toSlow, toQuick] = pipe.far.opened.map(({ call }) => call);
    for (let i = 0; i < 100; i++) {
      for (const call of [toSlow, toQuick]) {
        const room = call?.room() ?? 0;
        if (room > 0) call?.data(pattern(room));
      }
      pipe.run();
      quick.call.grant(10);
      pipe.run();
    }
    expect(dataOf(slow.heard).length).toBe(10);
    expect(dataOf(quick.heard).length).toBe(1000);
  });

  test('how much the reader has used up is known from its grants', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open({ credit: 1000 });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    expect(far.call.consumed).toBe(0);
    far.call.data(pattern(1000));
    pipe.run();
    expect(far.call.consumed).toBe(0);
    call.call.grant(400);
    pipe.run();
    expect(far.call.consumed).toBe(400);
  });
});

describe('a peer that reads slowly', () => {
  test('leaves no room on any stream until the output has drained', () => {
    const pipe = greetedPipe();
    pipe.near.open({ credit: window });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    pipe.far.full = true;
    far.call.data(pattern(10));
    pipe.far.session.flush();
    expect(pipe.far.congested).toEqual([true]);
    expect(far.call.room()).toBe(0);
    pipe.far.full = false;
    pipe.far.session.drained();
    expect(pipe.far.congested).toEqual([true, false]);
    expect(namesOf(far.heard)).toEqual(['room']);
    expect(far.call.room()).toBe(window - 10);
  });

  test('does not make us remember a stream once for each credit it grants meanwhile', () => {
    const pipe = greetedPipe();
    pipe.near.open({ credit: 10 });
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    far.call.data(pattern(10));
    pipe.far.full = true;
    pipe.far.session.note(pattern(10));
    pipe.far.session.flush();
    far.call.room();
    for (let i = 0; i < 10; i++) pipe.far.session.received(creditFrame(1, 1));
    pipe.far.session.drained();
    expect(namesOf(far.heard)).toEqual(['room']);
  });

  test('is given up when more than a bound is unsent, but only by flush', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    const far = pipe.far.opened[0] as Opened;
    pipe.far.full = true;
    const mebibyte = new Uint8Array(1024 * 1024 - 100);
    const count = Math.floor(limits.unsentBytesMax / mebibyte.length);
    for (let i = 0; i < count; i++) pipe.far.session.note(mebibyte);
    pipe.far.session.flush();
    expect(pipe.far.finished).toBeUndefined();
    pipe.far.session.note(mebibyte);
    pipe.far.session.note(mebibyte);
    // Whoever is in the midst of saying something may go on without looking.
    far.call.offer(1, true, mebibyte);
    expect(far.heard).toEqual([]);
    pipe.far.session.flush();
    expect(pipe.far.finished?.message).toContain('does not read');
    expect(failureOf(far.heard)?.code).toBe('PROTOCOL');
    expect(call.call.over).toBe(false);
  });
});

describe('bounds', () => {
  test('one call more than may be in flight fails with LIMIT, and frees its place', () => {
    const pipe = greetedPipe();
    for (let i = 0; i < limits.callsInFlightMax; i++) pipe.near.open();
    const over = pipe.near.open();
    pipe.run();
    expect(failureOf(over.heard)?.code).toBe('LIMIT');
    expect(pipe.far.opened.length).toBe(limits.callsInFlightMax);
    pipe.far.opened[0]?.call.reply(empty, { end: true });
    const next = pipe.near.open();
    pipe.run();
    expect(next.heard).toEqual([]);
    expect(pipe.far.opened.length).toBe(limits.callsInFlightMax + 1);
  });

  test('a request may be as long as its bound; a longer one fails with LIMIT', () => {
    const pipe = greetedPipe();
    pipe.near.open({ body: new Uint8Array(limits.bodyBytesMax) });
    pipe.run();
    expect(pipe.far.opened.length).toBe(1);
    pipe.far.session.received(openFrame({ call: 3, body: limits.bodyBytesMax + 1 }));
    expect(pipe.far.opened.length).toBe(1);
    expect(pipe.far.finished).toBeUndefined();
    expect(pipe.far.session.calls).toBe(1);
  });

  test('an over-long frame is refused by its header', () => {
    const pipe = greetedPipe();
    pipe.far.session.received(frameHeader(limits.frameBytesMax));
    expect(pipe.far.finished).toBeUndefined();
    const other = greetedPipe();
    other.far.session.received(frameHeader(limits.frameBytesMax + 1));
    expect(other.far.malformed).toEqual(['an over-long frame']);
  });

  test('small frames of one turn leave in one write', () => {
    const pipe = greetedPipe();
    pipe.near.written.length = 0;
    for (let i = 0; i < 1000; i++) pipe.near.open();
    pipe.near.session.flush();
    expect(pipe.near.written.length).toBe(1);
    pipe.run();
    expect(pipe.far.opened.length).toBe(1000);
  });

  test('many small frames are not gathered without end', () => {
    const pipe = greetedPipe();
    pipe.near.written.length = 0;
    for (let i = 0; i < 100; i++) pipe.near.open({ body: new Uint8Array(4000) });
    expect(pipe.near.written.length).toBeGreaterThan(4);
    expect(Math.max(...pipe.near.written)).toBeLessThan(2 * limits.dataBytesMax);
  });
});

describe('the end', () => {
  test('every call fails when the session closes, and none can be opened after', () => {
    const pipe = greetedPipe();
    const calls = [pipe.near.open(), pipe.near.open()];
    pipe.run();
    pipe.near.session.close(new CircuitError('SERVER_GONE', 'gone'));
    const late = pipe.near.open();
    for (const { heard } of [...calls, late]) expect(failureOf(heard)?.code).toBe('SERVER_GONE');
    expect(pipe.near.finished?.message).toBe('gone');
    expect(pipe.near.session.calls).toBe(0);
  });

  test('a goodbye gives the peer the reason, for its calls too', () => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    pipe.far.session.goodbye(new CircuitError('SERVER_GONE', 'I leave'));
    pipe.run();
    expect(pipe.near.finished?.message).toBe('I leave');
    expect(failureOf(call.heard)?.code).toBe('SERVER_GONE');
  });

  test('nothing is heard or said after it', () => {
    const pipe = greetedPipe();
    pipe.near.session.close(new CircuitError('SERVER_GONE', 'gone'));
    pipe.near.written.length = 0;
    pipe.near.session.note(bytesOf('hello?'));
    pipe.near.session.ping();
    pipe.near.session.goodbye(new CircuitError('LIMIT', 'again'));
    pipe.near.session.close(new CircuitError('LIMIT', 'again'));
    pipe.near.session.drained();
    pipe.near.session.received(frame((writer) => head(writer, Frame.NOTE, 0)));
    pipe.near.session.flush();
    expect(pipe.near.written).toEqual([]);
    expect(pipe.near.notes).toEqual([]);
    expect(pipe.near.finished?.message).toBe('gone');
  });

  test('a code of another version becomes PROTOCOL', () => {
    const pipe = greetedPipe();
    pipe.near.session.received(
      frame((writer) => {
        head(writer, Frame.GOODBYE, 0);
        writer.text('SOMETHING_NEW');
        writer.text('of the future');
      }),
    );
    expect(pipe.near.finished?.code).toBe('PROTOCOL');
    expect(pipe.near.finished?.message).toBe('of the future');
  });
});

describe('what a peer may not say', () => {
  test.each([
    ['a call number of ours', openFrame({ call: 2 })],
    ['a call number in use', openFrame({ call: 1 })],
    ['a frame of unknown type', frame((writer) => head(writer, 14, 0))],
    ['a reply to its own call', frame((writer) => head(writer, Frame.REPLY, 1).u8(1))],
    ['an offer on its own call', frame((writer) => head(writer, Frame.OFFER, 1).u8(1))],
    ['a frame without a type', frame(() => {})],
    ['a truncated call', frame((writer) => head(writer, Frame.OPEN, 5).u8(0))],
  ])('%s ends the session with a reason', (_name, bytes) => {
    const pipe = greetedPipe();
    const call = pipe.near.open();
    pipe.run();
    pipe.far.session.received(bytes);
    expect(pipe.far.malformed.length).toBe(1);
    expect(pipe.far.finished?.code).toBe('PROTOCOL');
    expect(failureOf(pipe.far.opened[0]?.heard ?? [])?.code).toBe('PROTOCOL');
    pipe.run();
    expect(failureOf(call.heard)?.code).toBe('PROTOCOL');
  });

  test.each([
    ['a take of its own offer', frame((writer) => head(writer, Frame.TAKE, 1).varint(1))],
    ['a cancel of a call it answers', frame((writer) => head(writer, Frame.CANCEL, 1))],
    ['two answers', frames(replyFrame(1, false), replyFrame(1, false))],
    ['an answer after the end', frames(dataFrame(1, empty, true), replyFrame(1, true))],
  ])('%s, by the callee, ends the session', (_name, bytes) => {
    const pipe = greetedPipe();
    pipe.near.open({ end: false });
    pipe.run();
    pipe.near.session.received(bytes);
    expect(pipe.near.finished?.code).toBe('PROTOCOL');
  });
});

/** A pipe of which the far side has heard nothing yet. */
function stranger(): Pipe {
  return new Pipe();
}

function head(writer: Writer, type: number, call: number): Writer {
  writer.u8(type);
  writer.varint(call);
  return writer;
}

function frame(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  writer.u32(0);
  write(writer);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}

function frames(...each: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(each));
}

function frameHeader(length: number): Uint8Array {
  const writer = new Writer();
  writer.u32(length);
  return writer.take();
}

function openFrame(options: { call: number; credit?: number; body?: number }): Uint8Array {
  return frame((writer) => {
    head(writer, Frame.OPEN, options.call);
    writer.u8(0);
    writer.varint(0);
    writer.block(empty);
    writer.varint(options.credit ?? 0);
    writer.raw(new Uint8Array(options.body ?? 0));
  });
}

function dataFrame(call: number, bytes: Uint8Array, end: boolean): Uint8Array {
  return frame((writer) => {
    head(writer, Frame.DATA, call).u8(end ? 1 : 0);
    writer.raw(bytes);
  });
}

function replyFrame(call: number, end: boolean): Uint8Array {
  return frame((writer) => head(writer, Frame.REPLY, call).u8(end ? 1 : 0));
}

function creditFrame(call: number, bytes: number): Uint8Array {
  return frame((writer) => head(writer, Frame.CREDIT, call).varint(bytes));
}
