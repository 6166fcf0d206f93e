/** A select under way: performs what its core asks for by calls on one session. */

import { formatPath } from '../anchor/path.ts';
import type { Share } from '../budget.ts';
import { ByteQueue } from '../byte-queue.ts';
import { CircuitError, pastLimit } from '../errors.ts';
import type { Clock, Random, Timer } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { type MethodName, methodNumber, type Request, requestCodec } from '../rpc/method.ts';
import type { Session } from '../rpc/session.ts';
import { NEVER } from '../time.ts';
import { encode } from '../wire/codec.ts';
import type { Clause, Selected } from './clause.ts';
import { type ClauseKind, Select, type SelectEffect, type SelectEvent } from './select.ts';

export interface SelectingOptions {
  readonly session: Session;
  readonly clock: Clock;
  readonly random: Random;
  readonly clauses: readonly Clause[];
  /** Without it, every clause is tried once, by operations that never wait. */
  readonly wait: boolean;
  /** What is received, or the state of a process; longer: LIMIT. */
  readonly bytesMax: number;
  /** Of what is received and kept; without, `bytesMax` alone bounds it. */
  readonly share?: Share;
}

/** Told exactly once, perhaps from within a call. An error names the clause that it is about. */
export type Ended = (result: Selected | CircuitError) => void;

/** The call of a clause, awaited or attempted, and what has come on it. */
interface Doing {
  call: Call | undefined;
  readonly awaited: boolean;
  /** The attempt took effect, and its message still arrives. */
  taken: boolean;
  readonly content: ByteQueue;
  /** How much of the content is taken from the share. */
  shared: number;
}

const decoder = new TextDecoder();

export class Selecting {
  readonly #options: SelectingOptions;
  readonly #core: Select;
  readonly #ended: Ended;
  /** By index of the clause. */
  readonly #doing: (Doing | undefined)[] = [];
  /** Events of calls that are opened, and fail, while the core is stepped. */
  readonly #events: SelectEvent[] = [];
  #stepping = false;
  /** Of the clause that was received from: it was closed. */
  #closed = false;
  #timer: Timer | undefined;

  constructor(options: SelectingOptions, ended: Ended) {
    this.#options = options;
    this.#ended = ended;
    this.#core = new Select(options.clauses.map(kindOf), options);
  }

  start(): void {
    this.#step({ type: 'start' });
  }

  /** Ends with `error`, unless an attempt under way turns out to have taken effect. */
  giveUp(error: CircuitError): void {
    this.#step({ type: 'giveUp', error });
  }

