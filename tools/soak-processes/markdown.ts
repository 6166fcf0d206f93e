/** What a soak has found, for people. */

import type { Sample, Soaked } from './soak.ts';

export interface Circumstances {
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  /** What the machine was busy with before: processes that wanted to run. */
  readonly load: number;
  readonly parallel: number;
}

export function markdown(
  { samples, kinds, failures, left }: Soaked,
  grown: readonly string[],
  { command, commit, date, machine, load, parallel }: Circumstances,
): string {
  const total = samples.at(-1)?.done ?? 0;
  const verdict =
    grown.length === 0 && failures.length === 0
      ? 'Nothing grew, and nothing was left.'
      : [...grown, ...failures].join('; ');
  return `# Processes

    ${command}

**${verdict}**

${total.toLocaleString('en')} processes on one server, ${parallel} at once, through a client over a TCP connection.
${machine}, commit ${commit}, ${date}, with a load of ${load.toFixed(0)} before it began.

After each batch, once what it had started was gone, the server held this:

| processes | descriptors | zombies | threads | resident MiB | processes/s |
| ---: | ---: | ---: | ---: | ---: | ---: |
${samples.map(row).join('\n')}

Processes left in the end, besides the server and its watcher: ${left}. What was done, in turn:

| kind | times |
| --- | ---: |
${Array.from(kinds, ([kind, count]) => `| ${kind} | ${count} |`).join('\n')}

The memory grows until the journal is full, which holds 65,536 entries: several for each process.
`;
}

function row({ done, descriptors, zombies, threads, residentMib, rate }: Sample): string {
  const cells = [done, descriptors, zombies, threads, residentMib.toFixed(0), rate.toFixed(0)];
  return `| ${cells.join(' | ')} |`;
}
