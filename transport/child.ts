/**
 * One running process, over Node's own handle of it.
 *
 * Its end is told by Node's `exit`: `close` would wait for every grandchild that has inherited the
 * pipes. Node closes our end of standard input then; the outputs stay as long as they hold anything.
 */

import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Child, ChildEvents, ExitStatus, Output } from '../src/host/spawner.ts';
import { limits } from '../src/limits.ts';
import { ChildOutput } from './child-output.ts';
import { statOf } from './proc-stat.ts';
import type { ProcessGroups } from './process-groups.ts';

export class NodeChild implements Child {
  readonly #process: ChildProcess;
  readonly #pid: number;
  readonly #groups: ProcessGroups;
  readonly #stdin: Socket;
  readonly #outputs: Readonly<Record<Output, ChildOutput>>;
  #events: ChildEvents | undefined;
  #exited = false;
  #full = false;

  /** The process is known to `groups` as the first of its group. */
  constructor(
    process: ChildProcess,
    { pid, groups }: { readonly pid: number; readonly groups: ProcessGroups },
    events: ChildEvents,
  ) {
    this.#process = process;
    this.#pid = pid;
    this.#groups = groups;
    this.#events = events;
    this.#stdin = process.stdin as Socket;
    this.#outputs = { stdout: this.#output('stdout'), stderr: this.#output('stderr') };
    process.on('error', () => {});
    process.once('spawn', () => this.#events?.started(pid));
    process.once('exit', (code, signal) => this.#ended(code, signal));
    this.#stdin.on('error', () => {});
    this.#stdin.on('drain', () => this.#drained());
    this.#stdin.once('close', () => {
      if (!this.#stdin.writableFinished) this.#events?.stdinClosed();
    });
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#stdin.writable) return true;
    this.#stdin.write(bytes);
    if (this.#stdin.writableLength <= limits.inputBytesMax) return true;
    this.#full = true;
    return false;
  }

  endStdin(): void {
    if (this.#stdin.writable) this.#stdin.end();
  }

  read(output: Output, bytesMax: number): Uint8Array | undefined {
    return this.#outputs[output].read(bytesMax);
  }

  signal(name: string): boolean {
    return !this.#exited && this.#groups.signal(this.#pid, name);
  }

  kill(): void {
    this.#groups.signal(this.#pid, 'KILL');
  }

  stopped(): boolean {
    const [state] = this.#exited ? [] : statOf(this.#pid);
    return state === 'T' || state === 't';
  }

  release(): void {
    this.#events = undefined;
    this.endStdin();
    this.#stdin.unref();
    this.#outputs.stdout.discard();
    this.#outputs.stderr.discard();
    this.#process.unref();
  }

  #output(name: Output): ChildOutput {
    return new ChildOutput(this.#process[name] as Socket, {
      readable: () => this.#events?.readable(name),
      ended: () => this.#events?.ended(name),
    });
  }

  #drained(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#events?.drained();
  }

  #ended(code: number | null, signal: string | null): void {
    this.#exited = true;
    const status: ExitStatus =
      signal === null
        ? { type: 'code', code: code ?? 0 }
        : { type: 'signal', signal: signal.replace(/^SIG/, '') };
    this.#events?.exited(status);
  }
}
