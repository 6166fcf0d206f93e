/** Other overlays do what their papers say, on the seams of the simulator. */

import { describe, expect, test } from 'vitest';
import {
  circuit,
  components,
  fixed,
  hyParView,
  type Incident,
  OverlayLab,
  type OverlayProtocol,
  partition,
  randomWalk,
  SECOND,
  SimRandom,
  swim,
  World,
} from '../../sim/index.ts';
import { degreesOf, largestPartOf } from '../../sim/measure/structure.ts';

const LATENCY_US = 500;
const all = [circuit, randomWalk, hyParView, swim] as const;
const full = all.filter(({ knowsAll }) => knowsAll);

function labOf(protocol: OverlayProtocol, servers: number, seed = '1') {
  const world = new World({ seed, topology: fixed(LATENCY_US) });
  const lab = new OverlayLab(world, protocol, new SimRandom(seed).fork('joins'));
  for (let i = 1; i <= servers; i++) {
    world.at(i * 50_000, () => lab.start(`n${i}`));
  }
  const soon = (seconds: number, incident: { type: 'crash' | 'dark' | 'leave'; host: string }) =>
    lab.play([{ at: world.now + seconds * SECOND, ...incident } as Incident]);
  return { world, lab, soon };
}

describe.each(all)('$name', (protocol) => {
  test('becomes one overlay of all who join', () => {
    const { world, lab } = labOf(protocol, 40);
    world.run(30 * SECOND);
    expect(lab.hosts).toHaveLength(40);
    expect(largestPartOf(lab.graph())).toBe(1);
    expect(lab.falseRemovals).toBe(0);
  });

  test('forgets a server that was killed, and nobody else', () => {
    const { world, lab, soon } = labOf(protocol, 30);
    world.run(30 * SECOND);
    soon(0.5, { type: 'crash', host: 'n30' });
    world.runFor(60 * SECOND);
    const { stale, entries } = lab.views();
    expect(lab.detections.length).toBeGreaterThan(0);
    expect(lab.falseRemovals).toBe(0);
    // A passive view may hold it for longer.
    if (protocol.knowsAll) expect(stale).toBe(0);
    else expect(stale / entries).toBeLessThan(0.05);
    expect(largestPartOf(lab.graph())).toBe(1);
  });

  test('forgets a server that fell silent, and takes it in again under a new id', () => {
    const { world, lab, soon } = labOf(protocol, 30);
    world.run(30 * SECOND);
    soon(0, { type: 'dark', host: 'n30' });
    world.runFor(60 * SECOND);
    expect(lab.detections.length).toBeGreaterThan(0);
    expect(Math.min(...lab.detections)).toBeGreaterThan(1);
    lab.start('n30');
    world.runFor(30 * SECOND);
    expect(largestPartOf(lab.graph())).toBe(1);
    expect(lab.hosts).toHaveLength(30);
    if (protocol.knowsAll) expect(lab.views()).toMatchObject({ stale: 0, missing: 0 });
  });

  test('is a function of the seed', () => {
    const hash = (seed: string) => {
      const { world, lab, soon } = labOf(protocol, 12, seed);
      soon(10, { type: 'crash', host: 'n3' });
      world.run(20 * SECOND);
      return [world.trace.hash(), lab.traffic(), lab.detections];
    };
    expect(hash('a')).toEqual(hash('a'));
    expect(hash('a')).not.toEqual(hash('b'));
  });
});

test.each(full)('$name: everybody knows everybody', (protocol) => {
  const { world, lab } = labOf(protocol, 40);
  world.run(40 * SECOND);
  expect(lab.views()).toEqual({ entries: 40 * 39, stale: 0, missing: 0, expected: 40 * 39 });
});

describe('random walks', () => {
  test('give neighbours beyond eleven to those who are joined often, as the program did', () => {
    const { world, lab } = labOf(randomWalk, 60);
    world.run(30 * SECOND);
    const { min, max } = degreesOf(lab.graph());
    expect(min).toBeGreaterThanOrEqual(3);
    expect(max).toBeGreaterThan(11);
  });

  test('find out a silence by records that stay away: after four to six seconds and the way', () => {
    const { world, lab, soon } = labOf(randomWalk, 20);
    world.run(20 * SECOND);
    soon(0, { type: 'dark', host: 'n5' });
    world.runFor(15 * SECOND);
    expect(lab.detections).toHaveLength(19);
    // The last record is up to two seconds older than the death.
    expect(Math.min(...lab.detections)).toBeGreaterThan(2);
    expect(Math.max(...lab.detections)).toBeLessThan(6.1);
  });

  test('denounce one whose connections break to all, at once', () => {
    const { world, lab, soon } = labOf(randomWalk, 20);
    world.run(20 * SECOND);
    soon(0, { type: 'crash', host: 'n5' });
    world.runFor(0.1 * SECOND);
    expect(lab.detections).toHaveLength(19);
    expect(Math.max(...lab.detections)).toBeLessThan(0.05);
  });

  test('lose those to whom the only way led through one that was killed', () => {
    const { world, lab, soon } = labOf(randomWalk, 30);
    world.run(30 * SECOND);
    soon(0, { type: 'crash', host: 'n7' });
    world.runFor(20 * SECOND);
    const { missing } = lab.views();
    expect(missing).toBeGreaterThan(0);
    expect(lab.falseRemovals).toBe(missing);
  });

  test('take servers for gone that only they cannot hear', () => {
    const { world, lab } = labOf(randomWalk, 10);
    world.run(20 * SECOND);
    const others = lab.hosts.filter((host) => host !== 'n2');
    const rule = partition(['n2'], others);
    lab.play([{ at: world.now, type: 'rule', rule, forUs: 8 * SECOND }]);
    world.runFor(8 * SECOND);
    expect(lab.falseRemovals).toBe(18);
    world.runFor(30 * SECOND);
    expect(lab.views()).toMatchObject({ stale: 0, missing: 0 });
  });
});

