/** What counts as the same failure. */

import type { Report } from '../runner.ts';
import type { Failure } from './shrink.ts';

/**
 * What broke in a run first; undefined when nothing did. The same guarantee is the same failure,
 * but that nothing was left to check is another one, and so is each assertion.
 */
export function failureOf({ checks, violations }: Report): Failure | undefined {
  const [first] = violations;
  if (first === undefined) return undefined;
  const { guarantee, at, message } = first;
  if (guarantee === 'assertion') return { signature: `${guarantee}: ${message}`, at };
  const vacuous = checks.some((check) => check.guarantee === guarantee && check.observed === 0);
  return { signature: vacuous ? `${guarantee}, with nothing to check` : guarantee, at };
}
