/**
 * What goes wrong, and when, as data: a schedule can be printed, stored, drawn, replayed and made
 * smaller. Nothing in it is drawn while it is played.
 */

import type { Rule } from './rules.ts';

export type Incident = { /** Microseconds since the world began. */ readonly at: number } & (
  | { readonly type: 'start'; readonly host: string }
  /** The process is killed: the kernel resets its connections. */
  | { readonly type: 'crash'; readonly host: string }
  /** The host is gone without a word. */
  | { readonly type: 'dark'; readonly host: string }
  /** The server says goodbye. */
  | { readonly type: 'leave'; readonly host: string }
  | { readonly type: 'pause'; readonly host: string; readonly forUs: number }
  | { readonly type: 'rule'; readonly rule: Rule; readonly forUs: number }
);

/** One line for people. */
export function describeIncident(incident: Incident): string {
  const at = `${(incident.at / 1e6).toFixed(3)} s`;
  if (incident.type !== 'rule') return `${at} ${incident.type} ${incident.host}`;
  return `${at} ${JSON.stringify(incident.rule)} for ${(incident.forUs / 1e6).toFixed(3)} s`;
}
