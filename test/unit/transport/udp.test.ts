/** What UDP adds to the promises of datagrams: names, and what Node throws at. */

import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { joinAddress, splitAddress } from '../../../src/id.ts';
import { type NodeDatagrams, openUdp } from '../../../transport/udp.ts';
import { until } from './support.ts';

const opened: NodeDatagrams[] = [];

afterEach(() => {
  for (const datagrams of opened.splice(0)) datagrams.close();
});

async function open(): Promise<NodeDatagrams> {
  const datagrams = await openUdp('127.0.0.1', 0);
  opened.push(datagrams);
  return datagrams;
}

test('a name is looked up, and the buffer may be used again meanwhile', async () => {
  const [alice, bob] = [await open(), await open()];
  const heard: number[] = [];
  bob.receive((_from, bytes) => heard.push(...bytes));
  const byName = joinAddress('localhost', splitAddress(bob.address).port);
  await until(() => {
    const buffer = Uint8Array.of(7);
    alice.send(byName, buffer);
    buffer.fill(0);
    return heard.length > 0;
  });
  expect(heard[0]).toBe(7);
});

test('what cannot be sent is lost, and nothing is thrown', async () => {
  const [alice, bob] = [await open(), await open()];
  const heard: number[] = [];
  bob.receive((_from, bytes) => heard.push(...bytes));
  const byte = Uint8Array.of(1);
  for (const port of [0, 65_536, -1, 1.5, Number.NaN])
    alice.send(joinAddress('127.0.0.1', port), byte);
  alice.send(joinAddress('no-such-host.invalid', 1), byte);
  alice.send(joinAddress('::1', 1), byte);
  alice.send(joinAddress('255.255.255.255', 1), byte); // Not permitted.
  alice.send(joinAddress('', 1), byte);
  await until(() => {
    alice.send(bob.address, Uint8Array.of(2));
    return heard.length > 0;
  });
  expect(heard[0]).toBe(2);
});

test('the longest datagram that UDP carries arrives', async () => {
  const [alice, bob] = [await open(), await open()];
  let length = 0;
  bob.receive((_from, bytes) => {
    length = bytes.length;
  });
  await until(() => {
    alice.send(bob.address, new Uint8Array(65_507));
    return length > 0;
  });
  expect(length).toBe(65_507);
});

const receiveBufferBytes = Number(readFileSync('/proc/sys/net/core/rmem_max', 'utf8'));

test.skipIf(receiveBufferBytes < 4 * 1024 * 1024)(
  'a burst of three thousand packets is received whole',
  async () => {
    const [alice, bob] = [await open(), await open()];
    let received = 0;
    bob.receive(() => received++);
    for (let i = 0; i < 3_000; i++) alice.send(bob.address, new Uint8Array(100));
    await until(() => received === 3_000);
  },
);
