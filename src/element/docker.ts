/**
 * A container under an anchor. What the engine says of it is its state, asked for when somebody
 * looks. Once the engine has forgotten the container, its last known state stands in. Its exit is
 * known whatever its pipes hold, and nothing of it is left in the engine after a scrub.
 *
 * When the engine is lost sight of, nobody knows whether the container runs: waits and streams fail
 * with ENGINE_FAILED, for good. Peek, signal and scrub ask the engine again, which may be back.
 */

import { CircuitError } from '../errors.ts';
import type { Container, Containers, EngineRefusal, Output } from '../host/index.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { replyLong } from '../rpc/long.ts';
import { containerOf, type DockerCommand } from './docker-command.ts';
import { done, type Element } from './element.ts';
import { OutputStream } from './output.ts';
import { parseSignal } from './signals.ts';
import { StdinStream } from './stdin.ts';
import { Waiters } from './waiters.ts';

type Phase =
  | { readonly type: 'starting' | 'running' }
  /** It has ended, and its last state is being asked for. */
  | { readonly type: 'ending' }
  | { readonly type: 'ended' }
  /** It could not be started. */
  | { readonly type: 'failed' }
  | { readonly type: 'lost'; readonly error: CircuitError };

/** As of a program that a shell cannot start. */
const notStartedCode = 127;

const utf8 = new TextEncoder();

export interface DockerEvents {
  /** It has exited, and its last state is known. */
  exited(): void;
  /** Its container could not be removed, and why; nobody asked for it. */
  leaked(reason: string): void;
}

export class DockerElement implements Element {
  readonly kind = 'docker';
  readonly #command: DockerCommand;
  readonly #events: DockerEvents;
  readonly #container: Container;
  readonly #stdin: StdinStream;
  readonly #outputs: Readonly<Record<Output, OutputStream>>;
  #phase: Phase = { type: 'starting' };
  #gone = false;
  /** What the engine said last, or would say. */
  #state: object;
  /** Questions about it, and the last of them that was answered. */
  #asked = 0;
  #answered = 0;
  /** Asked to know when it has started, or why not. */
  #starter: Call | undefined;
  readonly #waiters = new Waiters();
  /** What became of the removal; undefined until it is known. */
  #removal: { readonly refusal: EngineRefusal | undefined } | undefined;
  readonly #removers = new Waiters();

