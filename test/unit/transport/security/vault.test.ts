import { expect, test, vi } from 'vitest';
import { parseAddress } from '../../../../src/id.ts';
import { Vault } from '../../../../transport/security/vault.ts';
import { keyRing } from '../../../support/wire.ts';

const stranger = parseAddress('10.0.0.1:1');

function vaultOf(...names: string[]) {
  const lines: unknown[] = [];
  const log = { write: (...line: unknown[]) => lines.push(line) };
  return { vault: new Vault(log, names.length === 0 ? undefined : keyRing(...names)), lines };
}

test('a vault has the keys of its ring, first things first', () => {
  const { vault } = vaultOf('new', 'old');
  const ring = keyRing('new', 'old');
  expect(vault.keys).toEqual(ring.map(({ id }) => id));
  expect(vault.first?.id).toBe(ring[0].id);
  expect(vault.find(ring[1]?.id as string)).toEqual(ring[1]);
  expect(vault.find('0123456789abcdef')).toBeUndefined();
});

test('a vault without keys protects nothing', () => {
  const { vault } = vaultOf();
  expect([vault.keys, vault.ring, vault.first]).toEqual([[], [], undefined]);
});

test('who watches is told of other keys, until it no longer wants to be', () => {
  const { vault } = vaultOf('old');
  const told: string[][] = [];
  const unwatch = vault.watch(() => told.push([...vault.keys]));
  const ids = (...names: [string, ...string[]]) => keyRing(...names).map(({ id }) => id);
  vault.replace(keyRing('old', 'new'));
  vault.replace(keyRing('new'));
  unwatch();
  vault.replace(keyRing('newer'));
  expect(told).toEqual([ids('old', 'new'), ids('new')]);
  expect(vault.keys).toEqual(ids('newer'));
});

test('all that is turned away is counted, and a flood of it is one line of the log', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(50_000);
  try {
    const { vault, lines } = vaultOf('one');
    for (let i = 0; i < 1_000; i++) vault.refuse('forged', stranger);
    vault.refuse('replayed', stranger);
    expect(vault.refused).toMatchObject({ forged: 1_000, replayed: 1, wrongKey: 0 });
    expect(lines.length).toBe(2);
    now.mockReturnValue(59_999);
    vault.refuse('forged', stranger);
    expect(lines.length).toBe(2);
    now.mockReturnValue(60_000);
    vault.refuse('forged', stranger);
    expect(lines.at(-1)).toEqual([
      'warn',
      'refused',
      { why: 'forged', from: stranger, count: 1_002 },
    ]);
    expect(lines.length).toBe(3);
  } finally {
    now.mockRestore();
  }
});
