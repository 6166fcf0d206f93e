/** `circuit sim --report`: the three files, and the page as a browser shows it. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, openFile } from '../support/chromium.ts';
import { tellSkipped } from '../support/docker.ts';

const probe = readFile(new URL('../support/page-probe.js', import.meta.url), 'utf8');
const circuit = new URL('../../bin/circuit', import.meta.url).pathname;
const browser = await openBrowser();
if (typeof browser === 'string') tellSkipped('the page of a report in a browser', browser);
let folder: string;

const hostile = '<img src=x onerror="document.title=1">';

const story = `
import { accuracy, agreement, completeness, order, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'twelve servers \\'survive\\' & agree, whatever ${hostile} says',
  parameters: { earliest: 10 },
  lengthUs: 60 * SECOND,
  goals: [{ measure: 'servers', statistic: 'max', atMost: 1 }],
  checks: (p) => [
    p.earliest === 0 ? completeness({ crash: 1, dark: 1, leave: 1, darkEarliest: 0 }) : completeness(),
    accuracy(), order(), agreement(),
  ],
  async run(cluster) {
    await cluster.startMany(12);
    cluster.measure('servers', 12);
    cluster.measures.addTable({
      title: 'What </script> was compared', columns: ['what', 'how much'], rows: [['a | b', 0.25]],
    });
    await cluster.sleep(5 * SECOND - cluster.now);
    cluster.impose({ type: 'loss', ratio: 0.02, from: 'any', to: 'any' }, 4 * SECOND);
    await cluster.sleep(10 * SECOND);
    cluster.crash('n4');
    cluster.play([
      { at: 25 * SECOND, type: 'start', host: 'n4' },
      { at: 30 * SECOND, type: 'pause', host: 'n7', forUs: 2 * SECOND },
    ]);
    await cluster.sleep(30 * SECOND);
  },
});
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-report-'));
  await writeFile(join(folder, 'story.ts'), story);
});
afterAll(async () => {
  if (typeof browser !== 'string') await browser.close();
  await rm(folder, { recursive: true });
});

function sim(...args: readonly string[]) {
  return execa(circuit, ['sim', 'story.ts', ...args], { cwd: folder, reject: false });
}

describe('the files', () => {
  test('are a page, Markdown and JSON, which tell the same', async () => {
    const { exitCode, stdout, stderr } = await sim('--report', 'a/b', '--json');
    expect(exitCode, stderr).toBe(0);
    const path = join(folder, 'a/b');
    expect((await readdir(path)).sort()).toEqual(['report.html', 'report.json', 'report.md']);
    const told = JSON.parse(await readFile(join(path, 'report.json'), 'utf8'));
    const { hash, checks } = JSON.parse(stdout);
    expect(told).toMatchObject({
      ...{ format: 'circuit sim report', version: 1, scenario: 'story.ts', held: true },
      ...{ replay: 'circuit sim story.ts --seed 1', goalsCount: false },
      report: { hash, checks, goals: [{ reached: false, figure: 12 }] },
      mishaps: [
        { incident: { type: 'rule', at: 5e6 }, untilUs: 9e6 },
        { incident: { type: 'crash', host: 'n4', at: 15e6 }, untilUs: 25e6 },
        { incident: { type: 'pause', host: 'n7', at: 30e6 }, untilUs: 32e6 },
      ],
    });
    expect(told.series.length).toBeGreaterThan(10);
    expect(told.frames.length).toBeGreaterThan(10);
    const text = await readFile(join(path, 'report.md'), 'utf8');
    expect(text).toContain('**Every guarantee held; 1 of 1 goals were not reached.**');
    expect(text).toContain('| a \\| b | 0.25 |');
    expect(text).not.toContain(hostile);
  });

  test('do not change the run', async () => {
    const [plain, sampled] = await Promise.all([
      sim('--json', '--seed', '2'),
      sim('--json', '--seed', '2', '--report', 'same'),
    ]);
    expect(JSON.parse(sampled.stdout).hash).toBe(JSON.parse(plain.stdout).hash);
  });

  test('that cannot be written are an error before anything runs', async () => {
    const { exitCode, stderr, stdout } = await sim('--report', 'story.ts/below');
    expect(stderr).toContain('cannot write the report to story.ts/below');
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  test('are of one run, and not of many seeds', async () => {
    const { exitCode, stderr } = await sim('--report', 'many', '--seeds', '3');
    expect(stderr).toContain('are of one run: leave out --seeds');
    expect(exitCode).toBe(2);
  });
});

describe.skipIf(typeof browser === 'string')('the page, in a browser', () => {
  /** folder => the run that fills it */
  const runs = new Map<string, ReturnType<typeof sim>>();

  async function shown(args: readonly string[], options: { width?: number; dark?: boolean } = {}) {
    const name = `page${args.join('').replaceAll(/[^\w]/g, '')}`;
    const run = runs.get(name) ?? sim(...args, '--report', name);
    runs.set(name, run);
    await run;
    return openFile(browser as Browser, join(folder, name, 'report.html'), options);
  }

  test('has a line within its axes, and the faults, in every plot', async () => {
    const { page, faults } = await shown([]);
    const { plots } = await probed(page);
    expect(plots.length).toBeGreaterThanOrEqual(10);
    for (const { title, strays, points, faults, texts } of plots) {
      expect(strays, title).toEqual([]);
      expect(Math.min(...points), title).toBeGreaterThan(0);
      expect(texts.length, title).toBeGreaterThan(6);
      expect(texts.join(), title).not.toMatch(/NaN|undefined|Infinity/);
      // From the loss, at 5 s of some 60, to the pause, which is over at 32 s.
      expect(faults.width, title).toBeGreaterThan(100);
      expect(Math.min(faults.from, faults.to), title).toBeGreaterThan(0);
    }
    // Loss, a crash and a pause: each has its lane, and what does not remove a server its band.
    expect(await page.locator('#faults .fault').count()).toBe(3);
    expect(await page.locator('#faults .band').count()).toBe(2);
    expect(faults).toEqual([]);
  });

  test('is moved through time by the slider, by keys, and by playing', async () => {
    const { page, faults } = await shown([]);
    await moveTo(page, 20_000);
    const down = await drawing(page);
    expect(down.down).toEqual(['n4']);
    expect(down.now).toContain('n4 crashed');
    await moveTo(page, 29_500);
    const back = await drawing(page);
    expect(back.down).toEqual([]);
    expect(back.edges).not.toBe(down.edges);
    expect(back.cursor).not.toBe(down.cursor);
    await page.locator('#time').press('ArrowLeft');
    expect((await drawing(page)).moment).not.toBe(back.moment);
    await moveTo(page, 0);
    await page.locator('#play').press('Enter');
    const moment = async () => Number.parseFloat(await page.locator('#moment').innerText());
    await expect.poll(moment, { timeout: 60_000 }).toBeGreaterThan(1);
    await page.locator('#play').press('Enter');
    expect(await page.locator('#play').getAttribute('aria-label')).toBe('Play');
    expect(faults).toEqual([]);
  });

  test('tells of a server that is chosen with the keys', async () => {
    const { page } = await shown([]);
    await page.locator('#stage').press('ArrowRight');
    expect(await page.locator('#chosen').innerText()).toMatch(/^n1: up, edges to n\d/);
    expect(await page.locator('.edges .own').getAttribute('d')).toMatch(/^M/);
    await page.locator('#stage').press('Escape');
    expect(await page.locator('.edges .own').getAttribute('d')).toBe('');
  });

  test('would not pass without its marks, with a line gone astray, or in pale grey', async () => {
    const { page } = await shown([]);
    await page.evaluate(`{
      document.getElementById('faults').replaceChildren();
      document.querySelector('svg.plot path.line').setAttribute('d', 'M46 12L405 159');
      document.querySelector('h1').style.color = '#aaa';
    }`);
    const { plots, faint } = await probed(page);
    expect(Math.max(...plots.map(({ faults }) => faults.width))).toBe(0);
    expect(plots[0]?.strays).toEqual([[405, 159]]);
    expect(faint).toHaveLength(1);
  });

  test('marks what is broken, in every plot', async () => {
    const { page, faults } = await shown(['--set', 'earliest=0']);
    expect(await page.locator('.verdict').innerText()).toContain('A guarantee is broken');
    expect(await page.locator('.broken-card').innerText()).toContain('G1 completeness at 15.');
    const plots = await page.locator('svg.plot').count();
    expect(await page.locator('svg.plot path.broken').count()).toBe(plots);
    expect(faults).toEqual([]);
  });

  test('means texts as they are', async () => {
    const { page, faults } = await shown([]);
    expect(await page.locator('h1').innerText()).toContain(hostile);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.title()).toContain(hostile);
    expect(await page.locator('h2', { hasText: 'What </script> was compared' }).count()).toBe(1);
    expect(faults).toEqual([]);
  });

  test.each([
    [390, false],
    [390, true],
    [1600, true],
  ])('is no wider than a window of %i pixels (dark: %s), and legible', async (width, dark) => {
    const { page, faults } = await shown([], { width, dark });
    const told = await probed(page);
    expect(told.width).toBeLessThanOrEqual(width);
    expect(told.faint).toEqual([]);
    expect(faults).toEqual([]);
  });
});

interface Probed {
  readonly width: number;
  readonly faint: readonly string[];
  readonly plots: readonly {
    readonly title: string;
    readonly points: readonly number[];
    readonly strays: readonly unknown[];
    readonly faults: { readonly from: number; readonly to: number; readonly width: number };
    readonly texts: readonly string[];
  }[];
}

async function probed(page: Page): Promise<Probed> {
  return (await page.evaluate(await probe)) as Probed;
}

async function moveTo(page: Page, ms: number): Promise<void> {
  await page.evaluate(`{
    const slider = document.getElementById('time');
    slider.value = ${ms};
    slider.dispatchEvent(new Event('input'));
  }`);
}

async function drawing(page: Page) {
  return {
    moment: await page.locator('#moment').innerText(),
    now: await page.locator('#now').innerText(),
    down: await page.locator('.server.is-down title').allTextContents(),
    edges: await page.locator('.edges .standing').getAttribute('d'),
    cursor: await page.locator('svg.plot .cursor').first().getAttribute('d'),
  };
}
