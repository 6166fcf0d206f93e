import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedules } from '../../../../sim/arbitrary.ts';
import { flapping } from '../../../../sim/faults/flapping.ts';
import type { Incident } from '../../../../sim/incident.ts';

const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];
const options = { hosts, fromUs: 5_000_000, toUs: 65_000_000, faultsMax: 50 };

/** What fast-check reports when the property fails. */
function counterExample(
  fails: (schedule: readonly Incident[]) => boolean,
  of = schedules(options),
): readonly Incident[] | undefined {
  const property = fc.property(of, (schedule) => !fails(schedule));
  return fc.check(property, { seed: 1, numRuns: 200 }).counterexample?.[0];
}

test('schedules are in the order of time, within it, and about the hosts', () => {
  fc.assert(
    fc.property(schedules(options), (schedule) => {
      expect(schedule.filter(({ type }) => type !== 'start').length).toBeLessThanOrEqual(50);
      for (const [i, { at }] of schedule.entries()) {
        expect(at).toBeGreaterThanOrEqual(schedule[i - 1]?.at ?? options.fromUs);
        expect(at).toBeLessThanOrEqual(options.toUs);
      }
    }),
  );
});

test('the first host never goes', () => {
  fc.assert(
    fc.property(schedules(options), (schedule) => {
      const ends = schedule.filter(({ type }) => ['crash', 'dark', 'leave'].includes(type));
      expect(ends.some((end) => 'host' in end && end.host === 'n1')).toBe(false);
    }),
  );
  expect(fc.sample(schedules({ ...options, hosts: ['n1'] }), 50)).toHaveLength(50);
});

test('one seed of fast-check gives one list of schedules', () => {
  const sample = () => fc.sample(schedules(options), { seed: 7, numRuns: 5 });
  expect(sample()).toEqual(sample());
});

test('of what fails with two crashes, the two are left, with round times', () => {
  const crashes = (schedule: readonly Incident[]) =>
    schedule.filter(({ type, at }) => type === 'crash' && at > 20_000_000);
  const left = counterExample((schedule) => crashes(schedule).length >= 2) ?? [];
  expect(left.map(({ type }) => type)).toEqual(['crash', 'crash']);
  for (const { at } of left) expect(at % 1_000).toBe(0);
});

test('a cut is never left without what excuses it', () => {
  const draw = () => [
    ...flapping({
      ...{ hosts: ['n1'], fromUs: 5_000_000, toUs: 20_000_000 },
      ...{ cutUs: 1_234_567, gapUs: 2_000_000, direction: 'in' },
    }),
  ];
  const isCut = ({ type }: Incident) => type === 'rule';
  const left = counterExample((schedule) => schedule.some(isCut), schedules({ ...options, draw }));
  expect(left?.map(({ type }) => type)).toEqual(['faulty', 'rule']);
  expect(counterExample(() => true, schedules({ ...options, draw }))).toEqual([]);
});

test('what needs a long cut keeps it', () => {
  const long = (schedule: readonly Incident[]) =>
    schedule.some((each) => each.type === 'pause' && each.forUs > 3_000_000);
  const [left] = counterExample(long) ?? [];
  expect(left).toMatchObject({ type: 'pause' });
  const { forUs } = left as Extract<Incident, { type: 'pause' }>;
  expect(forUs).toBeGreaterThan(3_000_000);
  expect(forUs).toBeLessThanOrEqual(6_000_001);
});
