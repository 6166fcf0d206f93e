/**
 * What servers take once and for all is taken before the measuring begins, such as what watches over
 * their processes, which is there from the first of them on.
 */

import type { Circuit } from './circuit.ts';
import type { ServerProcess } from './server-process.ts';

/** Makes an element of each kind there, and scrubs it. */
export async function tryAll(circuit: Circuit, server: ServerProcess): Promise<void> {
  await using client = await circuit.client(server);
  const anchor = (name: string) => client.walk(`/${server.id}/warm-up/${name}`);
  const proc = await anchor('proc').makeProc({ Path: '/bin/true' });
  await proc.wait();
  const chan = await anchor('chan').makeChan(1);
  const elements = [
    ...[proc, chan, await anchor('dns').makeDns(), await anchor('join').makeOnJoin()],
    await anchor('select').makeSelect([{ receive: chan }]),
  ];
  for (const element of elements.reverse()) await element.scrub();
}
