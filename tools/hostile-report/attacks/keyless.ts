/**
 * What one may do who has no key, but has watched the wire: the name of the key is in plain text
 * there, and so is what sealed packets and handshakes look like.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { kinds } from '../../../transport/security/seal.ts';
import { type Attack, cut, type Make, Pace, someLoopback, type Target } from './attack.ts';
import { sending } from './datagrams.ts';
import { Crowd } from './sockets.ts';

const perConnectionMs = 2_000;
/** What is not answered must not use up our own descriptors. */
const openMax = 2_000;

/** Packets that look as if they were sealed with the key of the circuit, of salts nobody has. */
export const sealedLookalikes: Make = (target) => {
  const { random, key } = target;
  const first = (kinds.data << 6) | (key?.hint ?? 0);
  return sending(target, () => Uint8Array.of(first, ...random.bytes(60 + random.below(100))));
};

/** Handshakes with the right name of a key, and another key; so many a second. */
export const foreignHandshakes: Make = async (target) => {
  const hello = await clientHello(target);
  const counts = { opened: 0, stood: 0, answered: 0 };
  const open = new Set<Socket>();
  const { host, port, random } = target;
  const pace = new Pace(target.rate, () => {
    if (open.size >= openMax) return;
    counts.opened++;
    const socket = connect({ host, port, localAddress: someLoopback(random) });
    open.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => {
      counts.stood++;
      socket.write(hello);
    });
    socket.once('data', () => {
      counts.answered++;
      cut(socket);
    });
    socket.setTimeout(perConnectionMs, () => cut(socket));
    socket.on('close', () => open.delete(socket));
  });
  const attack: Attack = {
    on: () => pace.on(),
    async off() {
      await pace.off();
      for (const socket of open) cut(socket);
    },
    counts,
  };
  return attack;
};

/** They begin a handshake and stop halfway; so many at a time. */
export const halfHandshakes: Make = async (target) => {
  const hello = await clientHello(target);
  const half = hello.subarray(0, hello.length / 2);
  const crowd = new Crowd(target, (socket) => socket.write(half));
  return { on: () => crowd.on(), off: () => crowd.off(), counts: crowd.counts };
};

/** The first words of a handshake with that name of a key, and a key that we made up. */
async function clientHello({ random, key }: Target): Promise<Uint8Array> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connectTls({
    ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    ...{ minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', ecdhCurve: 'X25519' },
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: random.bytes(32), identity: key?.id ?? '' }),
  });
  socket.on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [Socket];
  accepted.on('error', () => {});
  const [hello] = (await once(accepted, 'data')) as [Uint8Array];
  socket.destroy();
  accepted.destroy();
  server.close();
  return hello;
}
