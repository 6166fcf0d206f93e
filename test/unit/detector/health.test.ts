import { describe, expect, test } from 'vitest';
import { Health } from '../../../src/detector/health.ts';
import { detectorProfiles } from '../../../src/detector/profile.ts';

describe('our reliability', () => {
  const health = () => new Health(detectorProfiles.lan);
  /** Answers that come after as many lost probes each; whether we are reliable after each of them. */
  const reliableAfter = (...lost: number[]) => {
    const ours = health();
    return lost.map((count) => {
      ours.answered(count);
      return ours.isReliable;
    });
  };

  test('is there from the start, and stays while probes are answered', () => {
    expect(health().isReliable).toBe(true);
    expect(reliableAfter(0, 0, 1, 0, 0, 1)).not.toContain(false);
  });

  test('is gone after two answers that took five probes each, and comes back with good ones', () => {
    expect(reliableAfter(4, 4)).toEqual([true, false]);
    expect(reliableAfter(4, 4, 0, 0, 0, 0).at(-1)).toBe(true);
  });

  test('is not taken away by one peer that stood still, however long', () => {
    expect(reliableAfter(1_000)).toEqual([true]);
  });

  test('withstands a loss of a fifth each way, mostly', () => {
    // Of a hundred probes 36 are lost, and those that follow answered.
    const answers = Array.from({ length: 64 }, (_, n) => ((n * 7) % 16 < 6 ? 1 : 0));
    expect(reliableAfter(...answers)).not.toContain(false);
  });
});
