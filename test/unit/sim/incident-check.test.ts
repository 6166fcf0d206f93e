/** What is a schedule and what is not: faults that are misspelt would do nothing. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSchedule } from '../../../sim/incident-check.ts';
import { isolate, SimRandom, swarm } from '../../../sim/index.ts';

const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];

function drawn(seed: number, profile: 'recoverable' | 'unrestricted') {
  const options = { hosts, fromUs: 1_000_000, toUs: 61_000_000, faults: 40, profile };
  return swarm(new SimRandom(String(seed)), options).incidents;
}

test('every schedule that a swarm draws is one, and so it is after JSON', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom('recoverable', 'unrestricted'), (seed, profile) => {
      const schedule = drawn(seed, profile);
      checkSchedule(schedule);
      checkSchedule(JSON.parse(JSON.stringify(schedule)));
    }),
    { numRuns: 200 },
  );
});

test('a schedule of which one field is gone, or one is too many, is none', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (seed, which) => {
      const schedule = drawn(seed, 'unrestricted');
      fc.pre(schedule.length > 0);
      const incident = schedule[which % schedule.length];
      for (const name of ['at', 'type', 'host', 'forUs', 'rule', 'groups', 'change', 'ailment']) {
        if (!Object.hasOwn(incident ?? {}, name)) continue;
        expect(() => checkSchedule([{ ...incident, [name]: undefined }])).toThrow();
      }
      expect(() => checkSchedule([{ ...incident, extra: 1 }])).toThrow('"extra"');
    }),
    { numRuns: 100 },
  );
});

describe('a mistake is named', () => {
  const rule = { at: 0, type: 'rule', rule: isolate(['n1']), forUs: 5 };
  test.each<[unknown, string]>([
    [{}, 'a schedule is a list of incidents'],
    [[null], 'no incident has the type undefined'],
    [[{ at: 1, type: 'crash', host: 5 }], 'its host cannot be 5'],
    [[{ at: 1.5, type: 'crash', host: 'n1' }], 'its at cannot be 1.5'],
    [[{ at: 1, type: 'split', groups: ['n1', 'n2'], forUs: 1 }], 'its groups cannot be'],
    [[{ ...rule, forUs: '5' }], 'its forUs cannot be "5"'],
    [[{ ...rule, rule: { ...rule.rule, from: 'n1' } }], 'rule "cut": its from cannot be "n1"'],
    [[{ ...rule, rule: { ...rule.rule, type: 'loss', ratio: 2 } }], 'its ratio cannot be 2'],
    [
      [{ at: 1, type: 'ailment', host: 'n1', forUs: 1, ailment: { type: 'slwo' } }],
      'no ailment has the type "slwo"; there are slow',
    ],
    [
      [{ at: 1, type: 'clock', host: 'n1', change: { rat: 2 } }],
      'clock change: there is no "rat" in it',
    ],
  ])('%j: %s', (schedule, message) => {
    expect(() => checkSchedule(schedule)).toThrow(message);
  });
});
