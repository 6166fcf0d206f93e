/** Asks every server of a circuit how it is doing, and waits for none of them for long. */

import { CircuitError, type Client, type MemberState, type ServerStats } from '../../src/index.ts';
import type { Look } from './figures.ts';

/** How long a server may take to answer. */
const patienceMs = 1_000;
/** Servers that are asked at once. More: sooner done when many are silent, and larger bursts. */
const atOnceMax = 256;

export async function look(client: Client, signal: AbortSignal): Promise<Look> {
  const members = await client.members({ signal });
  const stats = new Map<string, ServerStats>();
  const open = members.values();
  const asker = async () => {
    for (const { id } of open) {
      const told = await statsOf(client, id, signal);
      if (told !== undefined) stats.set(id, told);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, members.length) }, asker));
  if (signal.aborted) throw new CircuitError('CANCELLED', 'the operation was cancelled');
  return { members, stats };
}

/** Undefined when it has gone, or gives no answer in time. */
async function statsOf(
  client: Client,
  id: MemberState['id'],
  signal: AbortSignal,
): Promise<ServerStats | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => resolve(undefined), patienceMs);
  // Asks it to forget the question too, but does not wait to hear what became of it.
  const told = client
    .walk(`/${id}`)
    .server()
    .stats({ signal, timeoutMs: patienceMs })
    .catch(() => undefined);
  const first = await Promise.race([told, late]);
  clearTimeout(timeout);
  return first;
}
