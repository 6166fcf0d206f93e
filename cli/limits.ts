/** The limits of a server on the command line. */

import {
  allLimits,
  CircuitError,
  type LimitState,
  limitsWith,
  type ServerLimits,
} from '../src/index.ts';
import { nearest } from './nearest.ts';

const units = [
  ['GiB', 1024 * 1024 * 1024],
  ['MiB', 1024 * 1024],
  ['KiB', 1024],
] as const;

/** From `name=value` each, and each name once. Throws BAD_ARGUMENT. */
export function limitsOf(options: readonly string[]): ServerLimits {
  const names = new Set<string>();
  const given = options.map((option): [string, number] => {
    const at = option.indexOf('=');
    if (at < 0) throw badLimit(`--limit ${option.slice(0, 100)} is not of the form NAME=VALUE`);
    const limit = changeable(option.slice(0, at));
    if (names.has(limit.name)) throw badLimit(`--limit ${limit.name} is given more than once`);
    names.add(limit.name);
    return [limit.name, numberOf(limit, option.slice(at + 1))];
  });
  const limits = Object.fromEntries(given) as ServerLimits;
  limitsWith(limits);
  return limits;
}

/** As it is typed: in KiB, MiB or GiB where that is exact. */
export function sizeText({ unit, value }: Pick<LimitState, 'unit' | 'value'>): string {
  if (unit === 'bytes') {
    for (const [name, factor] of units) {
      if (value >= factor && value % factor === 0) return `${value / factor} ${name}`;
    }
  }
  return unit === 'count' ? String(value) : `${value} ${unit}`;
}

function changeable(name: string): LimitState {
  const all = allLimits();
  const limit = all.find((each) => each.name === name);
  const short = name.slice(0, 100);
  if (limit?.range !== undefined) return limit;
  if (limit !== undefined) {
    throw badLimit(`the limit ${short} is the same for all servers, and cannot be changed`);
  }
  const names = all.filter(({ range }) => range !== undefined).map((each) => each.name);
  const meant = nearest(name, names);
  const guess = meant === undefined ? '' : `did you mean "${meant}"? `;
  throw badLimit(`there is no limit "${short}"; ${guess}"circuit limits" lists them`);
}

function numberOf({ name, unit, range }: LimitState, text: string): number {
  const [, digits, suffix] = /^(\d{1,15})\s?(KiB|MiB|GiB)?$/.exec(text) ?? [];
  const factor = units.find(([each]) => each === suffix)?.[1] ?? 1;
  if (digits !== undefined && (factor === 1 || unit === 'bytes')) return Number(digits) * factor;
  const form = `a whole number from ${range?.join(' to ')}`;
  const also = unit === 'bytes' ? ', such as 1048576, 1024KiB or 1MiB' : '';
  throw badLimit(`--limit ${name}=${text.slice(0, 100)} is no value: give ${form}${also}`);
}

function badLimit(message: string): CircuitError {
  return new CircuitError('BAD_ARGUMENT', message);
}
