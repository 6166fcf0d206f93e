/**
 * A process under an anchor. Its exit is known the moment it exits, whatever its pipes hold; its
 * output waits in the pipes until somebody reads it; and what a reader took away without using it
 * up, because it was killed on the way, the next reader gets again.
 */

import { CircuitError } from '../errors.ts';
import type { Child, ExitStatus, Output, Spawner } from '../host/index.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { replyLong } from '../rpc/long.ts';
import type { Command } from './command.ts';
import { done, type Element } from './element.ts';
import { OutputStream } from './output.ts';
import { parseSignal } from './signals.ts';
import { StdinStream } from './stdin.ts';
import { Waiters } from './waiters.ts';

type State =
  | { readonly phase: 'starting' | 'running' }
  | { readonly phase: 'failed'; readonly reason: string }
  | { readonly phase: 'exited'; readonly status: ExitStatus };

const utf8 = new TextEncoder();

export class ProcElement implements Element {
  readonly kind = 'proc';
  readonly #command: Command;
  readonly #child: Child;
  readonly #outputs: Readonly<Record<Output, OutputStream>>;
  readonly #onExit: () => void;
  #state: State = { phase: 'starting' };
  /** Asked to know when it has started, or why not. */
  #starter: Call | undefined;
  readonly #waiters = new Waiters();
  readonly #stdin: StdinStream;

  /** `starter` is answered once the process runs; `onExit` is called when it has exited. */
  constructor(spawner: Spawner, command: Command, starter: Call, onExit: () => void) {
    this.#command = command;
    this.#starter = starter;
    this.#onExit = onExit;
    this.#child = spawner.spawn(
      {
        path: command.Path,
        args: command.Args ?? [],
        dir: command.Dir === '' ? undefined : command.Dir,
        env: command.Env ?? undefined,
      },
      {
        started: () => this.#started(),
        failed: (reason) => this.#failed(reason),
        readable: (output) => this.#outputs[output].readable(),
        ended: (output) => this.#outputs[output].ended(),
        drained: () => this.#stdin.taken(),
        stdinClosed: () => this.#stdin.close(notReading()),
        exited: (status) => this.#exited(status),
      },
    );
    this.#stdin = new StdinStream(this.#child);
    this.#outputs = {
      stdout: new OutputStream(this.#child, 'stdout'),
      stderr: new OutputStream(this.#child, 'stderr'),
    };
  }

  peek(): unknown {
    return { Cmd: this.#command, Exit: exitOf(this.#state), Phase: this.#phase() };
  }

  get program(): string | undefined {
    const { phase } = this.#state;
    return phase === 'starting' || phase === 'running' ? this.#command.Path : undefined;
  }

  /** The call that made the process no longer waits for it to start. */
  starterGone(): void {
    this.#starter = undefined;
  }

  wait(call: Call): CallEvents {
    if (this.#state.phase === 'exited' || this.#state.phase === 'failed') {
      return this.#tell(call);
    }
    return this.#waiters.add(call);
  }

  signal(call: Call, name: string): CallEvents {
    const signal = parseSignal(name);
    if (this.#state.phase !== 'running' || !this.#child.signal(signal)) throw notRunning();
    done(call);
    return {};
  }

  output(call: Call, output: Output): CallEvents {
    return this.#outputs[output].attach(call);
  }

  /** Answers a call whose stream becomes the process's standard input. */
  stdin(call: Call): CallEvents {
    if (this.#state.phase !== 'running') throw notRunning();
    return this.#stdin.attach(call);
  }

  scrub(options: { kill: boolean }): void {
    const aborted = new CircuitError('ABORTED', 'the process element was scrubbed');
    this.#starter?.fail(aborted);
    this.#waiters.fail(aborted);
    this.#stdin.close(aborted);
    if (options.kill) this.#child.kill();
    for (const output of Object.values(this.#outputs)) output.abort(aborted);
    this.#child.release();
  }

  #started(): void {
    this.#state = { phase: 'running' };
    if (this.#starter !== undefined) done(this.#starter);
    this.#starter = undefined;
  }

  #failed(reason: string): void {
    this.#state = { phase: 'failed', reason };
    this.#starter?.fail(new CircuitError('SPAWN_FAILED', reason));
    this.#starter = undefined;
    this.#over();
  }

  #exited(status: ExitStatus): void {
    this.#state = { phase: 'exited', status };
    this.#over();
    this.#onExit();
    // The element is gone: what is unread must not keep the pipes open for ever.
    if (this.#command.Scrub) for (const output of Object.values(this.#outputs)) output.discard();
  }

  #over(): void {
    this.#waiters.answer((call) => this.#tell(call));
    this.#stdin.close(notRunning());
    if (this.#state.phase === 'failed') for (const o of Object.values(this.#outputs)) o.ended();
  }

  #tell(call: Call): CallEvents {
    return replyLong(call, utf8.encode(JSON.stringify(this.peek())));
  }

  #phase(): string {
    switch (this.#state.phase) {
      case 'starting':
      case 'running':
        return this.#child.stopped() ? 'stopped' : 'running';
      case 'failed':
        return 'unknown';
      default:
        return this.#state.status.type === 'signal' ? 'signaled' : 'exited';
    }
  }
}

function exitOf(state: State): unknown {
  if (state.phase === 'failed') return { Message: state.reason };
  if (state.phase !== 'exited') return null;
  const { status } = state;
  if (status.type === 'signal') {
    return { Signal: status.signal, Message: `ended by signal ${status.signal}` };
  }
  return status.code === 0 ? null : { Code: status.code, Message: `exit status ${status.code}` };
}

function notRunning(): CircuitError {
  return new CircuitError('NOT_RUNNING', 'the process does not run');
}

function notReading(): CircuitError {
  return new CircuitError('NOT_RUNNING', 'the process no longer reads its input');
}
