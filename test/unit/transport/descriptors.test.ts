/** How many descriptors peers may take. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import {
  descriptorsMax,
  hasDescriptors,
  limitsWithin,
  withinDescriptors,
} from '../../../transport/descriptors.ts';

test('the number is the one that the system holds us to', () => {
  const lines = readFileSync('/proc/self/limits', 'latin1').split('\n');
  const line = lines.find((each) => each.startsWith('Max open files'));
  expect(line?.split(/\s+/)[3]).toBe(String(descriptorsMax()));
});

test.each([
  [4_096, Number.POSITIVE_INFINITY, 4_096],
  [4_096, 32_800, 4_096],
  [4_096, 32_799, 4_095],
  [4_096, 1_024, 124],
  [2_048, 512, 60],
  [50, 512, 50],
  [4_096, 20, 16],
  [4, 20, 4],
])('of %i strangers, %d descriptors have room for %i', (bound, max, room) => {
  expect(withinDescriptors(bound, max)).toBe(room);
});

test.each([
  [Number.POSITIVE_INFINITY, 4_096, 8_192, 16_384],
  [65_568, 4_096, 8_192, 16_384],
  [65_567, 4_096, 8_192, 16_383],
  [4_096, 508, 1_016, 1_016],
  [256, 28, 56, 56],
  [40, 16, 16, 16],
])(
  'with %d descriptors, there is room for %i strangers, %i clients and %i servers',
  (max, ...room) => {
    const { strangersMax, clientsMax, peersMax } = limitsWithin({}, max);
    expect([strangersMax, clientsMax, peersMax]).toEqual(room);
  },
);

test('what all may take together leaves some, however many there are', () => {
  for (const max of [256, 1_024, 4_096, 65_568, 1_048_576]) {
    const { strangersMax = 0, clientsMax = 0, peersMax = 0 } = limitsWithin({}, max);
    const atTheDoor =
      withinDescriptors(limits.silentMax, max) + withinDescriptors(limits.handshakesMax, max);
    expect(strangersMax + atTheDoor + clientsMax + peersMax).toBeLessThanOrEqual((7 * max) / 8);
  }
});

test.each(['strangersMax', 'clientsMax', 'peersMax'] as const)(
  'a %s that is given is taken, unless there are not as many descriptors',
  (name) => {
    expect(limitsWithin({ [name]: 480, callsMax: 64 }, 512)).toMatchObject({
      [name]: 480,
      callsMax: 64,
    });
    expect(() => limitsWithin({ [name]: 481 }, 512)).toThrow(
      `the limit ${name} is at most 480 here, not 481: this process may have 512 descriptors`,
    );
  },
);

test('without a number, it is our own that counts', () => {
  expect(withinDescriptors(1e9)).toBe(withinDescriptors(1e9, descriptorsMax()));
  expect(hasDescriptors()).toBe(true);
});
