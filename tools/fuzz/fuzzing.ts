/**
 * Fuzzes in threads, and watches over them: a thread that does not come back from an input, or runs
 * out of memory, is ended, the input is a find, and another thread goes on with its targets.
 */

import { Worker } from 'node:worker_threads';
import type { Find } from './fuzzer.ts';
import { type Figures, type FromThread, Slot, type Work } from './protocol.ts';

export interface FuzzingOptions extends Omit<Work, 'shared'> {
  readonly jobs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How long one input may take, in ms. Default: 20 s, for a machine that is busy otherwise. */
  readonly hangMs?: number;
  found(target: string, find: Find): void;
  kept(target: string, input: Uint8Array): void;
  minimised(target: string, inputs: readonly Uint8Array[]): void;
  figures(figures: readonly Figures[]): void;
}

const HANG_MS = 20_000;
const LOOK_MS = 250;
/** Of a thread; what a decoder takes beyond is a find. */
const HEAP_MIB = 768;

/** Resolves when all is tried, or the signal came. */
export async function fuzz(options: FuzzingOptions): Promise<void> {
  const { targets, jobs } = options;
  const shares = Array.from({ length: Math.min(jobs, targets.length) }, (_, job) =>
    targets.filter((_, index) => index % jobs === job),
  );
  const told = new Set<string>();
  const found = (target: string, find: Find) => {
    const name = `${target} ${find.failure.kind}`;
    if (!told.has(name)) options.found(target, find);
    told.add(name);
  };
  const once = { ...options, found };
  await Promise.all(shares.map((share, job) => thread(once, share, `${options.seed}-${job}`)));
}

async function thread(
  options: FuzzingOptions,
  targets: readonly string[],
  seed: string,
): Promise<void> {
  let left = targets;
  for (let lives = 0; left.length > 0; lives++) {
    const died = await life(options, {
      targets: left,
      seed: lives === 0 ? seed : `${seed}.${lives}`,
    });
    if (died === undefined) return;
    options.found(died.target, died.find);
    // It would die of it again at once: it is in the corpus, or chance leads there soon.
    left = left.filter((name) => name !== died.target);
  }
}

type Died = { readonly target: string; readonly find: Find } | undefined;

function life(
  options: FuzzingOptions,
  { targets, seed }: { readonly targets: readonly string[]; readonly seed: string },
): Promise<Died> {
  const { folder, coverage, executions, minimize, signal, hangMs = HANG_MS } = options;
  const shared = Slot.memory();
  const slot = new Slot(shared);
  const data: Work = { targets, seed, folder, shared, coverage, executions, minimize };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: data,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  return new Promise((resolve, reject) => {
    let count = -1;
    let since = performance.now();
    let done = false;
    const stop = () => slot.stop();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const timer = setInterval(() => {
      if (slot.count !== count) {
        count = slot.count;
        since = performance.now();
      } else if (performance.now() - since > hangMs && count > 0) {
        over(`one input takes longer than ${hangMs / 1_000} s`, 'hangs');
      }
    }, LOOK_MS);
    const over = (message: string | undefined, kind = '') => {
      if (done) return;
      done = true;
      clearInterval(timer);
      signal.removeEventListener('abort', stop);
      const { target, input } = slot.get();
      const died =
        message === undefined
          ? undefined
          : { target: targets[target] as string, find: { input, failure: { kind, message } } };
      worker.terminate().then(() => resolve(died), reject);
    };
    worker.on('message', (message: FromThread) => {
      switch (message.type) {
        case 'found':
          options.found(message.target, message);
          break;
        case 'kept':
          options.kept(message.target, message.input);
          break;
        case 'minimised':
          options.minimised(message.target, message.inputs);
          break;
        case 'figures':
          options.figures(message.figures);
          break;
        case 'done':
          over(undefined);
          break;
      }
    });
    worker.on('error', (error) => {
      over((error as Error).stack ?? String(error), 'the thread died');
    });
    worker.on('exit', () => over('the thread ended by itself', 'the thread died'));
  });
}
