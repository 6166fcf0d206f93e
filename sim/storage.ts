/**
 * The disk of a machine. It survives crashes; an operation takes effect when it is done, so a crash
 * loses what was not done yet, and with torn writes an append may leave a part of itself behind.
 */

import type { Done, Storage, StoredFile } from '../src/host/storage.ts';
import { byName, storageNameError } from '../src/host/storage.ts';
import type { SimHost } from './host.ts';
import { DISK, type Task } from './kind.ts';
import type { Machine } from './machine.ts';
import { hashText, keyedFloat } from './random.ts';

const LATENCY = hashText('disk latency');
const TORN = hashText('disk torn');
const MIN_US = 100;
const MAX_US = 2_000;

interface Write {
  readonly name: string;
  readonly append: boolean;
  readonly bytes: Uint8Array;
}

/** The disk of a machine: what files hold, and how it fails. */
export class Disk {
  /** name => content, as it would be found after a crash now. */
  readonly files = new Map<string, Uint8Array>();
  readonly #machine: Machine;
  readonly #writes = new Set<Write>();
  #operations = 0;
  #finished = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** How long the next operation takes, drawn by key. */
  latencyUs(): number {
    const drawn = keyedFloat(
      this.#machine.network.seed,
      LATENCY,
      this.#machine.index,
      0,
      this.#operations++,
    );
    return MIN_US + Math.floor(drawn * (MAX_US - MIN_US)) + this.#machine.ailments.diskAddUs;
  }

  /** What there is, by name. */
  list(): StoredFile[] {
    const files = [...this.files].map(([name, { length }]) => ({ name, bytes: length }));
    return files.sort(byName);
  }

  /** Why reading, or a write that is done now, fails; undefined when it does not. */
  error(write: Write | undefined): string | undefined {
    const operation = write === undefined ? 'read' : write.append ? 'append' : 'replace';
    const length = write?.bytes.length ?? 0;
    const old = operation === 'replace' ? (this.files.get(write?.name ?? '')?.length ?? 0) : 0;
    const growthBytes = Math.max(0, length - old);
    const { ailments } = this.#machine;
    return ailments.diskError({ operation, growthBytes, number: this.#finished++ });
  }

  /** A write is under way. */
  begin(write: Write): void {
    this.#writes.add(write);
  }

  /** A write is done: it takes effect unless it failed. */
  finish(write: Write, failed: boolean): void {
    if (this.#writes.delete(write) && !failed) this.#apply(write, write.bytes);
  }

  /** Writes under way are lost; one may leave its beginning behind. */
  crash(): void {
    const { network, index } = this.#machine;
    const torn = this.#machine.ailments.has('torn-writes');
    for (const write of this.#writes) {
      if (!torn || !write.append) continue;
      const drawn = keyedFloat(
        network.seed,
        TORN,
        index,
        write.bytes.length,
        network.scheduler.now,
      );
      this.#apply(write, write.bytes.subarray(0, Math.floor(drawn * (write.bytes.length + 1))));
      // What comes after a torn write has not begun.
      break;
    }
    this.#writes.clear();
  }

  #apply(write: Write, bytes: Uint8Array): void {
    const old = write.append ? this.files.get(write.name) : undefined;
    const content = new Uint8Array((old?.length ?? 0) + bytes.length);
    if (old !== undefined) content.set(old);
    content.set(bytes, content.length - bytes.length);
    this.files.set(write.name, content);
  }
}

/** The disk as one start of the host sees it. */
export class SimStorage implements Storage {
  readonly #host: SimHost;
  readonly #disk: Disk;
  /** name => when the last operation on it is done. */
  readonly #busyUntil = new Map<string, number>();

  constructor(host: SimHost) {
    this.#host = host;
    this.#disk = host.machine.disk;
  }

  read(
    name: string,
    done: (bytes: Uint8Array | undefined, error: string | undefined) => void,
  ): void {
    this.#later(name, () => {
      const error = storageNameError(name) ?? this.#disk.error(undefined);
      if (error !== undefined) done(undefined, error);
      else done(this.#disk.files.get(name)?.slice(), undefined);
    });
  }

  replace(name: string, bytes: Uint8Array, done: Done): void {
    this.#write({ name, append: false, bytes: bytes.slice() }, done);
  }

  append(name: string, bytes: Uint8Array, done: Done): void {
    this.#write({ name, append: true, bytes: bytes.slice() }, done);
  }

  /** Takes no room, and so succeeds on a full disk. */
  remove(name: string, done: Done): void {
    this.#later(name, () => {
      const error = storageNameError(name) ?? this.#disk.error(undefined);
      if (error === undefined) this.#disk.files.delete(name);
      done(error);
    });
  }

  list(done: (files: readonly StoredFile[], error: string | undefined) => void): void {
    this.#later('', () => {
      const error = this.#disk.error(undefined);
      done(error === undefined ? this.#disk.list() : [], error);
    });
  }

  #write(write: Write, done: Done): void {
    if (!this.#host.alive) return;
    this.#disk.begin(write);
    this.#later(write.name, () => {
      const error = storageNameError(write.name) ?? this.#disk.error(write);
      this.#disk.finish(write, error !== undefined);
      done(error);
    });
  }

  #later(name: string, run: () => void): void {
    const now = this.#host.machine.network.scheduler.now;
    const at = Math.max(now, this.#busyUntil.get(name) ?? 0) + this.#disk.latencyUs();
    this.#busyUntil.set(name, at);
    const task: Task = { run };
    this.#host.post(at, DISK, task);
  }
}
