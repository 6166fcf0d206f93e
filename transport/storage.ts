/**
 * Named files in one directory, which belongs to one server at a time (storage-lock.ts).
 *
 * A file is replaced by writing a new one beside it and renaming: the rename is atomic, and both
 * the file and the directory are synced before we say that it is done. The names of our own files
 * hold a `~`, which no name of a caller may.
 */

import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CircuitError } from '../src/errors.ts';
import {
  byName,
  type Done,
  type Storage,
  type StoredFile,
  storageNameError,
} from '../src/host/storage.ts';
import { acquireLock } from './storage-lock.ts';

/** What a server does is not for everybody on its host. */
const directoryMode = 0o750;
const fileMode = 0o640;
/** A pipe that somebody put in the place of a file is an error, and nothing that we wait for. */
const making = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;
const replacing = making | constants.O_TRUNC;
const appending = making | constants.O_APPEND;

/** Makes the directory if need be. Rejects with BAD_ARGUMENT when another server has it. */
export async function openStorage(directory: string): Promise<NodeStorage> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK);
    return new NodeStorage(directory, await acquireLock(directory));
  } catch (error) {
    if (!('code' in (error as Error)) || error instanceof CircuitError) throw error;
    const reason = (error as Error).message;
    throw new CircuitError('BAD_ARGUMENT', `cannot store anything in ${directory}: ${reason}`);
  }
}

/**
 * With those above it. Node's own way to do so never ends where one that is there takes none, as
 * /proc does not.
 */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: directoryMode });
  } catch (error) {
    if (await isDirectory(path)) return;
    const { code } = error as { code?: string };
    if (code === 'EEXIST') (error as Error).message = `${path} is no directory, or a link to none`;
    if (code !== 'ENOENT' || (await isDirectory(dirname(path)))) throw error;
    await makeDirectory(dirname(path));
    await makeDirectory(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

export class NodeStorage implements Storage {
  readonly #directory: string;
  readonly #unlock: () => void;
  /** name => what its last operation will end with. */
  readonly #last = new Map<string, Promise<void>>();
  #open = true;

  constructor(directory: string, unlock: () => void) {
    this.#directory = directory;
    this.#unlock = unlock;
  }

  read(name: string, done: (bytes: Uint8Array | undefined, error: string | undefined) => void) {
    let found: Uint8Array | undefined;
    this.#inOrder(
      name,
      async (path) => {
        found = await readIfThere(path);
      },
      (error) => done(error === undefined ? found : undefined, error),
    );
  }

  replace(name: string, bytes: Uint8Array, done: Done): void {
    this.#inOrder(
      name,
      async (path) => {
        const fresh = `${path}~`;
        await withFile(fresh, replacing, (file) => writeDurably(file, bytes));
        await rename(fresh, path);
        await this.#syncDirectory();
      },
      done,
    );
  }

  append(name: string, bytes: Uint8Array, done: Done): void {
    this.#inOrder(
      name,
      (path) =>
        withFile(path, appending, async (file) => {
          const { size } = await file.stat();
          try {
            await writeDurably(file, bytes);
          } catch (error) {
            await file.truncate(size); // What could not be written whole is not there at all.
            throw error;
          }
          if (size === 0) await this.#syncDirectory();
        }),
      done,
    );
  }

  remove(name: string, done: Done): void {
    this.#inOrder(name, (path) => rm(path, { force: true }), done);
  }

  list(done: (files: readonly StoredFile[], error: string | undefined) => void): void {
    const files: StoredFile[] = [];
    const look = async (path: string) => {
      for (const name of await readdir(path)) {
        if (storageNameError(name) !== undefined) continue;
        const found = await stat(join(path, name)).catch(() => undefined);
        if (found?.isFile() === true) files.push({ name, bytes: found.size });
      }
    };
    void this.#attempt('.', look, { isDirectory: true }).then((error) => {
      setImmediate(() => this.#open && done(files.sort(byName), error));
    });
  }

  /** Finishes what is under way, tells nobody, and leaves the directory to the next server. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.all(this.#last.values());
    this.#unlock();
  }

  #inOrder(name: string, work: (path: string) => Promise<void>, done: Done): void {
    if (!this.#open) return;
    const before = this.#last.get(name) ?? Promise.resolve();
    const now = before.then(async () => {
      const error = await this.#attempt(name, work);
      if (this.#last.get(name) === now) this.#last.delete(name);
      // Outside of the promise, so that a bug in `done` crashes as bugs do.
      setImmediate(() => this.#open && done(error));
    });
    this.#last.set(name, now);
  }

  async #attempt(
    name: string,
    work: (path: string) => Promise<void>,
    { isDirectory = false } = {},
  ): Promise<string | undefined> {
    const wrong = isDirectory ? undefined : storageNameError(name);
    if (wrong !== undefined) return wrong;
    try {
      await work(join(this.#directory, name));
      return undefined;
    } catch (error) {
      return `cannot use ${name} in ${this.#directory}: ${(error as Error).message}`;
    }
  }

  #syncDirectory(): Promise<void> {
    return withFile(this.#directory, constants.O_RDONLY, (file) => file.sync());
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeDurably(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes);
  await file.sync();
}

async function withFile(
  path: string,
  flags: number,
  use: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, fileMode);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
