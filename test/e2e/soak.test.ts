/** `npm run soak`, for some seconds. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = new URL('../../tools/soak/main.ts', import.meta.url).pathname;
const circuit = new URL('../../bin/circuit', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-soak-'));
});
afterAll(() => rm(folder, { recursive: true }));

function soak(args: readonly string[], minutes = 0.1) {
  return execa(process.execPath, [main, '--jobs', '1', '--minutes', `${minutes}`, ...args], {
    ...{ cwd: folder, reject: false },
  });
}

/** For longer and longer, until it says that: a busy machine runs few seeds, or none, in seconds. */
async function soakUntil(pattern: RegExp, args: readonly string[]) {
  for (let minutes = 0.1; ; minutes *= 2) {
    await rm(join(folder, 'soak-failures.jsonl'), { force: true });
    const ended = await soak(args, minutes);
    if (pattern.test(ended.stdout) || minutes > 1) return ended;
  }
}

async function coin(name: string, claim: string): Promise<string> {
  const text = `
import { order, scenario } from 'circuit/sim';

export default scenario({
  claim: 'a coin that is thrown shows its head',
  parameters: { share: 0.5 },
  checks: [order()],
  async run(cluster, p) {
    await cluster.startMany(2);
    if (${claim}) cluster.violate('G0 coin', 'it shows its tail');
  },
});
`;
  await writeFile(join(folder, name), text);
  return name;
}

test('it goes on when a seed fails, and tells how to repeat each that did', async () => {
  const name = await coin('coin.ts', "cluster.world.random.fork('coin').float() < p.share");
  // Some held, and some did not.
  const pattern = /BROKEN in (?!(\d+) of \1 )\d+ of \d+ runs/;
  const args = ['--scenario', `${name} share=0.4`, '--seed', 's'];
  const { exitCode, stdout } = await soakUntil(pattern, args);
  expect(stdout).toMatch(pattern);
  expect(exitCode).toBe(1);
  const lines = (await readFile(join(folder, 'soak-failures.jsonl'), 'utf8')).trim().split('\n');
  const failures = lines.map((line) => JSON.parse(line));
  expect(stdout.split('replay: ').length - 1).toBe(failures.length);

  const [first] = failures;
  expect(first).toMatchObject({ scenario: name, set: { share: 0.4 }, guarantee: 'G0 coin' });
  expect(first.replay).toBe(`circuit sim coin.ts --seed ${first.seed} --set share=0.4`);
  const again = await execa(circuit, first.replay.split(' ').slice(1), {
    ...{ cwd: folder, reject: false },
  });
  expect(again.stdout).toContain('G0 coin is broken');
});

test('it ends with 0 when every seed held', async () => {
  const name = await coin('always.ts', 'false');
  const pattern = /ok: every guarantee held in [1-9]\d* runs/;
  const { exitCode, stdout } = await soakUntil(pattern, ['--scenario', name]);
  expect(stdout).toMatch(pattern);
  expect(exitCode).toBe(0);
});

test('a mistake is told, and ends it with 2', async () => {
  const missing = await soak(['--scenario', 'none.ts']);
  expect(missing).toMatchObject({ exitCode: 2, stderr: 'soak: there is no scenario "none.ts"' });
  await writeFile(join(folder, 'empty.ts'), 'export default 1;');
  const wrong = await soak(['--scenario', 'empty.ts']);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).toContain('empty.ts');
});
