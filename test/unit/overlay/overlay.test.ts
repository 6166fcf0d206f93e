import { beforeEach, describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { lan } from '../../../src/membership/profile.ts';
import { Overlay, type OverlayEffect, type OverlayEvent } from '../../../src/overlay/overlay.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

const low = idOf(1);
const self = idOf(5);
const high = idOf(9);
const dialHigh = { type: 'dial', peer: high };

describe('overlay', () => {
  let overlay: Overlay;
  const at = (ms: number, event: OverlayEvent): OverlayEffect[] => {
    const out: OverlayEffect[] = [];
    overlay.step(ms * MS, event, out);
    return out;
  };
  const tick = (ms: number) => at(ms, { type: 'tick' });

  beforeEach(() => {
    overlay = new Overlay(self, new SimRandom('overlay'), lan.overlay);
  });

  test('the smaller id dials at once, the larger only when no edge stands after 2 s', () => {
    expect(at(0, { type: 'wanted', peer: high })).toEqual([dialHigh]);
    expect(at(0, { type: 'wanted', peer: low })).toEqual([]);
    expect(overlay.deadline()).toBe(2_000 * MS);
    expect(tick(1_999)).toEqual([]);
    expect(tick(2_000)).toEqual([{ type: 'dial', peer: low }]);
    expect(overlay.deadline()).toBe(NEVER);
  });

  test('an edge that the other side dialled spares us the dial', () => {
    at(0, { type: 'wanted', peer: low });
    at(100, { type: 'edgeUp', peer: low });
    expect(overlay.isUp(low)).toBe(true);
    expect(overlay.deadline()).toBe(NEVER);
  });

  test('an edge that breaks is redialled at once', () => {
    at(0, { type: 'wanted', peer: high });
    at(1, { type: 'edgeUp', peer: high });
    expect(at(5_000, { type: 'edgeDown', peer: high })).toEqual([dialHigh]);
    expect(overlay.isUp(high)).toBe(false);
  });

  test('an edge that breaks as soon as it stands is redialled at once only the first time', () => {
    at(0, { type: 'wanted', peer: high });
    at(1, { type: 'edgeUp', peer: high });
    expect(at(2, { type: 'edgeDown', peer: high })).toEqual([dialHigh]);
    at(3, { type: 'edgeUp', peer: high });
    expect(at(4, { type: 'edgeDown', peer: high })).toEqual([]);
    expect(overlay.deadline()).toBeGreaterThanOrEqual(504 * MS);
  });

  test('failed dials are repeated after pauses that double up to a bound, for ever', () => {
    at(0, { type: 'wanted', peer: high });
    let now = 0;
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]) {
      expect(at(now, { type: 'dialFailed', peer: high })).toEqual([]);
      const due = overlay.deadline() / MS;
      expect(due - now).toBeGreaterThanOrEqual(pause / 2);
      expect(due - now).toBeLessThanOrEqual(pause);
      expect(tick(due - 0.001)).toEqual([]);
      expect(tick(due)).toEqual([dialHigh]);
      now = due;
    }
  });

  test('a dial that fails while an edge stands changes nothing', () => {
    at(0, { type: 'wanted', peer: high });
    at(1, { type: 'edgeUp', peer: high });
    at(2, { type: 'dialFailed', peer: high });
    expect(overlay.deadline()).toBe(NEVER);
  });

  test('an edge to no neighbour is hung up after 5 s, and not before', () => {
    at(0, { type: 'edgeUp', peer: low });
    expect(tick(4_999)).toEqual([]);
    expect(overlay.isUp(low)).toBe(true);
    expect(tick(5_000)).toEqual([{ type: 'hangUp', peer: low }]);
    expect(overlay.isUp(low)).toBe(false);
    expect(overlay.deadline()).toBe(NEVER);
  });

  test('a peer that is wanted again in time keeps its edge', () => {
    at(0, { type: 'wanted', peer: high });
    at(1, { type: 'edgeUp', peer: high });
    at(1_000, { type: 'unwanted', peer: high });
    expect(at(5_999, { type: 'wanted', peer: high })).toEqual([]);
    expect(tick(60_000)).toEqual([]);
    expect(overlay.isUp(high)).toBe(true);
  });

  test('a neighbour that is no longer wanted is not redialled', () => {
    at(0, { type: 'wanted', peer: high });
    at(1, { type: 'dialFailed', peer: high });
    at(2, { type: 'unwanted', peer: high });
    expect(overlay.deadline()).toBe(NEVER);
    at(3, { type: 'edgeDown', peer: high });
    at(4, { type: 'dialFailed', peer: high });
    expect(tick(60_000)).toEqual([]);
  });
});
