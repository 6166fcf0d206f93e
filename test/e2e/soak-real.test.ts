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

interface Told {
  readonly violations: readonly unknown[];
  readonly operationCount: number;
  readonly histories: { readonly operations: number; readonly byKind: object };
  readonly disturbances: Readonly<Record<'kill' | 'freeze' | 'restarts' | 'rounds', number>>;
  readonly serversStarted: number;
  readonly agreedAfter: readonly number[];
}

/** How long it may take until enough has happened: on a busy machine little happens in seconds. */
const minutes = [0.2, 0.6, 2];
const options = { timeout: 600_000 };

test('servers that are killed and started again leave a clean history', options, async () => {
  let told: Told | undefined;
  for (const each of minutes) {
    // With this seed the first disturbance kills one.
    const args = ['--minutes', `${each}`, '--servers', '3', '--clients', '4', '--kill-every', '2'];
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [main, ...args, '--seed', 'd', '--out', folder, '--json'],
      { reject: false },
    );
    told = JSON.parse(stdout) as Told;
    expect(told.violations, stderr).toEqual([]);
    expect(exitCode).toBe(0);
    const { histories, disturbances, operationCount } = told;
    const kinds = Object.keys(histories.byKind).sort().join();
    const isWhole = kinds === 'channels,processes,subscriptions' && disturbances.restarts > 0;
    const isMuch = operationCount > 200 && histories.operations > 100;
    if (isWhole && isMuch && disturbances.kill + disturbances.freeze > 0) break;
    expect(each, `too little happened: ${stdout}`).not.toBe(minutes.at(-1));
  }
  if (told === undefined) throw new Error('it was not run');
  const { restarts, rounds } = told.disturbances;
  expect(told.serversStarted).toBe(3 + restarts);
  expect(told.agreedAfter.length).toBe(rounds);
  const report = await readFile(join(folder, 'soak.md'), 'utf8');
  expect(report).toContain('**history clean; memory not judged');
  expect(report).toContain('| s1 |');
  expect(await readFile(join(folder, 'soak.svg'), 'utf8')).toContain('<polyline');
});

test('servers with bugs do not', options, async () => {
  const bugs = ['G8 linearizability', 'G2 accuracy', 'flat'];
  for (const each of minutes) {
    const found = await buggy(each);
    if (bugs.every((bug) => found.has(bug))) return;
  }
  expect.fail(`not found in ${minutes.at(-1)} minutes: some of ${bugs.join(', ')}`);
});

/** The guarantees that such servers are found to break in so many minutes. */
async function buggy(minutes: number): Promise<Set<string>> {
  const said: string[] = [];
  const { violations, violationCount } = await soak(
    {
      ...{ minutes, servers: 3, clients: 6, seed: 'bugs', disturbEverySeconds: 1_000 },
      ...{ segmentSeconds: 8, sampleSeconds: 2, quietSeconds: 1, warmsUp: false },
      folder,
      program: [process.execPath, mutant],
      say: (text) => void said.push(text),
      signal: new AbortController().signal,
    },
    undefined,
  );
  expect(violationCount).toBe(violations.length);
  for (const { guarantee, file, message } of violations) {
    if (guarantee === 'G8 linearizability') {
      const history = JSON.parse(await readFile(file as string, 'utf8'));
      expect(history).toMatchObject({ seed: 'bugs', message });
      expect(history.operations.length).toBeGreaterThan(2);
    }
    const leaked = /holds \d+ descriptors besides its connections, and held \d+/;
    if (guarantee === 'flat') expect(message, said.join('\n')).toMatch(leaked);
  }
  return new Set(violations.map(({ guarantee }) => guarantee));
}

test('what is no option is an error of usage', async () => {
  const { exitCode, stderr } = await execa(process.execPath, [main, '--servers', '2'], {
    reject: false,
  });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--servers is a number from 3 to 100');
});
