/**
 * Who awaits that a send, or a receive, of a channel would not wait, and only as long as it would.
 * All are told, and once: whoever hears it first may be dead, or want something else by then, and
 * the others would be left behind. Who finds another was quicker asks again.
 *
 * A send may also meet somebody who awaits a receive, and hears of that: of two who only watch each
 * other, one must begin. As the watcher is no receiver yet, a try still fails with WOULD_BLOCK; it
 * takes a patient send, which is then there to be received.
 */

import type { Effects } from '../effects.ts';
import { LinkedQueue } from '../linked-queue.ts';

export class Watchers {
  readonly #ofSend = new LinkedQueue<number>();
  readonly #ofReceive = new LinkedQueue<number>();

  get size(): number {
    return this.of('send') + this.of('receive');
  }

  /** How many await that. */
  of(what: 'send' | 'receive'): number {
    return (what === 'send' ? this.#ofSend : this.#ofReceive).size;
  }

  add(op: number, of: 'send' | 'receive'): void {
    (of === 'send' ? this.#ofSend : this.#ofReceive).pushBack(op);
  }

  /** False when it does not watch. */
  remove(op: number): boolean {
    return this.#ofSend.remove(op) || this.#ofReceive.remove(op);
  }

  /** Tells those who await what is possible now. */
  wake(possible: { send: boolean; receive: boolean }, out: Effects<Ready>): void {
    if (possible.receive) tell(this.#ofReceive, out);
    if (possible.send || this.#ofReceive.size > 0) tell(this.#ofSend, out);
  }

  /** Everybody, who then watch no more. */
  clear(): number[] {
    const all = [...this.#ofSend, ...this.#ofReceive];
    this.#ofSend.clear();
    this.#ofReceive.clear();
    return all;
  }
}

interface Ready {
  readonly type: 'ready';
  readonly op: number;
}

function tell(watchers: LinkedQueue<number>, out: Effects<Ready>): void {
  for (const op of watchers) out.push({ type: 'ready', op });
  watchers.clear();
}
