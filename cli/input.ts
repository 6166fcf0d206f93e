/** Our standard input. */

import { fstatSync } from 'node:fs';
import { type ByteSink, CircuitError } from '../src/index.ts';

/** All of it. Throws LIMIT beyond `bytesMax`. */
export async function readAll(bytesMax: number, signal: AbortSignal): Promise<Uint8Array> {
  const { bytes, ended } = await readHead(bytesMax, signal);
  if (ended) return bytes;
  throw new CircuitError('LIMIT', `standard input is too long: at most ${bytesMax} bytes`);
}

/** Its beginning: up to its end, or somewhat more than `bytesMax`, and then it is paused. */
export function readHead(
  bytesMax: number,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array; ended: boolean }> {
  return new Promise((resolve, reject) => {
    assertReadable();
    const { stdin } = process;
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (ended: boolean) => {
      stdin.pause().off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      resolve({ bytes: Buffer.concat(chunks), ended });
    };
    const onData = (chunk: Uint8Array) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > bytesMax) finish(false);
    };
    const onEnd = () => finish(true);
    const onError = (error: Error) => reject(unreadable(error));
    const onAbort = () => reject(new CircuitError('CANCELLED', 'the operation was cancelled'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    stdin.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/**
 * Writes what is left of it to `sink`, at the pace of the other side, and ends the sink. Rejects as
 * soon as the sink fails, also while standard input says nothing.
 */
export function pourInto(sink: ByteSink): Promise<void> {
  return new Promise((resolve, reject) => {
    assertReadable();
    const { stdin } = process;
    sink.finished.then(resolve, reject);
    stdin.on('data', (chunk: Uint8Array) => {
      stdin.pause();
      sink.write(chunk).then(() => stdin.resume(), reject);
    });
    const end = () => sink.end().then(resolve, reject);
    stdin.on('end', end);
    stdin.on('error', (error) => {
      sink.abandon();
      reject(unreadable(error));
    });
    // A pipe may have ended while it was paused.
    if (stdin.readableEnded) void end();
    else stdin.resume();
  });
}

/** Node reads a directory as if it were empty. */
function assertReadable(): void {
  if (fstatSync(0).isDirectory()) throw unreadable(new Error('it is a directory'));
}

function unreadable(error: Error): CircuitError {
  return new CircuitError('BAD_ARGUMENT', `cannot read standard input: ${error.message}`);
}
