/**
 * Keys of a circuit: what a key file holds, and what is derived from each of its keys.
 *
 * A key is 32 to 128 random bytes. For each purpose another key is derived from it by HKDF-SHA256
 * (RFC 5869), so that nothing which is made for one purpose can be used for another.
 *
 * Modules of Node are asked for with the first key: most clients have none, and loading takes time.
 */

import type { Socket } from 'node:net';
import { badArgument } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';

const keyBytesMin = 32;
const keyBytesMax = 128;
const fileBytesMax = 64 * 1024;
const salt = 'circuit keys 1';

/** One key, as it is used. */
export interface Key {
  /** What peers call it, 16 hexadecimal digits: derived from it, and telling nothing of it. */
  readonly id: string;
  /** The pre-shared key of streams, 32 bytes. */
  readonly stream: Uint8Array;
  /** From which senders of datagrams derive theirs, 32 bytes. */
  readonly datagram: Uint8Array;
  /** From which senders to multicast groups derive theirs, 32 bytes. */
  readonly multicast: Uint8Array;
}

/** The keys that a host takes; the first is the one with which it seals and dials. */
export type KeyRing = readonly [Key, ...Key[]];

/**
 * Reads a key file, which nobody but its owner may read, or the group to which root gives it: who reads
 * it can run programs on all hosts. Rejects with BAD_ARGUMENT when it cannot be read, others may, or it holds no keys.
 */
export async function readKeyFile(path: string): Promise<KeyRing> {
  const { closeSync, constants, fstatSync, open } = process.getBuiltinModule('node:fs');
  const { promisify } = process.getBuiltinModule('node:util');
  const unreadable = (error: Error) => {
    const [reason] = error.message.split(',');
    throw badArgument(`cannot read the key file ${path}: ${reason}`);
  };
  // To open a pipe that nobody writes to would hold up a thread, and with it the end of the program.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const fd: number = await promisify(open)(path, flags).catch(unreadable);
  const stat = fstatSync(fd);
  const pipe = stat.isFIFO() ? pipeOf(fd) : undefined;
  try {
    const { mode, uid } = stat;
    if (stat.isDirectory()) throw badArgument(`${path} is a directory, not a key file`);
    const forbidden = uid === 0 ? 0o037 : 0o077;
    if ((mode & forbidden) !== 0) {
      throw badArgument(
        `others than its owner may use the key file ${path}: forbid it with chmod 600 ${path}`,
      );
    }
    const self = process.getuid?.();
    if (self !== undefined && uid !== self && uid !== 0) {
      throw badArgument(
        `the key file ${path} belongs to another user, who can change it: make it your own`,
      );
    }
    const beginning = pipe === undefined ? beginningOf(fd) : beginningOfPipe(pipe);
    const bytes = await beginning.catch(unreadable);
    if (bytes.length > fileBytesMax) {
      throw badArgument(`the file ${path} is too long for a key file`);
    }
    return parseKeys(bytes.toString(), path);
  } finally {
    if (pipe === undefined) closeSync(fd);
    else pipe.destroy();
  }
}

/** Somewhat more than a key file may hold, at most: its size says nothing of a device. */
async function beginningOf(fd: number): Promise<Buffer> {
  const read = process
    .getBuiltinModule('node:util')
    .promisify(process.getBuiltinModule('node:fs').read);
  const buffer = Buffer.alloc(fileBytesMax + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await read(fd, buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** The descriptor is its own: another of the same pipe would not see that its writer has gone. */
function pipeOf(fd: number): Socket {
  const net = process.getBuiltinModule('node:net');
  return new net.Socket({ fd, readable: true, writable: false });
}

/** The same of a pipe, as a shell makes one of `<(...)`. Waits until somebody has written to it. */
async function beginningOfPipe(pipe: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of pipe) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > fileBytesMax) break;
  }
  return Buffer.concat(chunks);
}

/**
 * Reads keys, a line of base64 each, as `circuit keygen` prints; empty lines and such that begin
 * with `#` are skipped. Throws BAD_ARGUMENT, which never quotes the text: it may be a secret.
 */
export function parseKeys(text: string, path: string): KeyRing {
  const keys = new Map<string, Key>();
  for (const [at, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const key = derived(bytesOf(trimmed, `${path}, line ${at + 1},`));
    if (keys.has(key.id)) throw badArgument(`${path}, line ${at + 1}, repeats a key`);
    keys.set(key.id, key);
  }
  if (keys.size > limits.keysMax) {
    throw badArgument(
      `the key file ${path} holds more than ${limits.keysMax} keys: remove old ones`,
    );
  }
  const [first, ...others] = keys.values();
  if (first === undefined) {
    throw badArgument(`the key file ${path} holds no key: make one with "circuit keygen"`);
  }
  return [first, ...others];
}

function bytesOf(line: string, where: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(line) || line.length % 4 !== 0) {
    throw badArgument(`${where} is not base64: a key is a line as "circuit keygen" prints`);
  }
  const bytes = Buffer.from(line, 'base64');
  if (bytes.length < keyBytesMin || bytes.length > keyBytesMax) {
    throw badArgument(
      `${where} is a key of ${bytes.length} bytes: ${keyBytesMin} to ${keyBytesMax} are taken`,
    );
  }
  return bytes;
}

function derived(secret: Uint8Array): Key {
  const { hkdfSync } = process.getBuiltinModule('node:crypto');
  const purpose = (name: string, bytes: number) =>
    new Uint8Array(hkdfSync('sha256', secret, salt, name, bytes));
  return {
    id: Buffer.from(purpose('id', 8)).toString('hex'),
    stream: purpose('stream', 32),
    datagram: purpose('datagram', 32),
    multicast: purpose('multicast', 32),
  };
}
