/** Key files for tests, and circuits of real servers that have them. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, type RunOptions, startServer, type TestServer } from './circuit.ts';

/** A directory with key files, gone with the test. */
export class KeyFiles implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'circuit-keys-'));
  #files = 0;

  /** A new key, as `circuit keygen` prints it. */
  async key(): Promise<string> {
    return await output(['keygen']);
  }

  /** Writes a file; nobody else may read it unless `mode` says so. */
  write(text: string, { mode = 0o600, name = `key${this.#files++}` } = {}): string {
    const path = join(this.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, mode);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What makes a command use the keys of that file. */
export function keyed(file: string): RunOptions {
  return { env: { CIRCUIT_HMAC: file } };
}

/** So many servers with these keys, one joined to the other; they log what they see. */
export async function keyedCircuit(file: string, count: number): Promise<TestServer[]> {
  const start = (...args: string[]) => startServer(['--log', 'info', '-hmac', file, ...args]);
  const first = await start();
  const others = Array.from({ length: count - 1 }, () => start('-j', first.url));
  return [first, ...(await Promise.all(others))];
}

/** What a server turned away so far, as `circuit peek` shows it. */
export async function refusedBy(
  { path, url }: TestServer,
  options: RunOptions,
): Promise<Readonly<Record<string, number>>> {
  const text = await output(['peek', path, '-d', url], options);
  return JSON.parse(text).Status.security.refused;
}
