/** Runs this very program as a user would, and shows what it does: for the demo. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitError } from '../src/index.ts';
import { print } from './output.ts';

export interface StartedServer {
  readonly url: string;
  readonly id: string;
}

const lookAgainMs = 20;
const patienceMs = 30_000;

export class Shell {
  /** Holds the URL of the first server. */
  readonly urlFile: string;
  readonly #directory: string;
  readonly #keep: boolean;
  readonly #servers: ChildProcess[] = [];

  constructor(directory: string, options: { keep: boolean }) {
    this.#directory = directory;
    this.#keep = options.keep;
    this.urlFile = join(directory, 'url');
  }

  get pids(): readonly number[] {
    return this.#servers.map((server) => server.pid as number);
  }

  /** Starts a server and waits until it has said where it is. */
  async start(args: readonly string[]): Promise<StartedServer> {
    const first = this.#servers.length === 0;
    await print(`$ circuit start${args.length === 0 ? '' : ' -j $(cat $CIRCUIT)'}`);
    await print(first ? ` > ${this.urlFile} &\n` : ' &\n');
    // Files and not pipes: with --keep it outlives us.
    const out = join(this.#directory, `start${this.#servers.length}`);
    const fd = openSync(out, 'a');
    const child = spawn(process.execPath, [program(), 'start', '--json', ...args], {
      stdio: ['ignore', fd, fd],
      env: this.#environment(),
      detached: this.#keep,
    });
    closeSync(fd);
    this.#servers.push(child);
    if (this.#keep) child.unref();
    const printed = await this.#firstLine(child, out);
    const { url, id } = JSON.parse(printed) as StartedServer;
    if (first) {
      writeFileSync(this.urlFile, `${url}\n`);
      await print(`${url}\n$ export CIRCUIT=${this.urlFile}\n`);
    } else {
      await print(`${url}\n`);
    }
    return { url, id };
  }

  /** Runs a command, shows it and what it printed, and returns that. Throws when it fails. */
  async run(args: readonly string[], options: { input?: string } = {}): Promise<string> {
    const { input } = options;
    const typed = `circuit ${args.join(' ')}`;
    await print(`$ ${input === undefined ? '' : `echo '${input}' | `}${typed}\n`);
    const output = await this.#capture(args, input === undefined ? '' : `${input}\n`);
    await print(output);
    return output;
  }

  /** As `run`, again and again until the output is as wanted; only the last is shown. */
  async until(
    args: readonly string[],
    wanted: (output: string) => boolean,
    withinMs: number,
  ): Promise<void> {
    const end = performance.now() + withinMs;
    await print(`$ circuit ${args.join(' ')}\n`);
    let output = await this.#capture(args, '');
    while (!wanted(output)) {
      if (performance.now() > end) {
        throw failed(`"circuit ${args.join(' ')}" keeps printing ${JSON.stringify(output)}`);
      }
      await sleep(lookAgainMs);
      output = await this.#capture(args, '');
    }
    await print(output);
  }

  /** Ends all servers, and only returns when they are gone. */
  async end(): Promise<void> {
    for (const server of this.#servers) {
      if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM');
    }
    const gone = this.#servers.map(async (server) => {
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
    });
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.kill('SIGKILL');
    }, patienceMs);
    await Promise.all(gone);
    clearTimeout(timer);
  }

  async #firstLine(child: ChildProcess, file: string): Promise<string> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const lines = readFileSync(file, 'utf8').split('\n');
      const line = lines.slice(0, -1).find((each) => each.startsWith('{"url"'));
      if (line !== undefined) return line;
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        throw failed(`a server did not start: ${lines.join(' ').trim() || 'it said nothing'}`);
      }
      await sleep(lookAgainMs);
    }
  }

  async #capture(args: readonly string[], input: string): Promise<string> {
    const child = spawn(process.execPath, [program(), ...args], { env: this.#environment() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes) => out.push(bytes));
    child.stderr.on('data', (bytes) => err.push(bytes));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code, signal] = await once(child, 'close');
    if (code === 0) return Buffer.concat(out).toString();
    const said = Buffer.concat(err).toString().trim();
    throw failed(`"circuit ${args.join(' ')}" ended with ${code ?? signal}: ${said}`);
  }

  #environment(): NodeJS.ProcessEnv {
    const { CIRCUIT_HMAC: _, CIRCUIT_DISCOVER: __, ...environment } = process.env;
    return { ...environment, CIRCUIT: this.urlFile };
  }
}

function program(): string {
  return process.argv[1] as string;
}

function failed(what: string): CircuitError {
  return new CircuitError('PROTOCOL', `the demo went wrong: ${what}`);
}
