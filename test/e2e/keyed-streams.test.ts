/**
 * A server with a key, and somebody on the way to it: what is recorded, replayed, cut off, changed,
 * doubled or put into another order is worth nothing, and every attempt is counted.
 */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseCircuitUrl, splitAddress } from '../../src/id.ts';
import { CircuitError, type Client, connect } from '../../src/index.ts';
import { type NodeHost, nodeHost, readKeys } from '../../transport/index.ts';
import { endAll, startServer, type TestServer, until } from '../support/circuit.ts';
import {
  byRecord,
  type Direction,
  ManInTheMiddle,
  play,
  playing,
  recordsOf,
  type Tampering,
} from '../support/man-in-the-middle.ts';

const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
const keyFile = join(directory, 'keys');
writeFileSync(keyFile, `${randomBytes(64).toString('base64')}\n`, { mode: 0o600 });
const secret = 'the-name-of-what-nobody-should-know';

const hosts: NodeHost[] = [];
const closing: { close(): void }[] = [];
let server: TestServer;
let port: number;

beforeAll(async () => {
  server = await startServer(['-hmac', keyFile]);
  port = splitAddress(parseCircuitUrl(server.url).address).port;
});

afterEach(async () => {
  for (const each of closing.splice(0)) each.close();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

afterAll(async () => {
  await endAll();
  rmSync(directory, { recursive: true });
});

async function client(url: string, options: { keyless?: boolean } = {}): Promise<Client> {
  const keys = options.keyless === true ? {} : { keys: await readKeys(keyFile) };
  const host = await nodeHost({ client: true, ...keys });
  hosts.push(host);
  return await connect(host, url, { timeoutMs: 120_000 });
}

async function middle(to = port): Promise<ManInTheMiddle> {
  const between = await ManInTheMiddle.before(to);
  closing.push(between);
  return between;
}

/** What the server has turned away so far, in all. */
async function refused(): Promise<number> {
  const honest = await client(server.url);
  const state = (await honest.walk(server.path).peek()) as {
    Status: { security: { refused: Record<string, number> } };
  };
  await honest.close();
  return Object.values(state.Status.security.refused).reduce((sum, count) => sum + count, 0);
}

async function names(): Promise<string[]> {
  const honest = await client(server.url);
  const entries = await honest.walk(server.path).view();
  await honest.close();
  return entries.map(({ path }) => path);
}

let made = 0;

/** Makes a channel by that way, unless it is given up; how that ended, and where it would be. */
async function attempt(
  url: string,
  signal = new AbortController().signal,
): Promise<{ done: boolean; path: string }> {
  const path = `${server.path}/${secret}-${String(made++).padStart(4, '0')}`;
  const host = await nodeHost({ client: true, keys: await readKeys(keyFile) });
  try {
    const dialled = await connect(host, url, { signal });
    await dialled.walk(path).makeChan(1, { signal });
    await dialled.close();
    return { done: true, path };
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    return { done: false, path };
  } finally {
    await host.close();
  }
}

/**
 * With each of these on the way nothing succeeds, and each is counted, but for so many of which the
 * server may never know; it serves on.
 */
async function allComeToNothing(
  direction: Direction,
  all: readonly Tampering[],
  { unknown = 0 } = {},
): Promise<void> {
  expect(all.length).toBeGreaterThan(0);
  const before = await refused();
  const paths: string[] = [];
  const left = [...all];
  const lane = async () => {
    for (let tampering = left.shift(); tampering !== undefined; tampering = left.shift()) {
      paths.push(await comesToNothing(tampering));
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const known = all.length - unknown;
  await until(async () => (await refused()) >= before + known, 'each attempt is counted');
  // An answer may be kept from the client; what it asked was asked by it.
  if (direction === 'toServer') {
    const listed = await names();
    for (const path of paths) expect(listed).not.toContain(path);
  }
}

/**
 * How long somebody is waited for who waits for bytes that will not come. In many steps: a process
 * that stood still comes to what has arrived between them.
 */
async function untilGivenUp(): Promise<void> {
  for (let step = 0; step < 20; step++) await sleep(100);
}

/** An attempt that is disturbed in that way; where the channel would be. */
async function comesToNothing(tampering: Tampering): Promise<string> {
  const between = await middle();
  const abort = new AbortController();
  let isDisturbed = false;
  between.tampering = (going, bytes, at) => {
    const passed = tampering(going, bytes, at);
    if (!isDisturbed && (passed.cut === true || !passed.bytes.equals(bytes))) {
      isDisturbed = true;
      // What was changed in the length of a record makes its reader wait for the rest of it.
      void untilGivenUp().then(() => abort.abort());
    }
    return passed;
  };
  const { done, path } = await attempt(between.url, abort.signal);
  expect([done, isDisturbed]).toEqual([false, true]);
  return path;
}

/** How many bytes each side says in an attempt that nobody disturbs. */
async function undisturbed(between: ManInTheMiddle) {
  expect((await attempt(between.url)).done).toBe(true);
  const recording = between.recordings.at(-1);
  return {
    toServer: Buffer.concat(recording?.toServer ?? []),
    toClient: Buffer.concat(recording?.toClient ?? []),
  };
}

test('who listens in reads nothing of what is said, and without a key everything', async () => {
  const open = await startServer();
  const without = await middle(splitAddress(parseCircuitUrl(open.url).address).port);
  const chan = await (await client(without.url, { keyless: true }))
    .walk(`${open.path}/${secret}`)
    .makeChan(1);
  await chan.trySend(secret);
  expect(without.said('toServer').includes(secret)).toBe(true);

  const between = await middle();
  const { done, path } = await attempt(between.url);
  expect(done).toBe(true);
  const reader = await client(between.url);
  expect((await reader.walk(server.path).view()).map((entry) => entry.path)).toContain(path);
  for (const direction of ['toServer', 'toClient'] as const) {
    const said = between.said(direction);
    expect(said.length).toBeGreaterThan(300);
    for (const known of [secret, 'xCIRC', 'CIRC', server.id])
      expect(said.includes(known)).toBe(false);
  }
});

test('what a client said, said again, is nothing to the server', async () => {
  const between = await middle();
  const { toServer } = await undisturbed(between);
  const before = await refused();
  const listed = await names();
  const heard = await Promise.all(Array.from({ length: 5 }, () => play(port, toServer)));
  await until(async () => (await refused()) >= before + 5, 'each of the five is counted');
  // Its hello, and that it goes: nothing of what was asked.
  for (const bytes of heard) expect(bytes.length).toBeLessThan(500);
  expect(await names()).toEqual(listed);
});

test('what a server said, said again, is nothing to a client', async () => {
  const between = await middle();
  const { toClient } = await undisturbed(between);
  const fake = await playing(toClient);
  closing.push(fake);
  await expect(client(fake.url)).rejects.toMatchObject({ code: 'DIAL_FAILED' });
});

/** Up to where each byte counts: until what is asked is said, or the answer has come. */
const lastWords = { toServer: -3, toClient: -2 } as const;

test.each(['toServer', 'toClient'] as const)('a bit changed %s ends it', async (direction) => {
  const { ignored, lengths, ends } = shapeOf((await undisturbed(await middle()))[direction]);
  const length = ends.at(lastWords[direction]) as number;
  const positions = Array.from({ length: 64 }, (_, i) => Math.floor((i * length) / 64));
  const counted = positions.filter((position) => !ignored.has(position));
  const change =
    (position: number, bit: number): Tampering =>
    (going, bytes, at) => {
      if (going !== direction || position < at || position >= at + bytes.length) return { bytes };
      const changed = Buffer.from(bytes);
      changed[position - at] = (changed[position - at] as number) ^ (1 << bit);
      return { bytes: changed };
    };
  for (const part of [counted.slice(0, 32), counted.slice(32)]) {
    // A client that waits for the rest of a record goes in order in the end.
    const waits = part.filter((position) => direction === 'toClient' && lengths.has(position));
    expect(waits.length).toBeLessThan(part.length / 4);
    const tamperings = part.map((position) => change(position, counted.indexOf(position) % 8));
    await allComeToNothing(direction, tamperings, { unknown: waits.length });
  }
});

test.each(['toServer', 'toClient'] as const)(
  'what is cut off %s is not done',
  async (direction) => {
    const { ends } = shapeOf((await undisturbed(await middle()))[direction]);
    const length = ends.at(lastWords[direction]) as number;
    // In the midst of records, and between any two of them.
    const within = Array.from({ length: 24 }, (_, i) => 1 + Math.floor((i * (length - 1)) / 24));
    const positions = [...within, ...ends.filter((end) => end < length)];
    const cut =
      (position: number): Tampering =>
      (going, bytes, at) => {
        if (going !== direction || position >= at + bytes.length) return { bytes };
        return { bytes: bytes.subarray(0, Math.max(0, position - at)), cut: true };
      };
    await allComeToNothing(direction, positions.map(cut));
  },
);

test('a record that comes twice, not at all, or after the next one ends it', async () => {
  const records = recordsOf((await undisturbed(await middle())).toServer);
  // The end of the handshake, the introduction, and what is asked; before are those of no secret.
  const first = records.findIndex((record) => record[0] === 23);
  const later = (number: number): Tampering => {
    let held: Buffer | undefined;
    return byRecord('toServer', (record, at) => {
      if (at !== number) return at === number + 1 && held ? [record, held] : [record];
      held = Buffer.from(record);
      return [];
    });
  };
  const tamperings = [first, first + 1].flatMap((number) => [
    byRecord('toServer', (record, at) => (at === number ? [record, record] : [record])),
    byRecord('toServer', (record, at) => (at === number ? [] : [record])),
    later(number),
  ]);
  await allComeToNothing('toServer', tamperings);
});

/**
 * Where the records of a stream end, and where their lengths are; and the bytes that TLS does not look
 * at: the versions of records that are not encrypted, kept for old boxes on the way (RFC 8446,
 * section 5.1).
 */
function shapeOf(stream: Buffer) {
  const ignored = new Set<number>();
  const lengths = new Set<number>();
  const ends: number[] = [];
  for (const record of recordsOf(stream)) {
    const at = ends.at(-1) ?? 0;
    if (record[0] !== 23) for (const offset of [1, 2]) ignored.add(at + offset);
    for (const offset of [3, 4]) lengths.add(at + offset);
    ends.push(at + record.length);
  }
  return { ignored, lengths, ends };
}
