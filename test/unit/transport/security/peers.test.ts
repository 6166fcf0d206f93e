import { expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import { Peers } from '../../../../transport/security/peers.ts';
import { newSalt } from '../../../../transport/security/seal.ts';

test('so many addresses are known, and then the one learned first is forgotten', () => {
  const peers = new Peers();
  const salt = newSalt();
  for (let i = 0; i < limits.sealPeersMax; i++) peers.learn(`10.0.0.1:${i}`, salt);
  expect(peers.isAt('10.0.0.1:0', salt)).toBe(true);
  peers.learn('10.0.0.1:0', salt); // Learned again, it is the last.
  peers.learn('10.0.0.2:0', salt);
  expect(peers.size).toBe(limits.sealPeersMax);
  expect(peers.isAt('10.0.0.1:0', salt)).toBe(true);
  expect(peers.isAt('10.0.0.1:1', salt)).toBeUndefined();
});

test('who says nothing to three packets in two seconds is as if unknown, and not who had nothing to say', () => {
  const peers = new Peers();
  const salt = newSalt();
  peers.learn('10.0.0.1:1', salt);
  const send = (now: number) => peers.toSend('10.0.0.1:1', now);
  for (const now of [1_000_000, 2_000_000, 3_000_000]) expect(send(now)).toBe(salt);
  peers.heard('10.0.0.1:1');
  for (const now of [4_000_000, 4_000_001, 4_000_002, 4_001_999]) expect(send(now)).toBe(salt);
  expect(send(4_002_000)).toBeUndefined();
  expect(send(4_002_001)).toBeUndefined();
  expect(peers.isAt('10.0.0.1:1', newSalt())).toBe(false);
  peers.heard('10.0.0.1:1');
  expect(send(4_002_002)).toBe(salt);
});
