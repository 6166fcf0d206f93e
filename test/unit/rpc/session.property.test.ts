/** Whatever a peer sends, a session goes on, or ends with a reason; it never throws. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import type { Call, CallEvents } from '../../../src/rpc/call.ts';
import { Writer } from '../../../src/wire/codec.ts';
import { dataOf, greetedPipe, Pipe, pattern, type Side } from '../../support/pipe.ts';

const junk = fc.uint8Array({ minLength: 1, maxLength: 400 });

/** A frame with a sound header and type, of one of a few calls, and anything behind it. */
const likelyFrame = fc
  .record({ type: fc.nat(13), call: fc.nat(9), rest: fc.uint8Array({ maxLength: 60 }) })
  .map(({ type, call, rest }) => {
    const writer = new Writer();
    writer.u32(0);
    writer.u8(type);
    writer.varint(call);
    writer.raw(rest);
    writer.patchU32(0, writer.length - 4);
    return writer.take();
  });

test('random bytes from the first one on', () => {
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 5 }), (chunks) => {
      const { far } = new Pipe();
      for (const chunk of chunks) far.session.received(chunk);
      expectSound(far);
    }),
  );
});

test('random bytes after the introduction', () => {
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 5 }), (chunks) => {
      const pipe = busyPipe();
      for (const chunk of chunks) pipe.far.session.received(chunk);
      expectSound(pipe.far);
    }),
  );
});

test('frames of every type with anything in them, on calls that exist and on others', () => {
  fc.assert(
    fc.property(fc.array(likelyFrame, { maxLength: 20 }), fc.boolean(), (frames, toNear) => {
      const pipe = busyPipe();
      const side = toNear ? pipe.near : pipe.far;
      for (const frame of frames) side.session.received(frame);
      expectSound(side);
      pipe.run();
    }),
    { numRuns: 2000 },
  );
});

test('a sound conversation with one byte changed', () => {
  const recorded = conversation();
  fc.assert(
    fc.property(fc.nat(recorded.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const { far } = new Pipe();
      far.answer = answering;
      const bytes = recorded.slice();
      bytes[at] = (bytes[at] as number) ^ change;
      far.session.received(bytes);
      expectSound(far);
    }),
    { numRuns: 2000 },
  );
});

test('a conversation is understood alike however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1 }), (sizes) => {
      let turn = 0;
      const cut = (bytes: Uint8Array) => {
        const parts: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = sizes[turn++ % sizes.length] as number;
          parts.push(bytes.subarray(at, at + size));
          at += size;
        }
        return parts;
      };
      const pipe = new Pipe().run(cut);
      pipe.far.answer = answering;
      const call = pipe.near.open({ end: false, credit: 100_000 });
      pipe.run(cut);
      call.call.data(pattern(5000));
      call.call.end();
      pipe.run(cut);
      expect(dataOf(call.heard)).toEqual(Buffer.from(pattern(5000)));
      expect([pipe.near.finished, pipe.far.finished]).toEqual([undefined, undefined]);
    }),
    { numRuns: 50 },
  );
});

test('two sides that call each other at random never send beyond credit, and lose nothing', () => {
  const act = fc.oneof(
    fc.record({ act: fc.constant('open' as const), near: fc.boolean(), credit: fc.nat(3000) }),
    fc.record({ act: fc.constant('write' as const), at: fc.nat(), bytes: fc.nat(2000) }),
    fc.record({ act: fc.constant('read' as const), at: fc.nat(), bytes: fc.nat(2000) }),
    fc.record({ act: fc.constant('end' as const), at: fc.nat() }),
    fc.record({ act: fc.constant('run' as const) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const pipe = greetedPipe();
      const streams: Stream[] = [];
      for (const side of [pipe.near, pipe.far]) {
        side.answer = (call) => {
          streams[call.id]?.attach(call);
          return {};
        };
      }
      const live = () => streams.filter((stream) => stream !== undefined);
      for (const each of acts) {
        const all = live();
        const stream = 'at' in each ? all[each.at % all.length] : undefined;
        if (each.act === 'open') {
          const side = each.near ? pipe.near : pipe.far;
          const call = side.open({ credit: each.credit });
          streams[call.call.id] = new Stream(call.call, call.heard);
        } else if (each.act === 'write') {
          stream?.write(each.bytes);
        } else if (each.act === 'read') {
          stream?.read(each.bytes);
        } else if (each.act === 'end') {
          stream?.end();
        }
        if (each.act === 'run') pipe.run();
      }
      pipe.run();
      expect([pipe.near.finished, pipe.far.finished]).toEqual([undefined, undefined]);
      for (const stream of live()) {
        expect(dataOf(stream.heard)).toEqual(Buffer.from(pattern(stream.written)));
      }
    }),
  );
});

