/**
 * What servers take once and for all is taken before the measuring begins: what watches over their
 * processes, from the first of them on; and their journals, which keep so many entries and no more.
 */

import { limits } from '../../src/limits.ts';
import type { Circuit } from './circuit.ts';
import type { ServerProcess } from './server-process.ts';

const AT_ONCE = 128;

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

/** Does so many cheap operations there that its journal is full; resolves early when aborted. */
export async function fillJournal(
  circuit: Circuit,
  server: ServerProcess,
  signal: AbortSignal,
): Promise<void> {
  await using client = await circuit.client(server);
  const chan = await client.walk(`/${server.id}/warm-up`).makeChan(1);
  let left = limits.journalEntriesMax;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left-- > 0 && !signal.aborted) await chan.tryReceive();
    }),
  );
  await chan.scrub();
}
