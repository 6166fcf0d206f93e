/**
 * wait-all: runs a process for each of some numbers of seconds, each on a server that is picked by
 * chance, and waits until all have ended.
 *
 *     npm run -s example examples/wait-all.ts URL [SECONDS...]
 */

import type { Client } from 'circuit';
import { main, type Outside } from './outside.ts';

/** Resolves with whether every process came to its end; false when a server went with its own. */
export async function waitAll(
  client: Client,
  outside: Outside,
  seconds: readonly number[],
): Promise<boolean> {
  const servers = await client.servers();
  const jobs = seconds.map((length, i) => {
    const path = `/${outside.pick(servers)}/wait-all/${i}`;
    return run(client, outside, { path, seconds: length });
  });
  const ended = await Promise.all(jobs);
  const lost = ended.filter((each) => !each).length;
  outside.say(lost === 0 ? `all ${ended.length} finished` : `${lost} of ${ended.length} failed`);
  return lost === 0;
}

async function run(
  client: Client,
  outside: Outside,
  job: { readonly path: string; readonly seconds: number },
): Promise<boolean> {
  const args = [String(job.seconds)];
  try {
    const proc = await client.walk(job.path).makeProc({ Path: '/bin/sleep', Args: args });
    const { Exit } = await proc.wait();
    await proc.scrub();
    outside.say(`${job.path}: ${Exit === null ? 'finished' : Exit.Message}`);
    return Exit === null;
  } catch (error) {
    outside.say(`${job.path}: ${(error as Error).message}`);
    return false;
  }
}

if (import.meta.main) {
  await main(async (outside, url = '', ...seconds) => {
    await using client = await outside.connect(url);
    const lengths = seconds.length > 0 ? seconds.map(Number) : [3, 6, 9, 12, 15];
    return await waitAll(client, outside, lengths);
  });
}
