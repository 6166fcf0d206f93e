import { expect, test } from 'vitest';
import { tableLines } from '../../../cli/sim/figures.ts';

test('a table has its title, and columns under each other', () => {
  const lines = tableLines({
    title: 'overlays',
    columns: ['', 'ours', 'another'],
    rows: [
      ['degree', 9.876_54, 5],
      ['share missing', 123_456, 'partial views'],
    ],
  });
  expect(lines).toEqual([
    '',
    '  overlays',
    '                   ours        another',
    '  degree          9.877              5',
    '  share missing  123456  partial views',
    '',
  ]);
});

test('a table without rows is its heading', () => {
  const lines = tableLines({ title: 'none', columns: ['overlay', 'degree'], rows: [] });
  expect(lines).toEqual(['', '  none', '  overlay  degree', '']);
});
