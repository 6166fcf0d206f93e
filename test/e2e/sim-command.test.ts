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

describe('many seeds', () => {
  test('are run on all cores, each gives what it gives alone, and are told together', async () => {
    const name = await file('seeds.ts', small);
    const { exitCode, stdout } = await sim([name, '--seeds', '6', '--seed', '5', '--json']);
    expect(exitCode).toBe(0);
    const batch = JSON.parse(stdout);
    expect(batch.outcomes.map(({ seed }: { seed: string }) => seed)).toEqual([
      ...['5', '6', '7', '8', '9', '10'],
    ]);
    const alone = JSON.parse((await sim([name, '--seed', '8', '--json'])).stdout);
    expect(batch.outcomes[3]).toMatchObject({ ok: true, hash: alone.hash, checks: alone.checks });
    const text = (await sim([name, '--seeds', '3', '--jobs', '2'])).stdout;
    expect(text).toContain('ok: every guarantee held with each of 3 seeds');
    expect(text).toMatch(/G4 agreement +checked \d+ times/);
  });

  test('of shards are together what one machine gives, and a missing shard is told', async () => {
    const name = await file('sharded.ts', small);
    const shards = await Promise.all(
      [1, 2, 3].map(async (index) => {
        const { stdout } = await sim([name, '--seeds', '4', '--shard', `${index}/3`, '--json']);
        return file(`shard-${index}.json`, stdout);
      }),
    );
    const whole = JSON.parse((await sim([name, '--seeds', '4', '--json'])).stdout);
    const { exitCode, stdout } = await sim(['--merge', ...shards.reverse(), '--json']);
    expect(exitCode).toBe(0);
    const untimed = (batch: typeof whole) =>
      batch.outcomes.map((each: object) => ({ ...each, wallSeconds: 0 }));
    expect(untimed(JSON.parse(stdout))).toEqual(untimed(whole));
    const partly = await sim(['--merge', ...shards.slice(1)]);
    expect(partly.stderr).toContain('shard 3/3 is missing');
    expect(partly.exitCode).toBe(2);
  });

  test('of which some fail end with 1, with a line that runs each of those again', async () => {
    const name = await file(
      'sometimes.ts',
      small.replace(
        'cluster.crash',
        "if (cluster.world.seed === '2') cluster.violate('G0', 'so'); cluster.crash",
      ),
    );
    const { exitCode, stdout } = await sim([name, '--seeds', '3']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^seed 2: G0 is broken at 0\.\d+ s: so$/m);
    expect(stdout).toContain(`replay: circuit sim ${name} --seed 2`);
    expect(stdout).toContain('BROKEN with 1 of 3 seeds');
  });

  test('whose process dies fail, and the others go on', async () => {
    const name = await file(
      'dying.ts',
      small.replace(
        'cluster.crash',
        "if (cluster.world.seed === '2') process.exit(9);\n    cluster.crash",
      ),
    );
    const { exitCode, stdout } = await sim([name, '--seeds', '3', '--json', '--jobs', '1']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).outcomes).toMatchObject([
      { seed: '1', ok: true },
      { seed: '2', ok: false, failure: 'its process ended with 9' },
      { seed: '3', ok: true },
    ]);
  });

  test('of which one is a mistake of the story fail with its line, and the others go on', async () => {
    const name = await file(
      'late.ts',
      small.replace(
        'cluster.crash',
        "if (cluster.world.seed === '2') throw new Error('oh'); cluster.crash",
      ),
    );
    const { exitCode, stdout } = await sim([name, '--seeds', '3', '--json', '--jobs', '1']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).outcomes).toMatchObject([
      { seed: '1', ok: true },
      { seed: '2', ok: false, failure: expect.stringContaining('late.ts:9: oh') },
      { seed: '3', ok: true },
    ]);
  });

  test('draw other noise with --noise', async () => {
    const name = await file('noisy.ts', small);
    const hashes = async (...args: string[]) =>
      JSON.parse((await sim([name, '--seeds', '1', '--json', ...args])).stdout).outcomes[0];
    const [plain, noisy] = [await hashes(), await hashes('--noise', 'x')];
    expect(noisy.hash).not.toBe(plain.hash);
    expect(noisy.replay).toContain('--noise x');
  });

  test('that are not the same twice fail with --check-determinism', async () => {
    const crash = 'cluster.crash(runs++ % 2 === 0 ? "n4" : "n5")';
    const name = await file(
      'unstable-seeds.ts',
      `let runs = 0;\n${small.replace("cluster.crash('n4')", crash)}`,
    );
    const { exitCode, stdout } = await sim([name, '--seeds', '2', '--check-determinism']);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('two runs of it differ');
  });

  test.each([
    [['--seeds', '0'], '--seeds 0: give a whole number'],
    [['--seeds', '2', '--jobs', 'all'], '--jobs all: give a whole number'],
    [['--seeds', '2', '--shard', '3/2'], '--shard 3/2: write i/n'],
    [['--shard', '1/2'], '--jobs and --shard are of many seeds'],
    [['other.ts'], 'one scenario at a time'],
    [['--merge', 'seeds.ts'], 'seeds.ts is not JSON'],
  ])('with %s end with 2', async (args, message) => {
    const name = await file('seeds.ts', small);
    const { exitCode, stderr } = await sim(args[0] === '--merge' ? args : [name, ...args]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('of a scenario with a mistake end with 2, told once', async () => {
    const name = await file(
      'wrong-seeds.ts',
      small.replace("cluster.crash('n4')", "throw 'oh no'"),
    );
    const { exitCode, stderr } = await sim([name, '--seeds', '8']);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('oh no')]);
    expect(exitCode).toBe(2);
  });
});

