/** What is run for the report on the simulator. Each case has a process of its own. */

import { circuitSim } from '../../../tools/circuit-sim.ts';
import { measureShrink } from '../shrink.ts';
import { priceOfProof } from './proof.ts';
import type { Figure, Row } from './row.ts';

/** What a case comes to. */
export type Outcome = Pick<Row, 'figures' | 'notes'> & { readonly error?: string };

export interface Case {
  readonly name: string;
  readonly command: string;
  run(signal: AbortSignal): Promise<Outcome>;
}

/** What `circuit sim --json` prints of one run. */
interface Printed {
  readonly ok: boolean;
  readonly violations: readonly { readonly guarantee: string; readonly message: string }[];
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly virtualSeconds: number;
  readonly virtualSecondsPerSecond: number;
  readonly wallSeconds: number;
  readonly peakMemoryMib: number;
  readonly serversStarted: number;
}

/** What it prints of many seeds. */
interface Batch {
  readonly wallSeconds: number;
  readonly outcomes: readonly {
    readonly ok: boolean;
    readonly events: number;
    readonly wallSeconds: number;
    readonly virtualSeconds: number;
  }[];
}

/** 10 minutes of churn with so many servers. */
function scale(servers: number, minutes: number, speed?: number, memoryMib?: number): Case {
  const args = ['scenarios/scale.ts', '--set', `servers=${servers}`, '--set', `minutes=${minutes}`];
  return {
    name: `${servers.toLocaleString('en-US')} hosts, churn 10 % a minute, ${minutes} virtual minutes, checkers on`,
    command: `circuit sim ${args.join(' ')}`,
    async run(signal) {
      const { printed, why } = await circuitSim<Printed>(args, { signal });
      if (printed === undefined) return { figures: [], notes: [], error: why };
      const [broken] = printed.violations;
      const figures: Figure[] = [
        {
          ...{ name: 'speed', value: printed.virtualSecondsPerSecond, unit: 'x real time' },
          ...(speed === undefined ? {} : { atLeast: speed }),
        },
        {
          ...{ name: 'memory', value: printed.peakMemoryMib, unit: 'MiB' },
          ...(memoryMib === undefined ? {} : { atMost: memoryMib }),
        },
        { name: 'events', value: printed.eventsPerSecond, unit: 'a second' },
      ];
      const notes = [
        `${printed.events} events, ${printed.virtualSeconds.toFixed(0)} virtual seconds in ` +
          `${printed.wallSeconds.toFixed(0)} s, ${printed.serversStarted} servers started`,
      ];
      if (broken === undefined) return { figures, notes };
      return { figures, notes, error: `${broken.guarantee}: ${broken.message}` };
    },
  };
}

// With the time to heal, settle and agree, each run takes some 90 virtual seconds.
const smallArgs = [
  ...['scenarios/swarm.ts', '--set', 'seconds=15', '--set', 'faults=12'],
  ...['--seeds', '400', '--jobs', '1'],
];

const small: Case = {
  name: '5 servers, random clients and faults, 60 virtual seconds',
  command: `circuit sim ${smallArgs.join(' ')}`,
  async run(signal) {
    const { printed, why } = await circuitSim<Batch>(smallArgs, { signal });
    if (printed === undefined) return { figures: [], notes: [], error: why };
    const { outcomes } = printed;
    const seconds = outcomes.reduce((sum, each) => sum + each.wallSeconds, 0);
    const events = outcomes.reduce((sum, each) => sum + each.events, 0);
    const virtual = outcomes.reduce((sum, each) => sum + each.virtualSeconds, 0);
    const failed = outcomes.filter(({ ok }) => !ok).length;
    return {
      figures: [
        { name: 'rate', value: outcomes.length / seconds, unit: 'runs a second', atLeast: 50 },
        { name: 'speed', value: virtual / seconds, unit: 'x real time' },
        { name: 'events', value: events / seconds, unit: 'a second' },
      ],
      notes: [`${outcomes.length} seeds, ${failed} of which broke; the first ones warm up`],
    };
  },
};

const shrink: Case = {
  name: 'a failing schedule of 50 faults, made small',
  command: 'npm run report:simulator -- --only shrink',
  async run() {
    const { faultsBefore, faultsAfter, seconds, runs } = await measureShrink();
    return {
      figures: [
        { name: 'faults left', value: faultsAfter, unit: '', atMost: 7 },
        { name: 'time', value: seconds, unit: 's', atMost: 10 },
      ],
      notes: [`${faultsBefore} faults before, ${runs} runs`],
    };
  },
};

const proof: Case = {
  name: 'trace hash and determinism guard',
  command: 'npm run report:simulator -- --only proof',
  async run(signal) {
    const { share, withSeconds, withoutSeconds, rounds } = await priceOfProof(signal);
    return {
      figures: [{ name: 'share of the run', value: share * 100, unit: '%', atMost: 10 }],
      notes: [
        `CPU ${withSeconds.toFixed(2)} s with and ${withoutSeconds.toFixed(2)} s without, medians of ` +
          `${rounds} pairs in turns`,
      ],
    };
  },
};

/** By the names under which --only knows them. */
export const cases: Readonly<Record<string, Case>> = {
  '1000': scale(1_000, 10, 100, 500),
  // Shorter than the goal says: with 10 minutes they would take hours.
  '5000': scale(5_000, 1, 15, 2_048),
  '10000': scale(10_000, 0.25, 4, 4_096),
  small,
  shrink,
  proof,
};
