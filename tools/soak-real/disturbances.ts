/**
 * What goes wrong in a soak: servers are killed, told to leave, and stopped for a while, some at a
 * time and never the majority. Each time all that ended are started again, and all must see the same
 * before the next comes.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { draw, exponential, pick, type SimRandom } from '../../sim/index.ts';
import type { Circuit } from './circuit.ts';
import { minorityOf, numberOf, type SoakOptions, steadyOf } from './options.ts';
import type { ServerProcess } from './server-process.ts';
import type { Violations } from './violations.ts';

/** How often each was done. */
export interface DisturbanceCounts {
  kill: number;
  leave: number;
  pause: number;
  /** Stopped, and then killed: its connections break late. */
  freeze: number;
  restarts: number;
  rounds: number;
}

const WEIGHTS = { kill: 4, leave: 3, pause: 3, freeze: 1 };
/** As long as a server may take to leave, its drain included. */
const LEAVE_MS = 30_000;
const ONE_ALONE = 0.6;
/** The share of those that are never killed among whom something happens to. */
const STEADY_RATIO = 0.15;
/** Long enough to be given up, and not. Who was given up before waits for longer to come back. */
const LONG_MS_MAX = 9_000;
const SHORT_MS_MAX = 1_200;

export class Disturbances {
  readonly counts: DisturbanceCounts = {
    ...{ kill: 0, leave: 0, pause: 0, freeze: 0 },
    ...{ restarts: 0, rounds: 0 },
  };
  readonly #circuit: Circuit;
  readonly #options: SoakOptions;
  readonly #random: SimRandom;
  readonly #violations: Violations;

  constructor(
    circuit: Circuit,
    own: { options: SoakOptions; random: SimRandom; violations: Violations },
  ) {
    this.#circuit = circuit;
    this.#options = own.options;
    this.#random = own.random;
    this.#violations = own.violations;
  }

  /** One after another, until it is aborted; resolves when all is well again. */
  async run(signal: AbortSignal): Promise<void> {
    const { disturbEverySeconds } = this.#options;
    while (!signal.aborted) {
      const ms = 1000 * exponential(this.#random, disturbEverySeconds);
      await wait(Math.min(ms, 4000 * disturbEverySeconds), undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.round();
    }
  }

  async round(): Promise<void> {
    this.counts.rounds++;
    const { joined } = this.#circuit;
    const most = Math.max(1, minorityOf(joined.length));
    const count = this.#random.float() < ONE_ALONE ? 1 : 1 + this.#random.below(most);
    const isAmongSteady = this.#random.float() < STEADY_RATIO;
    const victims = draw(
      this.#random,
      joined.filter((server) => this.#isSteady(server) === isAmongSteady),
      count,
    );
    const plans = victims.map((server) => this.#plan(server));
    await this.#circuit.disturbed(async () => {
      await Promise.all(plans.map((play) => play()));
    });
  }

  /** All that is by chance is drawn before anything is done. */
  #plan(server: ServerProcess): () => Promise<void> {
    const random = this.#random;
    const how = this.#isSteady(server) ? 'pause' : pick(random, WEIGHTS);
    const afterMs = random.below(3_000);
    const forMs = 300 + random.below(server.givenUp ? SHORT_MS_MAX : LONG_MS_MAX);
    const awayMs = random.below(6_000);
    const own = random.fork(`round ${this.counts.rounds} of ${server.host.name}`);
    return async () => {
      await wait(afterMs);
      if (server.endedAt !== undefined) return;
      this.counts[how]++;
      if (how === 'pause') {
        await this.#circuit.pause(server, forMs);
        this.#circuit.resume(server);
        return;
      }
      if (how === 'leave') await this.#leave(server);
      else {
        if (how === 'freeze') await this.#circuit.pause(server, forMs);
        await this.#circuit.end(server, 'SIGKILL');
      }
      await wait(awayMs);
      this.counts.restarts++;
      await this.#circuit.start(server.host.name, own);
    };
  }

  #isSteady({ host }: ServerProcess): boolean {
    return numberOf(host.name) < steadyOf(this.#options.servers);
  }

  async #leave(server: ServerProcess): Promise<void> {
    const late = setTimeout(() => {
      this.#violations.add('leaves', `${server.host.name} was told to leave and did not end`);
      void server.end('SIGKILL');
    }, LEAVE_MS);
    const how = await this.#circuit.end(server, 'SIGTERM');
    clearTimeout(late);
    if (how === 0 || how === 'SIGKILL') return;
    const what = `${server.host.name} was told to leave and ended with ${how}`;
    this.#violations.add('leaves', `${what}: ${server.lastWords}`);
  }
}
