import { expect, test } from 'vitest';
import type { CircuitError } from '../../../src/errors.ts';
import type { Address, CircuitName } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { FailedDial } from '../../../src/server/link.ts';
import { idOf } from '../../support/members.ts';
import { Side } from '../../support/pipe.ts';
import { Stage, talk, type Wire } from '../../support/played-links.ts';

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
