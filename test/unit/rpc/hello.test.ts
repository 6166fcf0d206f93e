import { expect, test } from 'vitest';
import type { CircuitName } from '../../../src/id.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { helloCodec, NO_NAME } from '../../../src/rpc/hello.ts';
import { decode, encode, Writer } from '../../../src/wire/codec.ts';
import { MAGIC, PROTOCOL_VERSION } from '../../../src/wire/version.ts';
import { idOf } from '../../support/members.ts';
import { Pipe } from '../../support/pipe.ts';

const hello = {
  version: PROTOCOL_VERSION,
  server: idOf(1),
  url: 'circuit://10.0.0.1:11022',
  expects: undefined,
  circuit: 'prod' as CircuitName,
};

test('an introduction names the circuit, and one with what is no name is malformed', () => {
  expect(decode(helloCodec, encode(helloCodec, hello))).toEqual(hello);
  const nameless = { ...hello, circuit: NO_NAME };
  expect(decode(helloCodec, encode(helloCodec, nameless))).toEqual(nameless);
  for (const circuit of ['a b', 'x'.repeat(65)]) {
    const bytes = encode(helloCodec, { ...hello, circuit: circuit as CircuitName });
    expect(decode(helloCodec, bytes)).toBeUndefined();
  }
});

test('a peer that ends the session without a reason is told of as one', () => {
  const { far } = new Pipe();
  const writer = new Writer();
  writer.u32(0);
  writer.u8(Frame.GOODBYE);
  writer.varint(0);
  writer.text('');
  writer.text('');
  writer.patchU32(0, writer.length - 4);
  far.session.received(writer.take());
  expect(far.finished).toMatchObject({ code: 'PROTOCOL', message: 'the peer gave no reason' });
});

test('another version is understood, whatever it says after its number', () => {
  const { session, outbox } = new Pipe().far;
  const writer = new Writer();
  writer.u32(0);
  writer.u8(Frame.HELLO);
  writer.varint(0);
  writer.u32(MAGIC);
  writer.varint(1);
  writer.raw(new Uint8Array(5).fill(0xff));
  writer.patchU32(0, writer.length - 4);
  session.received(writer.take());
  expect(session.over).toBe(true);
  expect(new TextDecoder().decode(outbox[0])).toContain('the peer 1: run the same version');
});
