/**
 * What clients leave behind: who crashed scrubs nothing, and who could not reach a server either. It
 * would pile up, and look like something that servers lose.
 */

import { CircuitError } from '../../src/index.ts';
import type { Circuit } from './circuit.ts';
import type { ServerProcess } from './server-process.ts';

/** Scrubs all elements that are not in use, on servers that answer; returns how many there were. */
export async function scrubLeft(circuit: Circuit): Promise<number> {
  const running = circuit.joined.filter(({ paused }) => !paused);
  const counts = await Promise.all(
    running.map(async (server) => {
      const host = circuit.clientHost();
      const scrubbed = await scrubOn(circuit, server, host).catch((error: unknown) => {
        if (error instanceof CircuitError) return 0; // It has just ended, or stands still.
        throw error;
      });
      host.crash();
      return scrubbed;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function scrubOn(
  circuit: Circuit,
  server: ServerProcess,
  host: ReturnType<Circuit['clientHost']>,
): Promise<number> {
  const client = await circuit.client(server, host);
  const waiting = { timeoutMs: 10_000 };
  const found = await client.walk(`/${server.id}`).view({ recursive: true, ...waiting });
  let count = 0;
  for (const { path, kind } of found) {
    if (kind === undefined || circuit.inUse.has(path)) continue;
    await client.walk(path).scrub({ kill: true, ...waiting });
    count++;
  }
  await client.close();
  return count;
}
