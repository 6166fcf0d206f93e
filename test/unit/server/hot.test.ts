import { expect, test } from 'vitest';
import { hotLines } from '../../../src/server/hot.ts';

const frame = (functionName: string, url = '', lineNumber = -1) => ({
  functionName,
  url,
  lineNumber,
});

function lines(samples: readonly number[]): string[] {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('', 'file:///src/server/links.ts', 41), children: [4] },
      { id: 4, callFrame: frame('send', 'file:///src/element/chan.ts', 9) },
    ],
    samples,
  };
  return hotLines(new TextEncoder().encode(JSON.stringify(profile)));
}

test('the stack seen most often comes first, its innermost function on top', () => {
  expect(lines([2, 3, 4, 2, 4, 2])).toEqual([
    'busy in 3 of 6 samples',
    '  2 x',
    '    send (chan.ts:10)',
    '    (anonymous) (links.ts:42)',
    '  1 x',
    '    (anonymous) (links.ts:42)',
  ]);
});

test('who only waits has no stacks', () => {
  expect(lines([2, 2])).toEqual(['busy in 0 of 2 samples']);
});

test('of very many stacks, and very deep ones, some are shown', () => {
  const count = 100;
  const nodes = Array.from({ length: count }, (_, at) => ({
    id: at,
    callFrame: frame(`f${at}`),
    children: at + 1 < count ? [at + 1] : [],
  }));
  const profile = { nodes, samples: nodes.map(({ id }) => id) };
  const shown = hotLines(new TextEncoder().encode(JSON.stringify(profile)));
  expect(shown[0]).toBe('busy in 100 of 100 samples');
  expect(shown.length).toBeLessThan(100);
});
