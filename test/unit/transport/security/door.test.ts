/** How many may stand at the door of a host with keys. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Address } from '../../../../src/id.ts';
import { limits } from '../../../../src/limits.ts';
import { Door } from '../../../../transport/security/door.ts';
import { Vault } from '../../../../transport/security/vault.ts';
import { keyRing } from '../../../support/wire.ts';
import { until } from '../support.ts';

const ending: (() => void)[] = [];

afterEach(() => {
  for (const end of ending.splice(0)) end();
});

/** A door on loopback. Each guest says `words` as it comes, and then nothing. */
async function doorOn(words: Uint8Array) {
  const vault = new Vault({ write() {} }, keyRing('ours'));
  const door = new Door(vault, () => {}, limits.helloTimeoutMs);
  let knocked = 0;
  const server = createServer((socket) => {
    knocked++;
    door.knock(socket, `127.0.0.1:${socket.remotePort}` as Address);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const guests: Socket[] = [];
  const closed: Socket[] = [];
  ending.push(() => {
    for (const guest of guests) guest.destroy();
    door.close();
    server.close();
  });
  const come = async (count: number) => {
    const all = knocked + count;
    for (let i = 0; i < count; i++) {
      const guest = connect(port, '127.0.0.1');
      guest.on('error', () => {});
      guest.on('close', () => closed.push(guest));
      guest.resume();
      guests.push(guest);
      guest.write(words);
      // One after the other, so that it is known who came first.
      if (i % 64 === 0) await until(() => knocked === all - count + i + 1);
    }
    await until(() => knocked === all);
  };
  return { vault, guests, closed, come };
}

test('of those who say nothing, one too many makes the first go', async () => {
  const { vault, guests, closed, come } = await doorOn(new Uint8Array(0));
  await come(limits.silentMax);
  expect(vault.refused.silent).toBe(0);
  await come(2);
  await until(() => closed.length === 2);
  expect(vault.refused.silent).toBe(2);
  expect(closed.includes(guests[0] as Socket)).toBe(true);
});

test('of those whose handshake is under way, one too many makes the first go', async () => {
  // The beginning of a ClientHello that promises more.
  const { vault, guests, closed, come } = await doorOn(Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1));
  await come(limits.handshakesMax);
  await come(1);
  await until(() => closed.length >= 1);
  expect(closed.length).toBe(1);
  expect(vault.refused.silent).toBe(1);
  expect(guests.indexOf(closed[0] as Socket)).toBeLessThan(64);
});
