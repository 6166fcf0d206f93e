/** A handle to a place in the namespace. */

import { type Path, parseNames } from '../anchor/path.ts';
import { type Command, parseCommand } from '../element/command.ts';
import { type DockerCommand, parseDockerCommand } from '../element/docker-command.ts';
import type { ElementKind } from '../element/element.ts';
import { CircuitError } from '../errors.ts';
import { parseAddress } from '../id.ts';
import { limits } from '../limits.ts';
import type { MethodName, Request } from '../rpc/method.ts';
import { entriesCodec } from '../rpc/method.ts';
import { clauseJson } from '../select/clause.ts';
import { decode } from '../wire/codec.ts';
import { Chan } from './chan.ts';
import { Dns } from './dns.ts';
import { Docker } from './docker.ts';
import type { Target } from './invoke.ts';
import type { Waiting } from './options.ts';
import { Place } from './place.ts';
import { Proc } from './proc.ts';
import { clausesOf, type SelectClause } from './select.ts';
import { Select } from './select-handle.ts';
import { ServerHandle } from './server.ts';
import { Subscription } from './subscription.ts';

/** One line of a listing. */
export interface Entry {
  /** The full path. */
  readonly path: string;
  /** Undefined for an anchor that only leads to others. */
  readonly kind: ElementKind | undefined;
}

/** A command as mkproc takes it; all fields but Path may be left out. */
export type CommandInput = Partial<Command> & { readonly Path: string };

/** A container as mkdkr takes it; all fields but Image may be left out. */
export type DockerInput = Partial<DockerCommand> & { readonly Image: string };

const decoder = new TextDecoder();

/** A place in the namespace, whether or not anything is there. */
export class Anchor {
  readonly #place: Place;

  /** @internal */
  constructor(target: Target, path: Path) {
    this.#place = new Place(target, path);
  }

  /** The full path. */
  get path(): string {
    return this.#place.text;
  }

