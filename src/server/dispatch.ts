/** From a call to what it is about: the namespace of this server, and each method on it. */

import { parseNames } from '../anchor/path.ts';
import { type Anchor, AnchorTree } from '../anchor/tree.ts';
import { unreachable } from '../assert.ts';
import { ChanElement } from '../element/chan.ts';
import { parseCommand } from '../element/command.ts';
import { done, type Element, type ElementKind } from '../element/element.ts';
import { ProcElement } from '../element/proc.ts';
import { CircuitError } from '../errors.ts';
import type { Host } from '../host/index.ts';
import { type CircuitUrl, parseCircuitUrl } from '../id.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { replyLong } from '../rpc/long.ts';
import {
  entriesCodec,
  type MethodName,
  membersCodec,
  methodNames,
  type Request,
  requestCodec,
} from '../rpc/method.ts';
import { decode, encode } from '../wire/codec.ts';
import type { Of } from '../wire/schema.ts';
import type { Parts } from './parts.ts';

const utf8 = new TextEncoder();

/** What the namespace needs of the server around it. */
export interface Surroundings {
  readonly host: Host;
  readonly parts: Parts;
  readonly self: Element;
  /** The servers, as the children of `/`. */
  servers(): readonly string[];
  roster(): Of<typeof membersCodec>;
  join(url: CircuitUrl, done: (error: CircuitError | undefined) => void): void;
  leave(): void;
}

export class Dispatch {
  readonly #around: Surroundings;
  readonly #tree: AnchorTree<Element>;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#tree = new AnchorTree<Element>(around.self);
  }

  /** Answers a call meant for this server: with a reply, or with the error that it throws. */
  answer(call: Call, method: number, body: Uint8Array): CallEvents {
    const name = methodNames[method];
    try {
      if (name === undefined) {
        throw new CircuitError('NOT_SUPPORTED', 'the server is of a version without this method');
      }
      const request = decode(requestCodec(name), body);
      if (request === undefined) {
        throw new CircuitError('BAD_ARGUMENT', `the request for "${name}" is malformed`);
      }
      return this.#perform(call, name, request);
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      call.fail(error);
      return {};
    }
  }

  /** The children of `/`. */
  answerServers(call: Call): CallEvents {
    const entries = this.#around.servers().map((path) => ({ path, kind: 'server' }));
    return replyLong(call, encode(entriesCodec, entries));
  }

  #perform(call: Call, name: MethodName, request: Request<MethodName>): CallEvents {
    switch (name) {
      case 'list':
        return this.#list(call, request as Request<'list'>);
      case 'peek':
        return this.#peek(call, request as Request<'peek'>);
      case 'scrub':
        return this.#scrub(call, request as Request<'scrub'>);
      case 'makeProc':
        return this.#makeProc(call, request as Request<'makeProc'>);
      case 'makeChan':
        return this.#makeChan(call, request as Request<'makeChan'>);
      case 'send': {
        const { path, head } = request as Request<'send'>;
        return this.#chan(path).send(call, head);
      }
      case 'receive':
        return this.#chan((request as Request<'receive'>).path).receive(call);
      case 'close':
        this.#chan((request as Request<'close'>).path).close(call);
        return {};
      case 'stdin':
        return this.#proc((request as Request<'stdin'>).path).stdin(call);
      case 'stdout':
      case 'stderr':
        return this.#proc((request as Request<'stdout'>).path).output(call, name);
      case 'signal': {
        const { path, name: signal } = request as Request<'signal'>;
        this.#proc(path).signal(call, signal);
        return {};
      }
      case 'wait':
        return this.#proc((request as Request<'wait'>).path).wait(call);
      case 'join':
        return this.#join(call, request as Request<'join'>);
      case 'leave':
        done(call);
        this.#around.leave();
        return {};
      case 'members':
        return replyLong(call, encode(membersCodec, this.#around.roster()));
      default:
        return unreachable(name);
    }
  }

  #list(call: Call, { path, recursive }: Request<'list'>): CallEvents {
    const entries = this.#tree
      .list(this.#find(path), recursive)
      .map((entry) => ({ path: entry.path, kind: entry.element?.kind ?? '' }));
    return replyLong(call, encode(entriesCodec, entries));
  }

  #peek(call: Call, { path }: Request<'peek'>): CallEvents {
    const state = this.#find(path).element?.peek() ?? null;
    return replyLong(call, utf8.encode(JSON.stringify(state)));
  }

  #scrub(call: Call, { path, kill }: Request<'scrub'>): CallEvents {
    const anchor = this.#find(path);
    const { element } = anchor;
    if (element !== undefined) {
      element.scrub({ kill });
      this.#tree.detach(anchor);
      this.#note('scrubbed', path, element.kind);
    }
    done(call);
    return {};
  }

  #makeChan(call: Call, { path, capacity }: Request<'makeChan'>): CallEvents {
    const { host, parts } = this.#around;
    const names = this.#free(path);
    this.#tree.attach(names, new ChanElement(host.clock, parts.channel(capacity)));
    this.#note('made', path, 'chan');
    done(call);
    return {};
  }

  #makeProc(call: Call, { path, command }: Request<'makeProc'>): CallEvents {
    const names = this.#free(path);
    const checked = parseCommand(command);
    const element = new ProcElement(this.#around.host.spawner, checked, call, () => {
      if (checked.Scrub && anchor.element === element) this.#tree.detach(anchor);
    });
    const anchor: Anchor<Element> = this.#tree.attach(names, element);
    this.#note('made', path, 'proc');
    return { failed: () => element.starterGone(), cancelled: () => {} };
  }

  #join(call: Call, { url }: Request<'join'>): CallEvents {
    this.#around.join(parseCircuitUrl(url), (error) => {
      if (error === undefined) done(call);
      else call.fail(error);
    });
    return {};
  }

  #find(path: string): Anchor<Element> {
    const anchor = this.#tree.find(parseNames(path));
    if (anchor === undefined) {
      throw new CircuitError(
        'NO_SUCH_ANCHOR',
        `nothing is at "/${path}" on this server; "circuit ls" shows what is`,
      );
    }
    return anchor;
  }

  /** The names of a path where an element can be made. */
  #free(path: string): readonly string[] {
    const names = parseNames(path);
    this.#tree.assertFree(names);
    return names;
  }

  #chan(path: string): ChanElement {
    return this.#element(path, 'chan', ChanElement);
  }

  #proc(path: string): ProcElement {
    return this.#element(path, 'proc', ProcElement);
  }

  #element<E extends Element>(
    path: string,
    kind: ElementKind,
    type: new (...args: never[]) => E,
  ): E {
    const { element } = this.#find(path);
    if (element instanceof type) return element;
    const what = element === undefined ? 'has no element' : `holds a ${element.kind}`;
    throw new CircuitError('WRONG_KIND', `"/${path}" ${what}; this needs a ${kind}`);
  }

  #note(event: string, path: string, kind: ElementKind): void {
    this.#around.host.log.write('info', event, { path, kind });
  }
}
