/** The page of a report: one file of bounded size, that is the same each time. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { PLOTS_MAX } from '../../../../cli/sim/report/catalogue.ts';
import { packed } from '../../../../cli/sim/report/overlay-drawing.ts';
import { pageOf } from '../../../../cli/sim/report/page.ts';
import {
  FRAME_SERVERS_MAX,
  FRAMES_MAX,
  type FrameState,
  type Incident,
  MISHAPS_MAX,
  type OverlayFrame,
  SERIES_MAX,
  SERIES_POINTS_MAX,
  SimRandom,
} from '../../../../sim/index.ts';
import { documentWith } from '../../../support/report-document.ts';

const random = new SimRandom('page');

function frameOf(at: number, names: number, edges: [number, number][]): OverlayFrame {
  const servers = Array.from({ length: names }, (_, i) => `n${i + 1}`);
  const states = servers.map((): FrameState => (random.below(9) === 0 ? 'down' : 'up'));
  return { at, servers, states, edges, hosts: names };
}

/** As much of all as the simulator gives, and more: edges of which a third is new each time. */
function huge() {
  const lengthUs = 600e6;
  const anyEdge = (): [number, number] => {
    const [a, b] = [random.below(FRAME_SERVERS_MAX - 1), random.below(FRAME_SERVERS_MAX)];
    return a < b ? [a, b] : [b, a + 1];
  };
  let edges = Array.from({ length: 1_500 }, anyEdge);
  const frames = Array.from({ length: FRAMES_MAX }, (_, i) => {
    edges = edges.map((edge) => (random.below(6) === 0 ? anyEdge() : edge));
    return frameOf((i * lengthUs) / FRAMES_MAX, FRAME_SERVERS_MAX, edges);
  });
  const times = Array.from({ length: SERIES_POINTS_MAX }, (_, i) => {
    return Math.floor((i * lengthUs) / SERIES_POINTS_MAX);
  });
  const series = Array.from({ length: SERIES_MAX }, (_, i) => {
    const values = times.map(() => random.float() * 1e6);
    return { name: `number ${i >> 1}, ${i & 1}`, unit: 's', times, values };
  });
  const types = ['crash', 'dark', 'leave'] as const;
  const mishaps = Array.from({ length: MISHAPS_MAX }, (_, i) => {
    const at = Math.floor((i * lengthUs) / MISHAPS_MAX);
    const host = `n${random.below(1_000)}`;
    const incident: Incident = { at, type: types[i % 3] ?? 'crash', host };
    return { incident, untilUs: at + random.below(30e6) };
  });
  return documentWith({ frames, series, mishaps }, { virtualSeconds: lengthUs / 1e6 });
}

test('the page of a huge run is less than two megabytes, and says what it leaves out', () => {
  const page = pageOf(huge());
  expect(page.length).toBeLessThan(2e6);
  expect(page.match(/<svg class="plot"/g)).toHaveLength(PLOTS_MAX);
  expect(page).toContain(`${SERIES_MAX / 2 - PLOTS_MAX} more plots are left out`);
  expect(page).toContain(`${MISHAPS_MAX - 200} more are in report.json`);
});

test('the page of a run of which nothing was sampled has its tables alone', () => {
  const page = pageOf(documentWith({ series: [] }));
  expect(page).not.toContain('id="plots-title"');
  expect(page).toContain('Nothing went wrong in this run.');
  expect(page).toContain('✓ held');
});

test('the page is the same each time, allows its own script alone, and refers to nothing', () => {
  const document = documentWith({ frames: [frameOf(0, 3, [[0, 1]]), frameOf(1e6, 3, [[1, 2]])] });
  const page = pageOf(document);
  expect(pageOf(document)).toBe(page);
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  expect(page).toContain(`script-src &#39;sha256-${hash}&#39;`);
  expect(page.match(/\b(?:https?:|url\(|@import|src=)/g)).toBeNull();
});

test('packed frames tell which edges came and went, and are unpacked to what they were', () => {
  const given: [number, number][][] = [
    [
      [0, 1],
      [1, 2],
    ],
    [[1, 2]],
    [
      [0, 1],
      [0, 2],
    ],
  ];
  const { edges, frames } = packed(given.map((each, i) => frameOf(i * 1e6, 3, each)));
  expect(frames.map(({ came, went }) => ({ came, went }))).toEqual([
    { came: [0, 1], went: [] },
    { came: [], went: [0] },
    { came: [0, 2], went: [1] },
  ]);
  const standing = new Set<number>();
  for (const [index, { came, went }] of frames.entries()) {
    for (const edge of came) standing.add(edge);
    for (const edge of went) standing.delete(edge);
    expect([...standing].map((edge) => edges[edge]).sort()).toEqual(given[index]);
  }
});
