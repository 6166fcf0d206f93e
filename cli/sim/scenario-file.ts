/** Loads a scenario file, and says what is wrong with one, with file and line. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Scenario } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import { nearest } from '../nearest.ts';
import { resolveDoors } from '../resolve.ts';

/** The default export of the file. Throws BAD_ARGUMENT. */
export async function loadScenario(file: string): Promise<Scenario> {
  resolveDoors();
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw mistake(file, error);
  }
  const problem = problemOf(loaded.default);
  if (problem !== undefined) {
    const { what, option } = problem;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${placeOf(file, option)} is no scenario: ${what}; it ends with "export default scenario({ ... })"`,
    );
  }
  return loaded.default as Scenario;
}

/** The file, and the first line that names the option; the last one when there is none. */
function placeOf(file: string, option: string | undefined): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const names = new RegExp(`(^|[\\s{,])['"]?${option}['"]?\\s*[:(,]|\\basync ${option}\\(`);
  const at = option === undefined ? -1 : lines.findIndex((line) => names.test(line));
  return `${file}:${at < 0 ? lines.length : at + 1}`;
}

/** The error of a scenario file as a sentence that says where; a bug of ours as it is. */
export function mistake(file: string, error: unknown): unknown {
  if (error instanceof CircuitError && error.code === 'BAD_ARGUMENT') return error;
  const { message = String(error), stack = '', code, name } = (error ?? {}) as NodeError;
  const url = pathToFileURL(file).href;
  const at = stack.split('\n').find((line) => line.includes(url) || line.includes(file));
  // Thrown while it runs, and not by it: by a server, or by the simulator.
  const isOurs = at === undefined && /\n {4}at /.test(stack) && code === undefined;
  if (isOurs && name !== 'ScenarioError') return error;
  const place = at?.match(/:(\d+)(?::\d+)?\)?\s*$/)?.[1];
  const hint = hints.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1] ?? '';
  const where = place === undefined ? file : `${file}:${place}`;
  return new CircuitError('BAD_ARGUMENT', `${where}: ${message.split('\n')[0]}${hint}`);
}

type NodeError = Error & { readonly code?: string };

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/,
    '; Node runs TypeScript by removing types, so enums, namespaces and parameter properties are out',
  ],
  [/ERR_MODULE_NOT_FOUND/, '; imports name the whole file, with its extension'],
  [
    /Cannot use import statement outside a module|Unexpected token 'export'/,
    '; the package.json above it says "type": "commonjs": name the file .mts',
  ],
];

/** What is wrong with what a file exports, and the option that is. */
interface Problem {
  readonly what: string;
  readonly option?: string;
}

/** What each option may be; how that is called; whether it must be there. */
const options: Readonly<Record<keyof Scenario, readonly [(value: unknown) => boolean, string]>> = {
  claim: [(value) => typeof value === 'string' && value.trim() !== '', 'a sentence'],
  run: [isFunction, 'a function'],
  checks: [(value) => isFunction(value) || isListOf(value, isFunction), 'a list of checkers'],
  parameters: [
    (value) => isObject(value) && Object.values(value).every((each) => Number.isFinite(each)),
    'an object of numbers',
  ],
  topology: [(value) => isFunction(value) || isObject(value), 'a topology'],
  profile: [isObject, 'a profile'],
  journalEntries: [(value) => Number.isInteger(value) && (value as number) > 0, 'a whole number'],
  keepsJournal: [(value) => typeof value === 'boolean', 'true or false'],
  bounds: [isObject, 'bounds'],
  lengthUs: [isNumberOrFunction, 'a number of microseconds'],
  settleUs: [isNumberOrFunction, 'a number of microseconds'],
  goals: [
    (value) => isFunction(value) || isListOf(value, isGoal),
    'goals of a measure and one of count, min, mean, p50, p99, max',
  ],
  replay: [isObject, 'what "replayed" makes'],
};
const needed: readonly string[] = ['claim', 'run', 'checks'];

function problemOf(found: unknown): Problem | undefined {
  if (!isObject(found)) return { what: 'it has no default export' };
  for (const [option, value] of Object.entries(found)) {
    if (Object.hasOwn(options, option)) {
      const [isRight, kind] = options[option as keyof Scenario];
      if (value !== undefined && !isRight(value))
        return {
          what: `its ${option} ${/[^U]s$/.test(option) ? 'are' : 'is'} not ${kind}`,
          option,
        };
      continue;
    }
    const meant = nearest(option, Object.keys(options));
    const guess = meant === undefined ? '' : `; did you mean "${meant}"?`;
    return { what: `there is no option "${option}"${guess}`, option };
  }
  const missing = needed.find((option) => (found as Record<string, unknown>)[option] === undefined);
  return missing === undefined ? undefined : { what: `it has no ${missing}` };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

const statistics: readonly unknown[] = ['count', 'min', 'mean', 'p50', 'p99', 'max'];

function isGoal(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { measure, statistic } = value as { measure?: unknown; statistic?: unknown };
  return typeof measure === 'string' && statistics.includes(statistic);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, isRight: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isRight);
}

function isNumberOrFunction(value: unknown): boolean {
  return isFunction(value) || (Number.isFinite(value) && (value as number) >= 0);
}