describe('HyParView', () => {
  test('has active views of five at most, whose edges stand at both ends', () => {
    const { world, lab } = labOf(hyParView, 60);
    world.run(60 * SECOND);
    const { min, max, mean } = degreesOf(lab.graph());
    expect(max).toBeLessThanOrEqual(6);
    expect(min).toBeGreaterThanOrEqual(3);
    expect(mean).toBeGreaterThan(4.5);
    const { entries } = lab.views();
    expect(entries / 60).toBeGreaterThan(20);
    expect(entries / 60).toBeLessThanOrEqual(35);
  });

  test('holds together when half of all fall silent at once, and repairs itself', () => {
    const { world, lab } = labOf(hyParView, 60);
    world.run(60 * SECOND);
    const at = world.now;
    lab.play(lab.hosts.slice(0, 30).map((host) => ({ at, type: 'dark', host })));
    world.runFor(30 * SECOND);
    expect(components(lab.graph())).toHaveLength(1);
    expect(degreesOf(lab.graph()).mean).toBeGreaterThan(4);
  });
});

describe('SWIM', () => {
  test('takes a server for gone when a suspicion has stood for 3 ln(n + 1) periods', () => {
    const { world, lab, soon } = labOf(swim, 20);
    world.run(30 * SECOND);
    soon(0, { type: 'dark', host: 'n5' });
    world.runFor(40 * SECOND);
    expect(lab.detections).toHaveLength(19);
    // Ten periods, since ln 20 is 3.0: nobody can know before a probe and a suspicion have passed.
    expect(Math.min(...lab.detections)).toBeGreaterThan(9);
    expect(Math.max(...lab.detections)).toBeLessThan(20);
  });

  test('hears a goodbye long before it would find out', () => {
    const { world, lab, soon } = labOf(swim, 20);
    world.run(30 * SECOND);
    soon(0, { type: 'leave', host: 'n5' });
    world.runFor(8 * SECOND);
    expect(lab.detections).toHaveLength(19);
    expect(lab.views()).toMatchObject({ stale: 0, missing: 0 });
  });

  test('clears one that stood still, and objects', () => {
    const { world, lab } = labOf(swim, 20);
    world.run(30 * SECOND);
    lab.play([{ at: world.now, type: 'pause', host: 'n5', forUs: 5 * SECOND }]);
    world.runFor(40 * SECOND);
    expect(lab.falseRemovals).toBe(0);
    expect(lab.views()).toMatchObject({ stale: 0, missing: 0 });
  });

  test('asks others when only the way between two is cut', () => {
    const { world, lab } = labOf(swim, 20);
    world.run(30 * SECOND);
    const rule = partition(['n2'], ['n5']);
    lab.play([{ at: world.now, type: 'rule', rule, forUs: 100 * SECOND }]);
    world.runFor(100 * SECOND);
    expect(lab.falseRemovals).toBe(0);
  });

  test('sends one probe and one answer a period, whatever the size', () => {
    const { world, lab } = labOf(swim, 40);
    world.run(60 * SECOND);
    const before = lab.traffic();
    world.runFor(60 * SECOND);
    const after = lab.traffic();
    const messages = after.messages - before.messages;
    const perSecond = messages / (after.serverSeconds - before.serverSeconds);
    expect(perSecond).toBeGreaterThan(1.9);
    expect(perSecond).toBeLessThan(2.1);
  });
});

test('the laboratory refuses incidents that it does not play', () => {
  const { world, lab } = labOf(swim, 2);
  lab.play([{ at: SECOND, type: 'faulty', hosts: ['n1'], forUs: 1 }]);
  expect(() => world.run(2 * SECOND)).toThrow('does not play "faulty"');
});

test.each([randomWalk, hyParView, swim])('$name: junk from anybody changes nothing', (protocol) => {
  const { world, lab } = labOf(protocol, 5);
  world.run(20 * SECOND);
  const before = lab.views();
  const mallory = world.addHost('mallory');
  const target = world.host('n2')?.streams.address;
  if (target === undefined) throw new Error('n2 is up');
  const random = new SimRandom('junk');
  for (let i = 0; i < 200; i++) mallory.datagrams.send(target, random.bytes(random.below(60)));
  world.runFor(SECOND);
  expect(lab.views()).toEqual(before);
  expect(lab.falseRemovals).toBe(0);
});
