/**
 * A client whose server answers whatever it likes: each operation ends, with a result or with a
 * CircuitError, and with nothing else. Inputs are scripts as in sessions.ts.
 */

import { SimRandom } from '../../../sim/random.ts';
import { type Client, connect } from '../../../src/client/client.ts';
import { CircuitError } from '../../../src/errors.ts';
import type { Clock, Connection, ConnectionEvents } from '../../../src/host/index.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { type Hello, helloCodec, NO_NAME } from '../../../src/rpc/hello.ts';
import { entriesCodec, membersCodec } from '../../../src/rpc/method.ts';
import { encode, Writer } from '../../../src/wire/codec.ts';
import { MAGIC, PROTOCOL_VERSION } from '../../../src/wire/version.ts';
import type { Draw } from '../draw.ts';
import { bytesOf, law, type Target } from '../target.ts';
import { frameOf, stepsOf, WAIT } from './sessions.ts';

const id = 'X0000000000000001';
const server: Hello = {
  ...{ version: PROTOCOL_VERSION, server: id as never, url: 'circuit://server:1' },
  ...{ expects: undefined, circuit: NO_NAME },
};

/** What is done at once, so that the number of each call is known: 1, 3, 5 and so on. */
function operations(client: Client): Promise<unknown>[] {
  const at = (name: string) => client.walk(`/${id}/${name}`);
  const read = async (source: AsyncIterable<unknown>) => {
    for await (const each of source) law(each !== undefined, 'nothing was read');
  };
  return [
    client.servers(),
    client.members(),
    at('any').peek(),
    at('c').chan().receive(),
    at('c').chan().receiveStream().then(read),
    at('c').chan().send('hello'),
    at('p').proc().wait(),
    read(at('p').proc().stdout()),
    at('any').get(),
    client.select([{ receive: at('c').chan() }, { exit: at('p').proc() }]),
    client.select([{ send: at('c').chan(), message: 'x' }], { otherwise: true }),
    read(client.walk(`/${id}`).server().journal({ follow: false })),
  ];
}

const CALLS = 16;

function answerOf(draw: Draw): readonly number[] {
  const bodies = [
    () => encode(entriesCodec, [{ path: `/${id}`, kind: 'server' }]),
    () => encode(membersCodec, { circuit: '', members: [] }),
    () => bytesOf(JSON.stringify({ Exit: null, Phase: 'running' })),
    () => bytesOf('{"number":1,"stamp":"2026-11-21T03:15:53.123Z.00007","event":"done"}\n'),
    () => bytesOf('chan'),
    () => draw.bytes(20),
  ];
  const types = [Frame.REPLY, Frame.REPLY, Frame.OFFER, Frame.DATA, Frame.ERROR, Frame.CREDIT];
  const rest = draw.pick(bodies)().subarray(0, 255);
  return [draw.pick(types), draw.below(CALLS), draw.below(256), rest.length, ...rest];
}

function helloFrame(): Uint8Array {
  const writer = new Writer();
  writer.u32(0);
  writer.u8(Frame.HELLO);
  writer.varint(0);
  writer.u32(MAGIC);
  helloCodec.write(writer, server);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}

const clock: Clock = {
  now: () => 0,
  wall: () => 0,
  schedule: () => ({ cancel() {} }),
};

async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

const clients: Target = {
  ...{ name: 'client', covers: [], share: 0.2, bytesBase: 16 * 1024 * 1024, bytesPerByte: 16_384 },
  words: [id, '"number"', '"stamp"', '"event"', '"State"', 'chan', '@join', 'select'],
  generate: (draw) =>
    Uint8Array.from(Array.from({ length: 1 + draw.below(20) }, () => answerOf(draw)).flat()),
  async run(input) {
    let events: ConnectionEvents | undefined;
    const connection: Connection = {
      ...{ remote: 'server:1' as never, outdated: false, key: undefined },
      ...{ write: () => true, pause() {}, resume() {}, end() {}, reset() {} },
    };
    const dial = (_to: unknown, told: ConnectionEvents) => {
      events = told;
      return connection;
    };
    const host = { clock, random: new SimRandom('client'), streams: { dial } };
    const connecting = connect(host as never, 'circuit://server:1');
    events?.opened?.();
    events?.received(helloFrame());
    const client = await connecting;
    const strange: unknown[] = [];
    let settled = 0;
    const all = operations(client).map((each) =>
      each.then(
        () => settled++,
        (error) => {
          settled++;
          if (!(error instanceof CircuitError)) strange.push(error);
        },
      ),
    );
    await turns();
    for (const step of stepsOf(input)) {
      if (step.type === WAIT) events?.drained();
      else events?.received(frameOf({ ...step, call: 2 * (step.call % CALLS) + 1 }));
      await turns();
    }
    const before = settled;
    events?.closed('reset');
    await Promise.all(all);
    if (strange.length > 0) throw strange[0];
    return `${before}`;
  },
};

export const clientTargets: readonly Target[] = [clients];
