/** Loads a scenario file, and says what is wrong with one, with file and line. */

import { pathToFileURL } from 'node:url';
import type { Scenario } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
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
  const found = loaded.default as Partial<Scenario> | undefined;
  const problem = problemOf(found);
  if (problem !== undefined) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${file} is no scenario: ${problem}; it ends with "export default scenario({ ... })"`,
    );
  }
  return found as Scenario;
}

/** The error of a scenario file as a sentence that says where. */
export function mistake(file: string, error: unknown): CircuitError {
  if (error instanceof CircuitError && error.code === 'BAD_ARGUMENT') return error;
  const { message = String(error), stack = '', code } = (error ?? {}) as Error & { code?: string };
  const url = pathToFileURL(file).href;
  const at = stack.split('\n').find((line) => line.includes(url) || line.includes(file));
  const place = at?.match(/:(\d+)(?::\d+)?\)?\s*$/)?.[1];
  const hint = hints[code ?? ''] ?? '';
  const where = place === undefined ? file : `${file}:${place}`;
  return new CircuitError('BAD_ARGUMENT', `${where}: ${message.split('\n')[0]}${hint}`);
}

const hints: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    '; Node runs TypeScript by removing types, so enums, namespaces and parameter properties are out',
  ERR_MODULE_NOT_FOUND: '; imports name the whole file, with its extension',
};

function problemOf(found: Partial<Scenario> | undefined): string | undefined {
  if (typeof found !== 'object' || found === null) return 'it has no default export';
  if (typeof found.claim !== 'string') return 'its claim is not a sentence';
  if (typeof found.run !== 'function') return 'its run is not a function';
  const { checks, parameters = {} } = found;
  if (!Array.isArray(checks) && typeof checks !== 'function') return 'its checks are not a list';
  if (Object.values(parameters).some((value) => typeof value !== 'number')) {
    return 'its parameters are not all numbers';
  }
  return undefined;
}
