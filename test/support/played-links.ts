/** The links of a server, whose connections the test plays. */

import type { CircuitError } from '../../src/errors.ts';
import type { Connection, ConnectionEvents, Host } from '../../src/host/index.ts';
import type { Address, CircuitName, RunId, ServerId } from '../../src/id.ts';
import type { Call } from '../../src/rpc/call.ts';
import type { FailedDial, LinkEvents, LinksOptions } from '../../src/server/link.ts';
import { Links } from '../../src/server/links.ts';
import { StillClock } from './calls.ts';
import { idOf } from './members.ts';
import type { Side } from './pipe.ts';

/** A connection whose other end the test plays. */
export class Wire implements Connection {
  readonly remote = '10.0.0.9:1' as Address;
  outdated = false;
  key: string | undefined = undefined;
  readonly written: Uint8Array[] = [];
  bytes = 0;
  wasReset = false;
  /** Whether it says that it takes no more. */
  full = false;
  events!: ConnectionEvents;

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes.slice());
    this.bytes += bytes.length;
    return !this.full;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}

  reset(): void {
    this.wasReset = true;
  }
}

export class Stage {
  readonly clock = new StillClock();
  readonly accepted: Wire[] = [];
  readonly dialled: Wire[] = [];
  /** Calls of peers. */
  readonly opened: Call[] = [];
  readonly failed: [FailedDial, string, CircuitError][] = [];
  /** Servers with whom no session stands any more. */
  readonly downs: ServerId[] = [];
  #accept!: (connection: Connection) => ConnectionEvents;
  readonly links: Links;

  constructor(options: LinksOptions = {}) {
    const streams = {
      address: '10.0.0.1:11022' as Address,
      accept: (accept: (connection: Connection) => ConnectionEvents) => {
        this.#accept = accept;
      },
      dial: (_to: Address, events: ConnectionEvents) => {
        const wire = new Wire();
        wire.events = events;
        this.dialled.push(wire);
        return wire;
      },
      stopAccepting() {},
      close() {},
    };
    const security = { keys: ['new'] };
    const log = { write() {} };
    const host = { clock: this.clock, streams, log, security } as unknown as Host;
    const run = 'Q0000000000000001' as RunId;
    const url = `circuit://10.0.0.1:11022/1/${run}`;
    const self = { id: idOf(1), url, run, circuit: 'prod' as CircuitName };
    const events: LinkEvents = {
      up() {},
      down: (peer) => void this.downs.push(peer),
      dialFailed: (...failure) => void this.failed.push(failure),
      noted() {},
      opened: (call) => {
        this.opened.push(call);
        return {};
      },
    };
    this.links = new Links(host, self, events, options);
  }

  connect(): Wire {
    const wire = new Wire();
    wire.events = this.#accept(wire);
    this.accepted.push(wire);
    return wire;
  }
}

/** Delivers what was written on either side, until both are quiet. */
export function talk(wire: Wire, side: Side): void {
  for (let i = 0; i < 4; i++) {
    for (const bytes of wire.written.splice(0)) side.session.received(bytes);
    side.session.flush();
    for (const bytes of side.outbox.splice(0)) wire.events.received(bytes);
  }
}
