/**
 * One container, over its connections to the engine: one for standard input and output, one for
 * standard error, so that neither output waits for the other, and one that tells of its exit. Only
 * the last says how the outputs ended: a connection that closes may also mean that the engine is
 * gone.
 *
 * The engine holds some output of its own while we do not read. The exit of a container that wrote
 * more than that keeps it from saying so, and from answering anything about the container, until
 * that was read; and after 2 s it throws away the end of the output. So while output lies unread the
 * engine is asked something, and when it does not answer at once, what it holds is read ahead.
 */

import type { Socket } from 'node:net';
import type {
  Container,
  ContainerCommand,
  ContainerEvents,
  EngineRefusal,
} from '../src/host/containers.ts';
import type { Output } from '../src/host/spawner.ts';
import { limits } from '../src/limits.ts';
import { type ContainerEngine, reasonOf, refusalOf, type Watch } from './container-engine.ts';
import { DockerOutput } from './docker-streams.ts';

/**
 * An engine that takes longer to answer while output is unread is taken to be held up by it. 2 s
 * after the exit the engine throws away what it could not pass on by then.
 */
const heldUpMs = 400;

export class NodeContainer implements Container {
  readonly #engine: ContainerEngine;
  readonly #name: string;
  #events: ContainerEvents | undefined;
  readonly #gone: () => void;
  /** Settled when it has started, or will not. */
  readonly #begun: Promise<void>;
  /** Its name, as long as the engine may have it. */
  #container: string | undefined;
  #stdin: Socket | undefined;
  #outputs: Readonly<Record<Output, DockerOutput>> | undefined;
  #watch: Watch | undefined;
  #failed = false;
  #running = false;
  #exited = false;
  /** The outputs whose end was told. */
  readonly #ends = new Set<Output>();
  /** It is to be removed as soon as it has ended. */
  #terminating = false;
  /** Nothing is to be heard of it any more, and it has no connections. */
  #released = false;
  #full = false;
  /** Whether output lay unread at the last look. */
  #wasUnread = false;
  #probing = false;

  constructor(
    engine: ContainerEngine,
    options: {
      readonly name: string;
      readonly command: ContainerCommand;
      /** See ContainerEngine.create. */
      readonly owner: string | undefined;
      /** Called once nothing of it is in the engine any more. */
      readonly gone: () => void;
    },
    events: ContainerEvents,
  ) {
    this.#engine = engine;
    this.#name = options.name;
    this.#gone = options.gone;
    this.#events = events;
    this.#begun = this.#begin(options.command, options.owner);
  }

  /** Whether there is nothing more to look after. */
  get over(): boolean {
    const outputs = Object.values(this.#outputs ?? {});
    const ended = this.#exited && outputs.every((output) => output.ended);
    return this.#failed || this.#released || ended;
  }

  write(bytes: Uint8Array): boolean {
    const stdin = this.#stdin;
    if (stdin?.writable !== true) return true;
    stdin.write(bytes);
    if (stdin.writableLength <= limits.inputBytesMax) return true;
    this.#full = true;
    return false;
  }

  endStdin(): void {
    if (this.#stdin?.writable === true) this.#stdin.end();
  }

  read(output: Output, bytesMax: number): Uint8Array | undefined {
    return this.#outputs?.[output].read(bytesMax);
  }

  signal(name: string, done: (refusal: EngineRefusal | undefined) => void): void {
    this.#ask(
      (container) => this.#engine.kill(container, name),
      (_, refusal) => done(refusal),
    );
  }

  inspect(done: (state: object | undefined, refusal: EngineRefusal | undefined) => void): void {
    this.#ask((container) => this.#engine.inspect(container), done);
  }

  remove(done: (refusal: EngineRefusal | undefined) => void): void {
    // Its unread output would hold up the engine.
    if (!this.#exited) this.release();
    void this.#begun.then(async () => {
      const refusal = await this.#remove();
      done(refusal);
    });
  }

  release(): void {
    this.#events = undefined;
    this.#released = true;
    this.#disconnect();
  }

