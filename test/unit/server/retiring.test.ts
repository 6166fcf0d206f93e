/** What links do with connections whose key was removed. */

import { expect, test } from 'vitest';
import type { Address, CircuitName } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';
import { failureOf, namesOf, Side } from '../../support/pipe.ts';
import { Stage, talk, type Wire } from '../../support/played-links.ts';

const peer = idOf(2);
const url = 'circuit://10.0.0.2:11022/2/Q0000000000000002';
const server = { server: peer, url, circuit: 'prod' as CircuitName };

/** A session with a server stands, which it dialled under that key. */
function accepted(stage: Stage, key: string): { wire: Wire; far: Side } {
  const wire = stage.connect();
  wire.key = key;
  const far = new Side({ dialled: true, hello: server });
  far.session.start();
  talk(wire, far);
  return { wire, far };
}

/** The session that was dialled last comes to stand. */
function answered(stage: Stage): { wire: Wire; far: Side } {
  const wire = stage.dialled.at(-1) as Wire;
  wire.key = 'new';
  const far = new Side({ dialled: false, hello: server });
  stage.clock.advance(0);
  talk(wire, far);
  return { wire, far };
}

function outdate(wire: Wire): void {
  wire.outdated = true;
  wire.events.outdated?.();
}

test('an edge whose key was removed is dialled anew, and ends when that stands', () => {
  const stage = new Stage();
  const { wire, far } = accepted(stage, 'old');
  outdate(wire);
  expect(stage.dialled.length).toBe(1);
  stage.clock.advance(3 * SECOND);
  talk(wire, far);
  expect([stage.dialled.length, far.finished]).toEqual([1, undefined]);

  answered(stage);
  stage.clock.advance(3 * SECOND);
  talk(wire, far);
  expect(far.finished).toMatchObject({ code: 'WRONG_KEY' });
  expect(stage.downs).toEqual([]);
});

test('a dial that fails is tried again while the session stands', () => {
  const stage = new Stage();
  outdate(accepted(stage, 'old').wire);
  stage.dialled[0]?.events.closed('refused');
  expect(stage.dialled.length).toBe(1);
  stage.clock.advance(SECOND);
  expect(stage.dialled.length).toBe(2);
  expect(stage.downs).toEqual([]);
});

test('new calls take the other session, and those under way stay', () => {
  const stage = new Stage();
  const old = accepted(stage, 'old');
  const call = old.far.open();
  old.far.session.flush();
  talk(old.wire, old.far);
  const before = stage.links.sessionWith(peer, url);
  outdate(old.wire);
  const fresh = answered(stage);
  stage.clock.advance(20 * SECOND);
  talk(old.wire, old.far);
  expect([call.heard, old.far.finished]).toEqual([[], undefined]);
  const after = stage.links.sessionWith(peer, url);
  expect(after).not.toBe(before);
  expect(after.peer?.server).toBe(peer);

  stage.opened[0]?.reply(new Uint8Array(), { end: true });
  stage.clock.advance(3 * SECOND);
  talk(old.wire, old.far);
  expect(old.far.finished).toMatchObject({ code: 'WRONG_KEY' });
  expect([fresh.far.finished, stage.downs]).toEqual([undefined, []]);
});

test('a call while no other session stands yet is made on the one that is dialled', () => {
  const stage = new Stage();
  const old = accepted(stage, 'old');
  outdate(old.wire);
  const session = stage.links.sessionWith(peer, url);
  expect(stage.dialled.length).toBe(1);
  answered(stage);
  expect(stage.links.sessionWith(peer, url)).toBe(session);
});

test('what is said on an edge goes on over the old session while there is one', () => {
  const stage = new Stage();
  const old = accepted(stage, 'old');
  outdate(old.wire);
  const fresh = answered(stage);
  const say = (text: string) => {
    stage.links.turn(() => stage.links.note(peer, new TextEncoder().encode(text)));
    talk(old.wire, old.far);
    talk(fresh.wire, fresh.far);
  };
  say('one');
  stage.clock.advance(3 * SECOND);
  say('two');
  expect([old.far.notes, fresh.far.notes]).toEqual([['one'], ['two']]);
});

