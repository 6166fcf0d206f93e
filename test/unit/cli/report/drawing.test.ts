/** Whatever numbers a run gives, they have a place in the drawing, and what stands out is seen. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeAxis, told, valueAxis } from '../../../../cli/sim/report/axis.ts';
import { plotsOf } from '../../../../cli/sim/report/catalogue.ts';
import { marksOf } from '../../../../cli/sim/report/marks.ts';
import { faultMarks, frame, plotCard, plotSetting } from '../../../../cli/sim/report/plot.ts';
import { POINTS_MAX, pointsOf } from '../../../../cli/sim/report/points.ts';
import { timelineRows } from '../../../../cli/sim/report/timeline.ts';
import type { Mishap, Series } from '../../../../sim/index.ts';

/** Every number there is, and often those at which arithmetic breaks. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Infinity, NaN),
);

const anySeries = fc
  .array(fc.tuple(fc.nat(1e12), anyNumber), { minLength: 1, maxLength: 40 })
  .map((points): Series => {
    const times = points.map(([at]) => at).sort((a, b) => a - b);
    return { name: 'x', unit: 's', times, values: points.map(([, value]) => value) };
  });

describe('an axis', () => {
  test('places every number within its drawing, the greater not lower', () => {
    const laws = fc.property(fc.array(anyNumber), fc.boolean(), (values, isShare) => {
      const axis = valueAxis(values, { from: 158, to: 12, isShare });
      const places = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      let before = 158;
      for (const place of places.map((value) => axis.place(value))) {
        expect(place).toBeGreaterThanOrEqual(12);
        expect(place).toBeLessThanOrEqual(before);
        before = place;
      }
      expect(axis.ticks.length).toBeLessThan(20);
      for (const { at, text } of axis.ticks) {
        expect(at >= 12 && at <= 158 && !/NaN|Infinity/.test(text)).toBe(true);
      }
    });
    fc.assert(laws, { seed: 1, numRuns: 500 });
  });

  test('of time has places for every length of a run', () => {
    const laws = fc.property(anyNumber, anyNumber, (lengthUs, us) => {
      const axis = timeAxis(lengthUs, { from: 46, to: 404 });
      const places = [axis.place(us), ...axis.ticks.map(({ at }) => at)];
      expect(places.every((at) => at >= 46 && at <= 404)).toBe(true);
      expect(axis.ticks.length).toBeLessThan(20);
    });
    fc.assert(laws, { seed: 1, numRuns: 500 });
  });

  test.each([
    [
      [200, 195, 198],
      ['196', '198', '200'],
    ],
    [
      [0.1, 7],
      ['0', '2', '4', '6', '8'],
    ],
    [
      [3, 3, 3],
      ['2.8', '3', '3.2'],
    ],
    [
      [0, 0],
      ['0', '0.2', '1'],
    ],
    [[], ['0', '0.2', '1']],
  ])('of %j is marked in round numbers', (values, texts) => {
    const told = valueAxis(values, { from: 100, to: 0 }).ticks.map(({ text }) => text);
    expect(told).toEqual(expect.arrayContaining(texts));
  });

  test('of time says its unit once, at its end', () => {
    const texts = (seconds: number) =>
      timeAxis(seconds * 1e6, { from: 0, to: 1 }).ticks.map(({ text }) => text);
    expect(texts(60)).toEqual(['0', '10', '20', '30', '40', '50', '60 s']);
    expect(texts(600)).toEqual(['0', '2', '4', '6', '8', '10 min']);
    expect(texts(10 * 3600)).toEqual(['0', '2', '4', '6', '8', '10 h']);
  });
});

test.each([
  [0.0525, true, '5.25 %'],
  [12_340, false, '12.34k'],
  [2_500_000, false, '2.5M'],
  [0.00001, false, '1.0e-5'],
  [0, false, '0'],
  [9_999, false, '9999'],
])('%d (a share: %s) is told as "%s"', (value, isShare, text) => {
  expect(told(value, isShare)).toBe(text);
});

describe('of many points', () => {
  const times = Array.from({ length: 5_000 }, (_, i) => i);

  test('a peak of a single sample is kept, and so are the first and the last', () => {
    const laws = fc.property(fc.nat(4_999), fc.boolean(), (at, isLow) => {
      const values = times.map((i) => (i === at ? (isLow ? -9 : 9) : Math.sin(i)));
      const points = pointsOf({ name: 'x', unit: '', times, values });
      expect(points.length).toBeLessThanOrEqual(POINTS_MAX);
      expect(points).toContainEqual({ at, value: isLow ? -9 : 9 });
      expect([points[0]?.at, points.at(-1)?.at]).toEqual([0, 4_999]);
    });
    fc.assert(laws, { seed: 1, numRuns: 100 });
  });

  test('those kept are in the order of time', () => {
    const values = times.map((i) => (i * 7_919) % 101);
    const kept = pointsOf({ name: 'x', unit: '', times, values }).map(({ at }) => at);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
  });

  test('what is no number is left out', () => {
    const values = [1, NaN, Infinity, 2];
    const kept = pointsOf({ name: 'x', unit: '', times: [1, 2, 3, 4], values });
    expect(kept.map(({ value }) => value)).toEqual([1, 2]);
  });
});

describe('a plot', () => {
  const setting = plotSetting([], 100e6, undefined);
  const drawn = (series: readonly Series[]) =>
    plotsOf(series).map((plan, index) => plotCard(plan, index, setting).text);

  test('has finite coordinates, whatever it shows', () => {
    const laws = fc.property(anySeries, (series) => {
      const [text = ''] = drawn([series]);
      const paths = Array.from(text.matchAll(/ d="([^"]*)"/g), ([, path]) => path);
      expect(paths.join('')).not.toMatch(/NaN|Infinity|e\d/);
      const lines = Array.from(text.matchAll(/class="line[^"]*" d="([^"]*)"/g), ([, path]) => path);
      for (const [, x, y] of lines.join('').matchAll(/[ML]([\d.]+)[ ,]([\d.]+)/g)) {
        expect(Number(x)).toBeLessThanOrEqual(frame.right);
        expect(Number(y)).toBeLessThanOrEqual(frame.bottom);
      }
    });
    fc.assert(laws, { seed: 1, numRuns: 300 });
  });

  test('is shared by series of one name and unit, told apart behind a comma', () => {
    const one = (name: string, unit: string) => ({ name, unit, times: [1], values: [2] });
    const plans = plotsOf([
      one('wait, mean', 's'),
      one('odd', ''),
      one('wait, most', 's'),
      one('wait, most', 'B'),
      one('degree, mean', ''),
    ]);
    expect(plans.map(({ title, unit, lines }) => [title, unit, lines.map(({ name }) => name)]))
      // What is known comes first.
      .toEqual([
        ['Degree', '', ['mean']],
        ['wait', 's', ['mean', 'most']],
        ['odd', '', ['odd']],
        ['wait', 'B', ['most']],
      ]);
  });

  test('is filled between the least and the most, when it has both', () => {
    const one = (name: string, values: number[]) => ({ name, unit: '', times: [1, 2], values });
    const bounds = [one('degree, least', [1, 2]), one('degree, most', [5, 6])];
    expect(drawn(bounds)[0]).toContain('class="envelope"');
    expect(drawn(bounds.slice(1))[0]).not.toContain('class="envelope"');
  });

  test('says how many lines it leaves out', () => {
    const many = Array.from({ length: 9 }, (_, i) => {
      return { name: `x, ${i}`, unit: '', times: [1], values: [i] };
    });
    expect(drawn(many)[0]).toContain('3 more are in report.json.');
  });
});

describe('what went wrong', () => {
  const wrong: Mishap[] = [
    { incident: { at: 10e6, type: 'crash', host: 'n1' }, untilUs: 30e6 },
    { incident: { at: 20e6, type: 'crash', host: 'n2' }, untilUs: 40e6 },
    { incident: { at: 50e6, type: 'pause', host: 'n3', forUs: 10e6 }, untilUs: 60e6 },
    { incident: { at: 55e6, type: 'pause', host: 'n4', forUs: 10e6 }, untilUs: 65e6 },
  ];
  const marks = marksOf(wrong);

  test('has a lane for each kind under the plot, and bands behind it where nobody left', () => {
    const text = faultMarks(plotSetting(marks, 100e6, undefined)).text;
    expect(text.match(/class="fault (\w+)"/g)).toEqual([
      'class="fault crash"',
      'class="fault pause"',
    ]);
    expect(text.match(/class="moment"/g)).toHaveLength(2);
    // Two pauses that overlap are one band: 46 + 358 * 0.5 to 46 + 358 * 0.65.
    expect(text.match(/class="band" d="([^"]*)"/)?.[1]).toBe('M225 12H278.7V158H225Z');
  });

  test('that happens at once is in lanes of its own', () => {
    const text = timelineRows(marks, 100e6, undefined).text;
    expect(text).toContain('d="M100 1H300v7H100ZM200 10H400v7H200Z"');
  });

  test('more than three hundred times is drawn as how often', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => ({
      ...(marks[0] as (typeof marks)[number]),
      ...{ fromUs: i * 1e4, untilUs: i * 1e4 + 5e6 },
    }));
    const { text } = timelineRows(many, 100e6, undefined);
    expect(text).toContain('<b>2000</b>');
    expect(text.length).toBeLessThan(20_000);
  });

  test('is nothing when nothing did', () => {
    expect(timelineRows([], 1e6, undefined).text).toContain('Nothing went wrong in this run.');
  });
});
