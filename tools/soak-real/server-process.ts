/** A server in a process of its own, as the driver sees it: what it prints, tells and takes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StageServer } from '../../sim/index.ts';

/** What a server told, as its log says it. */
export interface Telling {
  readonly change: 'join' | 'leave';
  readonly id: string;
}

export interface StartOptions {
  /** The name of its host. */
  readonly name: string;
  readonly program: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  now(): number;
  told(server: ServerProcess, telling: Telling): void;
  /** It ended by itself, and nobody had asked it to. */
  died(server: ServerProcess, how: string): void;
}

/** A server that takes longer to start than this does not. */
const START_MS = 60_000;
/** Lines of its log that are kept, for whoever asks why it ended. */
const LINES_KEPT = 30;

export class ServerProcess implements StageServer {
  readonly host: { readonly name: string };
  readonly pid: number;
  readonly startedAt: number;
  id = '';
  server = { url: '' };
  joinedAt: number | undefined;
  endedAt: number | undefined;
  /** It stands still, by SIGSTOP. */
  paused = false;
  /** Somebody told that it had left while it was up. */
  givenUp = false;
  /** The servers that it told of and that are there, by their ids; itself first. */
  readonly present: string[] = [];
  /** Resolves with its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>;
  readonly #process: ChildProcess;
  readonly #options: StartOptions;
  readonly #lines: string[] = [];

  constructor(options: StartOptions) {
    const { name, program, args, env } = options;
    this.#options = options;
    this.host = { name };
    this.startedAt = options.now();
    const [file, ...first] = program as readonly [string, ...string[]];
    // In a group of its own: the interrupt key is for the driver.
    this.#process = spawn(file, [...first, 'start', '--json', '--log', 'info', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...env },
    });
    this.pid = this.#process.pid ?? 0;
    const { stderr } = this.#process;
    if (stderr !== null) createInterface(stderr).on('line', (line) => this.#heard(line));
    this.exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
    void this.exited.then((how) => {
      if (this.endedAt !== undefined) return;
      this.endedAt = options.now();
      options.died(this, `${how}: ${this.lastWords}`);
    });
  }

  /** Resolves when it serves and has joined; rejects when it does not come to that. */
  async started(): Promise<void> {
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('it could not be run');
    let timer: NodeJS.Timeout | undefined;
    const line = await Promise.race([
      new Promise<string>((resolve) => createInterface(stdout).once('line', resolve)),
      this.exited.then((how) => Promise.reject(new Error(`it ended with ${how}`))),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not within ${START_MS} ms`)), START_MS);
      }),
    ]).finally(() => clearTimeout(timer));
    const { id, url } = JSON.parse(line) as { id: string; url: string };
    this.id = id;
    this.server = { url };
    this.joinedAt = this.#options.now();
  }

  /** Whatever becomes of it now is no news. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    this.endedAt ??= this.#options.now();
    this.#process.kill(signal);
    return this.exited;
  }

  pause(): void {
    this.paused = true;
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.paused = false;
    this.#process.kill('SIGCONT');
  }

  get lastWords(): string {
    return this.#lines.join('\n');
  }

  #heard(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    const telling = tellingOf(line);
    if (telling === undefined) return;
    // Of itself first.
    if (this.id === '') this.id = telling.id;
    this.#options.told(this, telling);
  }
}

function tellingOf(line: string): Telling | undefined {
  if (!line.includes('"event":"joined"') && !line.includes('"event":"left"')) return undefined;
  const { event, server } = JSON.parse(line) as { event: string; server: string };
  return { change: event === 'joined' ? 'join' : 'leave', id: server };
}
