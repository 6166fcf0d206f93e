/**
 * Who may profile the server: one at a time. A glance, as `circuit stk` takes one, is short and
 * nobody waits for it: it gives way to a profile that somebody asked for.
 */

import { CircuitError } from '../errors.ts';
import type { Profiling, Runtime } from '../host/index.ts';

type Done = (profile: Uint8Array | undefined, error: string | undefined) => void;

export class Sampler {
  readonly #runtime: Runtime;
  #current: Profiling | undefined;
  /** Of a glance that is being taken. */
  #giveWay: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Throws LIMIT while another profile is taken. */
  profile(us: number, done: Done): Profiling {
    const giveWay = this.#giveWay;
    if (this.#current !== undefined && giveWay === undefined) {
      throw new CircuitError(
        'LIMIT',
        'another profile of the server is being taken, and there is one at a time: try again later',
      );
    }
    this.#current?.cancel();
    this.#giveWay = undefined;
    const profiling = this.#begin(us, done);
    giveWay?.();
    return profiling;
  }

  /** As `profile`, but hands over nothing when it may not, or has to give way. */
  glance(us: number, done: (profile: Uint8Array | undefined) => void): Profiling | undefined {
    if (this.#current !== undefined) return undefined;
    this.#giveWay = () => done(undefined);
    return this.#begin(us, (profile) => done(profile));
  }

  #begin(us: number, done: Done): Profiling {
    const over = () => {
      if (this.#current !== profiling) return false;
      this.#current = undefined;
      this.#giveWay = undefined;
      return true;
    };
    const running = this.#runtime.profile(us, (profile, error) => {
      if (over()) done(profile, error);
    });
    const profiling: Profiling = {
      cancel() {
        if (over()) running.cancel();
      },
    };
    this.#current = profiling;
    return profiling;
  }
}
