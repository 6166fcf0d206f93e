/**
 * wait-first: runs a process for each of some numbers of seconds, each on a server that is picked
 * by chance, and ends as soon as the first has: the others are killed, and nothing of them is left.
 * (The program of this name for the original leaves them running, and their elements in place.)
 *
 *     npm run -s example examples/wait-first.ts URL [SECONDS...]
 */

import type { Client, Proc } from 'circuit';
import { main, type Outside } from './outside.ts';

/** Resolves with the path of the process that ended first. Rejects when none came to its end. */
export async function waitFirst(
  client: Client,
  outside: Outside,
  seconds: readonly number[],
): Promise<string> {
  const servers = await client.servers();
  const starting = seconds.map((length, i) => {
    const anchor = client.walk(`/${outside.pick(servers)}/wait-first/${i}`);
    return anchor.makeProc({ Path: '/bin/sleep', Args: [String(length)] });
  });
  const started = await Promise.allSettled(starting);
  const procs = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of started) {
    if (each.status === 'rejected') outside.say((each.reason as Error).message);
  }
  try {
    // Of those whose server goes, we are told by an error: the others are still in the race.
    const first = await Promise.any(procs.map(untilEnded));
    outside.say(`${first}: finished first`);
    return first;
  } finally {
    // What cannot be scrubbed any more went with its server.
    await Promise.allSettled(procs.map((proc) => proc.scrub({ kill: true })));
  }
}

async function untilEnded(proc: Proc): Promise<string> {
  const { Exit } = await proc.wait();
  if (Exit !== null) throw new Error(`${proc.path}: ${Exit.Message}`);
  return proc.path;
}

if (import.meta.main) {
  await main(async (outside, url = '', ...seconds) => {
    await using client = await outside.connect(url);
    await waitFirst(client, outside, seconds.length > 0 ? seconds.map(Number) : [3, 6, 9, 12, 15]);
    return true;
  });
}
