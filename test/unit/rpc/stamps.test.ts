import { expect, test } from 'vitest';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { type Reader, Writer } from '../../../src/wire/codec.ts';
import { Frames } from '../../../src/wire/frame.ts';
import { StillClock } from '../../support/calls.ts';
import { Pipe, pattern, type Side } from '../../support/pipe.ts';

/** Two sides that know each other; the near one's clock is ten seconds ahead. */
class Stage {
  readonly near = new Stamps(ahead(10_000_000));
  readonly far = new Stamps(new StillClock());
  readonly pipe = new Pipe({ stamps: { near: this.near, far: this.far } }).run();

  constructor() {
    this.pipe.near.written.length = 0;
    this.pipe.far.written.length = 0;
  }

  /** The types of the frames that a side sends when it is flushed. */
  sent(side: Side): number[] {
    const types: number[] = [];
    side.session.flush();
    const all = Buffer.concat(side.outbox);
    new Frames(limits.frameBytesMax).push(all, (frame: Reader) => {
      types.push(frame.u8());
      return true;
    });
    return types;
  }
}

function ahead(us: number): StillClock {
  const clock = new StillClock();
  clock.advance(us);
  return clock;
}

/** A stamp of another length, as no peer of ours sends it. */
function stampFrame(payload: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.u32(2 + payload.length);
  writer.u8(Frame.STAMP);
  writer.varint(0);
  writer.raw(payload);
  return writer.take();
}

test('whatever is said on calls at once has one stamp, in front', () => {
  const stage = new Stage();
  stage.pipe.near.open({ body: pattern(10) });
  stage.pipe.near.open({ body: pattern(20) });
  expect(stage.sent(stage.pipe.near)).toEqual([Frame.STAMP, Frame.OPEN, Frame.OPEN]);
});

test('notes, pings and credit have none', () => {
  const stage = new Stage();
  stage.pipe.near.session.note(pattern(3));
  stage.pipe.near.session.ping();
  expect(stage.sent(stage.pipe.near)).toEqual([Frame.NOTE, Frame.PING]);
  const { call } = stage.pipe.near.open({ credit: 10 });
  stage.pipe.run();
  call.grant(1);
  expect(stage.sent(stage.pipe.near)).toEqual([Frame.CREDIT]);
});

test('what is written piece by piece has a stamp for each piece', () => {
  const stage = new Stage();
  const { call } = stage.pipe.near.open({ end: false });
  stage.pipe.run();
  (stage.pipe.far.opened[0] as { call: typeof call }).call.grant(100_000);
  stage.pipe.run();
  const before = stage.near.count;
  call.data(pattern(20_000));
  call.data(pattern(20_000));
  stage.pipe.run();
  expect(stage.near.count - before).toBe(2);
  expect(stage.pipe.far.malformed).toEqual([]);
});

test('who hears something goes on from the stamp of who said it, and the other way round', () => {
  const { pipe, near, far } = new Stage();
  const { call } = pipe.near.open();
  pipe.run();
  expect(call.over).toBe(false);
  expect([far.wall, far.count]).toEqual([near.wall, near.count]);
  const next = far.next();
  expect(next).toEqual({ wall: near.wall, count: near.count + 1 });
  pipe.far.opened[0]?.call.reply(pattern(1), { end: true });
  pipe.run();
  expect(near.count).toBeGreaterThan(next.count);
});

test('the stamp is that of the moment of sending: what happened meanwhile is before it', () => {
  const { pipe, near, far } = new Stage();
  pipe.near.open();
  const meanwhile = near.next();
  pipe.run();
  expect(far.count).toBeGreaterThan(meanwhile.count);
});

test('a side that stamps and one that does not understand each other', () => {
  const near = new Stamps(new StillClock());
  const pipe = new Pipe({ stamps: { near } }).run();
  pipe.far.answer = (call) => {
    call.reply(pattern(2), { end: true });
    return {};
  };
  const { heard } = pipe.near.open();
  pipe.run();
  expect(heard.map(([what]) => what)).toEqual(['replied']);
  expect(near.dropped).toEqual({ ahead: 0, malformed: 0 });
});

test('what is no stamp, or of a clock far ahead, is counted and harms nothing', () => {
  const { pipe, far } = new Stage();
  for (const size of [0, 7, 9, 100]) pipe.far.session.received(stampFrame(pattern(size)));
  pipe.far.session.received(stampFrame(new Uint8Array(8).fill(255)));
  expect(far.dropped).toEqual({ ahead: 1, malformed: 4 });
  expect(pipe.far.finished).toBeUndefined();
  const before = far.wall;
  pipe.near.open();
  pipe.run();
  expect(pipe.far.opened.length).toBe(1);
  expect(far.wall - before).toBeLessThanOrEqual(10_000);
});

test('a stamp before the introduction ends the session, as any frame does', () => {
  const pipe = new Pipe();
  pipe.far.session.received(stampFrame(pattern(8)));
  expect(pipe.far.malformed).toEqual(['no introduction']);
});
