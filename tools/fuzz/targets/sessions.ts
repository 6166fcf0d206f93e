/**
 * What has a memory: a session, and a whole server, told valid frames in any order and garbage
 * among them. A peer must not be able to bring an assertion down on us, nor to make us hold more
 * than the bounds say.
 *
 * An input is a script, so that changed inputs are scripts as well: of each frame one byte says its
 * type, the next the call, the next how it is flagged, and then come a length and so many bytes.
 */

import { World } from '../../../sim/world.ts';
import { CircuitError } from '../../../src/errors.ts';
import type { Connection } from '../../../src/host/index.ts';
import type { ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { Call } from '../../../src/rpc/call.ts';
import { FLAG_ASKER, Frame, writeTarget } from '../../../src/rpc/frames.ts';
import { type Hello, helloCodec, NO_NAME } from '../../../src/rpc/hello.ts';
import { methodNames } from '../../../src/rpc/method.ts';
import { type Open, Session } from '../../../src/rpc/session.ts';
import { startServer } from '../../../src/server/server.ts';
import { SECOND } from '../../../src/time.ts';
import { Writer } from '../../../src/wire/codec.ts';
import { MAGIC, PROTOCOL_VERSION } from '../../../src/wire/version.ts';
import type { Draw } from '../draw.ts';
import { law, type Target } from '../target.ts';
import { requestOf } from './requests.ts';

const client: Hello = {
  ...{
    version: PROTOCOL_VERSION,
    server: undefined,
    url: '',
    expects: undefined,
    circuit: NO_NAME,
  },
};
const peer: Hello = {
  ...client,
  server: 'X00000000000000ff' as never,
  url: 'circuit://10.0.0.2:11022/1/Q0000000000000001',
};

interface Step {
  readonly type: number;
  readonly call: number;
  readonly flags: number;
  readonly rest: Uint8Array;
}

/** Types beyond those of frames. */
const RAW = 14;
export const WAIT = 15;
const TYPES = 16;
const STEPS_MAX = 200;

export function* stepsOf(input: Uint8Array): Generator<Step> {
  for (let at = 0, count = 0; at + 4 <= input.length && count < STEPS_MAX; count++) {
    const [type = 0, call = 0, flags = 0, length = 0] = input.subarray(at, at + 4);
    const rest = input.slice(at + 4, at + 4 + length);
    at += 4 + length;
    yield { type: type % TYPES, call, flags, rest };
  }
}

/** `target`: the server that an OPEN is for. */
export function frameOf({ type, call, flags, rest }: Step, target: ServerId = selfId): Uint8Array {
  if (type === RAW) return rest;
  const writer = new Writer();
  writer.u32(0);
  writer.u8(type);
  writer.varint(call);
  switch (type) {
    case Frame.HELLO:
      writer.u32(MAGIC);
      helloCodec.write(writer, (flags & 1) === 0 ? client : peer);
      break;
    case Frame.OPEN:
      writer.u8(flags & 3);
      writer.varint((flags >> 2) % 40);
      writeTarget(writer, rest.length % 8 === 7 ? undefined : target);
      writer.varint(rest.length % 3 === 2 ? 0 : 1 << (flags & 20));
      if ((flags & FLAG_ASKER) !== 0) writer.text('10.0.0.9:1');
      break;
    case Frame.REPLY:
    case Frame.DATA:
      writer.u8(flags & 1);
      break;
    case Frame.OFFER:
      writer.u8(flags & 1);
      writer.varint(flags >> 1);
      break;
    case Frame.TAKE:
      writer.varint(flags % 4);
      break;
    case Frame.CREDIT:
      writer.varint(flags === 255 ? limits.streamWindowBytes + 1 : flags * 257);
      break;
    case Frame.ERROR:
    case Frame.GOODBYE:
      if (type === Frame.ERROR) writer.u8(flags & 1);
      writer.text((flags & 2) === 0 ? 'TIMEOUT' : 'NO_SUCH_CODE');
      writer.text('because');
      break;
  }
  writer.raw(rest);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}

let selfId = 'X0000000000000001' as ServerId;

export function scriptOf(draw: Draw, { withHello }: { readonly withHello: boolean }): Uint8Array {
  const steps = Array.from({ length: 1 + draw.below(12) }, () => {
    const type = draw.oneIn(3) ? Frame.OPEN : draw.below(TYPES);
    const method = draw.below(methodNames.length);
    const rest =
      type === Frame.OPEN ? requestOf(draw, methodNames[method] as never) : draw.bytes(20);
    const flags = type === Frame.OPEN ? (method << 2) | draw.below(2) : draw.below(256);
    const bytes = rest.subarray(0, 255);
    return [type, draw.pick([1, 3, 5, 2, 4, 64, 129]), flags & 255, bytes.length, ...bytes];
  });
  const hello = withHello ? [Frame.HELLO, 0, draw.below(2), 0] : [];
  return Uint8Array.from([...hello, ...steps.flat()]);
}

/** A callee that does something different with every call, as its number and body say. */
function answerTo(session: () => Session, call: Call, open: Open): void {
  call.events = {
    data: (bytes) => call.grant(bytes.length),
    taken: (offer) => (offer % 2 === 0 ? call.reply(open.body.subarray(0, 9), { end: true }) : {}),
    cancelled: () => call.fail(new CircuitError('CANCELLED', 'as you wish')),
    room: () => call.data(new Uint8Array(Math.min(9, call.room()))),
  };
  switch (open.method % 6) {
    case 0:
      call.reply(open.body, { end: true });
      break;
    case 1:
      call.reply(new Uint8Array(0), { end: false });
      call.data(new Uint8Array(Math.min(5, call.room())));
      break;
    case 2:
      call.offer(open.method, true, open.body);
      break;
    case 3:
      call.grant(limits.dataBytesMax);
      break;
    case 4:
      call.fail(new CircuitError('LIMIT', 'no'));
      break;
    default:
      session().ping();
  }
}

/** A session alone: the first byte says whether it dialled, and whether calls of ours are open. */
const sessions: Target = {
  ...{ name: 'session', covers: [], share: 0.5 },
  generate: (draw) => Uint8Array.of(draw.below(4), ...scriptOf(draw, { withHello: true })),
  run(input) {
    const [how = 0] = input;
    const dialled = (how & 1) === 1;
    const heard: string[] = [];
    let finished = 0;
    const session: Session = new Session({
      ...{ dialled, hello: peer },
      output: { write: () => (how & 4) === 0, wake: () => {} },
      events: {
        admit: (hello) => {
          if (hello.expects !== undefined) throw new CircuitError('DIAL_FAILED', 'gone');
        },
        greeted: () => heard.push('greeted'),
        opened(call, open) {
          answerTo(() => session, call, open);
          return call.events;
        },
        noted: () => heard.push('noted'),
        malformed: (what) => heard.push(what),
        congested: () => {},
        finished: () => finished++,
      },
    });
    const own: string[] = [];
    if (dialled) session.start();
    if ((how & 2) !== 0) {
      for (let n = 0; n < 3; n++) {
        const request = { method: n, target: undefined, body: new Uint8Array(n) };
        const call: Call = session.open(
          request,
          { end: n === 0, credit: 100 },
          {
            offered: (offer) => call.take(offer),
            failed: (error) => own.push(error.code),
          },
        );
      }
    }
    for (const step of stepsOf(input.subarray(1))) {
      if (step.type === WAIT) session.drained();
      else session.received(frameOf({ ...step, call: step.call % 8 }));
      session.flush();
    }
    law(session.calls <= STEPS_MAX + 3, 'more calls than were opened');
    law(session.outbox.unsent < 4 * 1024 * 1024, 'more is unsent than could be asked for');
    session.close(new CircuitError('SERVER_GONE', 'over'));
    law(finished === 1, 'a session ends once');
    law(session.calls === 0, 'calls outlive their session');
    law(heard.filter((each) => each === 'greeted').length <= 1, 'greeted twice');
    return `${heard.at(-1)} ${own.length}`.slice(0, 60);
  },
};

/**
 * A whole server in a world of its own. With the first byte odd, valid introductions as a server
 * come first; then several connections take turns, as the call of each frame says.
 */
const server: Target = {
  ...{ name: 'server', covers: [], share: 0.02, bytesBase: 24 * 1024 * 1024, bytesPerByte: 16_384 },
  generate: (draw) => Uint8Array.of(draw.below(2), ...scriptOf(draw, { withHello: true })),
  run(input) {
    const world = new World({ seed: 'fuzz' });
    const host = world.addHost('n1');
    const attacker = world.addHost('a1');
    const started = startServer(host);
    selfId = started.id;
    const connections: Connection[] = [];
    const dial = () => {
      const events = { received: () => {}, drained: () => {}, closed: () => {} };
      const connection = attacker.streams.dial(host.streams.address, events);
      connections.push(connection);
      return connection;
    };
    dial();
    dial();
    for (const step of stepsOf(input.subarray(1))) {
      if (step.type === WAIT) world.runFor((step.flags % 16) * (SECOND / 8));
      else if ((step.call & 32) !== 0) host.datagrams.arrived(attacker.streams.address, step.rest);
      else connections[(step.call >> 4) & 1]?.write(frameOf({ ...step, call: step.call % 8 }));
      world.runFor(1_000);
    }
    world.runFor(SECOND);
    law(host.streams.count <= 8, 'connections that nobody opened');
    law(started.membership().size <= 8, 'members out of nothing');
    if (host.alive) started.stop();
    world.runFor(6 * SECOND);
    return `${Math.min(9, host.sent.streamWrites)}`;
  },
};

export const stateful: readonly Target[] = [sessions, server];
