/** Whom failing links leave without a majority, and who may therefore give up whom. */

import { expect, test } from 'vitest';
import { mayGiveUp } from '../../../sim/reach.ts';

/** `cuts`: 'ab' when nothing from a arrives at b. `faulty`, `still`, `gone`: letters of hosts. */
function pairs(
  hosts: string,
  {
    cuts = '',
    faulty = '',
    still = '',
    gone = '',
  }: { cuts?: string; faulty?: string; still?: string; gone?: string },
): string[] {
  const may = mayGiveUp({
    hosts: [...hosts],
    cut: (from, to) => cuts.split(' ').includes(from + to),
    faulty: (host) => faulty.includes(host),
    still: (host) => still.includes(host),
    knows: (_observer, subject) => !gone.includes(subject),
  });
  return [...may].flatMap(([by, whom]) => [...whom].map((subject) => by + subject)).toSorted();
}

test('one link that fails, in one direction or both, excuses nobody', () => {
  expect(pairs('abcde', { cuts: 'ab' })).toEqual([]);
  expect(pairs('abcde', { cuts: 'ab ba cd' })).toEqual([]);
});

test('one that is cut off from all by single links may be given up, and gives up all', () => {
  const cuts = 'ab ac ad ae';
  expect(pairs('abcde', { cuts })).toEqual(['ab', 'ac', 'ad', 'ae', 'ba', 'ca', 'da', 'ea']);
});

test('whoever most cannot reach may be given up by all that hear of it', () => {
  // Three of the four others do not hear e; it still hears d, which a, b and c convince.
  const may = pairs('abcde', { cuts: 'ae be ce' });
  for (const observer of 'abcd') expect(may).toContain(`${observer}e`);
  expect(may.filter((pair) => !pair.endsWith('e') && !pair.startsWith('e'))).toEqual([]);
});

test('a tie is for the suspect', () => {
  // Of a, b, c and d two accuse e, and two do not.
  expect(pairs('abcde', { cuts: 'ae be' })).toEqual([]);
  // One of them has been given up, and so has no voice.
  expect(pairs('abcde', { cuts: 'ae be', gone: 'd' })).toContain('ae');
});

test('the sides of a bridge may give up each other, and the bridge hears of it', () => {
  const may = pairs('abcde', { cuts: 'ad ae bd be da ea db eb' });
  for (const pair of ['ad', 'be', 'da', 'ca', 'ce']) expect(may).toContain(pair);
  expect(may.some((pair) => pair.endsWith('c'))).toBe(false);
});

test('faulty hosts that are a majority may have anybody given up; a minority may not', () => {
  expect(pairs('abcde', { faulty: 'a' }).every((pair) => pair.endsWith('a'))).toBe(true);
  expect(pairs('abcde', { faulty: 'abc' })).toContain('de');
  // Who stands still accuses nobody.
  expect(pairs('abcde', { still: 'abc' })).not.toContain('de');
});

test('in a large circuit a quarter of all may be a majority of the observers', () => {
  const hosts = 'abcdefghijklmnop';
  const cutBy = (accusers: string) => [...accusers].map((each) => `${each}p`).join(' ');
  expect(pairs(hosts, { cuts: cutBy('abc') })).not.toContain('ap');
  expect(pairs(hosts, { cuts: cutBy('abcd') })).toContain('ap');
});
