/**
 * What a scenario leaves open: named numbers with defaults, so that one story is run small for every
 * commit and large for a report.
 */

import { ScenarioError } from './scenario.ts';

/** The numbers that a scenario leaves open, by name. */
export type Parameters = Readonly<Record<string, number>>;

/**
 * The defaults with what was set instead. Throws ScenarioError when a name is unknown or a value is
 * no finite number.
 */
export function settled(defaults: Parameters, set: Parameters = {}): Parameters {
  for (const [name, value] of Object.entries(set)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new ScenarioError(`there is no parameter "${name}"; ${known(defaults)}`);
    }
    if (!Number.isFinite(value)) {
      throw new ScenarioError(`the parameter "${name}" is a number, not ${value}`);
    }
  }
  return { ...defaults, ...set };
}

function known(defaults: Parameters): string {
  const names = Object.entries(defaults).map(([name, value]) => `${name}=${value}`);
  return names.length === 0
    ? 'this scenario has none'
    : `this scenario has ${names.join(', ')}, which are its defaults`;
}