  /** `starter` is answered once the container runs. */
  constructor(containers: Containers, command: DockerCommand, starter: Call, events: DockerEvents) {
    this.#command = command;
    this.#starter = starter;
    this.#events = events;
    this.#state = { Config: { Image: command.Image }, State: stateOf('created') };
    this.#container = containers.run(containerOf(command), {
      started: () => this.#started(),
      failed: (reason) => this.#failed(reason),
      readable: (output) => this.#outputs[output].readable(),
      ended: (output) => this.#outputs[output].ended(),
      drained: () => this.#stdin.taken(),
      stdinClosed: () => this.#stdin.close(notRunning()),
      exited: (code) => this.#exited(code),
      lost: (reason) => this.#lost(reason),
    });
    this.#stdin = new StdinStream(this.#container);
    this.#outputs = {
      stdout: new OutputStream(this.#container, 'stdout'),
      stderr: new OutputStream(this.#container, 'stderr'),
    };
  }

  get program(): string | undefined {
    const { type } = this.#phase;
    if (type === 'ended' || type === 'failed') return undefined;
    // Arguments may be secrets: nobody else's business, as with a process.
    const { Image, Path } = this.#command;
    return [Image, Path].filter((word) => word !== '').join(' ');
  }

  /** What is known without asking. */
  peek(): unknown {
    return this.#state;
  }

  inspect(call: Call): CallEvents {
    const { type } = this.#phase;
    if (type === 'starting' || type === 'failed') return this.#tell(call);
    this.#ask((refusal) => {
      if (refusal?.type === 'failed') call.fail(engineFailed(refusal.reason));
      else this.#tell(call);
    });
    return givingUp(call);
  }

  /** The call that made the container no longer waits for it to start. */
  starterGone(): void {
    this.#starter = undefined;
  }

  wait(call: Call): CallEvents {
    if (this.#phase.type === 'lost') throw this.#phase.error;
    const over = this.#phase.type === 'ended' || this.#phase.type === 'failed';
    return over ? this.#tell(call) : this.#waiters.add(call);
  }

  signal(call: Call, name: string): CallEvents {
    const signal = parseSignal(name);
    if (this.#phase.type !== 'running' && this.#phase.type !== 'lost') throw notRunning();
    this.#container.signal(signal, (refusal) => {
      if (refusal === undefined) done(call);
      else if (refusal.type === 'failed') call.fail(engineFailed(refusal.reason));
      else call.fail(notRunning());
    });
    return givingUp(call);
  }

  output(call: Call, output: Output): CallEvents {
    return this.#outputs[output].attach(call);
  }

  /** Answers a call whose stream becomes the container's standard input. */
  stdin(call: Call): CallEvents {
    if (this.#phase.type === 'starting') throw notRunning();
    return this.#stdin.attach(call);
  }

  /** The container goes as well, with or without `kill`. */
  scrub(): void {
    const aborted = new CircuitError('ABORTED', 'the container element was scrubbed');
    this.#gone = true;
    this.#starter?.fail(aborted);
    this.#starter = undefined;
    this.#waiters.fail(aborted);
    this.#stdin.close(aborted);
    for (const output of Object.values(this.#outputs)) output.abort(aborted);
    this.#container.remove((refusal) => {
      this.#removal = { refusal };
      this.#removers.answer((call) => this.#tellRemoval(call, refusal));
    });
    this.#container.release();
  }

  scrubbed(call: Call): CallEvents {
    if (this.#removal === undefined) return this.#removers.add(call);
    this.#tellRemoval(call, this.#removal.refusal);
    return {};
  }

  #started(): void {
    this.#phase = { type: 'running' };
    if (this.#starter !== undefined) done(this.#starter);
    this.#starter = undefined;
    // So that there is something to show should somebody remove it.
    this.#ask(() => {});
  }

  #failed(reason: string): void {
    this.#phase = { type: 'failed' };
    this.#state = {
      ...this.#state,
      State: { ...stateOf('failed'), ExitCode: notStartedCode, Error: reason },
    };
    this.#starter?.fail(new CircuitError('SPAWN_FAILED', reason));
    this.#starter = undefined;
    this.#stdin.close(notRunning());
    this.#waiters.answer((call) => this.#tell(call));
    for (const output of Object.values(this.#outputs)) output.ended();
  }

  #exited(code: number): void {
    this.#phase = { type: 'ending' };
    this.#stdin.close(notRunning());
    this.#ask((refusal) => {
      if (this.#gone) return;
      if (refusal !== undefined) this.#become(refusal.type === 'missing' ? 'removed' : 'exited');
      // Once it is removed, what the engine had said before its end is all there is.
      this.#state = { ...this.#state, State: { ...stateIn(this.#state), ExitCode: code } };
      this.#phase = { type: 'ended' };
      this.#waiters.answer((call) => this.#tell(call));
      this.#events.exited();
      if (this.#command.Scrub) this.#leave();
    });
  }

  /** The element is gone: what is unread must not keep the pipes open for ever. */
  #leave(): void {
    this.#gone = true;
    for (const output of Object.values(this.#outputs)) output.discard();
    this.#container.remove((refusal) => {
      if (refusal !== undefined) this.#events.leaked(refusal.reason);
    });
  }

  #lost(reason: string): void {
    const error = engineFailed(`${reason}; whether the container runs on is not known`);
    this.#phase = { type: 'lost', error };
    this.#stdin.close(error);
    this.#waiters.fail(error);
    for (const output of Object.values(this.#outputs)) output.broken(error);
  }

  /** Asks the engine for the state, and keeps it. */
  #ask(then: (refusal: EngineRefusal | undefined) => void): void {
    const number = ++this.#asked;
    this.#container.inspect((state, refusal) => {
      // An answer that was overtaken is older than what is known.
      if (number > this.#answered) {
        this.#answered = number;
        if (state !== undefined) this.#state = state;
        else if (refusal?.type === 'missing') this.#become('removed');
      }
      then(refusal);
    });
  }

  /** What is known of its state, but for its status. */
  #become(status: string): void {
    const State = { ...stateIn(this.#state), Status: status, Running: false, Pid: 0 };
    this.#state = { ...this.#state, State };
  }

  #tell(call: Call): CallEvents {
    return replyLong(call, utf8.encode(JSON.stringify(this.#state)));
  }

  #tellRemoval(call: Call, refusal: EngineRefusal | undefined): void {
    if (refusal === undefined) done(call);
    else call.fail(new CircuitError('ENGINE_FAILED', refusal.reason));
  }
}

function stateOf(status: string): object {
  return { Status: status, Running: false, Pid: 0, ExitCode: 0, Error: '' };
}

function stateIn(inspected: object): object {
  return (inspected as { readonly State?: object }).State ?? stateOf('created');
}

/** For a call that the engine is asked about: it may be given up meanwhile. */
function givingUp(call: Call): CallEvents {
  const cancelled = new CircuitError('CANCELLED', 'the operation was given up', {
    outcomeUnknown: true,
  });
  return { cancelled: () => call.fail(cancelled) };
}

function engineFailed(reason: string): CircuitError {
  return new CircuitError('ENGINE_FAILED', reason);
}

function notRunning(): CircuitError {
  return new CircuitError('NOT_RUNNING', 'the container does not run');
}
