/**
 * Circuits of real servers for tests: each a child process, gone when the test or the file is over,
 * whatever happens. Nothing here waits for a time; it waits for what it wants to see.
 */

import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';

const root = join(import.meta.dirname, '../..');
/** For what takes a second when nothing else goes on; less than a test may take. */
const patienceMs = 120_000;
const lookAgainMs = 20;

/** The wrapper for a clone. */
export const wrapper = join(root, 'bin/circuit');

export interface Outcome {
  readonly code: number | undefined;
  /** The signal that ended it. */
  readonly signal: string | undefined;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Standard input; nothing without it. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes ours, as one that enters a namespace does. */
  readonly through?: readonly string[];
}

/** A command under way. */
export interface Running {
  readonly process: ResultPromise;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** The same of standard error. */
  errors(): string;
  over(): boolean;
  readonly ended: Promise<Outcome>;
}

export interface TestServer {
  readonly url: string;
  readonly id: string;
  /** `/Xid`. */
  readonly path: string;
  readonly running: Running;
}

const started = new Set<Running>();

/** Starts a command and leaves its standard input open unless there is an `input`. */
export function begin(args: readonly string[], options: RunOptions = {}): Running {
  const [file, ...first] = [...(options.through ?? []), ...program()];
  const { CIRCUIT: _, CIRCUIT_HMAC: __, CIRCUIT_DISCOVER: ___, ...environment } = process.env;
  const child = execa(file as string, [...first, ...args], {
    reject: false,
    extendEnv: false,
    env: { ...environment, ...options.env },
    stripFinalNewline: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? {} : { input: options.input }),
  }) as unknown as ResultPromise;
  let printed = '';
  let complained = '';
  let over = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  const ended = child.then((result) => {
    over = true;
    started.delete(running);
    const { exitCode, signal, stdout, stderr } = result;
    return { code: exitCode, signal, out: String(stdout ?? ''), err: String(stderr ?? '') };
  });
  const running: Running = {
    process: child,
    pid: child.pid as number,
    output: () => printed,
    errors: () => complained,
    over: () => over,
    ended,
  };
  started.add(running);
  return running;
}

/** Runs a command to its end; without an `input` its standard input is empty. */
export function circuit(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return begin(args, { input: '', ...options }).ended;
}

/** As `circuit`; returns what it printed, and throws when it failed. */
export async function output(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, out, err } = await circuit(args, options);
  if (code === 0 && err === '') return out;
  throw new Error(`circuit ${args.join(' ')} ended with ${code}: ${err}`);
}

export async function startServer(
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<TestServer> {
  const running = begin(['start', '--json', ...args], { input: '', ...options });
  await until(() => running.over() || running.output().includes('\n'), 'a server starts');
  if (running.over()) throw new Error(`the server did not start: ${(await running.ended).err}`);
  const { url, id } = JSON.parse(running.output()) as { url: string; id: string };
  return { url, id, path: `/${id}`, running };
}

/** So many servers that all see each other. */
export async function startServers(count: number): Promise<TestServer[]> {
  const first = await startServer();
  const joining = Array.from({ length: count - 1 }, () => startServer(['-j', first.url]));
  const servers = [first, ...(await Promise.all(joining))];
  for (const server of servers) await untilListed(server, servers);
  return servers;
}

/** Waits until `server` lists exactly `members`. */
export async function untilListed(
  server: TestServer,
  members: readonly TestServer[],
): Promise<void> {
  const wanted = listingOf(members);
  await until(
    async () => (await circuit(['ls', '-d', server.url, '/'])).out === wanted,
    `${server.id} lists ${members.length} servers`,
  );
}

export function listingOf(members: readonly TestServer[]): string {
  const paths = members.map(({ path }) => path).sort();
  return paths.map((path) => `${path}\n`).join('');
}

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await sleep(lookAgainMs);
  }
}

/** Resolves once the command has a connection, and so, most likely, waits at its server soon. */
export function untilConnected({ pid }: Running): Promise<void> {
  return until(() => {
    const established = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '01')
      .map((fields) => `socket:[${fields[9]}]`);
    const files = readdirSync(`/proc/${pid}/fd`);
    return files.some((fd) => established.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  }, 'the command is connected');
}

/** Resolves once so many calls of that method are under way at that server, through `dialled`. */
export function untilWaiting(
  { path }: TestServer,
  { method, count, dialled }: { method: string; count: number; dialled: TestServer },
): Promise<void> {
  return until(async () => {
    const doing = await output(['stk', path, '-d', dialled.url]);
    return doing.split(` ${method} `).length > count;
  }, `${count} wait`);
}

/** Kills everything that was begun and has not ended; for `afterEach` or `afterAll`. */
export async function endAll(): Promise<void> {
  const all = [...started];
  for (const { process } of all) process.kill('SIGKILL');
  await Promise.all(all.map(({ ended }) => ended));
}

let chosen: string[] | undefined;

/** The built program if it is as new as its sources, because it starts faster; else these. */
export function program(): string[] {
  chosen ??= [process.execPath, isFresh() ? built : join(root, 'cli/main.ts')];
  return chosen;
}

export const built = join(root, 'dist/cli/main.js');

export function isFresh(): boolean {
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  return ['cli', 'src', 'transport', 'package.json', 'tools/build.ts'].every(
    (part) => newest(join(root, part)) <= builtAt,
  );
}

function newest(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
