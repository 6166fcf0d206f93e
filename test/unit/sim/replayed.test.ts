import { describe, expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import {
  type Checker,
  type Cluster,
  type Incident,
  play,
  type RunOptions,
  replayed,
  type Scenario,
  ScenarioError,
  SECOND,
  scenario,
} from '../../../sim/index.ts';

/** Breaks when n2 crashes. */
function planted(cluster: Cluster): Checker {
  const checker = { guarantee: 'P1 planted', observed: 0, atEnd() {} };
  cluster.observe((event) => {
    checker.observed++;
    if (event.type === 'ended' && event.node.host.name === 'n2') cluster.violate('P1 planted', '!');
  });
  return checker;
}

const original = scenario({
  claim: 'n2 never crashes',
  parameters: { servers: 3, seconds: 5 },
  checks: [planted],
  async run(cluster, p) {
    await cluster.startMany(p.servers);
    cluster.play([{ at: 2 * SECOND, type: 'crash', host: 'n1' }]);
    await cluster.sleep(p.seconds * SECOND);
  },
});

const crash: Incident = { at: 3 * SECOND, type: 'crash', host: 'n2' };
const example = { seed: 'x', schedule: [crash], breaks: 'P1 planted' };

function run(scene: Scenario, options: Omit<RunOptions, 'drain'>) {
  return inMacrotask(() => play(scene, { ...options, drain: runPromises }));
}

describe('a replayed scenario', () => {
  test('plays what broke it, whatever seed it is given', async () => {
    const scene = replayed(original, example);
    const [one, other] = [await run(scene, { seed: '1' }), await run(scene, { seed: '2' })];
    expect(one.report.violations).toMatchObject([{ guarantee: 'P1 planted', at: crash.at }]);
    expect(one.report.seed).toBe('x');
    expect(one.incidents).toEqual([crash]);
    expect(other.report.hash).toBe(one.report.hash);
    const direct = await run(original, { seed: 'x', schedule: [crash] });
    expect(direct.report.hash).toBe(one.report.hash);
  });

  test('has the parameters that broke it, which may be set to others', async () => {
    const scene = replayed(original, { ...example, set: { servers: 4 } });
    expect((await run(scene, { seed: '1' })).report.parameters).toEqual({ servers: 4, seconds: 5 });
    const { report } = await run(scene, { seed: '1', set: { servers: 5 } });
    expect(report.parameters['servers']).toBe(5);
    expect(() => replayed(original, { ...example, set: { srevers: 4 } })).toThrow(ScenarioError);
  });

  test('can be shrunk further: another schedule and noise take the place of its own', async () => {
    const scene = replayed(original, { ...example, noise: 'loud' });
    const { report } = await run(scene, { seed: '1', schedule: [], noise: 'silent' });
    expect(report.ok).toBe(true);
  });

  test('holds once the bug is gone, and says what had broken', async () => {
    const scene = replayed({ ...original, checks: [calm] }, example);
    const { report } = await run(scene, { seed: '1' });
    expect(report.ok).toBe(true);
    expect(report.claim).toContain('P1 planted once broke');
  });
});

function calm(): Checker {
  return { guarantee: 'P1 planted', observed: 1, atEnd() {} };
}
