import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplayWindow, windowPackets } from '../../../../transport/security/replay-window.ts';

/** What the window has to be: the set of all that was taken, and how far back it looks. */
class NaiveWindow {
  readonly #taken = new Set<number>();
  #highest = -1;

  take(counter: number): boolean {
    if (this.#taken.has(counter) || counter <= this.#highest - windowPackets) return false;
    this.#taken.add(counter);
    this.#highest = Math.max(this.#highest, counter);
    return true;
  }
}

/** Steps from the highest number so far: on, back, near the edges, far ahead. */
const steps = fc.array(
  fc.oneof(
    fc.integer({ min: -40, max: 40 }),
    fc.integer({ min: -windowPackets - 40, max: -windowPackets + 40 }),
    fc.integer({ min: 900, max: 1_200 }),
    fc.integer({ min: 0, max: 1_000_000 }),
  ),
  { maxLength: 300 },
);

test('the window takes what a set of all numbers would take', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), steps, (start, offsets) => {
      const window = new ReplayWindow();
      const naive = new NaiveWindow();
      let highest = start;
      for (const offset of offsets) {
        const counter = Math.max(0, Math.min(2 ** 32 - 1, highest + offset));
        const isNew = window.isNew(counter);
        expect(isNew).toBe(window.take(counter));
        expect(isNew).toBe(naive.take(counter));
        highest = Math.max(highest, counter);
      }
    }),
    { numRuns: 300 },
  );
});

test('each of a long row of packets is taken once, whatever overtakes what', () => {
  const window = new ReplayWindow();
  for (let block = 0; block < 50; block++) {
    for (let i = 99; i >= 0; i--) expect(window.take(block * 100 + i)).toBe(true);
    for (let i = 0; i < 100; i++) expect(window.take(block * 100 + i)).toBe(false);
  }
});

test('what is just within the window is new, and what is just outside is not', () => {
  const window = new ReplayWindow();
  window.take(10_000);
  expect(window.isNew(10_000 - windowPackets + 1)).toBe(true);
  expect(window.isNew(10_000 - windowPackets)).toBe(false);
});

test('the last number that there is can be taken, once', () => {
  const window = new ReplayWindow();
  expect(window.take(2 ** 32 - 1)).toBe(true);
  expect(window.take(2 ** 32 - 1)).toBe(false);
  expect(window.take(0)).toBe(false);
});
