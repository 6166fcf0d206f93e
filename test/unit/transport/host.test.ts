/** How a host opens, fails to open with a sentence that helps, and closes. */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { joinAddress, parseAddress, splitAddress } from '../../../src/id.ts';
import { type NodeHost, type NodeHostOptions, nodeHost } from '../../../transport/index.ts';
import { ownLoopback } from '../../support/programs.ts';
import { run, until } from './support.ts';

const hosts: NodeHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function open(options?: NodeHostOptions): Promise<NodeHost> {
  const host = await nodeHost(options);
  hosts.push(host);
  return host;
}

async function refusal(options: NodeHostOptions): Promise<string> {
  const error = await open(options).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(CircuitError);
  expect(error.code).toBe('BAD_ARGUMENT');
  return error.message;
}

test('a host listens by TCP and UDP on one port of the loopback, chosen freely', async () => {
  const host = await open();
  expect(host.streams.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  expect(host.datagrams.address).toBe(host.streams.address);
  expect(host.pid).toBe(process.pid);
});

test('a name to listen on becomes an address', async () => {
  const host = await open({ listen: parseAddress('localhost:0') });
  expect(host.streams.address).toMatch(/^(127\.0\.0\.1|\[::1\]):\d+$/);
  expect(host.datagrams.address).toBe(host.streams.address);
});

test('a port that is in use for TCP is told', async () => {
  const host = await open();
  const { port } = splitAddress(host.streams.address);
  expect(await refusal({ listen: host.streams.address })).toContain(
    `port ${port} of 127.0.0.1 is in use`,
  );
});

const ownHost = splitAddress(parseAddress(ownLoopback)).host;

test('a port that is in use for UDP alone is told, and is free for TCP afterwards', async () => {
  const udp = createSocket('udp4');
  await new Promise<void>((resolve) => udp.bind(0, ownHost, resolve));
  const address = joinAddress(ownHost, udp.address().port);
  expect(await refusal({ listen: address })).toContain('is in use');
  await new Promise<void>((resolve) => udp.close(resolve));
  expect((await open({ listen: address })).streams.address).toBe(address);
});

test('an address of another machine is told', async () => {
  const message = await refusal({ listen: parseAddress('192.0.2.1:0') });
  expect(message).toContain('192.0.2.1 is not an address of this machine');
});

test('a name that nobody has is told', async () => {
  const message = await refusal({ listen: parseAddress('no-such-host.invalid:0') });
  expect(message).toContain('there is no host "no-such-host.invalid"');
});

test('after close the port is free for the next server', async () => {
  const first = await open({ listen: parseAddress(ownLoopback) });
  const { address } = first.streams;
  const client = await open({ client: true });
  let opened = false;
  client.streams.dial(address, {
    opened: () => {
      opened = true;
    },
    received() {},
    drained() {},
    closed() {},
  });
  first.streams.accept(() => ({ received() {}, drained() {}, closed() {} }));
  await until(() => opened);
  await first.close();
  await first.close();
  expect((await open({ listen: address })).streams.address).toBe(address);
});

test('a client dials, but has no port, no datagrams and no processes', async () => {
  const client = await open({ client: true });
  expect(client.streams.address).toBe('0.0.0.0:0');
  client.streams.accept(() => {
    throw new Error('nobody can dial a client');
  });
  client.datagrams.send(client.streams.address, Uint8Array.of(1));
  expect((await run(client.spawner, { path: '/bin/true' })).failed).toContain('/bin/true: ');
});

test('a client loads neither dgram nor child_process', async () => {
  const host = await open();
  const script = `
    const { nodeHost } = await import(${JSON.stringify(import.meta.resolve('../../../transport/index.ts'))});
    const client = await nodeHost({ client: true });
    await client.close();
    const loaded = process.moduleLoadList.filter((name) => /NativeModule (dgram|child_process)$/.test(name));
    console.log(JSON.stringify(loaded));`;
  const { stdout } = await run(host.spawner, {
    path: process.execPath,
    args: ['--input-type=module', '--eval', script],
  });
  expect(stdout.trim()).toBe('[]');
});

test('a host keeps speaking IPv4 under its IPv4 address when it listens on everything', async () => {
  const probe = createServer();
  const v6 = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(0, '::', () => resolve(true));
  });
  probe.close();
  if (!v6) return;
  const everywhere = await open({ listen: parseAddress('[::]:0') });
  const alice = await open();
  const { port } = splitAddress(everywhere.datagrams.address);
  const from: string[] = [];
  everywhere.datagrams.receive((sender, bytes) => {
    from.push(sender);
    everywhere.datagrams.send(sender, bytes);
  });
  const answered: string[] = [];
  alice.datagrams.receive((sender) => answered.push(sender));
  await until(() => {
    alice.datagrams.send(joinAddress('127.0.0.1', port), Uint8Array.of(1));
    return answered.length > 0;
  });
  expect(from[0]).toBe(alice.datagrams.address);
  expect(answered[0]).toBe(`127.0.0.1:${port}`);
});
