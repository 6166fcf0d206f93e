import { describe, expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import {
  accuracy,
  type Cluster,
  play,
  SECOND,
  scenario,
  type TraceTold,
} from '../../../sim/index.ts';
import { Trace } from '../../../sim/trace.ts';

const names = { kind: (kind: number) => `kind${kind}`, actor: (actor: number) => `n${actor}` };

/** Everything that a sink is given while a story runs on three servers. */
async function recorded(story: (cluster: Cluster) => Promise<void>) {
  const told: TraceTold[] = [];
  const notes: { at: number; actor: number; text: string }[] = [];
  const sink = {
    event() {},
    note: (at: number, actor: number, text: string) => notes.push({ at, actor, text }),
    told: (each: TraceTold) => told.push(each),
  };
  const scene = scenario({
    claim: 'it is recorded',
    checks: [accuracy()],
    async run(cluster) {
      await cluster.startMany(3);
      await story(cluster);
    },
  });
  const options = { seed: '1', drain: runPromises };
  const { report } = await inMacrotask(() => play(scene, { ...options, sink }));
  const without = await inMacrotask(() => play(scene, options));
  expect(report.hash).toBe(without.report.hash);
  return { told, notes, violations: report.violations };
}

describe('a sink gets what servers tell', () => {
  test('with the host and start of whom, and who sent the news', async () => {
    const { told } = await recorded(async (cluster) => {
      cluster.crash('n3');
      await cluster.sleep(SECOND);
      cluster.start('n3');
      await cluster.sleep(5 * SECOND);
    });
    const ofThird = told.filter(({ observer, subject }) => subject === 3 && observer !== 3);
    const who = (type: string, start: number) =>
      ofThird.filter((each) => each.type === type && each.start === start);
    expect(who('joined', 1).map(({ observer }) => observer)).toEqual([1, 2]);
    expect(who('left', 1)).toHaveLength(2);
    expect(who('joined', 2)).toHaveLength(2);
    for (const { from, observer } of who('joined', 2)) {
      expect([1, 2, 3]).toContain(from);
      expect(from).not.toBe(observer);
    }
  });

  test('and of a server that stood still, once it catches up', async () => {
    const { told } = await recorded(async (cluster) => {
      cluster.pause('n2', 4 * SECOND);
      await cluster.sleep(SECOND);
      const node = cluster.start({ name: 'n4', through: 'n1' });
      await cluster.untilJoined([node]);
      await cluster.sleep(10 * SECOND);
    });
    const late = told.find(({ observer, subject }) => observer === 2 && subject === 4);
    expect(late?.type).toBe('joined');
    expect(late?.from).toBeGreaterThan(0);
  });

  test('and notes of starts and ends, with whom they are about', async () => {
    const { notes } = await recorded(async (cluster) => {
      cluster.dark('n2');
      await cluster.sleep(10 * SECOND);
    });
    expect(notes.find(({ text }) => text.startsWith('n3 starts as '))?.actor).toBe(3);
    expect(notes.find(({ actor, text }) => actor === 2 && text === 'n2 ends: dark')).toBeDefined();
  });
});

describe('the trace', () => {
  const told = { type: 'joined', observer: 1, subject: 2, start: 1, incarnation: 0 } as const;

  test('says in words what was told', () => {
    const trace = new Trace(names);
    trace.told(told);
    trace.told({ ...told, type: 'left', start: 3 });
    expect(trace.render()).toEqual([
      '      0.000000  n1           tells that n2#1 has joined',
      '      0.000000  n1           tells that n2#3 has left',
    ]);
  });

  test.each([
    ['type', { type: 'left' }],
    ['observer', { observer: 3 }],
    ['subject', { subject: 3 }],
    ['start', { start: 2 }],
    ['incarnation', { incarnation: 1 }],
  ] as const)('has another hash when another %s was told', (_what, change) => {
    const [one, other] = [new Trace(names), new Trace(names)];
    one.told(told);
    other.told({ ...told, ...change });
    expect(other.hash()).not.toBe(one.hash());
  });
});
