/** A client whose clock and whose connection the test plays. */

import { SimRandom } from '../../sim/index.ts';
import { type Client, connect } from '../../src/client/client.ts';
import type { Connection, ConnectionEvents } from '../../src/host/index.ts';
import type { Hello } from '../../src/rpc/hello.ts';
import { StillClock } from './calls.ts';
import { Side } from './pipe.ts';

export class Dialled {
  readonly clock = new StillClock();
  /** The server's side. */
  readonly far: Side;
  events!: ConnectionEvents;
  ended = false;
  wasReset = false;
  /** A peer that is stopped: nothing arrives, nothing comes back. */
  silent = false;
  readonly #written: Uint8Array[] = [];

  constructor(hello: Partial<Hello> = {}) {
    this.far = new Side({ dialled: false, hello: { url: 'circuit://server:1', ...hello } });
  }

  connect(options: Parameters<typeof connect>[2] = {}): Promise<Client> {
    const connection: Connection = {
      remote: 'server:1' as never,
      outdated: false,
      key: undefined,
      write: (bytes) => {
        this.#written.push(bytes.slice());
        return true;
      },
      pause() {},
      resume() {},
      end: () => {
        this.ended = true;
      },
      reset: () => {
        this.wasReset = true;
        void Promise.resolve().then(() => this.events.closed('local'));
      },
    };
    const dial = (_to: unknown, events: ConnectionEvents) => {
      this.events = events;
      return connection;
    };
    const host = { clock: this.clock, random: new SimRandom('client'), streams: { dial } };
    return connect(host, 'circuit://server:1', options);
  }

  /** Delivers until both sides are quiet. */
  async run(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      for (let j = 0; j < 10; j++) await Promise.resolve();
      if (this.silent) continue;
      for (const bytes of this.#written.splice(0)) this.far.session.received(bytes);
      this.far.session.flush();
      for (const bytes of this.far.outbox.splice(0)) this.events.received(bytes);
    }
  }

  async connected(): Promise<Client> {
    const connecting = this.connect();
    await this.run();
    return connecting;
  }
}
