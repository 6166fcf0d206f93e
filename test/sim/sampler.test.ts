/** What is sampled of a run is what happened in it, and the run does not notice. */

import { describe, expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import {
  accuracy,
  FRAME_SERVERS_MAX,
  FRAMES_MAX,
  type Played,
  partition,
  play,
  type Scenario,
  SECOND,
  type Series,
  scenario,
} from '../../sim/index.ts';
import { FrameBook } from '../../sim/measure/frames.ts';

function sampled(story: Scenario, sampleEveryUs?: number): Promise<Played> {
  const options = { seed: '1', drain: runPromises };
  return inMacrotask(() =>
    play(story, sampleEveryUs === undefined ? options : { ...options, sampleEveryUs }),
  );
}

/** Eight servers; one goes dark, one is killed, one stands still, two are cut off. */
const troubled = scenario({
  claim: 'the story comes true',
  parameters: { servers: 8 },
  checks: [accuracy()],
  async run(cluster, { servers }) {
    await cluster.startMany(servers);
    await cluster.sleep(10 * SECOND - cluster.now);
    cluster.dark('n3');
    await cluster.sleep(20 * SECOND - cluster.now);
    cluster.crash('n4');
    await cluster.sleep(30 * SECOND - cluster.now);
    cluster.pause('n5', 2.5 * SECOND);
    await cluster.sleep(40 * SECOND - cluster.now);
    cluster.split([['n1', 'n2']], 10 * SECOND);
    await cluster.sleep(60 * SECOND - cluster.now);
  },
});

function named({ series }: Played, name: string): Series {
  return series.find((each) => each.name === name) as Series;
}

/** The value of a series at the last sample up to a moment. */
function at(played: Played, name: string, us: number): number | undefined {
  const { times, values } = named(played, name);
  return values[times.findLastIndex((time) => time <= us)];
}

describe('a sampled run', () => {
  test('has the trace hash of one that is not sampled', async () => {
    const plain = await sampled(troubled);
    const often = await sampled(troubled, SECOND / 50);
    expect(often.report).toEqual(plain.report);
    expect(plain.series).toEqual([]);
    expect(plain.frames).toEqual([]);
  });

  test('tells how many servers there were, what they knew, and when they found out', async () => {
    const played = await sampled(troubled, SECOND / 4);
    const value = (name: string, seconds: number) => at(played, name, seconds * SECOND);
    expect(value('servers up', 9.9)).toBe(8);
    expect(value('servers up', 10.5)).toBe(7);
    expect(value('servers up', 20.5)).toBe(6);
    expect(value('stale share of views', 9.9)).toBe(0);
    expect(value('stale share of views', 11)).toBeCloseTo(1 / 8, 9);
    expect(value('servers suspected', 9.9)).toBe(0);
    expect(value('servers suspected', 12.9)).toBe(1);
    expect(value('servers suspected', 19)).toBe(0);
    expect(value('stale share of views', 19)).toBe(0);
    expect(value('missing share of views', 49)).toBeCloseTo((2 * 2 * 4) / 36, 9);
    expect(value('missing share of views', 9.9)).toBe(0);
    expect(value('degree, mean', 9.9)).toBe(7);
    expect(value('degree, mean', 29)).toBe(5);
    expect(value('hops, most', 29)).toBe(1);
    expect(value('clustering', 29)).toBe(1);
    expect(value('second eigenvalue to the best', 29)).toBeLessThan(0);
    const told = named(played, 'departures told after, longest');
    const [dark, crash] = [told.values[0] as number, told.values.at(-1) as number];
    expect(dark).toBeGreaterThan(3);
    expect(dark).toBeLessThan(6);
    expect(crash).toBeLessThan(1);
    for (const { times } of played.series) {
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  test('tells how much was sent: as much as the hosts count', async () => {
    let counted = 0;
    const idle = scenario({
      claim: 'the story comes true',
      checks: [accuracy()],
      settleUs: 0,
      async run(cluster) {
        await cluster.startMany(5);
        await cluster.sleep(30 * SECOND - cluster.now);
        const { nodes } = cluster;
        for (const { host } of nodes) counted += host.sent.datagramBytes + host.sent.streamBytes;
      },
    });
    const played = await sampled(idle, SECOND);
    const { times, values } = named(played, 'bytes sent per server');
    const { values: up } = named(played, 'servers up');
    // The first sample of traffic is the second of all.
    const offset = up.length - values.length;
    let sum = 0;
    for (const [i, value] of values.entries()) {
      const since = i === 0 ? (played.series[0] as Series).times[offset - 1] : times[i - 1];
      sum += value * (up[i + offset] as number) * (((times[i] as number) - (since ?? 0)) / SECOND);
    }
    expect(sum / counted).toBeGreaterThan(0.99);
    expect(sum / counted).toBeLessThan(1.01);
  });
});

describe('the pictures of a run', () => {
  test('show who is down, stands still or is cut off, and which edges stand', async () => {
    const { frames } = await sampled(troubled, 2 * SECOND);
    const stateAt = (name: string, seconds: number) => {
      const frame = frames.findLast((each) => each.at <= seconds * SECOND);
      return frame?.states[frame.servers.indexOf(name)];
    };
    expect(stateAt('n3', 9)).toBe('up');
    expect(stateAt('n3', 19)).toBe('down');
    expect(stateAt('n5', 32.4)).toBe('paused');
    expect(stateAt('n1', 45)).toBe('cut');
    expect(stateAt('n6', 45)).not.toBe('cut');
    const last = frames.at(-1);
    expect(last?.servers).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8']);
    expect(last?.edges).toHaveLength(15);
    for (const [low, high] of last?.edges ?? []) expect(low).toBeLessThan(high);
  });

  test('are so many at most, evenly apart, and end with the end', async () => {
    const { frames, world } = await sampled(troubled, SECOND / 2);
    expect(frames.length).toBeLessThanOrEqual(FRAMES_MAX);
    expect(frames.length).toBeGreaterThan(FRAMES_MAX / 3);
    expect(frames.at(-1)?.at).toBe(world.now);
    const gaps = frames.slice(2, -1).map((frame, i) => frame.at - (frames[i + 1]?.at ?? 0));
    expect(Math.max(...gaps) / Math.min(...gaps)).toBeLessThan(1.2);
  });

  test('draw so many servers at most, and say of how many', () => {
    const book = new FrameBook();
    const names = Array.from({ length: FRAME_SERVERS_MAX + 1 }, (_, i) => `n${i}`);
    const frame = { at: 1, servers: names, states: [], edges: [], hosts: names.length };
    expect(() => book.offer(() => frame)).toThrow('too many servers');
    expect(book.offer(() => ({ ...frame, servers: names.slice(1) }))).toBe(true);
  });

  test('of a broken run end at the violation', async () => {
    const broken = scenario({
      claim: 'the story comes true',
      checks: [accuracy()],
      async run(cluster) {
        await cluster.startMany(4);
        cluster.world.rules.add(partition(['n1'], ['n2', 'n3', 'n4']));
        await cluster.sleep(60 * SECOND);
      },
    });
    const { frames, report } = await sampled(broken, SECOND);
    expect(report.ok).toBe(false);
    expect(frames.at(-1)?.at).toBe(report.violations[0]?.at);
  });
});
