/** What a trace says, in words. */

import type { Incident } from '../../../sim/index.ts';
import type { TraceHeader, TraceRecord } from './format.ts';

/** Says the lines of one trace. */
export class Words {
  readonly #header: TraceHeader;

  constructor(header: TraceHeader) {
    this.#header = header;
  }

  /** One line: when, whom it happens to, and what. */
  line(record: TraceRecord): string {
    const { at } = record;
    switch (record.type) {
      case 'event':
        return this.at(at, this.host(record.actor), this.#event(record));
      case 'note':
        return this.at(at, record.actor === 0 ? '' : this.host(record.actor), `# ${record.text}`);
      case 'told':
        return this.at(at, this.host(record.observer), this.#told(record));
    }
  }

  /** A line of our own among them. */
  at(us: number, who: string, what: string): string {
    return `${(us / 1e6).toFixed(6).padStart(14)}  ${who.padEnd(8)} ${what}`;
  }

  host(actor: number): string {
    return this.#header.hosts[actor] ?? `host ${actor}`;
  }

  /** Whether it was sent by another host: then who. */
  sender(record: TraceRecord): number | undefined {
    if (record.type === 'told') return record.from === 0 ? undefined : record.from;
    if (record.type !== 'event' || !arrivals.has(this.kind(record))) return undefined;
    return record.a + 1;
  }

  /** What kind of thing it is: that of the event, `note` or `told`. */
  kind(record: TraceRecord): string {
    if (record.type !== 'event') return record.type;
    return this.#header.kinds[record.kind] ?? `kind-${record.kind}`;
  }

  #event(record: Extract<TraceRecord, { type: 'event' }>): string {
    const kind = this.kind(record);
    const from = this.sender(record);
    if (from === undefined) return kind === 'action' ? 'the story goes on' : kind;
    const size = kind === 'datagram' || kind === 'multicast';
    const of = size ? `${record.b} bytes` : `connection ${record.b}`;
    return `${kind} from ${this.host(from)}, ${of}`;
  }

  #told(record: Extract<TraceRecord, { type: 'told' }>): string {
    const { change, subject, start, from, observer } = record;
    const whom = subject === observer ? 'itself' : `${this.host(subject)}#${start}`;
    const how = from === 0 ? 'found out by itself' : `heard from ${this.host(from)}`;
    return `tells that ${whom} has ${change}, ${how}`;
  }
}

const arrivals = new Set([
  ...['datagram', 'multicast', 'segment', 'window', 'reset'],
  ...['syn', 'syn-ack', 'ack', 'refused'],
]);

/** The hosts that an incident is about, by name; 'any' when about all. */
export function hostsOf(incident: Incident): ReadonlySet<string> | 'any' {
  switch (incident.type) {
    case 'rule': {
      const { from, to } = incident.rule;
      // Cut off from everybody is about those that are cut off.
      if (from === 'any' && to === 'any') return 'any';
      return new Set([...(from === 'any' ? [] : from), ...(to === 'any' ? [] : to)]);
    }
    case 'split':
      return new Set(incident.groups.flat());
    case 'faulty':
      return new Set(incident.hosts);
    default:
      return new Set([incident.host]);
  }
}
