/** `npm run soak:real`, for some seconds, and what it must find. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { soak } from '../../tools/soak-real/soak.ts';

const main = new URL('../../tools/soak-real/main.ts', import.meta.url).pathname;
const mutant = new URL('../support/mutant-server.ts', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-soak-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { timeout: 180_000 };

test('servers that are killed and started again leave a clean history', options, async () => {
  // With this seed the first disturbance kills one.
  const args = ['--minutes', '0.2', '--servers', '3', '--clients', '4', '--kill-every', '2'];
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [main, ...args, '--seed', 'd', '--out', folder, '--json'],
    { reject: false },
  );
  const told = JSON.parse(stdout);
  expect(told.violations, stderr).toEqual([]);
  expect(exitCode).toBe(0);
  expect(told.operationCount).toBeGreaterThan(200);
  expect(told.histories.operations).toBeGreaterThan(100);
  expect(Object.keys(told.histories.byKind)).toEqual(['channels', 'processes', 'subscriptions']);
  const { kill, freeze, restarts } = told.disturbances;
  expect(kill + freeze).toBeGreaterThan(0);
  expect(restarts).toBeGreaterThan(0);
  expect(told.serversStarted).toBe(3 + restarts);
  expect(told.agreedAfter.length).toBe(told.disturbances.rounds);
  const report = await readFile(join(folder, 'soak.md'), 'utf8');
  expect(report).toContain('**history clean; memory not judged');
  expect(report).toContain('| s1 |');
  expect(await readFile(join(folder, 'soak.svg'), 'utf8')).toContain('<polyline');
});

test('servers with bugs do not', options, async () => {
  const said: string[] = [];
  const { violations, violationCount } = await soak(
    {
      ...{ minutes: 0.15, servers: 3, clients: 6, seed: 'bugs', disturbEverySeconds: 1_000 },
      ...{ segmentSeconds: 8, sampleSeconds: 2, quietSeconds: 1, warmsUp: false },
      folder,
      program: [process.execPath, mutant],
      say: (text) => void said.push(text),
      signal: new AbortController().signal,
    },
    undefined,
  );
  expect(violationCount).toBe(violations.length);
  const found = new Set(violations.map(({ guarantee }) => guarantee));
  expect([...found], said.join('\n')).toEqual(
    expect.arrayContaining(['G8 linearizability', 'G2 accuracy', 'flat']),
  );
  const lost = violations.find(({ guarantee }) => guarantee === 'G8 linearizability');
  const history = JSON.parse(await readFile(lost?.file as string, 'utf8'));
  expect(history).toMatchObject({ seed: 'bugs', message: lost?.message });
  expect(history.operations.length).toBeGreaterThan(2);
  const leak = violations.find(({ guarantee }) => guarantee === 'flat');
  expect(leak?.message).toMatch(/holds \d+ descriptors besides its connections, and held \d+/);
});

test('what is no option is an error of usage', async () => {
  const { exitCode, stderr } = await execa(process.execPath, [main, '--servers', '2'], {
    reject: false,
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--servers is a number from 3 to 100');
});
