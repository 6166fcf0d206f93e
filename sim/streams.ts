/** The connections of one start of a host: dialling, accepting, and what breaks them all. */

import type { Connection, ConnectionEvents, Streams } from '../src/host/index.ts';
import { type Address, joinAddress, splitAddress } from '../src/id.ts';
import { Endpoint, reasonNumber } from './endpoint.ts';
import type { SimHost } from './host.ts';
import { ACK, CLOSED, REFUSED } from './kind.ts';
import type { Machine } from './machine.ts';

type OnConnection = (connection: Connection) => ConnectionEvents;

/** How long it takes to find out that there is no such host. */
const LOOKUP_US = 1_000;

export class SimStreams implements Streams {
  readonly address: Address;
  readonly #host: SimHost;
  /** Connections that the program has not seen closed. */
  readonly #endpoints = new Set<Endpoint>();
  #onConnection: OnConnection | undefined = undefined;
  #open = true;

  constructor(host: SimHost) {
    this.#host = host;
    this.address = host.machine.address;
  }

  /** How many connections stand or are being dialled. */
  get count(): number {
    return this.#endpoints.size;
  }

  accept(onConnection: OnConnection): void {
    this.#onConnection = onConnection;
  }

  dial(to: Address, events: ConnectionEvents): Connection {
    const { machine } = this.#host;
    const { network } = machine;
    const number = network.nextConnection();
    const endpoint = new Endpoint({ host: this.#host, remote: to, number, events });
    if (!this.#host.alive) return endpoint;
    this.#endpoints.add(endpoint);
    if (!this.#open) {
      endpoint.reset();
      return endpoint;
    }
    const target = network.at(to) ?? network.named(splitAddress(to).host);
    if (target === undefined) {
      const at = network.scheduler.now + LOOKUP_US;
      network.scheduler.push(at, this.#host, CLOSED, reasonNumber('unreachable'), 0, endpoint);
    } else endpoint.dial(target);
    return endpoint;
  }

  stopAccepting(): void {
    this.#onConnection = undefined;
  }

  close(): void {
    this.stopAccepting();
    this.#open = false;
    for (const endpoint of [...this.#endpoints]) endpoint.reset();
  }

  /** A dial arrived. Returns false when nobody listens. */
  answer(dialler: Endpoint): boolean {
    if (this.#onConnection === undefined) return false;
    const { host } = splitAddress(dialler.machine.address);
    const remote = joinAddress(host, dialler.machine.takePort());
    const { number } = dialler;
    const endpoint = new Endpoint({ host: this.#host, remote, number, events: undefined });
    endpoint.peer = dialler;
    dialler.peer = endpoint;
    this.#endpoints.add(endpoint);
    endpoint.unannounced = true;
    endpoint.sendSynAck(dialler);
    return true;
  }

  /** The dialler knows that the connection stands: now the program may. */
  announce(endpoint: Endpoint): void {
    if (!endpoint.unannounced) return;
    endpoint.unannounced = false;
    this.#host.happen(ACK, 0, 0, endpoint);
  }

  /** Hands an accepted connection to the program. */
  hand(endpoint: Endpoint): void {
    if (this.#onConnection === undefined) endpoint.reset();
    else endpoint.accepted(this.#onConnection(endpoint));
  }

  forget(endpoint: Endpoint): void {
    this.#endpoints.delete(endpoint);
    endpoint.unannounced = false;
  }

  /** The process is gone. */
  die(silently: boolean): void {
    this.#onConnection = undefined;
    for (const endpoint of this.#endpoints) {
      endpoint.unannounced = false;
      endpoint.die(silently);
    }
    this.#endpoints.clear();
  }
}

/** A dial reached a machine: its kernel answers, even when the program is paused. */
export function answerDial(machine: Machine, dialler: Endpoint): void {
  if (dialler.gone) return;
  if (dialler.peer !== undefined && !dialler.peer.gone) {
    dialler.peer.sendSynAck(dialler);
    return;
  }
  const { port } = splitAddress(dialler.remote);
  const listens = port === splitAddress(machine.address).port;
  if (listens && machine.process?.streams.answer(dialler) === true) return;
  const { network } = machine;
  const at = network.arrival(machine, dialler.machine);
  if (at === undefined) return;
  network.scheduler.push(at, dialler.machine, REFUSED, machine.index, dialler.number, dialler);
}
