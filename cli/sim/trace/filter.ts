/** Which lines of a trace are asked for. */

import { CircuitError } from '../../../src/index.ts';
import type { TraceHeader, TraceRecord } from './format.ts';
import { Words } from './words.ts';

/** What is asked for; all of it together. Empty lists are whatever. */
export interface Wanted {
  /** Hosts, by name. */
  readonly servers: readonly string[];
  readonly kinds: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
}

/** Whether a line is asked for. Throws BAD_ARGUMENT for a host or a kind that is not in there. */
export function filterOf(header: TraceHeader, wanted: Wanted): (record: TraceRecord) => boolean {
  const words = new Words(header);
  const actors = new Set(wanted.servers.map((name) => actorOf(header, name)));
  const known = [...header.kinds.slice(1), 'note', 'told'];
  const kinds = new Set(wanted.kinds);
  for (const kind of kinds) {
    if (known.includes(kind)) continue;
    throw new CircuitError('BAD_ARGUMENT', `--kind ${kind}: there are ${known.join(', ')}`);
  }
  return (record) => {
    if (record.at < wanted.fromUs || record.at > wanted.toUs) return false;
    if (kinds.size > 0 && !kinds.has(words.kind(record))) return false;
    if (actors.size === 0) return true;
    // A note about nobody is about everybody, such as an incident.
    const whose = record.type === 'told' ? record.observer : record.actor;
    return actors.has(whose) || (record.type === 'note' && whose === 0);
  };
}

/** The host of that name. Throws BAD_ARGUMENT. */
export function actorOf(header: TraceHeader, name: string): number {
  const actor = header.hosts.indexOf(name);
  if (actor >= 0) return actor;
  const some = header.hosts.slice(1, 21).join(', ');
  const more = header.hosts.length > 21 ? ', ...' : '';
  throw new CircuitError('BAD_ARGUMENT', `no host "${name}" is in this trace: ${some}${more}`);
}
