/** What keys cost streams: the same work through a server with keys, and through one without. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../bench.ts';
import { builtProgram, inShell, node, type ServerProcess, startServer } from '../children.ts';
import type { Sample } from '../figure.ts';

const bytesEach = 256 * 2 ** 20;
const zeros = ['-c', String(bytesEach), '/dev/zero'];
/** One after the other. */
const connects = 50;

export const tls: Case = {
  name: 'tls',
  claim: 'streams under TLS, against the same in plain text',
  async run(bench) {
    const directory = mkdtempSync(join(tmpdir(), 'circuit-bench-'));
    const keyFile = join(directory, 'keys');
    writeFileSync(keyFile, `${randomBytes(64).toString('base64')}\n`, { mode: 0o600 });
    const [secret, plain] = [await startServer([], { keyFile }), await startServer()];
    await bench.contest({
      name: 'circuit stdout under TLS',
      unit: 'MB/s',
      better: 'more',
      goal: { value: 0.6, of: 'ratio' },
      cpuUnit: 'us per MB',
      repetitions: 7,
      withinMs: 30_000,
      note: `${bytesEach / 2 ** 20} MiB, with the start of the client, whose CPU time it is`,
      measure: () => throughput(secret, ['-hmac', keyFile]),
      rivals: [{ name: 'in plain text', measure: () => throughput(plain, []) }],
    });
    await bench.contest({
      name: 'connect and close under TLS',
      unit: 'ms',
      better: 'less',
      cpuUnit: 'ms',
      repetitions: 9,
      withinMs: 15_000,
      note: `${connects} in a row; CPU time is that of the client`,
      measure: () => connectTime(secret),
      rivals: [{ name: 'in plain text', measure: () => connectTime(plain) }],
    });
    rmSync(directory, { recursive: true });
  },
};

let made = 0;

async function throughput(server: ServerProcess, keys: readonly string[]): Promise<Sample> {
  const client = await server.connect();
  const anchor = client.walk(`/${server.id}/zeros${made++}`);
  const proc = await anchor.makeProc({ Path: '/usr/bin/head', Args: zeros });
  const command = [node, builtProgram, 'stdout', proc.path, '-d', server.url, ...keys];
  const { wallMs, cpuMs, printed } = await inShell('"$@" | wc -c', command);
  await proc.scrub();
  await client.close();
  if (Number(printed) !== bytesEach) throw new Error(`${printed} bytes came of ${bytesEach}`);
  return { value: bytesEach / 1000 / wallMs, cpu: (cpuMs * 1000) / (bytesEach / 1e6) };
}

async function connectTime(server: ServerProcess): Promise<Sample> {
  const before = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < connects; i++) await (await server.connect()).close();
  const { user, system } = process.cpuUsage(before);
  return {
    value: (performance.now() - start) / connects,
    cpu: (user + system) / 1000 / connects,
  };
}
