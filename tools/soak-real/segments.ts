/**
 * The recorded part of a soak: the random operations of the simulator's workload on channels,
 * selects, processes and subscriptions, and its search for an order. In segments: at the end of each
 * all elements are ended, and nothing of it is remembered but counts.
 */

import {
  Histories,
  type Operation,
  type Recorder,
  randomOperations,
  SECOND,
  type Searched,
} from '../../sim/index.ts';
import type { Circuit } from './circuit.ts';
import type { SoakOptions } from './options.ts';
import { scrubLeft } from './scrubbing.ts';
import type { Tally } from './tally.ts';
import type { Violations } from './violations.ts';

/** What searches came to. */
export interface HistoryCounts {
  /** Kind => how many histories there were, and of how many it is not known. */
  readonly byKind: Record<string, { all: number; undecided: number }>;
  /** Operations in histories that were searched, to the end. */
  operations: number;
  longest: number;
  steps: number;
  stepsMax: number;
}

const THINK_MS = 15;
const LIFE_SECONDS = 8;
const ELEMENTS = 4;
/** Of the histories of one kind, so many may be left undecided. */
const UNDECIDED_MAX = 0.1;

type AnyRecorder = Pick<Recorder<unknown, unknown>, 'operations' | 'withoutEffect'>;

export class Segments {
  readonly counts: HistoryCounts = {
    byKind: {},
    ...{ operations: 0, longest: 0, steps: 0, stepsMax: 0 },
  };
  readonly #circuit: Circuit;
  readonly #options: SoakOptions;
  readonly #tally: Tally;
  readonly #violations: Violations;
  /** Elements that clients left behind. */
  left = 0;
  #number = 0;

  constructor(
    circuit: Circuit,
    own: { options: SoakOptions; tally: Tally; violations: Violations },
  ) {
    this.#circuit = circuit;
    this.#options = own.options;
    this.#tally = own.tally;
    this.#violations = own.violations;
  }

  /** One after another, until it is aborted; a segment that was begun is ended. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.segment();
  }

  /** One, to its end. */
  async segment(): Promise<void> {
    const circuit = this.#circuit;
    const number = ++this.#number;
    const histories = new Histories({
      now: () => circuit.now,
      isCalm: (fromUs) => circuit.isCalm(fromUs),
      searched: (history) => this.#searched(history),
      hearsLate: true,
    });
    for (const server of circuit.present) {
      for (const id of server.present) histories.hear(server, 'join', `/${id}`);
    }
    circuit.hears = (teller, change, path) => histories.hear(teller, change, path);
    const recorders: [string, AnyRecorder][] = [['channel', histories.channels]];
    const kept = <R extends AnyRecorder>(kind: string, recorder: R): R => {
      recorders.push([kind, recorder]);
      return recorder;
    };
    await randomOperations(
      circuit,
      {
        channels: histories.channels,
        process: (name) => kept('process', histories.process(name)),
        subscription: (...which) => kept('subscription', histories.subscription(...which)),
        over: (name) => histories.over(name),
      },
      {
        clients: this.#options.clients,
        untilUs: circuit.now + this.#options.segmentSeconds * SECOND,
        ...{ elements: ELEMENTS, thinkMs: THINK_MS, lifeUs: LIFE_SECONDS * SECOND },
        prefix: `${number}-`,
      },
    );
    histories.end();
    circuit.hears = () => {};
    this.left += await scrubLeft(circuit);
    for (const [kind, { operations, withoutEffect }] of recorders) {
      for (const operation of operations) this.#count(kind, operation);
      this.#tally.add(kind, 'no effect', withoutEffect);
    }
    for (const [kind, { all, undecided }] of Object.entries(histories.counts)) {
      const known = this.counts.byKind[kind] ?? { all: 0, undecided: 0 };
      this.counts.byKind[kind] = {
        all: known.all + all,
        undecided: known.undecided + undecided,
      };
    }
  }

  /** What can only be said of all histories together. */
  judge(): void {
    for (const [kind, { all, undecided }] of Object.entries(this.counts.byKind)) {
      if (undecided <= all * UNDECIDED_MAX) continue;
      const which = `${undecided} of ${all} histories of ${kind}`;
      const what = `whether ${which} are linearizable is not known: the searches took too long`;
      this.#violations.add('G8 linearizability', what);
    }
  }

  #count(kind: string, { call, result }: Operation): void {
    const { type } = call as { type: string };
    if (type === 'tell') return;
    const outcome = (result as { type: string } | undefined)?.type ?? 'unknown';
    this.#tally.add(type === 'select' ? 'select' : `${kind} ${type}`, outcome);
  }

  #searched({ kind, name, operations, verdict, steps, explanation }: Searched): void {
    const { counts } = this;
    counts.longest = Math.max(counts.longest, operations.length);
    counts.steps += steps;
    counts.stepsMax = Math.max(counts.stepsMax, steps);
    if (verdict !== 'unknown') {
      counts.operations += operations.filter(({ result }) => result !== undefined).length;
    }
    if (explanation === undefined) return;
    this.#violations.add('G8 linearizability', `${name}: ${explanation}`, {
      ...{ segment: this.#number, kind, name, operations },
    });
  }
}
