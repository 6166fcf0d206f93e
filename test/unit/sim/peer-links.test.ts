import { expect, test } from 'vitest';
import { PeerLinks } from '../../../sim/overlays/peer-links.ts';
import type { Address } from '../../../src/id.ts';
import { SECOND } from '../../../src/time.ts';
import { accept, dial, steadyWorld } from './support.ts';

function linksOn(world: ReturnType<typeof steadyWorld>, name: string) {
  const host = world.addHost(name);
  const heard: string[] = [];
  const broken: Address[] = [];
  const links = new PeerLinks(host, {
    message: (from, bytes) => heard.push(`${from} ${new TextDecoder().decode(bytes)}`),
    broken: (peer) => broken.push(peer),
  });
  const { address } = host.streams;
  return { host, address, links, heard, broken };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

test('one connection is used both ways, and closed when nothing was said for a while', () => {
  const world = steadyWorld();
  const [alice, bob] = [linksOn(world, 'alice'), linksOn(world, 'bob')];
  alice.links.send(bob.address, bytesOf('hello'));
  world.runFor(SECOND);
  bob.links.send(alice.address, bytesOf('and you'));
  world.runFor(SECOND);
  expect(bob.heard).toEqual([`${alice.address} hello`]);
  expect(alice.heard).toEqual([`${bob.address} and you`]);
  expect([alice.host.streams.count, bob.host.streams.count]).toEqual([1, 1]);
  world.runFor(20 * SECOND);
  expect([alice.host.streams.count, bob.host.streams.count]).toEqual([0, 0]);
  expect([...alice.broken, ...bob.broken]).toEqual([]);
});

test('a connection that breaks, or is refused, is told of once', () => {
  const world = steadyWorld();
  const [alice, bob] = [linksOn(world, 'alice'), linksOn(world, 'bob')];
  alice.links.send(bob.address, bytesOf('hello'));
  world.runFor(SECOND);
  bob.host.crash();
  world.runFor(SECOND);
  expect(alice.broken).toEqual([bob.address]);
  alice.links.send(bob.address, bytesOf('still there?'));
  world.runFor(SECOND);
  expect(alice.broken).toEqual([bob.address, bob.address]);
});

test('who does not begin with its address, or announces too much, is cut off', () => {
  const world = steadyWorld();
  const bob = linksOn(world, 'bob');
  const mallory = world.addHost('mallory');
  accept(world, mallory);
  const says = (bytes: number[]) => {
    const end = dial(world, mallory, bob.host);
    end.connection?.write(Uint8Array.from(bytes));
    world.runFor(SECOND);
    return end.reason;
  };
  expect(says([0, 0, 0, 2, 104, 105])).toBe('reset');
  expect(says([0, 16, 0, 1])).toBe('reset');
  expect(says([0, 16, 0, 0])).toBeUndefined();
  expect(bob.heard).toEqual([]);
});
