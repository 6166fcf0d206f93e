/** What a trace is of: the first thing to look at. */

import type { TraceHeader } from './format.ts';

/** A few lines, which end with what broke. */
export function summaryLines(header: TraceHeader): string[] {
  const { claim, scenario, seed, hash, events, hosts, incidents, violations } = header;
  const seconds = (header.untilUs / 1e6).toFixed(1);
  const cut = (header.fromUs / 1e6).toFixed(6);
  return [
    claim,
    `  ${scenario}, seed ${seed}, trace hash ${hash}`,
    `  ${seconds} virtual seconds, ${events} events, ${hosts.length - 1} hosts, ` +
      `${incidents.length} incidents`,
    ...(header.fromUs === 0 ? [] : [`  what came before ${cut} s is left out: it was too much`]),
    ...violations.map(
      ({ guarantee, at, message }) =>
        `  ${guarantee} is broken at ${(at / 1e6).toFixed(6)} s: ${message}`,
    ),
    `  replay: ${header.replay}`,
  ];
}
