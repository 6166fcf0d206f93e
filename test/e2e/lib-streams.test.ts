/** Streams of processes, with the memory and the patience of the server watched. */

import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ByteSink } from '../../src/index.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

const MIB = 1024 * 1024;
const block = randomBytes(MIB);

/** Writes so many MiB and ends; the hash of them. */
async function pour(sink: ByteSink, mebibytes: number): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < mebibytes; i++) {
    block.writeUInt32LE(i);
    hash.update(block);
    await sink.write(block);
  }
  await sink.end();
  return hash.digest('hex');
}

/** Reads to the end; the hash of it. */
async function drink(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source) hash.update(chunk);
  return hash.digest('hex');
}

/** The most memory that a server had above what it had at first, in MiB, while `work` went on. */
async function growth(server: ServerProgram, work: Promise<unknown>): Promise<number> {
  const before = server.memoryMib();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, server.memoryMib());
  }, 20);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

test('a GiB through cat comes back as it was, and the server holds little of it', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const cat = await client.walk(`/${server.id}/cat`).makeProc({ Path: '/bin/cat' });
  const started = performance.now();
  const both = Promise.all([pour(cat.stdin(), 1024), drink(cat.stdout())]);
  const grown = await growth(server, both);
  const [sent, got] = await both;
  console.log(
    `1 GiB there and back: ${rate(started, 1024)}, memory grew by ${grown.toFixed()} MiB`,
  );
  expect(got).toBe(sent);
  expect(grown).toBeLessThan(64);
  expect(await cat.wait()).toMatchObject({ Phase: 'exited', Exit: null });
});

test('through another server too, which holds as little', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const client = await stage.client(near);
  const cat = await client.walk(`/${far.id}/cat`).makeProc({ Path: '/bin/cat' });
  const started = performance.now();
  const both = Promise.all([pour(cat.stdin(), 256), drink(cat.stdout())]);
  const grown = Math.max(...(await Promise.all([growth(near, both), growth(far, both)])));
  const [sent, got] = await both;
  console.log(`256 MiB relayed: ${rate(started, 256)}, memory grew by ${grown.toFixed()} MiB`);
  expect(got).toBe(sent);
  expect(grown).toBeLessThan(64);
});

test('eight streams at once through another server keep it and each other alive', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const client = await stage.client(near);
  const sizes = Array.from({ length: 8 }, async (_, i) => {
    const args = ['-c', `head -c ${100 * MIB} /dev/zero`];
    const proc = await client.walk(`/${far.id}/p${i}`).makeProc({ Path: '/bin/sh', Args: args });
    let size = 0;
    for await (const chunk of proc.stdout()) size += chunk.length;
    return size;
  });
  expect(await Promise.all(sizes)).toEqual(Array.from({ length: 8 }, () => 100 * MIB));
});

test('a reader that stops reading stalls its process and nothing else', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const path = `/${server.id}`;
  const script = 'while :; do head -c 65536 /dev/zero; printf x >&2; done';
  const endless = await client.walk(`${path}/endless`).makeProc({
    Path: '/bin/sh',
    Args: ['-c', script],
  });
  const stdout = endless.stdout();
  await stdout.next();
  let rounds = 0;
  const counting = (async () => {
    for await (const chunk of endless.stderr()) rounds += chunk.length;
  })().catch(() => {});
  await until('it stands still', () => standsStill(() => rounds));
  expect(rounds * 65_536).toBeLessThan(8 * MIB);

  const chan = await client.walk(`${path}/c`).makeChan(0);
  const echo = await client.walk(`${path}/cat`).makeProc({ Path: '/bin/cat' });
  const sent = pour(echo.stdin(), 20);
  expect(await drink(echo.stdout())).toBe(await sent);
  const [message] = await Promise.all([chan.receiveText(), chan.send('hello')]);
  expect(message).toBe('hello');

  const before = rounds;
  await until('it goes on', async () => {
    await stdout.next();
    return rounds > before;
  });
  await endless.scrub({ kill: true });
  await counting;
});

test('output that nobody reads costs the server no memory', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const before = server.memoryMib();
  for (let i = 0; i < 20; i++) {
    await client.walk(`/${server.id}/p${i}`).makeProc({
      Path: '/bin/sh',
      Args: ['-c', 'head -c 100000000 /dev/zero'],
    });
  }
  await until('they stand still', () => standsStill(() => server.memoryMib().toFixed()));
  expect(server.memoryMib() - before).toBeLessThan(64);
  for (let i = 0; i < 20; i++) await client.walk(`/${server.id}/p${i}`).scrub({ kill: true });
});

test('a message of 200 MB moves at the pace of its receiver', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const chan = await client.walk(`/${server.id}/c`).makeChan(0);
  const started = performance.now();
  const sending = chan.sendStream().then((sink) => pour(sink, 200));
  const receiving = chan.receiveStream().then(drink);
  const grown = await growth(server, Promise.all([sending, receiving]));
  console.log(`200 MiB as a message: ${rate(started, 200)}, memory grew by ${grown.toFixed()} MiB`);
  expect(await receiving).toBe(await sending);
  expect(grown).toBeLessThan(64);
});

test('input that a process does not take costs the server a window of memory', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const client = await stage.client(server);
  const proc = await client.walk(`/${server.id}/p`).makeProc({ Path: '/bin/sleep', Args: ['100'] });
  const before = server.memoryMib();
  const sink: ByteSink = proc.stdin();
  let written = 0;
  const writing = (async () => {
    for (;;) {
      await sink.write(block);
      written++;
    }
  })().catch(() => {});
  await until('it stands still', () => standsStill(() => written));
  expect(written).toBeLessThan(8);
  expect(server.memoryMib() - before).toBeLessThan(64);
  await proc.scrub({ kill: true });
  await writing;
});

/** Whether it is the same when looked at again, a while later. */
async function standsStill(look: () => unknown): Promise<boolean> {
  const before = look();
  await new Promise((resolve) => setTimeout(resolve, 200));
  return before === look();
}

function rate(started: number, mebibytes: number): string {
  return `${((mebibytes * 1000) / (performance.now() - started)).toFixed()} MiB/s`;
}
