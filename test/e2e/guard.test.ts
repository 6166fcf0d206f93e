/** What is not the same twice has no place in a scenario, and is refused with file, line and remedy. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'circuit-guard-'));

afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a scenario whose story is two servers and then `line`, which is the seventh of its file. */
async function simulate(name: string, line: string) {
  const file = join(directory, `${name}.ts`);
  const text = [
    "import { agreement, scenario } from 'circuit/sim';",
    'export default scenario({',
    "  claim: 'two servers agree',",
    '  checks: [agreement()],',
    '  async run(cluster) {',
    '    await cluster.startMany(2);',
    `    ${line}`,
    '  },',
    '});',
  ];
  writeFileSync(file, text.join('\n'));
  const child = spawn(process.execPath, [join(root, 'cli/main.ts'), 'sim', file]);
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  const [code] = await once(child, 'close');
  return { code, out, err, file };
}

test.each([
  ['chance', 'Math.random();', 'random', 'cluster.world.random'],
  ['waiting', 'setTimeout(() => {}, 1);', 'setTimeout', 'cluster.sleep'],
  ['turns', 'setImmediate(() => {});', 'setImmediate', 'cluster.sleep'],
  ['time', 'Date.now();', 'now', 'cluster.now'],
  ['performance', 'performance.now();', 'now', 'cluster.now'],
  ['today', 'new Date();', 'new Date', 'cluster.now'],
  ['an-id', 'crypto.randomUUID();', 'randomUUID', 'cluster.world.random'],
])('a scenario that asks the real world for %s fails, and is told what to use', async (...each) => {
  const [name, line, asked, remedy] = each;
  const { code, out, err, file } = await simulate(name, line);
  expect(err).toContain(`circuit: ${file}:7: ${asked} `);
  expect(err).toContain(remedy);
  expect(err.trim()).not.toContain('\n');
  expect([code, out]).toEqual([2, '']);
});

test('the same scenario without such a line holds', async () => {
  const { code, out, err } = await simulate(
    'none',
    'await cluster.sleep(new Date(1_000).getTime());',
  );
  expect(out).toContain('ok: every guarantee held');
  expect([code, err]).toEqual([0, '']);
});
