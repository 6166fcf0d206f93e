/** What the start of a server is made of. */

import { assert } from '../src/assert.ts';
import { type CircuitUrl, parseCircuitUrl } from '../src/id.ts';
import type { Server } from '../src/server/server.ts';
import type { SimHost } from './host.ts';
import type { Node, StartOptions } from './node.ts';
import type { World } from './world.ts';

type Through = StartOptions['through'];

export function newNode(
  host: SimHost,
  server: Server,
  how: Pick<Node, 'circuit' | 'profile' | 'named' | 'index' | 'startedAt'>,
): Node {
  return {
    host,
    server,
    id: server.id,
    ...how,
    joinedAt: undefined,
    endedAt: undefined,
    ending: undefined,
  };
}

/** The circuit that one who joins through this finds itself in, when that is known. */
export function circuitOf(through: Through): string | undefined {
  return typeof through === 'object' ? through.circuit : undefined;
}

/** Whom a server dials to join: who it was told to, or any of its circuit. */
export function seedFor(
  node: Node,
  through: Through,
  world: World,
  present: ReadonlyMap<string, Node>,
): CircuitUrl {
  if (typeof through === 'string') {
    const machine = world.network.named(through);
    assert(machine !== undefined, `there is no host ${through} to join through`);
    return parseCircuitUrl(machine.address);
  }
  if (through !== undefined) return parseCircuitUrl(through.server.url);
  const seeds: Node[] = [];
  for (const each of present.values()) {
    const fits = each !== node && each.joinedAt !== undefined;
    if (fits && each.circuit === node.circuit) seeds.push(each);
  }
  assert(seeds.length > 0, 'no server is left to join');
  const seed = seeds[world.random.below(seeds.length)] as Node;
  return parseCircuitUrl(seed.server.url);
}
