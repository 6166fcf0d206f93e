/**
 * What this server is doing, as text for people. It has no threads whose stacks one could show:
 * whatever waits here is an operation, a session, a process or a timer, so these are what is told,
 * and of what it computes the stacks that were seen most often in a moment (hot.ts).
 */

import { fullPath } from '../journal/journal.ts';
import { limits } from '../limits.ts';
import { SECOND } from '../time.ts';
import { hotLines } from './hot.ts';
import type { SessionState } from './link.ts';
import type { SelfSources } from './stats.ts';

/** All but what it computes, as of now. */
export function stacksText(sources: SelfSources): string {
  const { host, id, operations, relays, links } = sources;
  const now = host.clock.now();
  const at = (path: string | undefined) => fullPath(path, `/${id}`);
  const pending = operations
    .pending()
    .map(
      ({ sinceUs, method, path, by }) =>
        `${age(now, sinceUs)}  ${method} ${at(path)}  for client ${by}`,
    );
  const passed = relays.pending().map(({ sinceUs, method, path, by, target }) => {
    return `${age(now, sinceUs)}  ${method} ${fullPath(path, `/${target}`)}  for client ${by}`;
  });
  const sessions = links.sessions().map((session) => sessionLine(session, now));
  return [
    ...headLines(sources, now),
    ...counted('operations that wait here', pending),
    ...counted('calls that wait elsewhere, passed on by this server', passed),
    ...counted('programs that run', programLines(sources)),
    ...counted('sessions', sessions),
    ...section(
      'what keeps the process awake:',
      host.runtime.activities().slice(0, limits.stackLinesMax),
    ),
    '',
  ].join('\n');
}

/** What it computed while it was looked at; undefined: nobody looked. */
export function computedText(profile: Uint8Array | undefined): string {
  const lines = profile === undefined ? ['not known: a profile is being taken'] : hotLines(profile);
  return `${section('what it computed after that:', lines).join('\n')}\n`;
}

function headLines(sources: SelfSources, now: number): string[] {
  const { host, id, url, version, circuit, startedAt, membership, space } = sources;
  const { cpuUs, residentBytes, heapBytes } = host.runtime.usage();
  const upUs = now - startedAt;
  const share = upUs > 0 ? (100 * cpuUs) / upUs : 0;
  const counts = [...space.counts].map(([kind, count]) => `${count} ${kind}`);
  return [
    `server /${id} at ${url}`,
    `version ${version === '' ? 'unknown' : version}, circuit "${circuit}", ${membership.size} members, ` +
      `${membership.neighbours().length} neighbours`,
    `up ${seconds(upUs)} s, CPU ${seconds(cpuUs)} s (${share.toFixed(1)} %), ` +
      `${mebibytes(residentBytes)} MiB resident, ${mebibytes(heapBytes)} MiB of heap`,
    `anchors ${space.tree.size}, elements ${counts.length === 0 ? 'none' : counts.join(', ')}`,
  ];
}

/** How many there are of something, and as many of them as are shown. */
function counted(title: string, lines: readonly string[]): string[] {
  const shown = lines.slice(0, limits.stackLinesMax);
  const more = lines.length - shown.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return section(`${title}: ${lines.length}`, [...shown, ...rest]);
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines.map((line) => `  ${line}`)];
}

/** Whatever has no program behind it is not looked at, where that can be told by its kind. */
function programLines({ id, space }: SelfSources): string[] {
  const lines: string[] = [];
  let left = (space.counts.get('proc') ?? 0) + (space.counts.get('docker') ?? 0);
  if (left === 0) return lines;
  for (const [path, { kind, program }] of space.tree.elements()) {
    if (program !== undefined) lines.push(`${kind} ${fullPath(path, `/${id}`)}  ${program}`);
    if (kind === 'proc' || kind === 'docker') left--;
    if (left === 0) break;
  }
  return lines;
}

function sessionLine(session: SessionState, now: number): string {
  const { peer, address, dialled, introduced, calls, unsentBytes, sinceUs } = session;
  const whom = peer === undefined ? clientOr(dialled, introduced) : `server /${peer}`;
  const how = dialled ? 'dialled' : 'accepted';
  return `${age(now, sinceUs)}  ${whom}  ${address}  ${how}, calls ${calls}, unsent ${unsentBytes} bytes`;
}

function clientOr(dialled: boolean, introduced: boolean): string {
  if (introduced) return 'client';
  return dialled ? 'server being dialled' : 'stranger';
}

function age(now: number, sinceUs: number): string {
  return `${seconds(now - sinceUs)} s`.padStart(10);
}

function seconds(us: number): string {
  return (us / SECOND).toFixed(1);
}

function mebibytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}
