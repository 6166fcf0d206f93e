import { describe, expect, test } from 'vitest';
import { judged, Measures } from '../../../sim/measure/measures.ts';
import { TABLE_CELLS_MAX } from '../../../sim/measure/table.ts';
import { settled } from '../../../sim/parameters.ts';

describe('a measure', () => {
  test('is exact: each percentile is a value that was measured', () => {
    const measures = new Measures();
    for (let i = 1000; i >= 1; i--) measures.add('delay', i, 'ms');
    expect(measures.summaries()).toEqual([
      {
        name: 'delay',
        unit: 'ms',
        count: 1000,
        min: 1,
        mean: 500.5,
        p50: 500,
        p99: 990,
        max: 1000,
      },
    ]);
  });

  test('of a single value is that value', () => {
    const measures = new Measures();
    measures.add('share', 0.25, '');
    expect(measures.summaries()).toEqual([
      { name: 'share', unit: '', count: 1, min: 0.25, mean: 0.25, p50: 0.25, p99: 0.25, max: 0.25 },
    ]);
  });

  test('has one unit, and finite values', () => {
    const measures = new Measures();
    measures.add('delay', 1, 'ms');
    expect(() => measures.add('delay', 1, 's')).toThrow('measured in ms and in s');
    expect(() => measures.add('delay', Number.NaN, 'ms')).toThrow('finite');
  });
});

describe('a table', () => {
  const columns = ['overlay', 'degree'];

  test('is in the report as it was added', () => {
    const measures = new Measures();
    const table = {
      title: 'overlays',
      columns,
      rows: [['ours', 10] as const, ['a', 'none'] as const],
    };
    measures.addTable(table);
    expect(measures.tables).toEqual([table]);
  });

  test('has as many cells in a row as columns, only so many, and finite numbers', () => {
    const add = (rows: (string | number)[][]) => () =>
      new Measures().addTable({ title: 'overlays', columns, rows });
    expect(add([['ours']])).toThrow('has not its columns');
    expect(add([['ours', Number.NaN]])).toThrow('finite numbers');
    const row = ['ours', 1];
    expect(add(Array.from({ length: TABLE_CELLS_MAX / 2 }, () => row))).not.toThrow();
    expect(add(Array.from({ length: TABLE_CELLS_MAX / 2 + 1 }, () => row))).toThrow('too large');
  });
});

describe('a goal', () => {
  const measures = new Measures();
  for (let i = 1; i <= 100; i++) measures.add('delay', i / 100, 's');
  const outcome = (goal: { measure?: string; atMost?: number; atLeast?: number }) =>
    judged([{ measure: 'delay', statistic: 'p99', ...goal }], measures.summaries())[0];

  test('is reached at its very bound, and says what the figure is', () => {
    expect(outcome({ atMost: 0.99 })).toMatchObject({ reached: true, figure: 0.99, unit: 's' });
    expect(outcome({ atMost: 0.98 })).toMatchObject({ reached: false, figure: 0.99 });
    expect(outcome({ atLeast: 0.99 })).toMatchObject({ reached: true });
    expect(outcome({ atLeast: 1 })).toMatchObject({ reached: false });
  });

  test('about what was never measured is not reached', () => {
    expect(outcome({ measure: 'other', atMost: 9 })).toMatchObject({
      reached: false,
      figure: undefined,
    });
  });
});

describe('parameters', () => {
  test('are the defaults but for what is set', () => {
    expect(settled({ servers: 5, minutes: 1 }, { servers: 9 })).toEqual({ servers: 9, minutes: 1 });
  });

  test('of an unknown name are refused, naming those that there are', () => {
    expect(() => settled({ servers: 5, minutes: 1 }, { sevrers: 9 })).toThrow(
      'there is no parameter "sevrers"; this scenario has servers=5, minutes=1',
    );
    expect(() => settled({}, { servers: 9 })).toThrow('this scenario has none');
  });

  test('are finite numbers', () => {
    expect(() => settled({ servers: 5 }, { servers: Number.NaN })).toThrow('not NaN');
  });
});
