/** Bytes through the standard input and output of a `cat`, by the library. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Client } from '../../../src/index.ts';
import type { Case } from '../bench.ts';
import { cpuMs, startServer } from '../children.ts';
import type { Sample } from '../figure.ts';

const MIB = 2 ** 20;
const chunk = new Uint8Array(64 * 1024);
const bytesEach = 256 * MIB;

export const stdio: Case = {
  name: 'stdio',
  claim: '1 GiB in four parts of 256 MiB into a cat and out of it again, by the library',
  async run(bench) {
    const server = await startServer();
    const client = await server.connect();
    let made = 0;
    await bench.contest({
      name: 'through cat and back',
      unit: 'MB/s',
      better: 'more',
      cpuUnit: 'us per MB',
      original: 50,
      repetitions: 4,
      withinMs: 20_000,
      note: 'every byte passes the server twice; the original had one call per 8 KB',
      measure: () =>
        throughput([server.pid], () => throughServer(client, `/${server.id}/cat${made++}`)),
      rivals: [{ name: 'a cat of our own', measure: () => throughput([], throughChild) }],
    });
    await client.close();
  },
};

async function throughput(pids: readonly number[], work: () => Promise<number>): Promise<Sample> {
  const cpu = cpuMs(pids);
  const start = performance.now();
  const got = await work();
  const ms = performance.now() - start;
  if (got !== bytesEach) throw new Error(`${got} bytes came back of ${bytesEach}`);
  return { value: got / 1000 / ms, cpu: ((cpuMs(pids) - cpu) * 1000) / (got / 1e6) };
}

async function throughServer(client: Client, path: string): Promise<number> {
  const proc = await client.walk(path).makeProc({ Path: '/bin/cat' });
  const write = async () => {
    const sink = proc.stdin();
    for (let sent = 0; sent < bytesEach; sent += chunk.length) await sink.write(chunk);
    await sink.end();
  };
  const read = async () => {
    let got = 0;
    for await (const bytes of proc.stdout()) got += bytes.length;
    return got;
  };
  const [, got] = await Promise.all([write(), read()]);
  await proc.scrub();
  return got;
}

async function throughChild(): Promise<number> {
  const cat = spawn('/bin/cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  const write = async () => {
    for (let sent = 0; sent < bytesEach; sent += chunk.length) {
      if (!cat.stdin.write(chunk)) await once(cat.stdin, 'drain');
    }
    cat.stdin.end();
  };
  const read = async () => {
    let got = 0;
    for await (const bytes of cat.stdout) got += (bytes as Uint8Array).length;
    return got;
  };
  const [, got] = await Promise.all([write(), read()]);
  return got;
}
