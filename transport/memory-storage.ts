/**
 * Storage of a host that was given no directory: a client, or a server that may forget. What is
 * stored lives as long as the host.
 */

import {
  byName,
  type Done,
  type Storage,
  type StoredFile,
  storageNameError,
} from '../src/host/storage.ts';

export class MemoryStorage implements Storage {
  readonly #files = new Map<string, Uint8Array>();
  #open = true;

  read(name: string, done: (bytes: Uint8Array | undefined, error: string | undefined) => void) {
    const error = storageNameError(name);
    const bytes = this.#files.get(name)?.slice();
    this.#later(() => done(bytes, error));
  }

  replace(name: string, bytes: Uint8Array, done: Done): void {
    const error = storageNameError(name);
    if (error === undefined) this.#files.set(name, new Uint8Array(bytes));
    this.#later(() => done(error));
  }

  append(name: string, bytes: Uint8Array, done: Done): void {
    const before = this.#files.get(name) ?? new Uint8Array();
    const joined = new Uint8Array(before.length + bytes.length);
    joined.set(before);
    joined.set(bytes, before.length);
    this.replace(name, joined, done);
  }

  remove(name: string, done: Done): void {
    this.#files.delete(name);
    this.#later(() => done(storageNameError(name)));
  }

  list(done: (files: readonly StoredFile[], error: string | undefined) => void): void {
    const files = [...this.#files].map(([name, { length }]) => ({ name, bytes: length }));
    this.#later(() => done(files.sort(byName), undefined));
  }

  close(): void {
    this.#open = false;
  }

  #later(tell: () => void): void {
    setImmediate(() => this.#open && tell());
  }
}
