/**
 * Many processes on one server, through a client over a real socket. They are made in batches, some
 * at once; after each, when what the batch started is gone, it is looked what the server takes.
 */

import type { Client } from '../../src/index.ts';
import { mix } from './mix.ts';
import { childrenOf, type Look, look, marked } from './proc.ts';

export interface SoakOptions {
  /** How many processes. */
  readonly count: number;
  /** How many at once. */
  readonly parallel: number;
  /** How many looks at the server. */
  readonly looks: number;
  /** Called now and then, with how many are done. */
  readonly progress: (done: number) => void;
}

export interface SoakedServer {
  readonly pid: number;
  readonly id: string;
  readonly client: Client;
  /** `KEY=VALUE` in the environment of the server, and so of all that it starts. */
  readonly mark: string;
}

/** A look at the server, after so many processes. */
export interface Sample extends Look {
  readonly done: number;
  /** Processes of the batch a second. */
  readonly rate: number;
}

export interface Soaked {
  /** The first is from before the first process. */
  readonly samples: readonly Sample[];
  /** Kind => how many of it. */
  readonly kinds: ReadonlyMap<string, number>;
  /** What went wrong, the first of them. */
  readonly failures: readonly string[];
  /** Processes that were left in the end, besides the server and its watcher. */
  readonly left: number;
}

const FAILURES_MAX = 20;
/** How long what a batch has started may take to be gone. */
const settleMs = 10_000;
/** The same of the last descriptors: the watcher takes one, once. */
const moreMs = 500;
const lookAgainMs = 20;

export async function soak(server: SoakedServer, options: SoakOptions): Promise<Soaked> {
  const { count, parallel, looks, progress } = options;
  const names = Object.keys(mix);
  const kinds = new Map<string, number>();
  const failures: string[] = [];
  const samples: Sample[] = [{ done: 0, rate: 0, ...look(server.pid) }];
  let begun = 0;
  let done = 0;
  const lane = async (end: number) => {
    while (begun < end) {
      const number = begun++;
      const name = names[number % names.length] as string;
      kinds.set(name, (kinds.get(name) ?? 0) + 1);
      try {
        await mix[name]?.(server.client, `/${server.id}/soak/${number}`);
      } catch (error) {
        if (failures.length < FAILURES_MAX) failures.push(`${name}: ${(error as Error).message}`);
      }
      progress(++done);
    }
  };
  for (let i = 1; i <= looks; i++) {
    const end = Math.round((count * i) / looks);
    const before = done;
    const start = performance.now();
    await Promise.all(Array.from({ length: parallel }, () => lane(end)));
    const seconds = (performance.now() - start) / 1000;
    await settled(server.pid, samples.at(-1) as Sample);
    samples.push({ done, rate: (done - before) / seconds, ...look(server.pid) });
  }
  return { samples, kinds, failures, left: await leftOf(server) };
}

/** Resolves once the server holds no more than before, or when something seems to stay. */
async function settled(pid: number, before: Look): Promise<void> {
  const watching = 1;
  await waitFor(
    () =>
      childrenOf(pid).length <= watching && look(pid).descriptors <= before.descriptors + watching,
    settleMs,
  );
  await waitFor(() => look(pid).descriptors <= before.descriptors, moreMs);
}

async function leftOf({ pid, mark }: SoakedServer): Promise<number> {
  const left = () => marked(mark).filter((each) => each !== pid).length;
  await waitFor(() => left() === 0, settleMs);
  return left();
}

async function waitFor(holds: () => boolean, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!holds() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

/** What grew after the first tenth of the samples, in words; none: all is flat. */
export function growth({ samples, left }: Soaked): string[] {
  const warm = samples.slice(1 + Math.floor(samples.length / 10));
  const first = warm[0];
  const last = warm.at(-1);
  if (first === undefined || last === undefined) return ['there are too few samples'];
  const grown: string[] = [];
  if (last.descriptors > first.descriptors) {
    grown.push(`descriptors: ${first.descriptors} became ${last.descriptors}`);
  }
  const zombies = Math.max(...warm.map((each) => each.zombies));
  if (zombies > 0) grown.push(`zombies: ${zombies}`);
  if (last.threads > first.threads) grown.push(`threads: ${first.threads} became ${last.threads}`);
  if (left > 0) grown.push(`processes: ${left} are left`);
  return grown;
}
