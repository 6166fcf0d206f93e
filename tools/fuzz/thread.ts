/** A thread of the fuzzer: gives each of its targets a turn, over and over. */

import { parentPort, workerData } from 'node:worker_threads';
import { Corpus, ENTRIES_MAX } from './corpus.ts';
import { Coverage, reached } from './coverage.ts';
import { Fuzzer } from './fuzzer.ts';
import { type FromThread, Slot, type Work } from './protocol.ts';
import { targetNamed } from './targets/index.ts';

/** A turn of a target, and how long a batch at least takes, after which is looked what it reached. */
const TURN_MS = 500;
const BATCH_MS = 60;
const BATCH_MAX = 1_000;

const work = workerData as Work;
const slot = new Slot(work.shared);
const corpus = new Corpus(work.folder);
const root = new URL('../../', import.meta.url).href;
const ours = ['src/', 'transport/', 'cli/', 'sim/'].map((folder) => `${root}${folder}`);
const coverage = work.coverage
  ? new Coverage((url) => ours.some((folder) => url.startsWith(folder)))
  : undefined;

const turns = work.targets.map((name, index) => {
  const target = targetNamed(name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const fuzzer = new Fuzzer(target, {
    ...{ seed: work.seed, coverage, entries: corpus.read(target) },
    events: {
      trying: (input) => slot.set(index, input),
      kept: (input) => tell({ type: 'kept', target: name, input }),
      found: ({ input, failure }) => tell({ type: 'found', target: name, input, failure }),
    },
  });
  return { fuzzer, seconds: 0, batch: 8, begun: false };
});

if (work.executions === undefined) await forTime();
else await forCount(work.executions);
if (work.minimize) {
  for (const { fuzzer } of turns) {
    const inputs = await fuzzer.minimised(ENTRIES_MAX);
    tell({ type: 'minimised', target: fuzzer.target.name, inputs });
  }
}
figures();
tell({ type: 'done' });

async function forTime(): Promise<void> {
  while (!slot.stopped) {
    for (const turn of turns) {
      if (slot.stopped) return;
      const began = performance.now();
      if (!turn.begun) await turn.fuzzer.replay();
      turn.begun = true;
      while (performance.now() - began < TURN_MS && !slot.stopped) {
        const from = performance.now();
        const looked = coverage?.ms ?? 0;
        await turn.fuzzer.fresh(turn.batch);
        const lookingMs = (coverage?.ms ?? 0) - looked;
        const tryingMs = Math.max(0.1, performance.now() - from - lookingMs);
        // Looking is a fixed cost: most of the time is to go into trying.
        const fitting = Math.round((turn.batch * Math.max(BATCH_MS, 3 * lookingMs)) / tryingMs);
        turn.batch = Math.max(4, Math.min(BATCH_MAX, 2 * turn.batch, fitting));
      }
      turn.seconds += (performance.now() - began) / 1_000;
    }
    figures();
  }
}

async function forCount(count: number): Promise<void> {
  for (const turn of turns) {
    const began = performance.now();
    await turn.fuzzer.replay();
    const { share = 1 } = turn.fuzzer.target;
    await turn.fuzzer.fresh(Math.max(1, Math.round(count * share)));
    turn.seconds = (performance.now() - began) / 1_000;
  }
}

function figures(): void {
  tell({
    type: 'figures',
    figures: turns.map(({ fuzzer, seconds }) => ({
      ...{ target: fuzzer.target.name, executions: fuzzer.executions, seconds },
      ...{ entries: fuzzer.entries, ...reached(fuzzer.seen) },
    })),
  });
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}
