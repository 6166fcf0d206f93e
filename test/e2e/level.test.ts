/** What a server takes is level: it depends on what is there, not on what has been. */

import { afterEach, expect, test } from 'vitest';
import { type Client, connect } from '../../src/index.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import { endAll, startServer, untilListed } from '../support/circuit.ts';
import { inspected } from '../support/inspected.ts';

/** What is remembered of past operations is full soon, and level from then on. */
const shortJournal = ['--limit', 'journalEntriesMax=64'];
const hosts: NodeHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  await endAll();
});

async function client(url: string): Promise<Client> {
  const host = await nodeHost({ client: true });
  hosts.push(host);
  return await connect(host, url);
}

/** One of each kind of element, by a client that comes and goes; what `through` relays as well. */
async function round(through: Client, url: string, path: string, isPolite: boolean): Promise<void> {
  const host = await nodeHost({ client: true });
  const own = await connect(host, url);
  for (const [name, each] of [own, through].entries()) {
    const at = (element: string) => each.walk(`${path}/${name}/${element}`);
    const chan = await at('chan').makeChan(1);
    await chan.send('a message');
    expect(await chan.receiveText()).toBe('a message');
    const select = await at('select').makeSelect([{ receive: chan }]);
    const dns = await at('dns').makeDns();
    await dns.set('level.example. 60 IN A 192.0.2.1');
    const joins = await at('joins').makeOnJoin();
    const abandoned = chan.receive({ timeoutMs: 1 }).catch(() => {});
    for (const element of [select, dns, joins, chan]) await element.scrub();
    await abandoned;
  }
  if (isPolite) await own.close();
  await host.close();
}

test('twice as much work leaves no more objects behind than once', async () => {
  const { server, objects, close } = await inspected(shortJournal);
  const other = await startServer(['-j', server.url]);
  await untilListed(other, [server, other]);
  const through = await client(other.url);
  const work = async (from: number, to: number) => {
    for (let number = from; number < to; number++)
      await round(through, server.url, `${server.path}/level/${number}`, number % 2 === 0);
    const proc = await through.walk(`${server.path}/level/proc`).makeProc({ Path: '/bin/true' });
    await proc.wait();
    await proc.scrub();
    return await objects();
  };
  const rounds = 150;
  await work(0, rounds);
  const once = await work(rounds, 2 * rounds);
  const twice = await work(2 * rounds, 3 * rounds);
  console.log(`objects after ${2 * rounds} rounds: ${once}; after ${3 * rounds}: ${twice}`);
  close();
  expect(twice - once).toBeLessThan(rounds / 4);
});
