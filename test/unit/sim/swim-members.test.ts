import { describe, expect, test } from 'vitest';
import type { Peer } from '../../../sim/overlays/protocol.ts';
import {
  CLAIMS_MAX,
  type Claim,
  claim,
  GONE_MAX,
  Members,
} from '../../../sim/overlays/swim-members.ts';
import type { Address, ServerId } from '../../../src/id.ts';
import { NEVER } from '../../../src/time.ts';
import { encode } from '../../../src/wire/codec.ts';

function peerOf(number: number): Peer {
  const id = `X${number.toString(16).padStart(16, '0')}` as ServerId;
  return { id, address: `10.0.0.1:${1 + (number % 60_000)}` as Address };
}

const self = peerOf(0);
const about = (state: Claim['state'], incarnation = 0, number = 1): Claim => {
  return { peer: peerOf(number), incarnation, state };
};

function membersWith(...claims: Claim[]): Members {
  const members = new Members(self);
  for (const each of claims) members.learn(each, NEVER);
  return members;
}

describe('of two claims about one server', () => {
  test.each([
    ['suspect', 0, 'alive', 0],
    ['gone', 0, 'suspect', 0],
    ['gone', 0, 'alive', 0],
    ['alive', 1, 'suspect', 0],
    ['alive', 1, 'gone', 0],
    ['suspect', 1, 'alive', 0],
  ] as const)('%s of incarnation %i wins over %s of %i', (state, incarnation, other, before) => {
    const winning = about(state, incarnation);
    const losing = about(other, before);
    const known = membersWith(about('alive'), losing);
    expect(known.learn(winning, NEVER)).toBeDefined();
    expect(known.claimOf(winning.peer.id)).toEqual(winning);
    const better = membersWith(about('alive'), winning);
    expect(better.learn(losing, NEVER)).toBeUndefined();
    expect(better.claimOf(winning.peer.id)).toEqual(winning);
    expect(better.learn(winning, NEVER)).toBeUndefined();
  });
});

test('nobody is told that one is gone of whom it never heard', () => {
  const members = membersWith(about('gone'));
  expect(members.size).toBe(1);
  expect(members.claimOf(peerOf(1).id)).toBeUndefined();
});

test('a suspicion is overdue at its moment, and not before', () => {
  const members = membersWith(about('alive'));
  members.learn(about('suspect'), 1_000);
  expect(members.overdue(999)).toEqual([]);
  expect(members.overdue(1_000)).toEqual([about('suspect')]);
  members.learn(about('alive', 1), 2_000);
  expect(members.overdue(3_000)).toEqual([]);
});

test('news is carried as often as patience says, the newest first, so much in a message', () => {
  const all = Array.from({ length: CLAIMS_MAX + 4 }, (_, i) => about('alive', 0, i + 1));
  const members = membersWith(...all);
  const first = members.news();
  expect(first).toHaveLength(CLAIMS_MAX);
  let sent = first.length;
  for (let more = members.news(); more.length > 0; more = members.news()) sent += more.length;
  expect(sent).toBe(all.length * members.patience);
  const bytes = first.reduce((sum, each) => sum + encode(claim, each).length, 0);
  expect(bytes).toBeLessThan(1_472);
});

test('so many that have gone are remembered, and the first is forgotten', () => {
  const members = new Members(self);
  for (let i = 1; i <= GONE_MAX + 1; i++) {
    members.learn(about('alive', 0, i), NEVER);
    members.learn(about('gone', 0, i), NEVER);
  }
  expect(members.goneCount).toBe(GONE_MAX);
  expect(members.size).toBe(1);
  expect(members.claimOf(peerOf(1).id)).toBeUndefined();
  expect(members.claimOf(peerOf(2).id)?.state).toBe('gone');
});
