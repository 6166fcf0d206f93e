/** The comparison of overlays, small. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import type { Report } from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: overlays } = await import('../../scenarios/overlays.ts');

const small = { servers: 30, minutes: 1, percent: 20 };

function cell(report: Report, row: string, column: string): number | string | undefined {
  const [table] = report.tables;
  return table?.rows.find(([name]) => name === row)?.[table.columns.indexOf(column)];
}

describe('four overlays under one schedule', () => {
  test('are compared in one table, the same again for the same seed', async () => {
    const report = await simulate(overlays, { seed: '1', set: small });
    expect(report.ok, told(report)).toBe(true);
    expect(report.tables).toHaveLength(1);
    expect(report.tables[0]?.columns).toEqual(['', 'circuit', 'random walks', 'HyParView', 'SWIM']);
    for (const row of report.tables[0]?.rows ?? []) {
      for (const [i, each] of row.entries()) expect(each, `${row[0]}, column ${i}`).toBeDefined();
    }
    // What nobody would believe the table without.
    expect(cell(report, 'degree, mean', 'SWIM')).toBe(29);
    expect(cell(report, 'clustering', 'SWIM')).toBe(1);
    expect(cell(report, 'degree, most', 'HyParView')).toBeLessThanOrEqual(6);
    expect(cell(report, 'largest part, 30 % removed', 'circuit')).toBe(1);
    expect(cell(report, 'churn: servers up taken for gone', 'circuit')).toBe(0);
    expect(cell(report, 'churn: missing share of views', 'HyParView')).toBe('partial views');
    const idle = 'idle: messages per server, 1/s';
    expect(cell(report, idle, 'SWIM')).toBeCloseTo(2, 1);
    expect(cell(report, idle, 'random walks')).toBeGreaterThan(30);
    const noticed = 'churn: who held it notices after, mean, s';
    expect(cell(report, noticed, 'circuit')).toBeLessThan(5);
    expect(cell(report, noticed, 'SWIM')).toBeGreaterThan(3);
    expect(await simulate(overlays, { seed: '1', set: small })).toEqual(report);
  });

  test.each(['2', '3'])('and this one keeps its promises with seed %s', async (seed) => {
    const report = await simulate(overlays, { seed, set: small });
    expect(report.ok, told(report)).toBe(true);
  });
});
