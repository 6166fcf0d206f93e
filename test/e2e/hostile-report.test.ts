/** `npm run report:hostile`, small: one case, and what is written of it. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const main = new URL('../../tools/hostile-report/main.ts', import.meta.url).pathname;

function report(...args: readonly string[]) {
  return execa(process.execPath, [main, '--quick', ...args], { reject: false });
}

test('a case makes a row, a section and a drawing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'circuit-hostile-'));
  try {
    const { stdout } = await report('--only', 'random datagrams', '--out', folder);
    expect(stdout).toContain('[1/1] random datagrams: ');
    const { outcomes } = JSON.parse(await readFile(join(folder, 'hostile.json'), 'utf8'));
    expect(outcomes).toMatchObject([{ name: 'random datagrams', seed: '1', phases: 1 }]);
    expect(outcomes[0].failure).toBeUndefined();
    expect(outcomes[0].attacked.datagrams).toBeGreaterThan(0);
    expect(outcomes[0].counted.datagrams).toBeGreaterThan(0);
    const text = await readFile(join(folder, 'hostile.md'), 'utf8');
    expect(text).toContain('## Random datagrams');
    expect(text).toContain('view changes');
    const drawing = await readFile(join(folder, 'hostile.svg'), 'utf8');
    expect(drawing).toContain('<polyline class="memory"');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a case that is not there is an error that says which are', async () => {
  const { exitCode, stderr } = await report('--only', 'nothing');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no case is "nothing"; there are both, random datagrams');
});