test('a story that waits in vain has found something, and is told like a broken guarantee', async () => {
  const waits = 'await cluster.until(() => false)';
  const name = await file('vain.ts', small.replace("cluster.crash('n4')", waits));
  const { exitCode, stdout } = await sim([name]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/progress is broken at 60\.\d+ s/);
  expect(stdout).toContain('the story waited 60 s in vain until () => false');
});

describe('a mistake in a scenario file ends with 2 and says where it is:', () => {
  const instead = (text: string) => small.replace("cluster.crash('n4')", text);
  test.each([
    ['a missing file', undefined, 'there is no scenario file'],
    ['no default export', 'export const x = 1;', 'no default export'],
    ['checks that are no list', "export default { claim: 'x', run() {} };", 'checks'],
    ['a throw', instead("throw new Error('oh no')"), ':9: oh no'],
    [
      'an unknown option',
      small.replace('  checks:', '  setleUs: 1,\n  checks:'),
      'unknown-option.ts:6 is no scenario: there is no option "setleUs"; did you mean "settleUs"?',
    ],
    [
      'a wrong type',
      small.replace(/claim: '.*'/, 'claim: 7'),
      ':5 is no scenario: its claim is not',
    ],
    [
      'a list of other things',
      small.replace('[completeness()', "['completeness'"),
      ':6 is no scenario: its checks are not a list of checkers',
    ],
    [
      'no story',
      small.replace('async run', 'async ran'),
      'there is no option "ran"; did you mean "run"',
    ],
    ['a syntax error', small.replace('async run', 'async run run'), ':7: '],
    [
      'a checker that is not made',
      small.replace('order()', 'order'),
      '"order()" makes one, not "order"',
    ],
    [
      'an incident of no type',
      instead("cluster.play([{ at: 1, type: 'crahs', host: 'n1' }])"),
      ':9: no incident has the type "crahs"; there are start, crash, dark',
    ],
    [
      'a rule of no type',
      instead("cluster.play([{ at: 1, type: 'rule', forUs: 1, rule: { type: 'cutt' } }])"),
      ':9: no rule has the type "cutt"; there are loss',
    ],
    [
      'an incident that does not say how long',
      instead("cluster.play([{ at: 1, type: 'pause', host: 'n1' }])"),
      ':9: incident "pause": its forUs cannot be undefined',
    ],
    ['a promise that nobody awaits', instead("void Promise.reject(new Error('lost'))"), ':9: lost'],
    ['an endless wait', instead('for (;;) await null'), 'promises have been settling each other'],
    ['an endless loop', instead('for (;;) cluster.now'), ':9: the run has been here for 5 s'],
    [
      'an endless story',
      instead('for (;;) await cluster.sleep(100 * SECOND)'),
      ':9: the story does not end: it should be over after 43200 s',
    ],
    [
      'a story that lets no time pass',
      instead('for (;;) await cluster.sleep(0)'),
      'time does not pass: more and more happens at 0.',
    ],
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
    const { exitCode, stderr, stdout } = await sim([name, '--stuck-seconds', '5']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });
});
