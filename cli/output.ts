/**
 * Our standard output. A short text is written at once, which is fastest; a long one, a stream, or
 * what goes to a terminal, goes through the stream of Node, which does not hold up everything else
 * when nobody reads: the connection to the server must be kept alive meanwhile, and signals heard.
 *
 * A reader that went away makes these throw EPIPE; one that does not read while we are to end,
 * CANCELLED; anything else that is in the way, such as a full disk, BAD_ARGUMENT.
 */

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CircuitError } from '../src/index.ts';

const shortBytesMax = 4096;
/** How long a write that nobody takes may hold up our end. */
const patienceMs = 1_000;

let listening = false;
/** Why nothing more is written. */
let abandoned: CircuitError | undefined;
/** Ends the writes under way. */
const giveUps = new Set<(error: CircuitError) => void>();

/** From some time after `signal` on, writes that nobody takes fail. */
export function abandonAfter(signal: AbortSignal): void {
  const abandon = () => {
    abandoned = new CircuitError('CANCELLED', 'interrupted, while nobody reads standard output');
    for (const giveUp of giveUps) giveUp(abandoned);
  };
  signal.addEventListener('abort', () => setTimeout(abandon, patienceMs));
}

/** Resolves once the bytes are out of our hands. */
export async function write(bytes: Uint8Array): Promise<void> {
  const { stdout } = process;
  if (!listening) unblock(stdout);
  listening = true;
  await new Promise<void>((resolve, reject) => {
    giveUps.add(reject);
    const written = (error?: Error | null) => {
      giveUps.delete(reject);
      if (error) reject(explained(error));
      else resolve();
    };
    stdout.write(bytes, written);
    if (abandoned !== undefined && stdout.writableNeedDrain) reject(abandoned);
  });
}

export async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  if (bytes.length <= shortBytesMax && !isatty(1)) {
    try {
      while (written < bytes.length) written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw explained(error as Error);
    }
  }
  if (written < bytes.length) await write(bytes.subarray(written));
}

/**
 * A terminal that was stopped, by Control-S, must not stop us. Node writes to pipes and sockets
 * without waiting, and to terminals so that it waits, which its documented interface cannot change.
 * Whoever writes is told of errors by what `write` calls back.
 */
export function unblock(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {});
  if (!stream.isTTY) return;
  (stream as { _handle?: { setBlocking?(yes: boolean): void } })._handle?.setBlocking?.(false);
}

function explained(error: Error & { code?: string }): Error {
  if (error.code === 'EPIPE') return error;
  return new CircuitError('BAD_ARGUMENT', `cannot write standard output: ${error.message}`);
}