  /** The anchor at a path below this one. Throws BAD_ARGUMENT. */
  walk(below: string): Anchor {
    const names = [...this.#place.path.names, ...parseNames(below)];
    parseNames(names.join('/'));
    return new Anchor(this.#place.target, { server: this.#place.path.server, names });
  }

  /**
   * The children by name, or with `recursive` everything below, parents first. At `/` the children
   * are the servers. Throws NO_SUCH_SERVER, NO_SUCH_ANCHOR, SERVER_GONE.
   */
  async view(options: Waiting & { readonly recursive?: boolean } = {}): Promise<Entry[]> {
    const recursive = options.recursive ?? false;
    const below = await this.#list(recursive, options);
    const { server } = this.#place.path;
    if (server !== undefined || !recursive) return below;
    const perServer = await Promise.all(
      below.map(async (entry) => [entry, ...(await this.#listServer(entry, options))]),
    );
    return perServer.flat();
  }

  /**
   * The state of the element, of the shape of its kind (`ChanState`, `ProcState`, ...); null where
   * there is none. Throws NO_SUCH_ANCHOR, NO_SUCH_SERVER, SERVER_GONE.
   */
  async peek(waiting: Waiting = {}): Promise<unknown> {
    if (this.#place.path.server === undefined) return null;
    return this.#place.askJson('peek', { path: this.#place.below }, waiting);
  }

  /** A handle to the element; undefined where there is none. Throws NO_SUCH_ANCHOR. */
  async get(
    waiting: Waiting = {},
  ): Promise<Chan | Dns | Docker | Proc | Select | ServerHandle | Subscription | undefined> {
    switch (await this.kind(waiting)) {
      case 'chan':
        return this.chan();
      case 'proc':
        return this.proc();
      case 'docker':
        return this.docker();
      case 'dns':
        return this.dns();
      case 'select':
        return this.select();
      case 'server':
        return this.server();
      case '@join':
      case '@leave':
        return this.subscription();
      default:
        return undefined;
    }
  }

  /** The kind of the element; undefined where there is none. Throws NO_SUCH_ANCHOR. */
  async kind(waiting: Waiting = {}): Promise<ElementKind | undefined> {
    if (this.#place.path.server === undefined) return undefined;
    const kind = decoder.decode(
      await this.#place.ask('kind', { path: this.#place.below }, waiting),
    );
    return kind === '' ? undefined : (kind as ElementKind);
  }

  /** A handle to the channel that is, or will be, here. Asks nothing yet. */
  chan(): Chan {
    return new Chan(this.#place);
  }

  /** A handle to the server of this anchor. Throws BAD_ARGUMENT where it is not that of a server. */
  server(): ServerHandle {
    return new ServerHandle(this.#place);
  }

  /** A handle to the process that is, or will be, here. Asks nothing yet. */
  proc(): Proc {
    return new Proc(this.#place);
  }

  /** A handle to the container that is, or will be, here. Asks nothing yet. */
  docker(): Docker {
    return new Docker(this.#place);
  }

  /** A handle to the DNS server that is, or will be, here. Asks nothing yet. */
  dns(): Dns {
    return new Dns(this.#place);
  }

  /** A handle to the select that is, or will be, here. Asks nothing yet. */
  select(): Select {
    return new Select(this.#place);
  }

  /** A handle to the subscription that is, or will be, here. Asks nothing yet. */
  subscription(): Subscription {
    return new Subscription(this.#place);
  }

  /**
   * Aborts the element and removes it; a process runs on until its server ends unless `kill` is set,
   * a container never does. Nothing happens on an empty anchor.
   */
  async scrub(options: Waiting & { readonly kill?: boolean } = {}): Promise<void> {
    if (this.#place.path.server === undefined) return;
    await this.#place.ask(
      'scrub',
      { path: this.#place.below, kill: options.kill ?? false },
      options,
    );
  }

  /** Makes a channel that buffers `capacity` messages. Throws ANCHOR_BUSY, BAD_ARGUMENT. */
  async makeChan(capacity: number, waiting: Waiting = {}): Promise<Chan> {
    if (!Number.isSafeInteger(capacity) || capacity < 0 || capacity > limits.channelCapacityMax) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `the capacity of a channel is a whole number from 0 to ${limits.channelCapacityMax}`,
      );
    }
    await this.#make('makeChan', { path: this.#place.below, capacity }, waiting);
    return this.chan();
  }

  /** Runs a process. Throws ANCHOR_BUSY, BAD_ARGUMENT, SPAWN_FAILED. */
  async makeProc(command: CommandInput, waiting: Waiting = {}): Promise<Proc> {
    await this.#make(
      'makeProc',
      { path: this.#place.below, command: parseCommand(command) },
      waiting,
    );
    return this.proc();
  }

  /**
   * Runs a container. Throws ANCHOR_BUSY, BAD_ARGUMENT, LIMIT, SPAWN_FAILED with the reason of the
   * engine, and NOT_SUPPORTED where the server was not started with `-docker`.
   */
  async makeDocker(command: DockerInput, waiting: Waiting = {}): Promise<Docker> {
    const checked = JSON.stringify(parseDockerCommand(command));
    await this.#make('makeDocker', { path: this.#place.below, command: checked }, waiting);
    return this.docker();
  }

  /**
   * Makes a DNS server that answers at `address`; without it, at any free port of the address of
   * the circuit server itself. Throws ANCHOR_BUSY, BAD_ARGUMENT, SPAWN_FAILED.
   */
  async makeDns(address = '', waiting: Waiting = {}): Promise<Dns> {
    if (address !== '') parseAddress(address);
    await this.#make('makeDns', { path: this.#place.below, address }, waiting);
    return this.dns();
  }

  /**
   * Makes a select that waits at the server, whether or not anybody listens, as `Client.select` does
   * here. What it receives is kept until it is scrubbed, up to 1 MiB; a longer message fails it.
   * Throws ANCHOR_BUSY, BAD_ARGUMENT, LIMIT.
   */
  async makeSelect(clauses: readonly SelectClause[], waiting: Waiting = {}): Promise<Select> {
    const json = JSON.stringify(clausesOf(clauses).map(clauseJson));
    await this.#make('makeSelect', { path: this.#place.below, clauses: json }, waiting);
    return this.select();
  }

  /**
   * Subscribes to servers that join: first come those that are present, this one included, in the
   * order in which the server of this anchor learned of them. Throws ANCHOR_BUSY, LIMIT.
   */
  async makeOnJoin(waiting: Waiting = {}): Promise<Subscription> {
    const request = { path: this.#place.below, source: 'join' };
    await this.#make('makeSubscription', request, waiting);
    return this.subscription();
  }

  /** Subscribes to servers that leave, from now on. Throws ANCHOR_BUSY, LIMIT. */
  async makeOnLeave(waiting: Waiting = {}): Promise<Subscription> {
    const request = { path: this.#place.below, source: 'leave' };
    await this.#make('makeSubscription', request, waiting);
    return this.subscription();
  }

  async #list(recursive: boolean, waiting: Waiting): Promise<Entry[]> {
    const answer = await this.#place.ask('list', { path: this.#place.below, recursive }, waiting);
    const entries = decode(entriesCodec, answer);
    if (entries === undefined) {
      throw new CircuitError('PROTOCOL', 'the server answered with a malformed listing');
    }
    const prefix = this.#place.path.server === undefined ? '' : this.path;
    return entries.map(({ path, kind }) => ({
      path: `${prefix}/${path}`,
      kind: kind === '' ? undefined : (kind as ElementKind),
    }));
  }

  /** A server that goes while it is listed is left out: it is no longer there. */
  async #listServer(entry: Entry, waiting: Waiting): Promise<Entry[]> {
    const server = new Anchor(this.#place.target, {
      server: entry.path.slice(1) as NonNullable<Path['server']>,
      names: [],
    });
    try {
      return await server.#list(true, waiting);
    } catch (error) {
      const gone = error instanceof CircuitError && goneCodes.has(error.code);
      if (gone && !this.#place.target.session.over) return [];
      throw error;
    }
  }

  async #make<M extends MethodName>(
    method: M,
    request: Request<M>,
    waiting: Waiting,
  ): Promise<void> {
    if (this.#place.path.server === undefined || this.#place.path.names.length === 0) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `no element can be made at "${this.path}": name an anchor below a server`,
      );
    }
    await this.#place.ask(method, request, waiting);
  }
}

const goneCodes: ReadonlySet<string> = new Set(['SERVER_GONE', 'NO_SUCH_SERVER']);
