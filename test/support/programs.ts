/** Servers and clients in processes of their own, which a test may stop and kill. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '../../src/index.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';

const serverProgram = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const clientProgram = fileURLToPath(new URL('./client-process.ts', import.meta.url));

/** Asks again until it is so; the bound is for tests that fail. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A process of ours, and the lines it has said. */
export class Program {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  ended = false;
  readonly #process: ChildProcess;

  constructor(program: string, args: readonly string[] = []) {
    this.#process = spawn(process.execPath, [program, ...args], { stdio: 'pipe' });
    let rest = '';
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors.push(text);
    });
    // And all that it has said is here.
    this.#process.on('close', () => {
      this.ended = true;
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** Waits until a line begins so, and gives what follows. */
  async said(prefix: string): Promise<string> {
    const find = () => this.lines.find((line) => line.startsWith(prefix));
    await until(`it says "${prefix}"`, () => {
      if (this.ended && find() === undefined) {
        throw new Error(`it ended without a word of "${prefix}": ${this.errors.join('')}`);
      }
      return find() !== undefined;
    });
    return (find() as string).slice(prefix.length).trim();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await until('it ended', () => this.ended);
  }

  /** Memory that it has in use, in MiB. */
  memoryMib(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }
}

export class ServerProgram extends Program {
  id = '';
  url = '';

  static async start(...address: string[]): Promise<ServerProgram> {
    const server = new ServerProgram(serverProgram, address);
    const [id, url] = (await server.said('X')).split(' ');
    server.id = `X${id}`;
    server.url = url as string;
    return server;
  }
}

/**
 * Of the loopback as well, and no program dials from it: a port there that is free now is free later.
 * A port of 127.0.0.1 may have become that of somebody's connection.
 */
export const ownLoopback = '127.0.0.2:0';

/** Whether it waits in the kernel for something to happen. */
export function isAsleep(pid: number): boolean {
  return / S /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Everything that a test started, and ends with it. */
export class Stage implements AsyncDisposable {
  readonly #programs: Program[] = [];
  readonly #clients: Client[] = [];
  #host: NodeHost | undefined;

  /** A server on that address, or a free one. */
  async server(...address: string[]): Promise<ServerProgram> {
    const server = await ServerProgram.start(...address);
    this.#programs.push(server);
    return server;
  }

  /** So many servers that all see each other. */
  async circuit(count: number, ...address: string[]): Promise<ServerProgram[]> {
    const servers = await Promise.all(Array.from({ length: count }, () => this.server(...address)));
    const [first] = servers as [ServerProgram];
    for (const server of servers.slice(1)) {
      const client = await this.client(server);
      await client.walk(`/${server.id}`).server().join(first.url);
    }
    for (const server of servers) {
      const client = await this.client(server);
      await until('all see all', async () => (await client.servers()).length === count);
    }
    return servers;
  }

  async client(server: { readonly url: string }): Promise<Client> {
    this.#host ??= await nodeHost({ client: true });
    const client = await connect(this.#host, server.url);
    this.#clients.push(client);
    return client;
  }

  /** A client in a process of its own; see client-process.ts. */
  clientProgram(server: { readonly url: string }, ...args: string[]): Program {
    const program = new Program(clientProgram, [server.url, ...args]);
    this.#programs.push(program);
    return program;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) if (!program.ended) program.signal('SIGKILL');
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.#host?.close();
  }
}
