import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schedules } from '../../../../sim/arbitrary.ts';
import type { Incident } from '../../../../sim/incident.ts';
import {
  type Candidate,
  type Failure,
  fingerprintOf,
  Shrinker,
} from '../../../../sim/shrink/shrink.ts';

const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];
const G1 = { signature: 'G1', at: 60_000_000 };

/** Drives a search to its end. */
function shrunk(failing: Candidate, breaks: (candidate: Candidate) => Failure | undefined) {
  const shrinker = new Shrinker(failing, breaks(failing) ?? G1);
  const trials = shrinker.trials();
  let runs = 0;
  for (let step = trials.next(); step.done !== true; ) {
    runs++;
    step = trials.next(breaks(step.value));
  }
  return { ...shrinker.best, repeats: shrinker.repeats, runs };
}

/** Fifty faults in a minute. */
function fifty(): readonly Incident[] {
  const all = schedules({ hosts, fromUs: 5_000_000, toUs: 65_000_000, faultsMax: 50 });
  const schedule = fc.sample(all, { seed: 3, numRuns: 100 }).find((each) => each.length >= 60);
  return schedule ?? [];
}

const count = (schedule: readonly Incident[], type: string) =>
  schedule.filter((incident) => incident.type === type).length;

describe('a search', () => {
  const failing = { schedule: fifty(), noise: '1', set: {} };

  test('leaves the faults that are needed, at round times', () => {
    const breaks = ({ schedule }: Candidate) =>
      count(schedule, 'crash') >= 2 && count(schedule, 'pause') >= 1 ? G1 : undefined;
    const { schedule, runs } = shrunk(failing, breaks);
    expect(schedule.map(({ type }) => type).sort()).toEqual(['crash', 'crash', 'pause']);
    for (const { at } of schedule) expect(at % 1_000_000).toBe(0);
    expect(runs).toBeLessThan(120);
  });

  test('does not slip to another failure', () => {
    const breaks = ({ schedule }: Candidate): Failure | undefined => {
      if (count(schedule, 'crash') >= 2 && count(schedule, 'dark') >= 1) return G1;
      return { signature: 'G4', at: 1 };
    };
    const { schedule } = shrunk(failing, breaks);
    expect(schedule.map(({ type }) => type).sort()).toEqual(['crash', 'crash', 'dark']);
  });

  test('keeps nothing that comes after the failure', () => {
    const tried: number[] = [];
    shrunk(failing, ({ schedule }) => {
      tried.push(Math.max(0, ...schedule.map(({ at }) => at)));
      return schedule.some(({ type, at }) => type === 'pause' && at < 30_000_000)
        ? { signature: 'G1', at: 30_000_000 }
        : undefined;
    });
    expect(tried[0]).toBeGreaterThan(50_000_000);
    for (const last of tried.slice(2)) expect(last).toBeLessThanOrEqual(30_000_000);
  });

  test('makes the world as small as it can be', () => {
    const set = { servers: 200, minutes: 10, ratio: 0.5 };
    const { set: left } = shrunk({ ...failing, set }, ({ set }) =>
      (set['servers'] as number) >= 7 ? G1 : undefined,
    );
    expect(left).toEqual({ servers: 7, minutes: 1, ratio: 0.5 });
  });

  test('keeps a world that is as large as what happens in it, while much does', () => {
    const sizes: number[] = [];
    const { schedule } = failing;
    shrunk({ ...failing, set: { servers: 64 } }, (candidate) => {
      if (candidate.schedule.length === schedule.length) sizes.push(candidate.set['servers'] ?? 0);
      return count(candidate.schedule, 'pause') > 0 ? { ...G1, at: 65_000_000 } : undefined;
    });
    const done = new Set(schedule.flatMap((each) => ('host' in each ? [each.host] : [])));
    expect(Math.min(...sizes)).toBe(done.size);
  });

  test('asks for no run twice', () => {
    const asked = new Set<string>();
    const { runs } = shrunk(failing, ({ schedule, noise, set }) => {
      asked.add(JSON.stringify([schedule, noise, set]));
      return count(schedule, 'crash') >= 2 && schedule.length >= 5 ? G1 : undefined;
    });
    expect(runs).toBe(asked.size);
  });

  test('remembers a candidate by a few letters, however long its schedule is', () => {
    const fingerprints = new Set<string>();
    const { schedule } = failing;
    for (const noise of ['1', 'noise 1']) {
      for (const i of schedule.keys()) {
        fingerprints.add(fingerprintOf({ schedule: schedule.toSpliced(i, 1), noise, set: {} }));
        fingerprints.add(fingerprintOf({ schedule, noise, set: { servers: i } }));
      }
    }
    expect(fingerprints.size).toBe(4 * schedule.length);
    for (const text of fingerprints) expect(text.length).toBeLessThan(16);
    // All of 32 bits are taken some times over by so many; of 64 bits hardly one.
    const many = Array.from({ length: 200_000 }, (_, i) =>
      fingerprintOf({ schedule: [], noise: `noise ${i}`, set: {} }),
    );
    expect(new Set(many).size).toBe(many.length);
  });

  test('tries other noise where chance matters', () => {
    const breaks = ({ schedule, noise }: Candidate) =>
      count(schedule, 'rule') > 0 && (schedule.length > 5 || noise === 'noise 2') ? G1 : undefined;
    const { schedule, noise } = shrunk(failing, breaks);
    expect(schedule).toHaveLength(1);
    expect(noise).toBe('noise 2');
  });

  test('says when the failure does not come again', () => {
    const shrinker = new Shrinker(failing, G1);
    const trials = shrinker.trials();
    let runs = 0;
    for (let step = trials.next(); step.done !== true; runs++) step = trials.next(undefined);
    expect(shrinker.repeats).toBe(false);
    expect(shrinker.best).toBe(failing);
    expect(runs).toBeLessThan(6);
  });

  test('may be stopped at any moment, and has the best so far', () => {
    const shrinker = new Shrinker(failing, G1);
    const trials = shrinker.trials();
    trials.next();
    for (let i = 0; i < 5; i++) trials.next(G1);
    expect(shrinker.best.schedule.length).toBeLessThan(failing.schedule.length);
  });
});

test('whatever fails still fails when it is small, for whatever reason', () => {
  const all = schedules({ hosts, fromUs: 0, toUs: 60_000_000, faultsMax: 30 });
  fc.assert(
    fc.property(all, fc.nat({ max: 4 }), fc.nat({ max: 3 }), (schedule, crashes, pauses) => {
      const breaks = ({ schedule }: Candidate) =>
        count(schedule, 'crash') >= crashes && count(schedule, 'pause') >= pauses ? G1 : undefined;
      const failing = { schedule, noise: '1', set: {} };
      fc.pre(breaks(failing) !== undefined);
      const left = shrunk(failing, breaks).schedule;
      expect(left).toHaveLength(crashes + pauses);
      expect(left.every(({ at }, i) => at >= (left[i - 1]?.at ?? 0))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