  /** To be called again and again: see above. */
  look(): void {
    const outputs = Object.values(this.#outputs ?? {});
    const isUnread = !this.#exited && outputs.some((output) => output.unread);
    const stays = isUnread && this.#wasUnread;
    this.#wasUnread = isUnread;
    if (!stays || this.#probing || this.#container === undefined) return;
    this.#probing = true;
    this.#engine
      .inspect(this.#container, heldUpMs)
      .catch(() => {
        for (const output of outputs) output.readAhead();
      })
      .finally(() => {
        this.#probing = false;
      });
  }

  /** Asks it to end, and removes it then. */
  terminate(): void {
    this.#terminating = true;
    if (this.#running && !this.#exited) this.signal('TERM', () => {});
    else this.remove(() => {});
  }

  async #begin(command: ContainerCommand, owner: string | undefined): Promise<void> {
    try {
      await this.#engine.create(this.#name, command, owner);
      this.#container = this.#name;
      await this.#connect(this.#container);
      await this.#engine.start(this.#container);
    } catch (error) {
      this.#disconnect();
      if (mayHaveReached(error)) this.#container = this.#name;
      const refusal = await this.#remove();
      this.#container = undefined;
      const left = refusal === undefined ? '' : `; the container ${this.#name} may be left behind`;
      this.#events?.failed(`${whyNot(command, error)}${left}`);
      this.#events = undefined;
      this.#failed = true;
      return;
    }
    this.#running = true;
    this.#events?.started();
    // What it wrote before the engine said that it runs.
    for (const output of ['stdout', 'stderr'] as const) {
      if (this.#outputs?.[output].unread === true) this.#events?.readable(output);
    }
    void this.#watch?.ended.then((code) => this.#ended(code));
  }

  async #connect(container: string): Promise<void> {
    const stdin = await this.#engine.attach(container, 'stdout');
    this.#stdin = stdin;
    stdin.on('drain', () => this.#drained());
    const stderr = await this.#engine.attach(container, 'stderr');
    this.#outputs = {
      stdout: new DockerOutput(stdin, this.#eventsOf('stdout')),
      stderr: new DockerOutput(stderr, this.#eventsOf('stderr')),
    };
    this.#watch = await this.#engine.watch(container);
    if (this.#released) this.#disconnect();
  }

  #eventsOf(output: Output) {
    return {
      readable: () => {
        if (this.#running) this.#events?.readable(output);
      },
      ended: () => this.#endedOutput(output),
    };
  }

  #ended(code: number | undefined): void {
    if (this.#released) return;
    this.#exited = true;
    const events = this.#events;
    if (code === undefined) {
      this.#events = undefined;
      events?.lost('the connection to the container engine broke');
      return;
    }
    events?.exited(code);
    if (this.#stdin?.writableFinished === false) events?.stdinClosed();
    this.#endedOutput('stdout');
    this.#endedOutput('stderr');
    if (this.#terminating) this.remove(() => {});
  }

  /** Tells the end of an output, once, when it has ended and the container has, too. */
  #endedOutput(output: Output): void {
    if (!this.#exited || this.#outputs?.[output].ended !== true) return;
    if (this.#ends.has(output)) return;
    this.#ends.add(output);
    this.#events?.ended(output);
  }

  #drained(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#events?.drained();
  }

  #disconnect(): void {
    this.#watch?.cancel();
    this.#stdin?.destroy();
    for (const output of Object.values(this.#outputs ?? {})) output.destroy();
  }

  #ask<T>(
    work: (container: string) => Promise<T>,
    done: (result: T | undefined, refusal: EngineRefusal | undefined) => void,
  ): void {
    void this.#begun
      .then(() => {
        if (this.#container === undefined) throw notThere;
        return work(this.#container);
      })
      .then(
        (result) => done(result, undefined),
        (error) => done(undefined, refusalOf(error)),
      );
  }

  async #remove(): Promise<EngineRefusal | undefined> {
    try {
      if (this.#container !== undefined) await this.#engine.remove(this.#container);
      this.#gone();
      return undefined;
    } catch (error) {
      return {
        type: 'failed',
        reason:
          `the container ${this.#name} could not be removed (${reasonOf(error)}): ` +
          `docker rm -f ${this.#name}`,
      };
    }
  }
}

const notThere = Object.assign(new Error('there is no such container'), { statusCode: 404 });

/** Whether the engine may have done what it was asked for: there was no answer, or not all of it. */
function mayHaveReached(error: unknown): boolean {
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  return statusCode === undefined && code !== 'ECONNREFUSED' && code !== 'ENOENT';
}

function whyNot({ image }: ContainerCommand, error: unknown): string {
  const reason = reasonOf(error);
  if (!/no such image/i.test(reason)) return reason;
  return `no image ${image} on that host: docker pull ${image}`;
}
