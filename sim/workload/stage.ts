/**
 * Where random operations are done: what they need of a world with servers in it. The simulated one
 * has it, and so has one of real processes; times are microseconds of its clock.
 */

import type { ClientHost } from '../../src/client/client.ts';
import type { SimRandom } from '../random.ts';

/** One run of a server. */
export interface StageServer {
  readonly id: string;
  readonly host: { readonly name: string };
  readonly server: { readonly url: string };
  /** Since when it is part of its circuit; undefined before. */
  readonly joinedAt: number | undefined;
  /** Since when it is gone, or about to go; undefined before. */
  readonly endedAt: number | undefined;
}

/** The host of a client, which may crash: then nothing happens on it any more. */
export interface StageClientHost extends ClientHost {
  readonly alive: boolean;
  /** It ends without a word. */
  crash(): void;
}

/** See the header of this file. */
export interface Stage {
  readonly now: number;
  /** The servers that are up. */
  readonly present: readonly StageServer[];
  readonly world: {
    readonly random: SimRandom;
    /** Calls `run` so much later. */
    after(us: number, run: () => void): void;
  };
  /** Resolves so much later. */
  sleep(us: number): Promise<void>;
  /** Resolves once it holds; that it does not in time is a violation. */
  until(condition: () => boolean): Promise<void>;
  /** A host of its own for a client. */
  clientHost(): StageClientHost;
}
