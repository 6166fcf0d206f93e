/** A server in a process of its own, as a user starts it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import { root } from '../circuit-sim.ts';
import type { SoakedServer } from './soak.ts';

export interface StartedServer extends SoakedServer {
  /** Ends it, and gives its exit code. */
  end(): Promise<number | null>;
}

export async function startServer(): Promise<StartedServer> {
  const mark = `CIRCUIT_SOAK=${process.pid}-${performance.now()}`;
  const [name = '', value] = mark.split('=');
  const child = spawn(process.execPath, [join(root, 'cli/main.ts'), 'start', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, [name]: value },
  });
  const line = await firstLine(child);
  const { url, id } = JSON.parse(line) as { url: string; id: string };
  const host = await nodeHost({ client: true });
  const client = await connect(host, url);
  return {
    pid: child.pid as number,
    id,
    client,
    mark,
    async end() {
      await client.close();
      await host.close();
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code} before it was ready`);
  });
  const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  return line;
}
