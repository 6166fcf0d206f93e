import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashText, keyed, keyedFloat, SimRandom, World } from '../../../sim/index.ts';

const draws = (random: SimRandom, count = 8) => Array.from({ length: count }, () => random.float());

describe('random', () => {
  test('a stream is a function of its labels, not of what was drawn before', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), fc.nat(20), (seed, labels, before) => {
        const still = labels.reduce((random, label) => random.fork(label), new SimRandom(seed));
        const drawn = labels.reduce((random, label) => {
          draws(random, before);
          return random.fork(label);
        }, new SimRandom(seed));
        expect(draws(drawn)).toEqual(draws(still));
      }),
    );
  });

  test('other labels give other streams, however they are cut', () => {
    const root = new SimRandom('seed');
    const streams = [
      root,
      root.fork(''),
      root.fork('a'),
      root.fork('b'),
      root.fork('a').fork('b'),
      root.fork('a/b'),
      root.fork('a/1:b'),
      root.fork('ab'),
      new SimRandom('other'),
    ];
    expect(new Set(streams.map((random) => draws(random).join())).size).toBe(streams.length);
  });

  test('where forks are numbered, the same label again gives another stream, and the first the same', () => {
    const plain = new SimRandom('seed');
    const numbered = new SimRandom('seed', { numbered: true });
    const first = draws(numbered.fork('client'));
    const second = draws(numbered.fork('client'));
    expect(first).toEqual(draws(plain.fork('client')));
    expect(second).not.toEqual(first);
    expect(second).not.toEqual(draws(plain.fork('client#2')));
    expect(draws(numbered.fork('other'))).toEqual(draws(plain.fork('other')));
  });

  test('two servers of one start of a host have ids of their own', () => {
    const host = new World({ seed: '1' }).addHost('n1');
    const ids = [1, 2].map(() => draws(host.random.fork('server')).join());
    expect(ids[0]).not.toBe(ids[1]);
  });

  test('below gives every number under its bound and no other', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
        const random = new SimRandom(seed);
        for (let i = 0; i < 20; i++) {
          const drawn = random.below(n);
          expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
        }
      }),
    );
    const random = new SimRandom('dice');
    const counts = new Uint32Array(6);
    for (let i = 0; i < 60_000; i++) {
      const face = random.below(6);
      counts[face] = (counts[face] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('keyed randomness', () => {
  test('is a function of its arguments', () => {
    const int = fc.integer();
    fc.assert(
      fc.property(int, int, int, int, fc.maxSafeNat(), (seed, purpose, a, b, n) => {
        const drawn = keyed(seed, purpose, a, b, n);
        expect(drawn).toBe(keyed(seed, purpose, a, b, n));
        expect(drawn >= 0 && drawn < 2 ** 32 && Number.isInteger(drawn)).toBe(true);
      }),
    );
  });

  test('neighbouring keys of every argument are spread evenly and independently', () => {
    const vary: ((i: number) => number)[] = [
      (i) => keyedFloat(i, 1, 2, 3, 4),
      (i) => keyedFloat(1, i, 2, 3, 4),
      (i) => keyedFloat(1, 2, i, 3, 4),
      (i) => keyedFloat(1, 2, 3, i, 4),
      (i) => keyedFloat(1, 2, 3, 4, i),
      (i) => keyedFloat(1, 2, 3, 4, i * 2 ** 32),
      (i) => keyedFloat(1, 2, i & 127, i >> 7, 4),
    ];
    for (const draw of vary) {
      const count = 16_384;
      const tenths = new Uint32Array(10);
      let product = 0;
      for (let i = 0; i < count; i++) {
        const tenth = Math.floor(draw(i) * 10);
        tenths[tenth] = (tenths[tenth] as number) + 1;
        product += (draw(i) - 0.5) * (draw(i + 1) - 0.5);
      }
      for (const hits of tenths) expect(Math.abs(hits / count - 0.1)).toBeLessThan(0.015);
      expect(Math.abs(product / count)).toBeLessThan(0.004);
    }
  });

  test('texts that differ by little are different keys', () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `seed ${i}`);
    expect(new Set(texts.map(hashText)).size).toBe(texts.length);
  });
});
