import { beforeEach, describe, expect, test } from 'vitest';
import type { Address } from '../../../src/id.ts';
import type { MembershipEffect } from '../../../src/membership/event.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Seeds } from '../../../src/membership/seeds.ts';
import { NEVER, SECOND } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const address = '10.0.0.1:11022' as Address;
const peer = idOf(1);

describe('joins by a seed', () => {
  let seeds: Seeds;
  let out: MembershipEffect[];
  beforeEach(() => {
    seeds = new Seeds(lan.seeds);
    out = [];
    seeds.join(0, address, out);
  });

  test('dial it, ask it for its view, and are done once that is merged', () => {
    expect(out).toEqual([{ type: 'dial', address, peer: undefined }]);
    expect(seeds.edgeUp(peer, address)).toBe(true);
    expect(seeds.edgeUp(peer, address)).toBe(false);
    seeds.merged(idOf(2), out);
    expect(out).toHaveLength(1);
    seeds.merged(peer, out);
    expect(out[1]).toEqual({ type: 'seedJoined', address });
    expect(seeds.deadline()).toBe(NEVER);
  });

  test('by the same address share one outcome', () => {
    seeds.join(1, address, out);
    expect(out).toHaveLength(1);
  });

  test('fail when the dial fails, or the edge breaks before the view has come', () => {
    seeds.fail(address, 'refused', out);
    seeds.fail(address, 'refused', out);
    expect(out.slice(1)).toEqual([{ type: 'seedFailed', address, reason: 'refused' }]);
    seeds.join(1, address, out);
    seeds.edgeUp(peer, address);
    seeds.edgeDown(peer, 'reset', out);
    expect(out.slice(3)).toEqual([{ type: 'seedFailed', address, reason: 'reset' }]);
  });

  test('fail after 10 s, and not before', () => {
    expect(seeds.deadline()).toBe(10 * SECOND);
    seeds.tick(10 * SECOND - 1, out);
    expect(out).toHaveLength(1);
    seeds.tick(10 * SECOND, out);
    expect(out[1]).toEqual({ type: 'seedFailed', address, reason: 'timeout' });
  });

  test('beyond the bound fail as busy', () => {
    for (let port = 1; port < lan.seeds.joinsMax; port++) {
      seeds.join(0, `10.0.0.2:${port}` as Address, out);
    }
    expect(out.some(({ type }) => type === 'seedFailed')).toBe(false);
    seeds.join(0, '10.0.0.3:1' as Address, out);
    expect(out.at(-1)).toMatchObject({ type: 'seedFailed', reason: 'busy' });
  });
});
