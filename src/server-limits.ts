/** The limits of one server: those of limits.ts, or what it was started with. */

import { badArgument } from './errors.ts';
import { type LimitEntry, limitTable } from './limit-table.ts';
import { type LimitName, type Limits, limits } from './limits.ts';

/** Those that a server may be started with. */
export type ServerLimitName = {
  [Name in keyof typeof limitTable]: (typeof limitTable)[Name] extends { readonly range: unknown }
    ? Name
    : never;
}[keyof typeof limitTable];

/** For one server; those left out are as usual. */
export type ServerLimits = Readonly<Partial<Record<ServerLimitName, number>>>;

/** What a limit counts; the end of its name says so. */
export type LimitUnit = 'bytes' | 'ms' | 'characters' | 'count';

/** A limit, for people. */
export interface LimitState extends LimitEntry {
  readonly name: LimitName;
  readonly unit: LimitUnit;
  readonly value: number;
}

/** All limits, as they are where nobody changed them. */
export function allLimits(): LimitState[] {
  return Object.entries(limitTable).map(([name, entry]) => ({
    name: name as LimitName,
    unit: unitOf(name),
    value: limits[name as LimitName],
    ...entry,
  }));
}

/** Throws BAD_ARGUMENT for a name that is none of these, and for a value out of its range. */
export function limitsWith(changed: ServerLimits): Limits {
  for (const [name, value] of Object.entries(changed)) {
    const range = rangeOf(name);
    if (range === undefined) throw badArgument(`${name} is no limit of a server`);
    const [min, max] = range;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw badArgument(`the limit ${name} is a whole number from ${min} to ${max}, not ${value}`);
    }
  }
  return { ...limits, ...changed };
}

function rangeOf(name: string): LimitEntry['range'] {
  return Object.hasOwn(limitTable, name)
    ? (limitTable as Readonly<Record<string, LimitEntry>>)[name]?.range
    : undefined;
}

/** The unit is the end of the name. */
function unitOf(name: string): LimitUnit {
  if (/Bytes(Max)?$/.test(name)) return 'bytes';
  if (/Ms(Max)?$/.test(name)) return 'ms';
  return /Chars(Max)?$/.test(name) ? 'characters' : 'count';
}
