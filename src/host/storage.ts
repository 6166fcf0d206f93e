/** Called once when the work is done; with an error for people when it failed. */
export type Done = (error: string | undefined) => void;

/** A file, and its length. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Named files of one server. A name is letters, digits, `.`, `-` and `_`. Operations on one name
 * take effect in the order called; on a name that is none they fail.
 */
export interface Storage {
  /** `bytes` is undefined when there is no such file. */
  read(
    name: string,
    done: (bytes: Uint8Array | undefined, error: string | undefined) => void,
  ): void;
  /** After a crash the file is either the old or the new one, never a mixture. */
  replace(name: string, bytes: Uint8Array, done: Done): void;
  /** Durable once done: a crash may lose or tear only what was not. */
  append(name: string, bytes: Uint8Array, done: Done): void;
  /** Removes a file; nothing happens when there is none. */
  remove(name: string, done: Done): void;
  /** What files there are, by name: as they are now or a little later. */
  list(done: (files: readonly StoredFile[], error: string | undefined) => void): void;
}

/** What is wrong with a name, for people; undefined when nothing is. The two dots are no files. */
export function storageNameError(name: string): string | undefined {
  if (/^[A-Za-z0-9._-]+$/.test(name) && name !== '.' && name !== '..') return undefined;
  return `"${name}" is not a name for a file: use letters, digits, ".", "-" and "_"`;
}

/** The order of a listing. */
export function byName(a: StoredFile, b: StoredFile): number {
  return a.name < b.name ? -1 : 1;
}
