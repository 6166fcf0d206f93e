/** Journals on disks that something ails, and what their checker finds. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import { Journal } from '../../src/journal/journal.ts';
import { broken, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: onDisk } = await import('../../scenarios/journal-on-disk.ts');

describe('whatever ails its disk, a server serves, and its journal tells what is missing', () => {
  test.each(['1', '2', '3', '4'])('with seed %s', async (seed) => {
    const report = await simulate(onDisk, { seed });
    expect(report.ok, told(report)).toBe(true);
    expect(report.checks[0]?.observed).toBeGreaterThan(5_000);
  });
});

test('an entry that is missing without a word is found', async () => {
  const patches = [patched(Journal, 'lostLine', () => '')];
  expect(await broken(onDisk, { patches })).toBe('kept journal');
});
