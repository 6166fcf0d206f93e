/** DNS servers in the simulated world, through other servers and under faults. */

import { expect, test } from 'vitest';
import {
  type Cluster,
  isolate,
  type Node,
  type Resolution,
  SECOND,
  type SimHost,
} from '../../sim/index.ts';
import { type Address, CircuitError, type Dns } from '../../src/index.ts';
import { inCluster } from '../support/simulate.ts';

interface Stage {
  readonly cluster: Cluster;
  /** Where the DNS server is. */
  readonly far: Node;
  readonly dns: Dns;
  readonly address: Address;
  /** Where somebody asks it. */
  readonly asker: SimHost;
}

/** Runs a story on three servers, and a DNS server on one that is not the one dialled. */
const onStage = (story: (stage: Stage) => Promise<void>): Promise<void> =>
  inCluster(async (cluster) => {
    const [near, , far] = cluster.present as [Node, Node, Node];
    const client = await cluster.client(near);
    const dns = await client.walk(`/${far.id}/dns`).makeDns();
    const { Address } = await dns.peek();
    const asker = cluster.world.addHost('asker');
    await story({ cluster, far, dns, address: Address as Address, asker });
  });

function resolve({ asker, address }: Stage, name: string, type = 'A') {
  return new Promise<Resolution | undefined>((done) => {
    asker.nameServers.resolve({ at: address, name, type }, done);
  });
}

test('what is set through one server is resolved at another, until it is unset', () =>
  onStage(async (stage) => {
    const { dns } = stage;
    await dns.set('miek.nl. 3600 IN MX 10 mx.miek.nl.');
    expect(await resolve(stage, 'MIEK.nl', 'MX')).toEqual({
      rcode: 0,
      answers: ['miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.'],
    });
    await dns.unset('miek.nl');
    expect(await resolve(stage, 'miek.nl', 'MX')).toEqual({ rcode: 3, answers: [] });
  }));

test('an answer that is too long for a datagram is got all the same', () =>
  onStage(async (stage) => {
    for (let i = 0; i < 40; i++) await stage.dns.set(`big A 10.0.0.${i}`);
    expect((await resolve(stage, 'big'))?.answers).toHaveLength(40);
  }));

test('a question is asked again while the network loses it, and given up in the end', () =>
  onStage(async (stage) => {
    const { cluster, far, dns } = stage;
    await dns.set('a A 10.0.0.1');
    cluster.impose(isolate(['asker']), 1.5 * SECOND);
    expect((await resolve(stage, 'a'))?.answers).toEqual(['a.\t3600\tIN\tA\t10.0.0.1']);
    cluster.pause(far.host.name, 1.5 * SECOND);
    expect((await resolve(stage, 'a'))?.answers).toHaveLength(1);
    cluster.impose(isolate(['asker']), 10 * SECOND);
    expect(await resolve(stage, 'a')).toBeUndefined();
  }));

test('a crash ends it, and the next server on that host may have its port', () =>
  onStage(async (stage) => {
    const { cluster, far, address } = stage;
    await stage.dns.set('a A 10.0.0.1');
    const waiting = stage.dns.peek().catch((error: CircuitError) => error.code);
    cluster.crash(far.host.name);
    expect(await waiting).toBe('SERVER_GONE');
    expect(await resolve(stage, 'a')).toBeUndefined();
    const again = cluster.start(far.host.name);
    await cluster.untilJoined([again]);
    const client = await cluster.client(again);
    const dns = await client.walk(`/${again.id}/dns`).makeDns(address);
    expect((await dns.peek()).Address).toBe(address);
    expect(await resolve(stage, 'a')).toEqual({ rcode: 3, answers: [] });
  }));

test('a port that is in use, or no address of that host, leaves nothing behind', () =>
  onStage(async ({ cluster, far, address, dns }) => {
    const client = await cluster.client(far);
    const anchor = client.walk(`/${far.id}/other`);
    for (const at of [address, far.host.machine.address, '10.9.9.9:53']) {
      const error = await anchor.makeDns(at).catch((each: unknown) => each);
      expect(error).toBeInstanceOf(CircuitError);
      expect(error).toMatchObject({ code: 'SPAWN_FAILED' });
      await expect(anchor.kind()).rejects.toMatchObject({ code: 'NO_SUCH_ANCHOR' });
    }
    await dns.scrub();
    const second = await anchor.makeDns(address);
    expect(await anchor.get()).toBeInstanceOf(second.constructor);
    expect(await anchor.kind()).toBe('dns');
  }));