/** One answer stream: the callee writes it, the caller reads it. */
class Stream {
  readonly heard: Side['opened'][number]['heard'];
  written = 0;
  readonly #caller: Call;
  #callee: Call | undefined;
  #read = 0;
  #ended = false;

  constructor(caller: Call, heard: Side['opened'][number]['heard']) {
    this.#caller = caller;
    this.heard = heard;
  }

  attach(callee: Call): void {
    this.#callee = callee;
  }

  write(bytes: number): void {
    if (this.#callee === undefined || this.#ended) return;
    const count = Math.min(bytes, this.#callee.room());
    if (count > 0) this.#callee.data(pattern(count, this.written));
    this.written += count;
  }

  read(bytes: number): void {
    const count = Math.min(bytes, dataOf(this.heard).length - this.#read);
    this.#read += count;
    this.#caller.grant(count);
  }

  end(): void {
    if (this.#callee === undefined || this.#ended) return;
    this.#ended = true;
    this.#callee.end();
  }
}

/** Both sides have calls of both kinds in flight. */
function busyPipe(): Pipe {
  const pipe = greetedPipe();
  pipe.near.answer = answering;
  pipe.far.answer = answering;
  for (const side of [pipe.near, pipe.far]) {
    side.open({ credit: 100 });
    side.open({ end: false, credit: 100 }, { room: () => {} }).call.room();
  }
  return pipe.run();
}

/** Does a little of everything. */
function answering(call: Call): CallEvents {
  call.grant(50_000);
  call.offer(1, false, pattern(3));
  call.reply(pattern(2), { end: false });
  const say = (bytes: Uint8Array) => {
    const room = call.room();
    if (room > 0) call.data(bytes.subarray(0, room));
  };
  return {
    data: (bytes) => say(bytes),
    ended: () => call.end(),
    taken: () => call.grant(1),
    room: () => say(pattern(1)),
    cancelled: () => call.fail(new CircuitError('CANCELLED', 'cancelled')),
  };
}

/** What the dialling side says in a conversation with a little of everything. */
function conversation(): Uint8Array {
  const said: Uint8Array[] = [];
  const pipe = new Pipe();
  const deliver = pipe.deliver.bind(pipe);
  pipe.deliver = (from, to, chunk) => {
    if (from === pipe.near) said.push(...from.outbox);
    deliver(from, to, chunk);
  };
  pipe.far.answer = answering;
  pipe.run();
  const call = pipe.near.open({ body: pattern(20), end: false, credit: 1000 });
  const other = pipe.near.open({ body: pattern(20), credit: 1000 });
  pipe.run();
  call.call.data(pattern(30));
  call.call.grant(10);
  other.call.take(1);
  pipe.near.session.ping();
  pipe.near.session.note(pattern(10));
  call.call.end();
  other.call.cancel();
  pipe.run();
  return Uint8Array.from(Buffer.concat(said));
}

/** It goes on, or it has ended with a reason, and all its calls with it. */
function expectSound(side: Side): void {
  side.session.flush();
  expect(side.session.over).toBe(side.finished !== undefined);
  if (side.finished === undefined) return;
  expect(side.finished).toBeInstanceOf(CircuitError);
  expect(side.finished.message).not.toBe('');
  expect(side.session.calls).toBe(0);
}
