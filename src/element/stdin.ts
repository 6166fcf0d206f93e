/**
 * The standard input of a process or container, written by one writer at a time, who may be a window
 * ahead of what it takes. A writer that goes away without an end leaves it open for the next.
 */

import { Share } from '../budget.ts';
import { CircuitError } from '../errors.ts';
import type { Pipes } from '../host/index.ts';
import { limits } from '../limits.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { done } from './element.ts';

export class StdinStream {
  readonly #pipes: Pipes;
  #writer: Call | undefined;
  /** Written, and not taken yet. */
  #untaken = 0;
  /** Of that, since the first writer came. */
  #share: Share | undefined;
  /** Why nothing more can be written. */
  #closed: CircuitError | undefined;

  constructor(pipes: Pipes) {
    this.#pipes = pipes;
  }

  /** The stream of this call becomes the standard input. Throws STREAM_BUSY, and why it is closed. */
  attach(call: Call): CallEvents {
    if (this.#writer !== undefined) {
      throw new CircuitError('STREAM_BUSY', 'somebody else writes to the standard input already');
    }
    if (this.#closed !== undefined) throw this.#closed;
    const leave = () => {
      if (this.#writer === call) this.#writer = undefined;
    };
    const end = () => {
      leave();
      this.#closed = new CircuitError('NOT_RUNNING', 'the standard input was closed already');
      this.#pipes.endStdin();
      done(call);
    };
    if (call.complete) {
      end();
      return {};
    }
    this.#writer = call;
    this.#share ??= new Share(call.held);
    // Where there is no room, a writer is ahead by a piece alone.
    const ahead = call.held.isSpent ? limits.dataBytesMax : limits.streamWindowBytes;
    call.grant(Math.max(0, ahead - this.#untaken));
    return {
      data: (bytes) => {
        this.#untaken += bytes.length;
        this.#share?.resize(this.#untaken);
        if (this.#pipes.write(bytes)) this.taken();
      },
      ended: end,
      cancelled: () => {
        leave();
        call.fail(new CircuitError('CANCELLED', 'the writing was cancelled; input stays open'));
      },
      failed: leave,
    };
  }

  /** What was written is taken. */
  taken(): void {
    this.#writer?.grant(this.#untaken);
    this.#untaken = 0;
    this.#share?.resize(0);
  }

  /** Nothing more can be written, and why. */
  close(error: CircuitError): void {
    this.#closed = error;
    this.#share?.close();
    this.#writer?.fail(error);
    this.#writer = undefined;
  }
}
