/**
 * What servers told of each other, read from their logs: every joined and left, also one that was
 * taken back between two looks. For servers that were started with `--log info`.
 */

import type { TestServer } from './circuit.ts';

export interface Told {
  readonly event: 'joined' | 'left';
  readonly server: string;
  readonly incarnation: number;
}

/** In the order in which it was told. */
export function toldBy({ running }: TestServer): Told[] {
  const lines = running.errors().split('\n').slice(0, -1);
  const events = lines.map((line) => JSON.parse(line) as Told);
  return events.filter(({ event }) => event === 'joined' || event === 'left');
}

/** The servers that it sees, by what it told; sorted. */
export function seenBy(server: TestServer): string[] {
  const seen = new Set<string>();
  for (const { event, server: subject } of toldBy(server)) {
    if (event === 'joined') seen.add(subject);
    else seen.delete(subject);
  }
  return [...seen].sort();
}

/** Whether each of them sees exactly these. */
export function allSee(watching: readonly TestServer[], members: readonly TestServer[]): boolean {
  const wanted = idsOf(members).join();
  return watching.every((server) => seenBy(server).join() === wanted);
}

/** Whom they ever told to be gone, each once; sorted. */
export function saidGone(watching: readonly TestServer[]): string[] {
  const told = watching.flatMap((server) => toldBy(server));
  const gone = told.filter(({ event }) => event === 'left');
  return [...new Set(gone.map(({ server }) => server))].sort();
}

export function idsOf(servers: readonly TestServer[]): string[] {
  return servers.map(({ id }) => id).sort();
}
