/** `circuit sim`, as a person runs it: in processes of its own, on files of their own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const circuit = new URL('../../bin/circuit', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-sim-'));
});
afterAll(() => rm(folder, { recursive: true }));

function sim(args: readonly string[]) {
  return execa(circuit, ['sim', ...args], { cwd: folder, reject: false });
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return name;
}

const small = `
import { accuracy, agreement, completeness, order, SECOND, scenario } from 'circuit/sim';

export default scenario({
  claim: 'one of eight servers crashes, and the others agree',
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster) {
    await cluster.startMany(8);
    cluster.crash('n4');
    await cluster.sleep(10 * SECOND);
  },
});
`;

describe('a scenario of the user, in any folder', () => {
  test('gives the same trace hash in two processes, and another one for another seed', async () => {
    const name = await file('mine.ts', small);
    const runs = await Promise.all(
      ['7', '7', '8'].map((seed) => sim([name, '--seed', seed, '--json'])),
    );
    const [first, again, other] = runs.map((run) => JSON.parse(run.stdout));
    expect(first).toMatchObject({ ok: true, seed: '7' });
    expect(again.hash).toBe(first.hash);
    expect(other.hash).not.toBe(first.hash);
  });

  test('is run twice and compared with --check-determinism', async () => {
    const name = await file('twice.ts', small);
    const { exitCode, stdout } = await sim([name, '--check-determinism']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('ok: every guarantee held');
    expect(stdout).toContain('the second run gave the same trace hash');
  });

  test('that is not the same twice ends with 4', async () => {
    const crash = 'cluster.crash(runs++ === 0 ? "n4" : "n5")';
    const name = await file(
      'unstable.ts',
      `let runs = 0;\n${small.replace("cluster.crash('n4')", crash)}`,
    );
    const { exitCode, stderr } = await sim([name, '--check-determinism']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('differ');
  });

  test('whose guarantee breaks ends with 1, says what happened and how to see it again', async () => {
    const bounds = 'completeness({ crash: 10, dark: 10, leave: 10, darkEarliest: 0 })';
    const name = await file('broken.ts', small.replace('completeness()', bounds));
    const { exitCode, stdout } = await sim([name, '--seed', 'it breaks']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/G1 completeness is broken at \d+\.\d+ s: n\d+ still tells of n4/);
    expect(stdout).toContain(`replay: circuit sim ${name} --seed 'it breaks'`);
  });
});

describe('a scenario with parameters and goals', () => {
  const sized = small
    .replace(
      'checks:',
      "parameters: { servers: 8 },\n  goals: [{ measure: 'servers', statistic: 'max', atMost: 8 }],\n  checks:",
    )
    .replace('run(cluster) {', "run(cluster, p) {\n    cluster.measure('servers', p.servers);")
    .replace('startMany(8)', 'startMany(p.servers)');

  test('is run with what is set, and says what it measured and whether that is enough', async () => {
    const name = await file('sized.ts', sized);
    const { exitCode, stdout } = await sim([name, '--set', 'servers=9']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('9 servers started');
    expect(stdout).toContain('goal: servers, max at most 8: NOT reached, 9');
    expect(stdout).toContain('1 of 1 goals NOT reached');
    const strict = await sim([name, '--set', 'servers=9', '--goals', '--json']);
    expect(strict.exitCode).toBe(1);
    expect(JSON.parse(strict.stdout)).toMatchObject({
      ok: true,
      parameters: { servers: 9 },
      measures: expect.arrayContaining([expect.objectContaining({ name: 'servers', max: 9 })]),
      goals: [{ reached: false, figure: 9 }],
      replay: `circuit sim ${name} --seed 1 --set servers=9 --goals`,
    });
    expect((await sim([name, '--goals'])).exitCode).toBe(0);
  });

  test.each([
    ['sevrers=9', 'there is no parameter "sevrers"; this scenario has servers=8'],
    ['servers=many', 'write a parameter as name=number'],
    ['servers', 'write a parameter as name=number'],
  ])('and %s ends with 2', async (setting, message) => {
    const name = await file('sized.ts', sized);
    const { exitCode, stderr } = await sim([name, '--set', setting]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });
});

describe('a mistake in a scenario file ends with 2 and says where it is:', () => {
  const instead = (text: string) => small.replace("cluster.crash('n4')", text);
  test.each([
    ['a missing file', undefined, 'there is no scenario file'],
    ['no default export', 'export const x = 1;', 'no default export'],
    ['checks that are no list', "export default { claim: 'x', run() {} };", 'checks'],
    ['a throw', instead("throw new Error('oh no')"), ':9: oh no'],
    ['an import that is not there', "import './nowhere.ts';", 'nowhere.ts'],
    ['an enum', 'enum Colour { Red }', 'enum'],
    ['chance', instead('Math.random()'), 'cluster.world.random'],
    ['time', instead('Date.now()'), 'cluster.now'],
    ['a real wait', instead('await new Promise((go) => setTimeout(go, 1))'), 'cluster.sleep'],
    [
      'a wait for nothing',
      "export default { claim: 'x', checks: [], run: () => new Promise(() => {}) };",
      'nothing can happen any more',
    ],
  ])('%s', async (title, text, message) => {
    const name = `${title.replaceAll(' ', '-')}.ts`;
    if (text !== undefined) await file(name, text);
    const { exitCode, stderr, stdout } = await sim([name]);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });
});
