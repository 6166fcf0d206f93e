/** What a peer that keeps no promise writes on its connection. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Frame } from '../../src/rpc/frames.ts';
import { type Hello, helloCodec, NO_NAME } from '../../src/rpc/hello.ts';
import { Writer } from '../../src/wire/codec.ts';
import { MAGIC, PROTOCOL_VERSION } from '../../src/wire/version.ts';

/** A client that is nobody in particular. */
const somebody: Hello = {
  version: PROTOCOL_VERSION,
  server: undefined,
  url: '',
  expects: undefined,
  circuit: NO_NAME,
};

export function frame(type: number, call: number, write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  writer.u32(0);
  writer.u8(type);
  writer.varint(call);
  write(writer);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}

export function hello(who: Partial<Hello> = {}): Uint8Array {
  return frame(Frame.HELLO, 0, (writer) => {
    writer.u32(MAGIC);
    helloCodec.write(writer, { ...somebody, ...who });
  });
}

/** A message from server to server. */
export function note(bytes: Uint8Array): Uint8Array {
  return frame(Frame.NOTE, 0, (writer) => writer.raw(bytes));
}

/** A connection that says so; errors of it are expected. */
export async function say(
  server: { readonly url: string },
  ...parts: Uint8Array[]
): Promise<Socket> {
  const [host, port] = (server.url.split('/')[2] as string).split(':');
  const socket = connect(Number(port), host).on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  for (const part of parts) socket.write(part);
  return socket;
}
