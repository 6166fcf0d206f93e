/** The processes of the benchmark: servers, echoes, and commands that run to their end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Client, connect } from '../../src/index.ts';
import { nodeHost, readKeys } from '../../transport/index.ts';

export const root = join(import.meta.dirname, '../..');
export const node = process.execPath;

/** The program as it is shipped. */
export const builtProgram = join(root, 'dist/cli/main.js');

const running = new Set<ChildProcess>();

/** A process that lives until `endChildren`, and the first line that it prints. */
export async function startChild(
  args: readonly string[],
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  running.add(child);
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${args.join(' ')} ended with ${code} before it was ready`);
    }),
  ])) as [string];
  return { child, line };
}

export interface ServerProcess {
  readonly pid: number;
  readonly id: string;
  readonly url: string;
  connect(): Promise<Client>;
}

/**
 * A server in a process of its own, as it is shipped; with keys if there is a file of them, and with
 * its journal on disk if there is a directory for that.
 */
export async function startServer(
  joins: readonly string[] = [],
  { keyFile, directory }: { readonly keyFile?: string; readonly directory?: string } = {},
): Promise<ServerProcess> {
  if (!existsSync(builtProgram)) throw new Error('there is no dist; "npm run build" makes it');
  const profile = process.env['BENCH_PROFILE_SERVER'];
  const { line, child } = await startChild([
    ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    builtProgram,
    'start',
    '--json',
    ...joins.flatMap((url) => ['-j', url]),
    ...(keyFile === undefined ? [] : ['-hmac', keyFile]),
    ...(directory === undefined ? [] : ['-var', directory]),
  ]);
  const { url, id } = JSON.parse(line) as { url: string; id: string };
  const keys = keyFile === undefined ? {} : { keys: await readKeys(keyFile) };
  return {
    pid: child.pid as number,
    id,
    url,
    connect: async () => connect(await nodeHost({ client: true, ...keys }), url),
  };
}

/** Ends everything that `startChild` started. */
export async function endChildren(): Promise<void> {
  const ended = [...running].map(async (child) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await exit;
    clearTimeout(timer);
  });
  await Promise.all(ended);
  running.clear();
}

/** What a command took, from its start to its exit. */
export interface Run {
  readonly wallMs: number;
  /** With its children. In steps of 10 ms. */
  readonly cpuMs: number;
  readonly printed: string;
}

/**
 * Runs a script of the shell to its end, with `command` as its "$@": Node does not tell what CPU
 * time its children took, and a shell does.
 */
export async function inShell(
  script: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Run> {
  const start = performance.now();
  const child = spawn('sh', ['-c', `set -e; ${script}; times`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env,
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => parts.push(bytes));
  const [code] = await once(child, 'close');
  const wallMs = performance.now() - start;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  const lines = Buffer.concat(parts).toString().trim().split('\n');
  return {
    wallMs,
    cpuMs: msOf(lines.at(-1) as string),
    printed: lines.slice(0, -2).join('\n'),
  };
}

/** Of a line such as "0m0.10s 0m0.02s". */
function msOf(line: string): number {
  const times = [...line.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => {
    return sum + (Number(minutes) * 60 + Number(seconds)) * 1000;
  }, 0);
}

/** CPU time of processes so far, in milliseconds: of this one, and of others as far as Linux says. */
export function cpuMs(pids: readonly number[]): number {
  const { user, system } = process.cpuUsage();
  return pids.reduce((sum, pid) => sum + cpuMsOf(pid), (user + system) / 1000);
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticksPerMs = 100 / 1000;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerMs;
}

/** Resident memory of a process, in MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}
