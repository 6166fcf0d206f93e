/** A program of ours that answers each line of its standard input with one of its output. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Program implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  readonly #said: string[] = [];
  #errors = '';

  /** `through`: a command that becomes the program, as one that enters a namespace does. */
  constructor(file: string, args: readonly string[], through: readonly string[] = []) {
    const [first, ...rest] = [...through, process.execPath, file, ...args];
    this.#process = spawn(first as string, rest, { stdio: 'pipe' });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    const lines = createInterface({ input: this.#process.stdout as never });
    lines.on('line', (line) => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#said.push(line);
      else next.resolve(line);
    });
    this.#process.stdin?.on('error', () => {});
    this.#process.on('exit', (code, signal) => {
      const how = `${file} ended with ${code ?? signal}: ${this.#errors}`;
      for (const each of this.#waiting.splice(0)) each.reject(new Error(how));
    });
  }

  /** The next line that it says. Rejects when it ends without. */
  async line(): Promise<string> {
    const said = this.#said.shift();
    if (said !== undefined) return said;
    if (this.#isOver) throw new Error(`it ended: ${this.#errors}`);
    const next = Promise.withResolvers<string>();
    this.#waiting.push(next);
    return next.promise;
  }

  /** Says a line to it; its answer. */
  ask(line: string): Promise<string> {
    this.#process.stdin?.write(`${line}\n`);
    return this.line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  get #isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
