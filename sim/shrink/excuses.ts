/**
 * What a schedule excuses must not get smaller than what it does: without its excuse a cut would
 * break a guarantee that it was never to keep, and a counter-example would be none. So excuses
 * stay as they are while anything happens that they may be for, and go with the last of it; and
 * what was excused all along stays within.
 */

import type { Incident } from '../incident.ts';

/** Whether nothing happens by it but that hosts may be given up. */
export function isExcuse({ type }: Incident): boolean {
  return type === 'faulty';
}

/** The faults, in the order of time, together with the excuses that may be for some of them. */
export function excused(faults: readonly Incident[], excuses: readonly Incident[]): Incident[] {
  const needed = excuses.filter((excuse) => faults.some((fault) => overlap(excuse, fault)));
  return [...needed, ...faults].sort((a, b) => a.at - b.at);
}

/** Whether `changed`, instead of `fault`, lies within all that `fault` lies within. */
export function staysExcused(
  excuses: readonly Incident[],
  { fault, changed }: { readonly fault: Incident; readonly changed: Incident },
): boolean {
  return excuses.every((excuse) => !within(excuse, fault) || within(excuse, changed));
}

function overlap(a: Incident, b: Incident): boolean {
  return a.at <= endOf(b) && b.at <= endOf(a);
}

function within(outer: Incident, inner: Incident): boolean {
  return outer.at <= inner.at && endOf(inner) <= endOf(outer);
}

function endOf(incident: Incident): number {
  return incident.at + ('forUs' in incident ? incident.forUs : 0);
}
