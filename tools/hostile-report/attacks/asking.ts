/** What an attacker needs who asks a server as a client does: a client, and requests as frames. */

import type { ServerId } from '../../../src/id.ts';
import { type Client, connect, limits } from '../../../src/index.ts';
import { Frame, writeTarget } from '../../../src/rpc/frames.ts';
import {
  type MethodName,
  methodNumber,
  type Request,
  requestCodec,
} from '../../../src/rpc/method.ts';
import { encode } from '../../../src/wire/codec.ts';
import { frame } from '../../../test/support/junk-frames.ts';
import { nodeHost } from '../../../transport/index.ts';
import type { Target } from './attack.ts';

/** Everything of the attacker is below it. */
export const ground = 'attack';

/** A client of the server that is attacked. */
export async function clientOf({ keys, url }: Target): Promise<Client> {
  const host = await nodeHost({ client: true, ...(keys === undefined ? {} : { keys }) });
  return connect(host, url);
}

/** Takes away what the attacker has made. */
export async function clear(client: Client, { id }: Target): Promise<void> {
  const nothing = () => [];
  const entries = await client.walk(`/${id}/${ground}`).view({ timeoutMs: 30_000 }).catch(nothing);
  for (const { path } of entries) {
    await client.walk(path).scrub({ kill: true }).catch(nothing);
  }
}

/** What follows the number of a call in a request of the server that is attacked. */
export function request<M extends MethodName>(
  { id }: Target,
  method: M,
  asked: Request<M>,
): Uint8Array {
  const whole = frame(Frame.OPEN, 0, (to) => {
    to.u8(1);
    to.varint(methodNumber(method));
    writeTarget(to, id as ServerId);
    to.varint(limits.streamWindowBytes);
    to.raw(encode(requestCodec(method), asked));
  });
  return whole.subarray(6);
}

/** That request as the call `index` of a connection that was dialled, from 0. */
export function opening(asked: Uint8Array, index: number): Uint8Array {
  return frame(Frame.OPEN, 2 * index + 1, (to) => to.raw(asked));
}
