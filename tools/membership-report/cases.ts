/**
 * The rows of the report: which scenario, at which size. The goals of a row are those that the
 * scenario states; its size, where nothing is set, that of the scenario.
 */

import type { Parameters } from '../../sim/index.ts';

export interface Case {
  /** For `--only`, and the key of its row. */
  readonly name: string;
  /** A file of scenarios/membership, without its ending. */
  readonly scenario: string;
  /** What differs from the defaults of the scenario. */
  readonly set?: Parameters;
  /** The same for `--quick`: some seconds in all. */
  readonly quick: Parameters;
}

/** Claims that have no figure in the design are held to at this size: their faults do not grow with it. */
const small = { servers: 200 };

export const cases: readonly Case[] = [
  of('kill', { quick: { kills: 10 } }),
  of('silence', { quick: { silences: 3 } }),
  of('ten-silent', { quick: { rounds: 1 } }),
  of('mass-failure', { name: 'mass-failure-10', set: { percent: 10 }, quick: { percent: 10 } }),
  of('mass-failure', { name: 'mass-failure-50', set: { percent: 50 }, quick: { percent: 50 } }),
  of('mass-failure', { name: 'mass-failure-80', set: { percent: 80 }, quick: { percent: 80 } }),
  of('flip-flop', { quick: { hosts: 2, minutes: 4 } }),
  of('lossy-hosts', { quick: { hosts: 2, minutes: 2 } }),
  of('lossy-hosts', {
    name: 'lossy-hosts-both-ways',
    set: { servers: 300, bothWays: 1 },
    quick: { hosts: 2, minutes: 2, bothWays: 1 },
  }),
  of('loss', { name: 'loss-5', set: { percent: 5 }, quick: { percent: 5, minutes: 1 } }),
  of('loss', { name: 'loss-20', set: { percent: 20 }, quick: { percent: 20, minutes: 1 } }),
  of('stalls', { quick: { minutes: 2 } }),
  of('session-churn', {
    name: 'session-churn-1',
    set: { servers: 500, medianMinutes: 1, minutes: 2 },
    quick: { medianMinutes: 1, minutes: 2 },
  }),
  ...[10, 60].map((medianMinutes) =>
    of('session-churn', {
      name: `session-churn-${medianMinutes}`,
      set: { servers: 200, medianMinutes },
      quick: { medianMinutes, minutes: 2 },
    }),
  ),
  of('join-storm', { quick: { servers: 100 } }),
  of('partition', { name: 'partition-halves', quick: { seconds: 40 } }),
  of('partition', {
    name: 'partition-thirds',
    set: { servers: 300, sides: 3 },
    quick: { sides: 3, seconds: 40 },
  }),
  of('partition', {
    name: 'partition-one',
    set: { servers: 300, sides: 1 },
    quick: { sides: 1, seconds: 40 },
  }),
  of('idle', { quick: { servers: 150, seconds: 30 } }),
  of('one-event', { quick: { servers: 100, events: 3 } }),
  of('majority-lost', { set: small, quick: { newcomers: 10, minutes: 1 } }),
  of('same-address', { set: small, quick: { replacements: 10 } }),
  of('leave-under-churn', { set: small, quick: { medianMinutes: 2, minutes: 1, leaves: 20 } }),
  of('restart-all', { set: small, quick: { seconds: 5 } }),
  of('semi-detached', { set: small, quick: { minutes: 2 } }),
  of('long-stalls', { set: small, quick: { rounds: 2 } }),
  of('one-way-cut', { set: small, quick: { victims: 5, minutes: 1 } }),
  of('flapping-link', { set: small, quick: { links: 5, minutes: 1 } }),
  of('clock-jumps', { set: small, quick: { minutes: 2 } }),
  of('sleepers', { set: small, quick: { servers: 50, sleepers: 3, dead: 9 } }),
  of('long-partition', { set: small, quick: { servers: 40, minutes: 4 } }),
  of('merge', { set: small, quick: { medianMinutes: 2 } }),
  of('names', { set: small, quick: { moves: 6, seconds: 20 } }),
  of('known-first', { set: small, quick: { newcomers: 60, clients: 10, medianMinutes: 1 } }),
  of('wan', { set: small, quick: { departures: 5 } }),
];

/** The rows above, and one for each further file of the folder: none is left out by mistake. */
export function allCases(scenarios: readonly string[]): readonly Case[] {
  const listed = new Set(cases.map(({ scenario }) => scenario));
  const others = scenarios.filter((scenario) => !listed.has(scenario));
  return [...cases, ...others.map((scenario) => of(scenario, { quick: {} }))];
}

function of(
  scenario: string,
  { name = scenario, set, quick }: { name?: string; set?: Parameters; quick: Parameters },
): Case {
  return { name, scenario, quick: { servers: 60, ...quick }, ...(set && { set }) };
}