test('a session that only calls needed is not dialled anew, nor that of a client', () => {
  const stage = new Stage();
  const old = accepted(stage, 'old');
  stage.links.release(peer);
  const wire = stage.connect();
  const client = new Side({ dialled: true });
  client.session.start();
  talk(wire, client);
  const call = client.open();
  talk(wire, client);
  for (const each of [old.wire, wire]) outdate(each);
  stage.clock.advance(3 * SECOND);
  talk(old.wire, old.far);
  talk(wire, client);
  expect(stage.dialled).toEqual([]);
  expect([old.far.finished?.code, client.finished]).toEqual(['WRONG_KEY', undefined]);

  stage.opened.at(-1)?.reply(new Uint8Array(), { end: true });
  stage.clock.advance(SECOND);
  talk(wire, client);
  expect(client.finished).toBeUndefined();
  stage.clock.advance(SECOND);
  talk(wire, client);
  expect([client.finished?.code, call.heard[0]?.[0]]).toEqual(['WRONG_KEY', 'replied']);
});

test.each([
  ['another key', 'old', false],
  ['the same key', 'new', true],
])('a server that dials under %s: the session before it is dead, %s, %s', (_, key, isDead) => {
  const stage = new Stage();
  const before = accepted(stage, key);
  stage.clock.advance(6 * SECOND);
  const after = accepted(stage, 'new');
  expect(before.wire.wasReset).toBe(isDead);
  // Calls of ours take the key that we dial with, as soon as there is a session under it.
  stage.links
    .sessionWith(peer, url)
    .open({ method: 0, target: undefined, body: new Uint8Array() }, { end: true, credit: 0 }, {});
  stage.clock.advance(0);
  talk(after.wire, after.far);
  expect(after.far.opened.length).toBe(1);
});

test.each(['noKey', 'wrongKey'] as const)(
  'a dial that ends with %s is an error of keys, and no proof that nobody is there',
  (reason) => {
    const stage = new Stage();
    stage.links.dial('10.0.0.2:11022' as Address, undefined, undefined);
    stage.dialled[0]?.events.closed(reason);
    const [[, failure, error]] = stage.failed as [(typeof stage.failed)[0]];
    expect([failure, error.code]).toEqual(['unreachable', 'WRONG_KEY']);
    expect(error.message).toContain('-hmac');
  },
);

test('a call of a client is refused once its key was removed, and what is under way goes on', () => {
  const stage = new Stage();
  const wire = stage.connect();
  wire.key = 'old';
  const thief = new Side({ dialled: true });
  thief.session.start();
  talk(wire, thief);
  const waiting = thief.open();
  talk(wire, thief);
  outdate(wire);
  const start = thief.open({ end: false });
  talk(wire, thief);
  expect(stage.opened.length).toBe(1);
  expect(failureOf(start.heard)).toMatchObject({
    code: 'WRONG_KEY',
    message: 'the key of this connection was removed: dial again',
    outcomeUnknown: false,
  });
  expect(waiting.heard).toEqual([]);
  stage.opened[0]?.reply(new Uint8Array(), { end: true });
  stage.clock.advance(0);
  talk(wire, thief);
  expect(namesOf(waiting.heard)).toEqual(['replied']);
});

test('a call of a server is taken for a while after its key was removed, and then refused', () => {
  const stage = new Stage();
  const { wire, far } = accepted(stage, 'old');
  const other = far.open();
  talk(wire, far);
  outdate(wire);
  const call = () => {
    const made = far.open();
    talk(wire, far);
    return failureOf(made.heard)?.code;
  };
  stage.clock.advance(limits.outdatedServerMs * MS - 1);
  expect([call(), stage.opened.length]).toEqual([undefined, 2]);
  stage.clock.advance(1);
  expect([call(), stage.opened.length]).toEqual(['WRONG_KEY', 2]);
  expect([other.heard, far.finished]).toEqual([[], undefined]);
});

test('a session that only calls needed is dialled anew while a call is under way on it', () => {
  const stage = new Stage();
  const { wire, far } = accepted(stage, 'old');
  stage.links.release(peer);
  far.open();
  talk(wire, far);
  outdate(wire);
  expect(stage.dialled.length).toBe(1);
  answered(stage);
  stage.opened[0]?.reply(new Uint8Array(), { end: true });
  // It is for calls alone too: it ends when it has been idle.
  stage.clock.advance(61 * SECOND);
  expect([stage.dialled.length, stage.links.sessions()]).toEqual([1, []]);
});
