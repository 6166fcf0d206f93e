/**
 * A process under an anchor. Its exit is known the moment it exits, whatever its pipes hold; its
 * output waits in the pipes until somebody reads it; and what a reader took away without using it
 * up, because it was killed on the way, the next reader gets again.
 */

import { CircuitError } from '../errors.ts';
import type { Child, ExitStatus, Output, Spawner } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { replyLong } from '../rpc/long.ts';
import type { Command } from './command.ts';
import { done, type Element } from './element.ts';
import { OutputStream } from './output.ts';
import { isSignal } from './signals.ts';

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
  readonly #waiters = new Set<Call>();
  #writer: Call | undefined;
  /** Written, and not taken by the process yet: whoever writes may be a window ahead of it. */
  #untaken = 0;
  #stdinClosed = false;

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
        drained: () => this.#taken(),
        stdinClosed: () => this.#closeStdin(),
        exited: (status) => this.#exited(status),
      },
    );
    this.#outputs = {
      stdout: new OutputStream(this.#child, 'stdout'),
      stderr: new OutputStream(this.#child, 'stderr'),
    };
  }

  peek(): unknown {
    return { Cmd: this.#command, Exit: exitOf(this.#state), Phase: this.#phase() };
  }

  /** The call that made the process no longer waits for it to start. */
  starterGone(): void {
    this.#starter = undefined;
  }

  wait(call: Call): CallEvents {
    if (this.#state.phase === 'exited' || this.#state.phase === 'failed') {
      return this.#tell(call);
    }
    this.#waiters.add(call);
    return {
      cancelled: () => {
        this.#waiters.delete(call);
        call.fail(new CircuitError('CANCELLED', 'the wait was cancelled'));
      },
      failed: () => void this.#waiters.delete(call),
    };
  }

  signal(call: Call, name: string): void {
    const signal = name.toUpperCase().replace(/^SIG/, '');
    if (!isSignal(signal)) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `"${name.slice(0, 40)}" is not a signal; name one without SIG, for example TERM or KILL`,
      );
    }
    if (this.#state.phase !== 'running' || !this.#child.signal(signal)) throw notRunning();
    done(call);
  }

  output(call: Call, output: Output): CallEvents {
    return this.#outputs[output].attach(call);
  }

  /** Answers a call whose stream becomes the process's standard input. */
  stdin(call: Call): CallEvents {
    if (this.#writer !== undefined) {
      throw new CircuitError('STREAM_BUSY', 'somebody else writes to the standard input already');
    }
    if (this.#stdinClosed || this.#state.phase !== 'running') throw notRunning();
    const leave = () => {
      if (this.#writer === call) this.#writer = undefined;
    };
    const end = () => {
      leave();
      this.#stdinClosed = true;
      this.#child.endStdin();
      done(call);
    };
    if (call.complete) {
      end();
      return {};
    }
    this.#writer = call;
    call.grant(limits.streamWindowBytes - this.#untaken);
    return {
      data: (bytes) => {
        this.#untaken += bytes.length;
        if (this.#child.write(bytes)) this.#taken();
      },
      ended: end,
      cancelled: () => {
        leave();
        call.fail(new CircuitError('CANCELLED', 'the writing was cancelled; input stays open'));
      },
      failed: leave,
    };
  }

  scrub(options: { kill: boolean }): void {
    const aborted = new CircuitError('ABORTED', 'the process element was scrubbed');
    for (const call of [this.#starter, ...this.#waiters, this.#writer]) call?.fail(aborted);
    this.#waiters.clear();
    if (options.kill && this.#state.phase === 'running') this.#child.signal('KILL');
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
    for (const call of this.#waiters) this.#tell(call);
    this.#waiters.clear();
    this.#closeStdin();
    if (this.#state.phase === 'failed') for (const o of Object.values(this.#outputs)) o.ended();
  }

  #tell(call: Call): CallEvents {
    return replyLong(call, utf8.encode(JSON.stringify(this.peek())));
  }

  #closeStdin(): void {
    this.#stdinClosed = true;
    this.#writer?.fail(notRunning());
    this.#writer = undefined;
  }

  #taken(): void {
    this.#writer?.grant(this.#untaken);
    this.#untaken = 0;
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
  return new CircuitError('NOT_RUNNING', 'the process does not run, or no longer reads its input');
}
