/** What `circuit sim` leaves of a broken run: what led there, a trace, and a small scenario. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const circuit = new URL('../../bin/circuit', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-counter-'));
  await mkdir(join(folder, 'scenarios'));
  await writeFile(join(folder, 'scenarios', 'pair.ts'), pair);
  await writeFile(join(folder, 'alone.ts'), pair);
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: readonly string[]) {
  return execa(circuit, ['sim', ...args], { cwd: folder, reject: false });
}

/** Some fifty faults in a minute; what breaks needs n2 and n4 down at once, and n5 gone before. */
const pair = `
import { churn, order, SECOND, scenario } from 'circuit/sim';

const planted = (cluster) => {
  const down = new Set();
  const checker = { guarantee: 'P1 planted', observed: 0, atEnd() {} };
  let sawFive = false;
  cluster.observe((event) => {
    checker.observed++;
    if (event.type === 'started') down.delete(event.node.host.name);
    if (event.type !== 'ended') return;
    down.add(event.node.host.name);
    if (event.node.host.name === 'n5') sawFive = true;
    if (sawFive && down.has('n2') && down.has('n4')) {
      cluster.violate(checker.guarantee, 'n2 and n4 are down, and n5 was');
    }
  });
  return checker;
};

export default scenario({
  claim: 'two of them are never down at once',
  parameters: { servers: 6, seconds: 60 },
  checks: [order(), planted],
  async run(cluster, p) {
    const nodes = await cluster.startMany(p.servers);
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: nodes.map((node) => node.host.name),
        fromUs: 2 * SECOND,
        toUs: p.seconds * SECOND,
        ratioPerMinute: 5,
        awayUs: { min: 2 * SECOND, max: 6 * SECOND },
        ways: { crash: 1, dark: 1, leave: 1 },
      }),
    );
    await cluster.sleep(p.seconds * SECOND);
  },
});
`;

describe('a run that breaks', () => {
  test('tells what led there, and leaves a trace that tells it again', async () => {
    const { exitCode, stdout } = await run('scenarios/pair.ts');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('what led there:');
    expect(stdout).toMatch(/\* (crash|dark|leave) n[24]/);
    const file = 'circuit-traces/pair-1.trace.gz';
    expect(stdout).toContain(`trace: ${file}`);
    const told = await run('trace', file);
    expect(told.exitCode).toBe(0);
    const led = stdout.split('what led there:\n')[1]?.split('\n\n')[0] as string;
    expect(told.stdout).toContain(led);
    const asked = await run('trace', file, '--guarantee', 'P1', '--json');
    expect(JSON.parse(asked.stdout)).toMatchObject({ format: 'circuit trace', version: 1 });
  });

  test('leaves nothing when it holds, unless it is asked to', async () => {
    const calm = pair.replace('ratioPerMinute: 5', 'ratioPerMinute: 0.01');
    await writeFile(join(folder, 'calm.ts'), calm);
    await run('calm.ts');
    expect(existsSync(join(folder, 'circuit-traces/calm-1.trace.gz'))).toBe(false);
    const traced = await run('calm.ts', '--trace', 'deep/calm.gz', '--json');
    expect(traced.exitCode).toBe(0);
    expect(JSON.parse(traced.stdout)).toMatchObject({ trace: 'deep/calm.gz', led: [] });
    const plain = await run('calm.ts', '--json');
    expect(JSON.parse(plain.stdout).hash).toBe(JSON.parse(traced.stdout).hash);
    const one = await run('trace', 'deep/calm.gz', '--server', 'n3', '--kind', 'told', '--json');
    const lines = one.stdout.split('\n').map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line).toMatchObject({ kind: 'told', host: 'n3' });
    const tree = await run('trace', 'deep/calm.gz', '--told', 'n6');
    expect(tree.stdout).toContain('n6#1 has joined, incarnation 0:');
    expect(tree.stdout.split('\n')).toHaveLength(6);
  });
});

describe('circuit sim --shrink', () => {
  test('writes a scenario of few faults that breaks in the same way, by itself', async () => {
    const { exitCode, stdout } = await run('scenarios/pair.ts', '--shrink', '--json');
    expect(exitCode).toBe(1);
    const { shrunk, regression, violations } = JSON.parse(stdout);
    expect(shrunk.faultsBefore).toBeGreaterThan(30);
    expect(shrunk.schedule).toHaveLength(3);
    expect(shrunk.breaks).toBe('P1 planted');
    expect(shrunk.complete).toBe(true);
    expect(regression).toBe('scenarios/regressions/pair-1.ts');
    const text = await readFile(join(folder, regression), 'utf8');
    expect(text).toContain("import original from '../pair.ts';");
    const replays = await Promise.all(
      ['1', '2'].map((seed) => run(regression, '--seed', seed, '--json')),
    );
    const [one, other] = replays.map((each) => JSON.parse(each.stdout));
    expect(replays.map((each) => each.exitCode)).toEqual([1, 1]);
    expect(one.violations[0].guarantee).toBe(violations[0].guarantee);
    expect(one.violations[0].at).toBe(shrunk.at);
    expect(other.hash).toBe(one.hash);
  });

  test('says it for people, next to a scenario that lies in no project', async () => {
    const { stdout } = await run('alone.ts', '--shrink');
    expect(stdout).toMatch(
      /3 of \d+ faults break P1 planted as well, at \d+\.\d+ s, with servers=/,
    );
    expect(stdout).toContain('replay: circuit sim regressions/alone-1.ts');
    expect(await readdir(join(folder, 'regressions'))).toEqual(['alone-1.ts']);
    await run('alone.ts', '--shrink');
    expect(await readdir(join(folder, 'regressions'))).toEqual(['alone-1.ts']);
  });

  test('says when the story does by itself what breaks it', async () => {
    const direct = pair.replace(
      'const nodes = await',
      "cluster.world.after(3 * SECOND, () => { for (const n of ['n5', 'n2', 'n4']) cluster.crash(n); });\n    const nodes = await",
    );
    await writeFile(join(folder, 'direct.ts'), direct);
    const { exitCode, stdout } = await run('direct.ts', '--shrink');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/0 of \d+ faults break P1 planted as well/);
  });
});

describe('a mistake ends with 2 and one sentence:', () => {
  test.each([
    [['trace', 'nowhere.gz'], 'cannot read nowhere.gz'],
    [['trace', 'alone.ts'], 'alone.ts is no trace'],
    [['trace'], 'not enough positional arguments'],
    [['alone.ts', '--shrink', '--shrink-seconds', 'soon'], '--shrink-seconds soon is not a time'],
    [['alone.ts', '--shrink', '--seeds', '2'], 'leave out --seeds'],
    [['alone.ts', '--trace', '/dev/null/x'], 'cannot write the trace to /dev/null/x'],
  ])('%j', async (args, message) => {
    const { exitCode, stderr, stdout } = await run(...args);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
  });
});