  #step(event: SelectEvent): void {
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    const { clock } = this.#options;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      const effects: SelectEffect[] = [];
      this.#core.step(clock.now(), next, effects);
      for (const effect of effects) this.#perform(effect);
    }
    this.#stepping = false;
    this.#arm();
  }

  #perform(effect: SelectEffect): void {
    switch (effect.type) {
      case 'await':
        this.#await(effect.clause);
        break;
      case 'attempt':
        this.#attempt(effect.clause);
        break;
      case 'cancel':
        this.#doing[effect.clause]?.call?.cancel();
        break;
      case 'drop':
        this.#drop(effect.clause);
        break;
      case 'committed':
        this.#committed(effect.clause);
        break;
      case 'failed':
        this.#ended(effect.error);
        break;
      default:
        this.#ended({ index: undefined, op: 'otherwise' });
    }
  }

  #await(index: number): void {
    const { op, path } = this.#clause(index);
    const below = { path: path.names.join('/') };
    const ready = () => this.#step({ type: 'ready', clause: index });
    switch (op) {
      case 'send':
        this.#open(index, 'awaitSend', below, { awaited: true }, () => ({ replied: ready }));
        break;
      case 'exit':
        this.#open(index, 'wait', below, { awaited: true }, (doing) =>
          this.#gathering(index, doing, ready),
        );
        break;
      default:
        this.#open(index, 'awaitReceive', below, { awaited: true }, () => ({ replied: ready }));
    }
  }

  #attempt(index: number): void {
    const clause = this.#clause(index);
    const path = clause.path.names.join('/');
    const committed = () => this.#step({ type: 'committed', clause: index });
    switch (clause.op) {
      case 'send': {
        const method = this.#options.wait ? 'send' : 'trySend';
        const request = { path, head: clause.message };
        this.#open(index, method, request, { awaited: false }, () => ({ replied: committed }));
        break;
      }
      case 'exit':
        this.#open(index, 'wait', { path }, { awaited: false }, (doing) =>
          this.#gathering(index, doing, committed),
        );
        // Its answer is the state of a process that has exited, or that it was cancelled.
        this.#doing[index]?.call?.cancel();
        break;
      default:
        this.#open(index, 'tryReceive', { path }, { awaited: false }, (doing) =>
          this.#receiving(index, doing),
        );
    }
  }

  #open<M extends MethodName>(
    index: number,
    method: M,
    request: Request<M>,
    options: { awaited: boolean },
    listen: (doing: Doing) => CallEvents,
  ): void {
    const content = new ByteQueue();
    const doing: Doing = { ...options, call: undefined, taken: false, content, shared: 0 };
    this.#forget(this.#doing[index]);
    this.#doing[index] = doing;
    const { server } = this.#clause(index).path;
    const body = encode(requestCodec(method), request);
    doing.call = this.#options.session.open(
      { method: methodNumber(method), target: server, body },
      { end: true, credit: limits.streamWindowBytes },
      {
        ended: () => this.#failed(index, doing, noAnswer()),
        ...listen(doing),
        failed: (error) => this.#failed(index, doing, error),
      },
    );
  }

  /** A long answer, until it is complete. */
  #gathering(index: number, doing: Doing, complete: () => void): CallEvents {
    return {
      replied: (body, end) => {
        if (this.#gather(index, doing, body) && end) complete();
      },
      data: (bytes) => {
        if (this.#gather(index, doing, bytes)) doing.call?.grant(bytes.length);
      },
      ended: complete,
    };
  }

  #receiving(index: number, doing: Doing): CallEvents {
    let whole = false;
    return {
      offered: (offer, complete, bytes) => {
        whole = complete;
        this.#forget(doing);
        if (!complete || this.#gather(index, doing, bytes)) doing.call?.take(offer);
      },
      replied: (_body, end) => {
        doing.taken = true;
        this.#step({ type: whole || end ? 'committed' : 'taken', clause: index });
      },
      data: (bytes) => {
        if (this.#gather(index, doing, bytes)) doing.call?.grant(bytes.length);
      },
      ended: () => {
        if (!whole) this.#step({ type: 'committed', clause: index });
      },
    };
  }

  /** False when it is too much. */
  #gather(index: number, doing: Doing, bytes: Uint8Array): boolean {
    // A copy: a view of a few bytes would keep the whole block they arrived in.
    doing.content.push(bytes.slice());
    const excess = this.#excess(doing, bytes.length);
    if (excess === undefined) return true;
    const { code, message } = excess;
    const error = new CircuitError(code, message, { outcomeUnknown: true });
    doing.call?.fail(error);
    this.#failed(index, doing, error);
    return false;
  }

  /** Why what has just come of so many bytes is too much. */
  #excess(doing: Doing, bytes: number): CircuitError | undefined {
    const { bytesMax, share } = this.#options;
    if (doing.content.length > bytesMax) {
      const what = 'what came is too long for a select, and was dropped';
      return pastLimit(what, 'selectMessageBytesMax', bytesMax);
    }
    if (share === undefined) return undefined;
    if (!share.take(bytes)) {
      const what = 'what came was dropped, as the server holds too much';
      return pastLimit(what, 'heldBytesMax', share.budget.max);
    }
    doing.shared += bytes;
    return undefined;
  }

  #forget(doing: Doing | undefined): void {
    if (doing === undefined) return;
    doing.content.clear();
    this.#options.share?.give(doing.shared);
    doing.shared = 0;
  }

  #failed(index: number, doing: Doing, error: CircuitError): void {
    if (this.#doing[index] !== doing) return;
    this.#forget(doing);
    const { code } = error;
    const said = !doing.awaited && !doing.taken && !this.#options.session.over;
    if (said && code === 'CHANNEL_CLOSED' && this.#clause(index).op === 'receive') {
      this.#closed = true;
      this.#step({ type: 'committed', clause: index });
    } else if (said && (code === 'WOULD_BLOCK' || code === 'CANCELLED')) {
      this.#step({ type: 'blocked', clause: index });
    } else {
      this.#step({ type: 'failed', clause: index, error: this.#naming(index, doing, error) });
    }
  }

  /** Nothing was done to a clause that was only awaited. */
  #naming(index: number, { awaited }: Doing, error: CircuitError): CircuitError {
    const { op, path } = this.#clause(index);
    const message = `clause ${index}, ${op} ${formatPath(path)}: ${error.message}`;
    const lost = error.outcomeUnknown || this.#options.session.over;
    return new CircuitError(error.code, message, { outcomeUnknown: lost && !awaited });
  }

  #drop(index: number): void {
    const doing = this.#doing[index];
    this.#doing[index] = undefined;
    doing?.call?.fail(new CircuitError('CANCELLED', 'another clause was selected'));
    this.#forget(doing);
  }

  #committed(index: number): void {
    const { op } = this.#clause(index);
    const content = this.#doing[index]?.content ?? new ByteQueue();
    const bytes = content.take(content.length);
    switch (op) {
      case 'send':
        this.#ended({ index, op });
        break;
      case 'exit':
        this.#ended(exitOf(index, bytes));
        break;
      case 'event':
        this.#ended({ index, op, path: decoder.decode(bytes).trimEnd() });
        break;
      default:
        this.#ended(
          this.#closed
            ? { index, op, closed: true, message: undefined }
            : { index, op, closed: false, message: bytes },
        );
    }
  }

  #clause(index: number): Clause {
    return this.#options.clauses[index] as Clause;
  }

  #arm(): void {
    const { clock } = this.#options;
    const deadline = this.#core.deadline();
    this.#timer?.cancel();
    this.#timer = undefined;
    if (deadline === NEVER) return;
    this.#timer = clock.schedule(deadline, () => this.#step({ type: 'tick' }));
  }
}

/** A peer that says the end of what it never began. */
function noAnswer(): CircuitError {
  return new CircuitError('PROTOCOL', 'the server ended the call without an answer', {
    outcomeUnknown: true,
  });
}

function kindOf({ op }: Clause): ClauseKind {
  return op === 'event' ? 'receive' : op;
}

function exitOf(index: number, bytes: Uint8Array): Selected | CircuitError {
  try {
    return { index, op: 'exit', state: JSON.parse(decoder.decode(bytes)) };
  } catch {
    return new CircuitError(
      'PROTOCOL',
      `the server answered clause ${index} with a malformed state`,
    );
  }
}
