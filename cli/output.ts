/**
 * Our standard output. A short text is written at once, which is fastest; a long one, or a stream,
 * goes through the stream of Node, which does not hold up everything else when a pipe is full: the
 * connection to the server must be kept alive meanwhile.
 *
 * A reader that went away makes these throw EPIPE; anything else that is in the way, such as a full
 * disk, BAD_ARGUMENT.
 */

import { writeSync } from 'node:fs';
import { CircuitError } from '../src/index.ts';

const shortBytesMax = 4096;

let listening = false;

/** Resolves once the bytes are out of our hands. */
export async function write(bytes: Uint8Array): Promise<void> {
  const { stdout } = process;
  if (!listening) stdout.on('error', () => {}); // The callback below tells it too.
  listening = true;
  await new Promise<void>((resolve, reject) => {
    stdout.write(bytes, (error) => (error ? reject(explained(error)) : resolve()));
  });
}

export async function print(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  let written = 0;
  if (bytes.length <= shortBytesMax) {
    try {
      while (written < bytes.length) written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw explained(error as Error);
    }
  }
  if (written < bytes.length) await write(bytes.subarray(written));
}

function explained(error: Error & { code?: string }): Error {
  if (error.code === 'EPIPE') return error;
  return new CircuitError('BAD_ARGUMENT', `cannot write standard output: ${error.message}`);
}
