/** Called once when the work is done; with an error for people when it failed. */
export type Done = (error: string | undefined) => void;

/**
 * Named files of one server. A name is letters, digits, `.`, `-` and `_`. Operations on one name
 * take effect in the order called.
 */
export interface Storage {
  /** `bytes` is undefined when there is no such file. */
  read(name: string, done: (bytes: Uint8Array | undefined, error: string | undefined) => void): void;
  /** After a crash the file is either the old or the new one, never a mixture. */
  replace(name: string, bytes: Uint8Array, done: Done): void;
  /** Durable once done: a crash may lose or tear only what was not. */
  append(name: string, bytes: Uint8Array, done: Done): void;
}
