/**
 * What servers take once and for all is taken before the measuring begins: what watches over their
 * processes, which is there from the first of them on, and what V8 compiles, with the memory that
 * compiling takes. It compiles what has run often. The load of a soak is so light that it would still
 * be at it after half an hour, and hide what grows for ever.
 */

import type { SimRandom } from '../../sim/index.ts';
import type { Circuit } from './circuit.ts';
import type { SoakOptions } from './options.ts';
import { codeMibOf } from './sampler.ts';
import { Segments } from './segments.ts';
import type { ServerProcess } from './server-process.ts';
import { sundries } from './sundries.ts';
import { Tally } from './tally.ts';
import type { Violations } from './violations.ts';

/** Of each kind, at work at a time; those that do what no history is kept of, without pauses. */
const CLIENTS = 12;
const ROUND_SECONDS = 10;
/** A round in which no server compiles more than this is the last. */
const COMPILED_MIB = 0.02;
/** Then it is measured all the same. */
const ROUNDS_MAX = 60;

export interface WarmUp {
  readonly seconds: number;
  readonly operations: number;
  /** What had been compiled at its end, of the server that had compiled most. */
  readonly codeMib: number;
  /** Whether no more came to that, or the time was over. */
  readonly isComplete: boolean;
}

/** All that comes under load, and more of it, until the servers have compiled what they will. */
export async function untilCompiled(
  circuit: Circuit,
  own: { options: SoakOptions; random: SimRandom; violations: Violations },
): Promise<WarmUp> {
  const { options, random, violations } = own;
  const tally = new Tally();
  const segments = new Segments(circuit, {
    options: { ...options, clients: CLIENTS, segmentSeconds: ROUND_SECONDS },
    ...{ tally, violations },
  });
  const from = circuit.now;
  let before = circuit.joined.map(({ pid }) => codeMibOf(pid));
  let isComplete = false;
  for (let round = 0; round < ROUNDS_MAX && !isComplete && !options.signal.aborted; round++) {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), 1000 * ROUND_SECONDS);
    await Promise.all([
      segments.segment(),
      ...Array.from({ length: CLIENTS }, (_, index) =>
        sundries(circuit, over.signal, {
          ...{ name: `w${round}-${index}`, tally, violations, pauseMs: 0 },
          random: random.fork(`${round} ${index}`),
        }),
      ),
    ]);
    clearTimeout(timer);
    const after = circuit.joined.map(({ pid }) => codeMibOf(pid));
    isComplete = after.every((mib, at) => mib <= (before[at] ?? 0) + COMPILED_MIB);
    before = after;
  }
  return {
    seconds: (circuit.now - from) / 1e6,
    operations: tally.total,
    codeMib: Math.max(...before),
    isComplete,
  };
}

/** Makes an element of each kind there, and scrubs it. */
export async function tryAll(circuit: Circuit, server: ServerProcess): Promise<void> {
  await using client = await circuit.client(server);
  const anchor = (name: string) => client.walk(`/${server.id}/warm-up/${name}`);
  const proc = await anchor('proc').makeProc({ Path: '/bin/true' });
  await proc.wait();
  const chan = await anchor('chan').makeChan(1);
  const elements = [
    ...[proc, chan, await anchor('dns').makeDns(), await anchor('join').makeOnJoin()],
    await anchor('select').makeSelect([{ receive: chan }]),
  ];
  for (const element of elements.reverse()) await element.scrub();
}
