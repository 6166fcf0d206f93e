/** Whom faults are about, and which of them belong together. */

import type { Incident } from '../incident.ts';

/**
 * The incidents in groups that are left out together at first: an end without its start leaves a
 * server gone for good, which is hardly ever the same failure.
 */
export function unitsOf(faults: readonly Incident[]): Incident[][] {
  const units: Incident[][] = [];
  /** host => the unit that its next start belongs to. */
  const away = new Map<string, Incident[]>();
  for (const fault of faults) {
    if (fault.type === 'start') {
      const unit = away.get(fault.host);
      away.delete(fault.host);
      if (unit === undefined) units.push([fault]);
      else unit.push(fault);
      continue;
    }
    const unit = [fault];
    units.push(unit);
    if (fault.type === 'crash' || fault.type === 'dark' || fault.type === 'leave') {
      away.set(fault.host, unit);
    }
  }
  return units;
}

/** The hosts to which something is done, each once; what a rule names need not be there. */
export function hostsOf(schedule: readonly Incident[]): ReadonlySet<string> {
  return new Set(schedule.flatMap((incident) => ('host' in incident ? [incident.host] : [])));
}
