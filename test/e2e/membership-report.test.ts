/** `npm run report:membership`, small: it writes a report, and keeps the rows that it has. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = new URL('../../tools/membership-report/main.ts', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

function report(...args: readonly string[]) {
  return execa(process.execPath, [main, '--quick', ...args], { reject: false });
}

test('two commands of one case each make a report of two rows', async () => {
  for (const only of ['kill', 'ten-silent']) {
    const { exitCode, stdout } = await report('--only', only, '--seeds', '1,2', '--out', folder);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain(`${only} seed 2: held`);
    expect(stdout).toContain('[2/2]');
  }
  const { rows } = JSON.parse(await readFile(join(folder, 'membership.json'), 'utf8'));
  expect(rows).toMatchObject([
    { name: 'kill', parameters: { servers: 60 }, runs: [{ seed: '1' }, { seed: '2' }] },
    { name: 'ten-silent', runs: [{ ok: true }, { ok: true }] },
  ]);
  const text = await readFile(join(folder, 'membership.md'), 'utf8');
  expect(text).toContain('Of 2 claims 2 held with every seed.');
});

test('a case that is not there is an error that says which are', async () => {
  const { exitCode, stderr } = await report('--only', 'nothing');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no case is "nothing"; there are kill, silence');
});
