/**
 * The session of a client with the one server that it dialled. A server that calls on others as a
 * client does, dials itself.
 */

import { CircuitError } from '../errors.ts';
import type { Clock, CloseReason, Connection, Streams, Timer } from '../host/index.ts';
import type { CircuitUrl } from '../id.ts';
import type { Stamps } from '../journal/stamp.ts';
import { SECOND } from '../time.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';
import { NO_NAME } from './hello.ts';
import { Session } from './session.ts';
import { isNoCommonKey, noCommonKey } from './turned-away.ts';

/** What a link needs of its host. */
export interface LinkHost {
  readonly clock: Clock;
  readonly streams: Pick<Streams, 'dial'>;
}

/** While calls wait, we look so often whether the server was heard, and else ask for a sign of life. */
const LOOK_US = 5 * SECOND;
/**
 * So many looks in silence, and the server counts as gone. They are counted, and not the time, as
 * we may have been stopped ourselves: then one look finds silence, and the next what was waiting.
 */
const SILENT_LOOKS_MAX = 3;
/** How long what was said last may take to leave when the client closes. */
const CLOSE_US = 5 * SECOND;

export class Link {
  readonly session: Session;
  readonly #host: LinkHost;
  readonly #url: CircuitUrl;
  readonly #connection: Connection;
  readonly #greeted: () => void;
  readonly #finished: (error: CircuitError) => void;
  #heard = true;
  #silentLooks = 0;
  #timer: Timer | undefined;
  #flushing = false;
  #closed: () => void = () => {};
  #stands = false;
  #error: CircuitError | undefined;

  /**
   * Calls `greeted` once the server answered, or `finished` when it did not or is gone. What is
   * said on calls is stamped by `stamps`, if any.
   */
  constructor(
    host: LinkHost,
    url: CircuitUrl,
    on: { greeted: () => void; finished: (error: CircuitError) => void },
    stamps?: Stamps,
  ) {
    this.#host = host;
    this.#url = url;
    this.#greeted = on.greeted;
    this.#finished = on.finished;
    this.#connection = host.streams.dial(url.address, {
      received: (bytes) => {
        this.#heard = true;
        this.session.received(bytes);
        this.session.flush();
      },
      drained: () => {
        this.session.drained();
        this.session.flush();
      },
      closed: (reason) => {
        this.session.close(this.#error ?? this.#lost(reason));
        this.#closed();
      },
    });
    this.session = new Session({
      dialled: true,
      hello: {
        version: PROTOCOL_VERSION,
        server: undefined,
        url: '',
        expects: url.run,
        circuit: NO_NAME,
      },
      output: { write: (bytes) => this.#connection.write(bytes), wake: () => this.#wake() },
      stamps,
      events: {
        admit: () => {},
        greeted: () => {
          this.#stands = true;
          this.#greeted();
        },
        opened: (call) => {
          call.fail(new CircuitError('NOT_SUPPORTED', 'a client answers no calls'));
          return {};
        },
        noted: () => {},
        malformed: () => {},
        congested: () => {},
        finished: (error) => {
          this.#timer?.cancel();
          this.#connection.end();
          this.#finished(error);
        },
      },
    });
    this.session.start();
    this.#watch();
  }

  /** Closes in order; calls `closed` once the connection has ended. */
  close(closed: () => void): void {
    if (this.session.over) {
      closed();
      return;
    }
    const { clock } = this.#host;
    const hurry = clock.schedule(clock.now() + CLOSE_US, () => this.#connection.reset());
    this.#closed = () => {
      hurry.cancel();
      closed();
    };
    this.session.flush();
    this.session.close(new CircuitError('CANCELLED', 'the client was closed'));
  }

  /** Breaks the connection at once. */
  abandon(error: CircuitError): void {
    this.#error = error;
    this.session.close(error);
    this.#connection.reset();
  }

  /** What is said in one go of the program is sent in one piece. */
  #wake(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    void Promise.resolve().then(() => {
      this.#flushing = false;
      this.session.flush();
    });
  }

  #watch(): void {
    const { clock } = this.#host;
    this.#timer = clock.schedule(clock.now() + LOOK_US, () => {
      this.#silentLooks = this.#heard || this.session.calls === 0 ? 0 : this.#silentLooks + 1;
      this.#heard = false;
      if (this.#silentLooks >= SILENT_LOOKS_MAX) {
        this.abandon(this.#lost('timeout'));
        return;
      }
      if (this.session.calls > 0) this.session.ping();
      this.#watch();
    });
  }

  #lost(reason: CloseReason): CircuitError {
    const { address } = this.#url;
    if (this.#stands) {
      return new CircuitError('SERVER_GONE', `the server at ${address} is gone`, {
        outcomeUnknown: true,
      });
    }
    if (isNoCommonKey(reason)) {
      return new CircuitError('WRONG_KEY', `cannot dial ${address}: ${noCommonKey(reason)}`);
    }
    const why: Record<typeof reason, string> = {
      refused: 'nothing listens there; is the server running? "circuit start" starts one',
      timeout: 'there is no answer; is the host up, and the port open?',
      unreachable: 'there is no way to that address',
      reset: 'the connection was broken before the server said who it is',
      ended: 'what listens there is no circuit server, or it is too busy',
      local: 'the dialling was given up',
    };
    return new CircuitError('DIAL_FAILED', `cannot dial ${address}: ${why[reason]}`);
  }
}
