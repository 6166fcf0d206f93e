/**
 * Random clients that do things one after another on all servers, and tell each other of it by
 * messages: what JournalChecker needs to know what came before what.
 */

import { type Client, connect } from '../../src/client/client.ts';
import type { JournalEntry } from '../../src/client/journal.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS } from '../../src/time.ts';
import type { JournalChecker, Mark } from '../checkers/journal.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { SimRandom } from '../random.ts';
import { pickNode } from './dialling.ts';

/** How much is done. */
export interface JournalTrafficOptions {
  /** Servers that stay: the mailboxes are on them. */
  readonly keepers: readonly Node[];
  readonly clients: number;
  readonly untilUs: number;
}

/** Runs until `untilUs`, then hands the journals of all servers, merged, to the checker. */
export async function journalTraffic(
  cluster: Cluster,
  checker: JournalChecker,
  options: JournalTrafficOptions,
): Promise<void> {
  const random = cluster.world.random.fork('journal');
  const boxes = options.keepers.map((node) => `/${node.id}/box`);
  const [keeper] = options.keepers as readonly [Node, ...Node[]];
  const reader = await cluster.client(keeper);
  for (const [index, box] of boxes.entries()) await reader.walk(box).makeChan(index % 3);
  await Promise.all(
    Array.from({ length: options.clients }, (_, index) =>
      runClient(cluster, checker, {
        name: `c${index}`,
        boxes,
        untilUs: options.untilUs,
        random: random.fork(`client ${index}`),
      }),
    ),
  );
  const entries: JournalEntry[] = [];
  for await (const entry of reader.log()) entries.push(entry);
  checker.log(entries);
  await reader.close();
}

interface Doing {
  readonly name: string;
  readonly boxes: readonly string[];
  readonly untilUs: number;
  readonly random: SimRandom;
}

/** One program; when its server goes, it dials another and goes on. */
async function runClient(cluster: Cluster, checker: JournalChecker, own: Doing): Promise<void> {
  const { random, name, untilUs } = own;
  const host = cluster.clientHost();
  let known: readonly Mark[] = [];
  let count = 0;
  while (cluster.now < untilUs) {
    const client = await quietly(connect(host, pickNode(cluster, random).server.url));
    if (client === undefined) continue;
    while (client.connected && cluster.now < untilUs) {
      await cluster.sleep(random.below(400) * MS);
      const { id } = pickNode(cluster, random);
      const mark = checker.begins(`/${id}/done/${name}-${count++}`, id, known);
      const made = client.walk(mark.path).makeChan(0, { timeoutMs: 3_000 });
      if ((await quietly(made)) === undefined) continue;
      checker.done(mark);
      known = [mark, ...(await talk(client, checker, mark, own))];
    }
    await client.close();
  }
}

/** Tells somebody of what was done, or hears of what another has done. */
async function talk(
  client: Client,
  checker: JournalChecker,
  mark: Mark,
  { boxes, random }: Doing,
): Promise<readonly Mark[]> {
  const box = client.walk(boxes[random.below(boxes.length)] as string).chan();
  const waiting = { timeoutMs: 50 + random.below(1_000) };
  switch (random.below(3)) {
    case 0:
      await quietly(box.send(String(checker.marks.indexOf(mark)), waiting));
      return [];
    case 1: {
      const heard = await quietly(box.receiveText(waiting));
      return heard === undefined ? [] : [checker.marks[Number(heard)] as Mark];
    }
    default:
      return [];
  }
}

/** Undefined where it could not be done, or nobody knows whether it was. */
async function quietly<T>(doing: Promise<T>): Promise<T | undefined> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof CircuitError) return undefined;
    throw error;
  }
}
