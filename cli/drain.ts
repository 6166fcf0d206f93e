/** The output of a process to our standard output. */

import { type ByteSource, CircuitError, type Client } from '../src/index.ts';
import { write } from './output.ts';

/**
 * Copies until the end. Only what was written counts as read: when we are interrupted, or our own
 * reader goes away, the rest waits for the next reader of the process.
 */
export async function drain(
  client: Client,
  source: ByteSource,
  signal: AbortSignal,
): Promise<void> {
  const interrupted = new CircuitError('CANCELLED', 'the operation was cancelled');
  let writing = false;
  signal.addEventListener('abort', () => {
    if (!writing) void source.return();
  });
  try {
    for (;;) {
      if (signal.aborted) throw interrupted;
      const { done, value } = await source.next();
      if (done === true && signal.aborted) throw interrupted;
      if (done === true) return;
      writing = true;
      await write(value);
      writing = false;
    }
  } catch (error) {
    if (error === interrupted) await source.return();
    throw error;
  } finally {
    // The server must hear how far we came before this program ends.
    await client.close();
  }
}
