/**
 * What goes wrong, and when, as data: a schedule can be printed, stored, drawn, replayed and made
 * smaller. Nothing in it is drawn while it is played.
 */

import type { Ailment } from './ailments.ts';
import type { Junk } from './junk.ts';
import type { Rule } from './rules.ts';

/** One thing that goes wrong, and when: a rule of the network, or what becomes of a host. */
export type Incident = { /** Microseconds since the world began. */ readonly at: number } & (
  | { readonly type: 'start'; readonly host: string }
  /** The process is killed: the kernel resets its connections. */
  | { readonly type: 'crash'; readonly host: string }
  /** The host is gone without a word. */
  | { readonly type: 'dark'; readonly host: string }
  /** The server says goodbye. */
  | { readonly type: 'leave'; readonly host: string }
  | { readonly type: 'pause'; readonly host: string; readonly forUs: number }
  /** A cut of some from everybody also excuses these; see truth.ts for what else does. */
  | { readonly type: 'rule'; readonly rule: Rule; readonly forUs: number }
  /** The groups are cut off from each other and from those in none, and each is whole in itself. */
  | {
      readonly type: 'split';
      readonly groups: readonly (readonly string[])[];
      readonly forUs: number;
    }
  /** Nothing happens, but these hosts may be given up meanwhile: each on its own. */
  | ({ readonly type: 'faulty' } & Faulty)
  /** The clocks of a host: the wall clock jumps, the other jumps ahead or goes at another rate. */
  | { readonly type: 'clock'; readonly host: string; readonly change: ClockChange }
  /** What ails a machine for a while: it is slow, or cannot do all that it should. */
  | {
      readonly type: 'ailment';
      readonly host: string;
      readonly ailment: Ailment;
      readonly forUs: number;
    }
  /** The host `from`, which is no part of any circuit, sends junk to a host; it excuses nobody. */
  | {
      readonly type: 'junk';
      readonly host: string;
      readonly from: string;
      readonly junk: Junk;
      /** Decides the bytes. */
      readonly salt: number;
    }
);

/** Hosts that may be given up for a while, though nothing is done to them. */
export interface Faulty {
  readonly hosts: readonly string[];
  readonly forUs: number;
  /** Whether they must be given up in time if it lasts; they only may when left out. */
  readonly must?: boolean;
  /** How long after it all must tell of them again. */
  readonly backWithinUs?: number;
}

/** What happens to the clocks of a host. */
export interface ClockChange {
  /** Added to the wall clock, which may go back. */
  readonly wallMs?: number;
  /** Added to the clock that timers wait for, which never goes back. */
  readonly aheadUs?: number;
  /** Seconds on that clock in a second of the world: 1.01 is fast by one in a hundred. */
  readonly rate?: number;
}

/** One line for people. */
export function describeIncident({ at, ...incident }: Incident): string {
  const when = `${(at / 1e6).toFixed(3)} s`;
  switch (incident.type) {
    case 'rule':
      return `${when} ${brief(incident.rule)} for ${seconds(incident.forUs)}`;
    case 'split':
      return `${when} split ${brief(incident.groups)} for ${seconds(incident.forUs)}`;
    case 'faulty':
      return `${when} faulty ${brief(incident.hosts)} for ${seconds(incident.forUs)}`;
    case 'clock':
      return `${when} clock ${incident.host} ${brief(incident.change)}`;
    case 'ailment': {
      const { host, ailment, forUs } = incident;
      return `${when} ailment ${host} ${brief(ailment)} for ${seconds(forUs)}`;
    }
    case 'junk': {
      const { host, from, junk } = incident;
      return `${when} junk from ${from} to ${host}: ${brief(junk)}`;
    }
    case 'pause':
      return `${when} pause ${incident.host} for ${seconds(incident.forUs)}`;
    default:
      return `${when} ${incident.type} ${incident.host}`;
  }
}

function brief(what: unknown): string {
  const text = JSON.stringify(what);
  return text.length <= 200 ? text : `${text.slice(0, 200)}...`;
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(3)} s`;
}
