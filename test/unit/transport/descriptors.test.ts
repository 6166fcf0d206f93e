/** How many descriptors strangers may take. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  descriptorsMax,
  hasDescriptors,
  withinDescriptors,
} from '../../../transport/descriptors.ts';

test('the number is the one that the system holds us to', () => {
  const limits = readFileSync('/proc/self/limits', 'latin1').split('\n');
  const line = limits.find((each) => each.startsWith('Max open files'));
  expect(line?.split(/\s+/)[3]).toBe(String(descriptorsMax()));
});

test.each([
  [4_096, Number.POSITIVE_INFINITY, 4_096],
  [4_096, 16_384, 4_096],
  [4_096, 16_383, 4_095],
  [4_096, 1_024, 256],
  [2_048, 512, 128],
  [50, 512, 50],
  [4_096, 20, 16],
  [4, 20, 4],
])('of %i strangers, %d descriptors have room for %i', (bound, max, room) => {
  expect(withinDescriptors(bound, max)).toBe(room);
});

test('without a number, it is our own that counts', () => {
  expect(withinDescriptors(1e9)).toBe(withinDescriptors(1e9, descriptorsMax()));
  expect(hasDescriptors()).toBe(true);
});
