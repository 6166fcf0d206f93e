/**
 * Hosts of clients in the driver: each has its own connections and timers, and may crash: then its
 * connections are reset, and it hears nothing more and does nothing more, as when its process is
 * killed. All read one clock, so that what they saw can be put in order.
 */

import type { StageClientHost } from '../../sim/index.ts';
import type { Clock, Connection, ConnectionEvents, Timer } from '../../src/host/index.ts';
import type { Address } from '../../src/id.ts';
import type { NodeHost } from '../../transport/index.ts';

export class ClientHost implements StageClientHost {
  readonly clock: Clock;
  readonly random;
  readonly streams: StageClientHost['streams'];
  readonly #real: NodeHost;
  readonly #connections = new Set<Connection>();
  readonly #timers = new Set<Timer>();
  alive = true;

  constructor(real: NodeHost) {
    this.#real = real;
    this.random = real.random.fork('client');
    this.clock = {
      now: () => real.clock.now(),
      wall: () => real.clock.wall(),
      schedule: (at, task) => this.#schedule(at, task),
    };
    this.streams = { dial: (to, events) => this.#dial(to, events) };
  }

  crash(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const connection of this.#connections) connection.reset();
    this.#connections.clear();
  }

  #schedule(at: number, task: () => void): Timer {
    if (!this.alive) return { cancel() {} };
    const timer = this.#real.clock.schedule(at, () => {
      this.#timers.delete(own);
      task();
    });
    const own: Timer = {
      cancel: () => {
        this.#timers.delete(own);
        timer.cancel();
      },
    };
    this.#timers.add(own);
    return own;
  }

  #dial(to: Address, events: ConnectionEvents): Connection {
    const connection: Connection = this.#real.streams.dial(to, {
      opened: () => this.alive && events.opened?.(),
      received: (bytes) => this.alive && events.received(bytes),
      drained: () => this.alive && events.drained(),
      outdated: () => this.alive && events.outdated?.(),
      closed: (reason) => {
        this.#connections.delete(connection);
        if (this.alive) events.closed(reason);
      },
    });
    if (this.alive) this.#connections.add(connection);
    else connection.reset();
    return connection;
  }
}
