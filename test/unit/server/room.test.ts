/** How many connections a server has, and whose, and what becomes of one more. */

import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import type { CircuitName, ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { ServerLimits } from '../../../src/server-limits.ts';
import { idOf } from '../../support/members.ts';
import { pattern, Side } from '../../support/pipe.ts';
import { Stage, talk, type Wire } from '../../support/played-links.ts';

const KIB = 1024;

interface Guest {
  readonly wire: Wire;
  readonly side: Side;
}

/** Somebody connects and says who it is: a client, or that server. */
function come(stage: Stage, server?: ServerId): Guest {
  const circuit = 'prod' as CircuitName;
  const hello = server === undefined ? {} : { server, url: 'circuit://10.0.0.9:7', circuit };
  const side = new Side({ dialled: true, hello });
  const wire = stage.connect();
  side.session.start();
  talk(wire, side);
  return { wire, side };
}

function leave({ wire, side }: Guest): void {
  wire.events.closed('ended');
  side.session.close(new CircuitError('SERVER_GONE', 'gone'));
}

function stageOf(changed: ServerLimits, members: readonly ServerId[] = []): Stage {
  return new Stage({
    limits: { ...limits, ...changed },
    isMember: (peer) => members.includes(peer),
  });
}

test('one client more than there may be is told so, and one that leaves makes room', () => {
  const stage = stageOf({ clientsMax: 2 });
  const [first, second] = [come(stage), come(stage)];
  expect([first, second].map(({ side }) => side.greeted !== undefined)).toEqual([true, true]);
  const third = come(stage);
  expect(third.side.greeted).toBeUndefined();
  expect(third.side.finished?.code).toBe('LIMIT');
  expect(third.side.finished?.message).toBe(
    'the server has too many clients: dial another server, or try again later (limit clientsMax: 2)',
  );
  third.wire.events.closed('ended');
  leave(first);
  expect(come(stage).side.greeted).toBeDefined();
  expect(stage.links.room.counts).toEqual({ clients: 2, peers: 0 });
});

test('a client that takes no last words gives way to a new one', () => {
  const stage = stageOf({ clientsMax: 1 });
  const first = come(stage);
  // It breaks the protocol, and never reads the goodbye.
  first.wire.events.received(new Uint8Array([255, 255, 255, 255]));
  expect(first.wire.wasReset).toBe(false);
  expect(come(stage).side.greeted).toBeDefined();
  expect(first.wire.wasReset).toBe(true);
});

test('servers are let in however many clients there are, and the other way round', () => {
  const stage = stageOf({ clientsMax: 1, peersMax: 1 }, [idOf(2)]);
  come(stage);
  expect(come(stage, idOf(2)).side.greeted).toBeDefined();
  expect(come(stage).side.finished?.code).toBe('LIMIT');
  expect(stage.links.room.counts).toEqual({ clients: 1, peers: 1 });
});

test('of more servers than there may be, one goes that is not in the circuit', () => {
  const members = [idOf(2), idOf(4)];
  const stage = stageOf({ peersMax: 2 }, members);
  const [member, stranger] = [come(stage, idOf(2)), come(stage, idOf(3))];
  expect([member, stranger].some(({ wire }) => wire.wasReset)).toBe(false);
  const next = come(stage, idOf(4));
  expect([member, stranger, next].map(({ wire }) => wire.wasReset)).toEqual([false, true, false]);
});

test('of members goes one with nothing under way; where all have, one more is let in', () => {
  const members = [2, 3, 4, 5].map(idOf);
  const stage = stageOf({ peersMax: 2 }, members);
  const [busy, idle] = [come(stage, idOf(2)), come(stage, idOf(3))];
  busy.side.open();
  talk(busy.wire, busy.side);
  for (const peer of [2, 3]) stage.links.release(idOf(peer));
  const next = come(stage, idOf(4));
  expect([busy, idle, next].map(({ wire }) => wire.wasReset)).toEqual([false, true, false]);
  const last = come(stage, idOf(5));
  expect([busy, next, last].some(({ wire }) => wire.wasReset)).toBe(false);
  expect(stage.links.room.counts.peers).toBe(3);
});

test('of more connections of one server than there may be, the oldest goes', () => {
  const stage = stageOf({ connectionsOfPeerMax: 2 }, [idOf(2)]);
  const all = [1, 2, 3].map(() => come(stage, idOf(2)));
  expect(all.map(({ wire }) => wire.wasReset)).toEqual([true, false, false]);
  expect(stage.links.room.counts.peers).toBe(2);
});

test('who has not said who it is in time is let go', () => {
  const stage = stageOf({ helloTimeoutMs: 300 });
  const wire = stage.connect();
  stage.clock.advance(299_999);
  expect(wire.wasReset).toBe(false);
  stage.clock.advance(1);
  expect(wire.wasReset).toBe(true);
});

test('beyond what may be unread of all, who leaves most goes, and a client before a server', () => {
  const stage = stageOf({ unsentAllBytesMax: 1024 * KIB }, [idOf(2)]);
  const server = come(stage, idOf(2));
  const clients = [come(stage), come(stage), come(stage)];
  const leaveUnread = ({ wire, side }: Guest, kib: number) => {
    wire.full = true;
    side.open({ body: pattern(1) });
    talk(wire, side);
    const answered = stage.opened.pop();
    stage.links.turn(() => answered?.reply(pattern(kib * KIB), { end: true }));
  };
  leaveUnread(server, 600);
  leaveUnread(clients[0] as Guest, 100);
  leaveUnread(clients[1] as Guest, 200);
  expect(clients.some(({ wire }) => wire.wasReset)).toBe(false);
  leaveUnread(clients[2] as Guest, 150);
  expect([server, ...clients].map(({ wire }) => wire.wasReset)).toEqual([
    ...[false, false, true, false],
  ]);
  expect(stage.links.bounds.unsent.used).toBeLessThanOrEqual(1024 * KIB);
  for (const guest of [server, ...clients]) leave(guest);
  expect(stage.links.bounds.unsent.used).toBe(0);
});
