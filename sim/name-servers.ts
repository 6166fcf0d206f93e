/**
 * The name servers of one start of a host, and the resolver with which programs and scenarios ask
 * them. What passes between the two are real DNS messages, over the network between their machines:
 * a cut, a pause or a crash leaves a question without an answer.
 *
 * A question by UDP is lost where the network loses it, and the resolver asks again, as resolvers
 * do; an answer that was cut short it asks for again by TCP.
 */

import { parseName } from '../src/dns/name.ts';
import { parseType } from '../src/dns/rdata.ts';
import { formatRecord } from '../src/dns/record.ts';
import { readAnswer, writeQuery } from '../src/dns/resolver.ts';
import type { NameServer, NameServerEvents, NameServers } from '../src/host/index.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import { SECOND } from '../src/time.ts';
import type { SimHost } from './host.ts';
import { PROGRAM } from './kind.ts';
import type { Machine } from './machine.ts';

/** What a name server takes to bind its port. */
const LISTEN_US = 100;
const TRIES = 3;
const TRY_US = SECOND;

type By = 'udp' | 'tcp';

/** What came of a question. */
export interface Resolution {
  readonly rcode: number;
  /** As zone files have them, with tabs. */
  readonly answers: readonly string[];
}

export class SimNameServers implements NameServers {
  readonly #host: SimHost;
  /** port => who has it. */
  readonly #servers = new Map<number, Listening>();
  #queries = 0;

  constructor(host: SimHost) {
    this.#host = host;
  }

  listen(address: Address, events: NameServerEvents): NameServer {
    const { host, port } = splitAddress(address);
    const { machine } = this.#host;
    const own = splitAddress(machine.address);
    const chosen = port === 0 ? this.#freePort() : port;
    const server = new Listening(joinAddress(own.host, chosen), events, () => {
      if (this.#servers.get(chosen) === server) this.#servers.delete(chosen);
    });
    const reason = this.#refusal(host, chosen);
    if (reason === undefined) this.#servers.set(chosen, server);
    this.#post(LISTEN_US, () => server.bound(reason));
    return server;
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }

  /** Sends one message there; `done` gets the answer, if all goes well. */
  ask(to: Address, message: Uint8Array, by: By, done: (answer: Uint8Array) => void): void {
    const { host, port } = splitAddress(to);
    const { machine } = this.#host;
    const target = machine.network.named(host)?.process;
    if (target === undefined) return;
    send(machine, target, () => {
      const answer = target.nameServers.#servers.get(port)?.asked(message, by);
      if (answer !== undefined) send(target.machine, this.#host, () => done(answer));
    });
  }

  /**
   * Asks the name server at an address for the records of a name, as a program of this host.
   * `done` gets undefined when none of some tries was answered. Throws BAD_ARGUMENT.
   */
  resolve(
    question: { readonly at: Address; readonly name: string; readonly type: string },
    done: (resolution: Resolution | undefined) => void,
  ): void {
    const asked = { name: parseName(question.name), type: parseType(question.type), class: 1 };
    let over = false;
    let tries = 0;
    const attempt = (by: By) => {
      const id = ++this.#queries & 0xffff;
      this.ask(question.at, writeQuery(id, asked), by, (bytes) => {
        const answer = readAnswer(id, asked, bytes);
        if (over || answer === undefined) return;
        if (answer.truncated && by === 'udp') {
          attempt('tcp');
          return;
        }
        over = true;
        done({ rcode: answer.rcode, answers: answer.answers.map(formatRecord) });
      });
    };
    const next = () => {
      if (over) return;
      over = tries++ === TRIES;
      if (over) {
        done(undefined);
        return;
      }
      attempt('udp');
      this.#post(TRY_US, next);
    };
    next();
  }

  #refusal(host: string, port: number): string | undefined {
    const { machine } = this.#host;
    if (machine.network.named(host) !== machine) {
      return `${host} is not an address of this machine: listen on one that is`;
    }
    if (!this.#isTaken(port)) return undefined;
    return `port ${port} of ${host} is in use: stop the program that has it, or choose another`;
  }

  #freePort(): number {
    for (;;) {
      const port = this.#host.machine.takePort();
      if (!this.#isTaken(port)) return port;
    }
  }

  #isTaken(port: number): boolean {
    return this.#servers.has(port) || port === splitAddress(this.#host.machine.address).port;
  }

  #post(us: number, run: () => void): void {
    this.#host.post(this.#host.machine.network.scheduler.now + us, PROGRAM, { run });
  }
}

class Listening implements NameServer {
  readonly #address: Address;
  readonly #events: NameServerEvents;
  readonly #onClose: () => void;
  #state: 'binding' | 'listening' | 'closed' = 'binding';

  constructor(address: Address, events: NameServerEvents, onClose: () => void) {
    this.#address = address;
    this.#events = events;
    this.#onClose = onClose;
  }

  /** Undefined when it could be bound. */
  bound(reason: string | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = reason === undefined ? 'listening' : 'closed';
    if (reason === undefined) this.#events.listening(this.#address);
    else this.#events.failed(reason);
  }

  asked(message: Uint8Array, by: By): Uint8Array | undefined {
    return this.#state === 'listening' ? this.#events.message(message, by) : undefined;
  }

  close(): void {
    this.#state = 'closed';
    this.#onClose();
  }
}

/** Lets something arrive at a process, unless the network loses it. */
function send(from: Machine, to: SimHost, arrived: () => void): void {
  const { network } = from;
  const at = network.arrival(from, to.machine);
  if (at === undefined) return;
  to.post(at, PROGRAM, {
    run: () => {
      if (!network.cut(from, to.machine)) arrived();
    },
  });
}
