/** What the start of a server is made of. */

import { assert } from '../src/assert.ts';
import { type CircuitUrl, parseCircuitUrl } from '../src/id.ts';
import type { Parts } from '../src/server/parts.ts';
import type { Server, ServerOptions } from '../src/server/server.ts';
import { SECOND } from '../src/time.ts';
import type { Cluster } from './cluster.ts';
import type { SimHost } from './host.ts';
import type { Node, StartOptions } from './node.ts';
import type { World } from './world.ts';

type Through = StartOptions['through'];

/** What a node is told at its start. */
type Given = Pick<Node, 'circuit' | 'profile' | 'named' | 'discover'>;

/** How often a server that cannot join tries again, once a second. */
const JOIN_TRIES = 30;

/** What is kept for each of thousands of servers is to be small. */
const JOURNAL_ENTRIES = 256;

/** What its server is told of that. `parts`: those with a bug, if any. */
export function serverOptions(
  how: Given,
  {
    parts,
    journalEntries = JOURNAL_ENTRIES,
    keepsJournal = false,
  }: { parts?: Parts; journalEntries?: number; keepsJournal?: boolean },
): ServerOptions {
  const { profile, named, discover } = how;
  return {
    profile,
    limits: { journalEntriesMax: journalEntries },
    keepsJournal,
    ...(parts === undefined ? {} : { parts }),
    ...(named === undefined ? {} : { circuit: named }),
    ...(discover === undefined ? {} : { discover: { group: discover } }),
  };
}

/** Joins, again and again while that fails. */
export function keepJoining(
  node: Node,
  through: Through,
  circuit: {
    readonly world: World;
    readonly present: ReadonlyMap<string, Node>;
    readonly joined: () => void;
    /** Whether it may fail for as long as it likes. */
    readonly lenient: () => boolean;
  },
  tries = JOIN_TRIES,
): void {
  const { world, present, joined, lenient } = circuit;
  const again = (afterUs: number, why: string) => {
    assert(tries > 1 || lenient(), `${node.host.name} could not join: ${why}`);
    world.after(afterUs, () => {
      const left = lenient() ? JOIN_TRIES : tries - 1;
      if (node.endedAt === undefined) keepJoining(node, through, circuit, left);
    });
  };
  const seed = seedFor(node, through, world, present);
  if (seed === undefined) {
    // The one that it joins through may be started at this very moment, or be away for a while.
    const afterUs = tries === JOIN_TRIES ? 0 : SECOND;
    again(afterUs, `there is no server ${through === undefined ? 'left' : `on ${through}`}`);
    return;
  }
  node.server.join(seed, (error) => {
    if (node.endedAt !== undefined) return;
    if (error === undefined) joined();
    else again(SECOND, error.message);
  });
}

export function newNode(
  host: SimHost,
  server: Server,
  how: Given & Pick<Node, 'index' | 'startedAt'>,
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

/** As `Cluster.restartAll`. */
export async function restartAll(
  cluster: Cluster,
  { awayUs = 0 }: { readonly awayUs?: number },
): Promise<Node[]> {
  const before = cluster.present;
  for (const { host } of before) cluster.crash(host.name);
  await cluster.sleep(awayUs);
  const first = new Map<string, string>();
  const nodes = before.map(({ host: { name }, circuit }) => {
    const through = first.get(circuit);
    if (through === undefined) first.set(circuit, name);
    const own = { name, circuit };
    return cluster.start(through === undefined ? { ...own, alone: true } : { ...own, through });
  });
  await cluster.untilJoined(nodes);
  return nodes;
}

/** The circuit that one who joins through this finds itself in, when that is known. */
export function circuitOf(through: Through): string | undefined {
  return typeof through === 'object' ? through.circuit : undefined;
}

/** Whom a server dials to join: who it was told to, or any of its circuit; undefined: none is there. */
export function seedFor(
  node: Node,
  through: Through,
  world: World,
  present: ReadonlyMap<string, Node>,
): CircuitUrl | undefined {
  if (typeof through === 'string') {
    const machine = world.network.named(through);
    return machine === undefined ? undefined : parseCircuitUrl(machine.address);
  }
  if (through !== undefined) return parseCircuitUrl(through.server.url);
  const seeds: Node[] = [];
  for (const each of present.values()) {
    const fits = each !== node && each.joinedAt !== undefined;
    if (fits && each.circuit === node.circuit) seeds.push(each);
  }
  if (seeds.length === 0) return undefined;
  const seed = seeds[world.random.below(seeds.length)] as Node;
  return parseCircuitUrl(seed.server.url);
}
