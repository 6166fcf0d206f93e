/** DNS elements and the server that they are on, over real sockets. */

import { afterEach, expect, test } from 'vitest';
import { connect, parseAddress, type Server, startServer } from '../../../src/index.ts';
import { type NodeHost, nodeHost } from '../../../transport/index.ts';

const hosts: NodeHost[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) server.stop();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

async function open(client: boolean): Promise<NodeHost> {
  const host = await nodeHost({ client });
  hosts.push(host);
  return host;
}

function start(host: NodeHost): Server {
  const server = startServer(host);
  servers.push(server);
  return server;
}

test('with the server its DNS elements end, and their ports are free', async () => {
  const [host, other] = [await open(false), await open(false)];
  const first = start(host);
  const client = await connect(await open(true), first.url);
  const dns = await client.walk(`/${first.id}/dns`).makeDns();
  const { Address } = await dns.peek();
  expect(Address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  first.stop();
  const second = start(other);
  const next = await connect(await open(true), second.url);
  const again = await next.walk(`/${second.id}/dns`).makeDns(parseAddress(Address));
  expect((await again.peek()).Address).toBe(Address);
});
