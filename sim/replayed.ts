/** A run that once broke a guarantee, as a scenario: it must hold for ever after. */

import type { Incident } from './incident.ts';
import { type Parameters, settled } from './parameters.ts';
import type { Scenario } from './scenario.ts';

/** What makes a scenario break, as `circuit sim --shrink` writes it down. */
export interface CounterExample {
  readonly seed: string;
  /** What the network and the disks draw; the seed when left out. */
  readonly noise?: string;
  readonly set?: Parameters;
  /** Played instead of whatever the story plays. */
  readonly schedule: readonly Incident[];
  /** The guarantee that it broke. */
  readonly breaks: string;
}

/**
 * The scenario with that seed and schedule, whatever seed it is run with. The claim is that nothing
 * breaks any more.
 */
export function replayed(original: Scenario, example: CounterExample): Scenario {
  const { seed, noise, schedule, set, breaks } = example;
  return {
    ...original,
    claim: `${original.claim}, also where ${breaks} once broke`,
    parameters: settled(original.parameters ?? {}, set),
    replay: { seed, noise: noise ?? seed, schedule },
  };
}
