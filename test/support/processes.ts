/** Processes that a server has started, seen from outside. */

import { type Client, connect, type Proc } from '../../src/index.ts';
import { isAlive, processes } from '../../tools/soak-processes/proc.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import { type RunOptions, startServer, type TestServer, until } from './circuit.ts';

/** A server as a program, and a client of it. */
export interface Dialled extends TestServer {
  readonly client: Client;
  /** Makes a process that runs a script of the shell. */
  shell(script: string): Promise<Proc>;
  close(): Promise<void>;
}

let made = 0;

export async function startDialled(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Dialled> {
  return await dialled(await startServer(args, options));
}

/** A client of its own. */
export async function dialled(server: TestServer): Promise<Dialled> {
  const host: NodeHost = await nodeHost({ client: true });
  const client = await connect(host, server.url);
  return {
    ...server,
    client,
    shell: (script) =>
      client.walk(`${server.path}/p${made++}`).makeProc({ Path: '/bin/sh', Args: ['-c', script] }),
    async close() {
      await client.close();
      await host.close();
    },
  };
}

/** The first line that a process prints, as numbers. */
export async function numbersFrom(proc: Proc): Promise<number[]> {
  let text = '';
  for await (const bytes of proc.stdout()) {
    text += new TextDecoder().decode(bytes);
    if (text.endsWith('\n')) break;
  }
  return text.trim().split(' ').map(Number);
}

/** Those in any of the groups that are no zombies. */
export function livingIn(groups: readonly number[]): number[] {
  const living = processes().filter(({ pid, group }) => groups.includes(group) && isAlive(pid));
  return living.map(({ pid }) => pid);
}

export function untilEmpty(groups: readonly number[]): Promise<void> {
  return until(() => livingIn(groups).length === 0, `nothing is left in ${groups.join(', ')}`);
}
