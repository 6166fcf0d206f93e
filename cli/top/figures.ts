/** From what servers tell of themselves, twice, to what they did in between. */

import type { MemberState, ServerStats } from '../../src/index.ts';

/** One look at a circuit: who is there, and what each told in time. */
export interface Look {
  readonly members: readonly MemberState[];
  /** Server => what it told; those that did not answer in time are missing. */
  readonly stats: ReadonlyMap<string, ServerStats>;
}

/** A server, as `top` shows it. Rates are undefined until it was looked at twice. */
export interface Figures {
  readonly id: string;
  readonly address: string;
  readonly ageSeconds: number;
  /** False: it gave no answer in time, and the rest is undefined. */
  readonly answered: boolean;
  /** Of one processor. */
  readonly cpuPercent: number | undefined;
  readonly residentBytes: number | undefined;
  readonly heapBytes: number | undefined;
  /** Kind => how many. */
  readonly elements: Readonly<Record<string, number>> | undefined;
  readonly operationsPerSecond: number | undefined;
  readonly bytesInPerSecond: number | undefined;
  readonly bytesOutPerSecond: number | undefined;
  readonly pending: number | undefined;
  readonly members: number | undefined;
}

/** What one may sort by: the name of the option => how a server compares. The highest come first. */
export const orders: Readonly<Record<string, (figures: Figures) => number>> = {
  cpu: ({ cpuPercent = -1 }) => cpuPercent,
  memory: ({ residentBytes = -1 }) => residentBytes,
  elements: ({ elements }) => countOf(elements),
  operations: ({ operationsPerSecond = -1 }) => operationsPerSecond,
  in: ({ bytesInPerSecond = -1 }) => bytesInPerSecond,
  out: ({ bytesOutPerSecond = -1 }) => bytesOutPerSecond,
  pending: ({ pending = -1 }) => pending,
  age: ({ ageSeconds }) => ageSeconds,
};

/** Everybody seen in the later look, in the order asked for, and then by id. */
export function figuresOf(
  before: Look | undefined,
  look: Look,
  by: (figures: Figures) => number,
): Figures[] {
  const all = look.members.map((member) =>
    figures(member, before?.stats.get(member.id), look.stats.get(member.id)),
  );
  return all.sort((a, b) => by(b) - by(a) || (a.id < b.id ? -1 : 1));
}

function figures(
  { id, address, ageMs }: MemberState,
  before: ServerStats | undefined,
  now: ServerStats | undefined,
): Figures {
  const perSecond = (count: (stats: ServerStats) => number) => {
    if (before === undefined || now === undefined || now.Uptime <= before.Uptime) return undefined;
    return (1e6 * (count(now) - count(before))) / (now.Uptime - before.Uptime);
  };
  const busyUs = perSecond(({ Cpu }) => Cpu);
  return {
    id,
    address,
    ageSeconds: Math.floor(ageMs / 1_000),
    answered: now !== undefined,
    cpuPercent: busyUs === undefined ? undefined : busyUs / 1e4,
    residentBytes: now?.Resident,
    heapBytes: now?.Heap,
    elements: now?.Elements,
    operationsPerSecond: perSecond(({ Operations }) => Operations.Begun),
    bytesInPerSecond: perSecond(({ Traffic }) => Traffic.BytesIn + Traffic.Datagrams.BytesIn),
    bytesOutPerSecond: perSecond(({ Traffic }) => Traffic.BytesOut + Traffic.Datagrams.BytesOut),
    pending: now?.Operations.Pending,
    members: now?.Members,
  };
}

function countOf(elements: Readonly<Record<string, number>> | undefined): number {
  if (elements === undefined) return -1;
  return Object.values(elements).reduce((sum, count) => sum + count, 0);
}
