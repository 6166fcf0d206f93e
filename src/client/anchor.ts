/** A handle to a place in the namespace. */

import { formatPath, type Path, parseNames } from '../anchor/path.ts';
import { type Command, parseCommand } from '../element/command.ts';
import type { ElementKind } from '../element/element.ts';
import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { MethodName, Request } from '../rpc/method.ts';
import { entriesCodec } from '../rpc/method.ts';
import { decode } from '../wire/codec.ts';
import { Chan } from './chan.ts';
import { ask, type Target } from './invoke.ts';
import type { Waiting } from './options.ts';
import { Proc } from './proc.ts';

/** One line of a listing. */
export interface Entry {
  /** The full path. */
  readonly path: string;
  /** Undefined for an anchor that only leads to others. */
  readonly kind: ElementKind | undefined;
}

/** A command as mkproc takes it; all fields but Path may be left out. */
export type CommandInput = Partial<Command> & { readonly Path: string };

const utf8 = new TextDecoder();

export class Anchor {
  readonly #target: Target;
  readonly #path: Path;

  constructor(target: Target, path: Path) {
    this.#target = target;
    this.#path = path;
  }

  /** The full path. */
  get path(): string {
    return formatPath(this.#path);
  }

  /** The anchor at a path below this one. Throws BAD_ARGUMENT. */
  walk(below: string): Anchor {
    const names = [...this.#path.names, ...parseNames(below)];
    parseNames(names.join('/'));
    return new Anchor(this.#target, { server: this.#path.server, names });
  }

  /**
   * The children by name, or with `recursive` everything below, parents first. At `/` the children
   * are the servers. Throws NO_SUCH_SERVER, NO_SUCH_ANCHOR, SERVER_GONE.
   */
  async view(options: Waiting & { readonly recursive?: boolean } = {}): Promise<Entry[]> {
    const recursive = options.recursive ?? false;
    const below = await this.#list(recursive, options);
    const { server } = this.#path;
    if (server !== undefined || !recursive) return below;
    const perServer = await Promise.all(
      below.map(async (entry) => [entry, ...(await this.#listServer(entry, options))]),
    );
    return perServer.flat();
  }

  /** The state of the element, as JSON; null where there is none. */
  async peek(waiting: Waiting = {}): Promise<unknown> {
    if (this.#path.server === undefined) return null;
    return JSON.parse(utf8.decode(await this.#ask('peek', { path: this.#below }, waiting)));
  }

  /** A handle to the element; undefined where there is none. Throws NO_SUCH_ANCHOR. */
  async get(waiting: Waiting = {}): Promise<Chan | Proc | undefined> {
    const state = await this.peek(waiting);
    if (typeof state !== 'object' || state === null) return undefined;
    if ('Cap' in state) return this.chan();
    return 'Cmd' in state ? this.proc() : undefined;
  }

  /** A handle to the channel that is, or will be, here. Asks nothing yet. */
  chan(): Chan {
    return new Chan(this.#target, this.#path);
  }

  /** A handle to the process that is, or will be, here. Asks nothing yet. */
  proc(): Proc {
    return new Proc(this.#target, this.#path);
  }

  /**
   * Aborts the element and removes it; a process runs on unless `kill` is set. Nothing happens on
   * an empty anchor.
   */
  async scrub(options: Waiting & { readonly kill?: boolean } = {}): Promise<void> {
    if (this.#path.server === undefined) return;
    await this.#ask('scrub', { path: this.#below, kill: options.kill ?? false }, options);
  }

  /** Makes a channel that buffers `capacity` messages. Throws ANCHOR_BUSY, BAD_ARGUMENT. */
  async makeChan(capacity: number, waiting: Waiting = {}): Promise<Chan> {
    if (!Number.isSafeInteger(capacity) || capacity < 0 || capacity > limits.channelCapacityMax) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `the capacity of a channel is a whole number from 0 to ${limits.channelCapacityMax}`,
      );
    }
    await this.#make('makeChan', { path: this.#below, capacity }, waiting);
    return this.chan();
  }

  /** Runs a process. Throws ANCHOR_BUSY, BAD_ARGUMENT, SPAWN_FAILED. */
  async makeProc(command: CommandInput, waiting: Waiting = {}): Promise<Proc> {
    await this.#make('makeProc', { path: this.#below, command: parseCommand(command) }, waiting);
    return this.proc();
  }

  /** The server of this anchor joins the circuit of that URL: two circuits become one. */
  async join(url: string, waiting: Waiting = {}): Promise<void> {
    this.#assertServer();
    await this.#ask('join', { url }, waiting);
  }

  /** The server of this anchor leaves the circuit and ends. */
  async leave(waiting: Waiting = {}): Promise<void> {
    this.#assertServer();
    await this.#ask('leave', {}, waiting);
  }

  get #below(): string {
    return this.#path.names.join('/');
  }

  async #list(recursive: boolean, waiting: Waiting): Promise<Entry[]> {
    const answer = await this.#ask('list', { path: this.#below, recursive }, waiting);
    const entries = decode(entriesCodec, answer);
    if (entries === undefined) {
      throw new CircuitError('PROTOCOL', 'the server answered with a malformed listing');
    }
    const prefix = this.#path.server === undefined ? '' : this.path;
    return entries.map(({ path, kind }) => ({
      path: `${prefix}/${path}`,
      kind: kind === '' ? undefined : (kind as ElementKind),
    }));
  }

  /** A server that goes while it is listed is left out: it is no longer there. */
  async #listServer(entry: Entry, waiting: Waiting): Promise<Entry[]> {
    const server = new Anchor(this.#target, {
      server: entry.path.slice(1) as NonNullable<Path['server']>,
      names: [],
    });
    try {
      return await server.#list(true, waiting);
    } catch (error) {
      const gone = error instanceof CircuitError && goneCodes.has(error.code);
      if (gone && !this.#target.session.over) return [];
      throw error;
    }
  }

  async #make<M extends MethodName>(
    method: M,
    request: Request<M>,
    waiting: Waiting,
  ): Promise<void> {
    if (this.#path.server === undefined || this.#path.names.length === 0) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `no element can be made at "${this.path}": name an anchor below a server`,
      );
    }
    await this.#ask(method, request, waiting);
  }

  #assertServer(): void {
    if (this.#path.server !== undefined && this.#path.names.length === 0) return;
    throw new CircuitError('BAD_ARGUMENT', `"${this.path}" is not the anchor of a server`);
  }

  #ask<M extends MethodName>(
    method: M,
    request: Request<M>,
    waiting: Waiting,
  ): Promise<Uint8Array> {
    return ask(this.#target, method, { server: this.#path.server, request }, waiting);
  }
}

const goneCodes: ReadonlySet<string> = new Set(['SERVER_GONE', 'NO_SUCH_SERVER']);
