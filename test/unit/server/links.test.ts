import { expect, test } from 'vitest';
import type { CircuitError } from '../../../src/errors.ts';
import type { Connection, ConnectionEvents, Host } from '../../../src/host/index.ts';
import type { Address, CircuitName, RunId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { FailedDial } from '../../../src/server/link.ts';
import { Links } from '../../../src/server/links.ts';
import { StillClock } from '../../support/calls.ts';
import { idOf } from '../../support/members.ts';
import { Side } from '../../support/pipe.ts';

/** A connection whose other end the test plays. */
class Wire implements Connection {
  readonly remote = '10.0.0.9:1' as Address;
  outdated = false;
  key: string | undefined = undefined;
  readonly written: Uint8Array[] = [];
  bytes = 0;
  wasReset = false;
  events!: ConnectionEvents;

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes.slice());
    this.bytes += bytes.length;
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}

  reset(): void {
    this.wasReset = true;
  }
}

class Stage {
  readonly clock = new StillClock();
  readonly accepted: Wire[] = [];
  readonly dialled: Wire[] = [];
  readonly failed: [FailedDial, string, CircuitError][] = [];
  #accept!: (connection: Connection) => ConnectionEvents;
  readonly links: Links;

  constructor() {
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
    const host = { clock: this.clock, streams, log: { write() {} } } as unknown as Host;
    const run = 'Q0000000000000001' as RunId;
    const url = `circuit://10.0.0.1:11022/1/${run}`;
    const self = { id: idOf(1), url, run, circuit: 'prod' as CircuitName };
    this.links = new Links(host, self, {
      up() {},
      down() {},
      dialFailed: (...failure) => void this.failed.push(failure),
      noted() {},
      opened: () => ({}),
    });
  }

  connect(): Wire {
    const wire = new Wire();
    wire.events = this.#accept(wire);
    this.accepted.push(wire);
    return wire;
  }
}

/** Delivers what was written on either side, until both are quiet. */
function talk(wire: Wire, side: Side): void {
  for (let i = 0; i < 4; i++) {
    for (const bytes of wire.written.splice(0)) side.session.received(bytes);
    side.session.flush();
    for (const bytes of side.outbox.splice(0)) wire.events.received(bytes);
  }
}

test('of more strangers than there may be, the one that waits longest is let go, and counted', () => {
  const stage = new Stage();
  for (let i = 0; i < limits.strangersMax; i++) stage.connect();
  expect(stage.accepted.some(({ wasReset }) => wasReset)).toBe(false);
  stage.connect();
  stage.connect();
  expect(stage.accepted.map(({ wasReset }) => wasReset).indexOf(false)).toBe(2);
  expect(stage.links.dropped.strangers).toBe(2);
});

test.each([
  ['a seed', undefined],
  ['a neighbour', idOf(2)],
])('%s of another circuit is a mismatch, with its own words', (_, expected) => {
  const stage = new Stage();
  const address = '10.0.0.2:11022' as Address;
  stage.links.dial(address, expected, undefined);
  const far = new Side({
    dialled: false,
    hello: { server: idOf(2), url: `circuit://${address}`, circuit: 'test' as CircuitName },
  });
  stage.clock.advance(0);
  talk(stage.dialled[0] as Wire, far);
  const [[to, reason, error]] = stage.failed as [[FailedDial, string, CircuitError]];
  expect([to, reason]).toEqual([{ address, peer: expected }, 'mismatch']);
  expect(error.code).toBe('WRONG_CIRCUIT');
  expect(far.finished?.message).toBe(error.message);
});

test('a dial that is refused says so, and one that is hung up on may be tried again', () => {
  const stage = new Stage();
  const address = '10.0.0.2:11022' as Address;
  for (const reason of ['refused', 'ended', 'reset'] as const) {
    stage.links.dial(address, undefined, undefined);
    stage.dialled.at(-1)?.events.closed(reason);
  }
  expect(stage.failed.map(([, reason]) => reason)).toEqual([
    'refused',
    'unreachable',
    'unreachable',
  ]);
});

test('what goes over connections is counted, both ways', () => {
  const stage = new Stage();
  const wire = stage.connect();
  const client = new Side({ dialled: true });
  client.session.start();
  talk(wire, client);
  client.session.ping();
  talk(wire, client);
  expect(client.greeted?.circuit).toBe('prod');
  const said = client.written.reduce((sum, bytes) => sum + bytes, 0);
  expect(wire.bytes).toBeGreaterThan(20);
  expect(stage.links.traffic).toEqual({ bytesIn: said, bytesOut: wire.bytes });
});
