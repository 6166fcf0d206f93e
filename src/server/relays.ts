/** The calls for other servers that are under way through this one. */

import { ChurnMap } from '../churn-map.ts';
import type { Clock } from '../host/index.ts';
import type { ServerId } from '../id.ts';
import type { Call } from '../rpc/call.ts';
import { methodNames, requestCodec } from '../rpc/method.ts';
import type { Open } from '../rpc/session.ts';
import { decode } from '../wire/codec.ts';

export interface Relayed {
  readonly method: string;
  readonly target: ServerId;
  /** Below the target; undefined for a method that is not about an anchor. */
  readonly path: string | undefined;
  /** The address of the client. */
  readonly by: string;
  readonly sinceUs: number;
}

export class Relays {
  readonly #clock: Clock;
  /** Number => the call, the oldest first. */
  readonly #pending = new ChurnMap<number, Relayed>();
  #next = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** A call is passed on, and counted until it is over. */
  begin(call: Call, { method, body }: Open, target: ServerId, by: string): void {
    const number = this.#next++;
    const name = methodNames[method];
    const request = name === undefined ? undefined : decode(requestCodec(name), body);
    const { path } = (request ?? {}) as { readonly path?: string };
    this.#pending.set(number, {
      method: name ?? String(method),
      target,
      path,
      by,
      sinceUs: this.#clock.now(),
    });
    call.watcher = { over: () => void this.#pending.delete(number) };
  }

  /** The oldest first. */
  pending(): readonly Relayed[] {
    return this.#pending.values();
  }
}
