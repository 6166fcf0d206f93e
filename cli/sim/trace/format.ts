/**
 * Trace files: everything that happened in one run. They are lines of JSON, compressed by gzip, so
 * `zcat` and `jq` read them as well. The first line is an object, the header; see `TraceHeader`.
 * Each other line is a list that begins with its kind:
 *
 *     ["e", at, actor, kind, a, b]     an event; numbers, which the header names. Of what was sent,
 *                                      `a` is the sender's place among the hosts, less one; `b` is
 *                                      the length of a datagram, or the number of a connection.
 *     ["n", at, actor, text]           a note, about that actor, or 0
 *     ["t", at, change, observer, subject, start, incarnation, from]
 *                                      a server tells that another one has `joined` or `left`:
 *                                      which start of its host, and who sent the news, or 0
 *
 * Times are microseconds since the world began. A file is bounded: the oldest lines of a long run
 * are left out, and the header says so in `fromUs`.
 */

import type { Incident, Parameters, TraceTold, Violation } from '../../../sim/index.ts';

export const traceFormat = 'circuit trace';
export const traceVersion = 1;

/** What a trace file says of the run. */
export interface TraceHeader {
  readonly format: typeof traceFormat;
  readonly version: typeof traceVersion;
  readonly scenario: string;
  readonly claim: string;
  readonly seed: string;
  readonly parameters: Parameters;
  readonly replay: string;
  readonly hash: string;
  readonly events: number;
  readonly untilUs: number;
  /** Since when nothing is left out. */
  readonly fromUs: number;
  /** Names by actor; the first is that of the scenario. */
  readonly hosts: readonly string[];
  /** Names by kind of event. */
  readonly kinds: readonly string[];
  readonly incidents: readonly Incident[];
  readonly violations: readonly Violation[];
}

/** One line of a trace. */
export type TraceRecord =
  | {
      readonly type: 'event';
      readonly at: number;
      readonly actor: number;
      readonly kind: number;
      readonly a: number;
      readonly b: number;
    }
  | { readonly type: 'note'; readonly at: number; readonly actor: number; readonly text: string }
  | (Omit<TraceTold, 'type'> & { readonly type: 'told'; readonly change: TraceTold['type'] });
