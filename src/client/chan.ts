/** A handle to a channel. */

import { ByteQueue } from '../byte-queue.ts';
import { CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import { invoke } from './invoke.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';
import { ByteSink, ByteSource } from './stream.ts';

/** The state of a channel, as peek gives it. */
export interface ChanState {
  /** How many messages it buffers. */
  readonly Cap: number;
  /** Nothing more can be sent. */
  readonly Closed: boolean;
  /** It was scrubbed. */
  readonly Aborted: boolean;
  /** How many messages were sent since it was made. */
  readonly NumSend: number;
  /** How many of these were received. */
  readonly NumRecv: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const empty = new Uint8Array(0);

/** A channel: messages go in at one end and come out at the other, each once and in order. */
export class Chan implements AsyncIterable<Uint8Array> {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The full path of its anchor. */
  get path(): string {
    return this.#place.text;
  }

  /**
   * Sends one message. Resolves once it is in the buffer or received; from one client, messages
   * are sent in the order of the calls, also without waiting for each. A message longer than
   * 32 KiB is complete only when its receiver has it.
   * Throws CHANNEL_CLOSED, ABORTED, PEER_GONE, SERVER_GONE, NO_SUCH_ANCHOR, WRONG_KIND.
   */
  async send(message: Uint8Array | string, waiting: Waiting = {}): Promise<void> {
    const bytes = typeof message === 'string' ? encoder.encode(message) : message;
    if (bytes.length <= limits.messageHeadBytes) {
      await this.#place.ask('send', this.#place.to({ head: bytes }).request, waiting);
      return;
    }
    const sink = this.#open(bytes.subarray(0, limits.messageHeadBytes), waiting).sink;
    await sink.write(bytes.subarray(limits.messageHeadBytes));
    await sink.end();
  }

  /**
   * Sends one message of up to 32 KiB if the buffer has room for it, or a receiver waits, and
   * nobody who waits to send is before it. False when it would have to wait: it was not sent.
   * Throws BAD_ARGUMENT for a longer one, and what `send` throws.
   */
  async trySend(message: Uint8Array | string, waiting: Waiting = {}): Promise<boolean> {
    const head = typeof message === 'string' ? encoder.encode(message) : message;
    if (head.length > limits.messageHeadBytes) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `a message to try has at most ${limits.messageHeadBytes} bytes; send it instead`,
      );
    }
    const { request } = this.#place.to({ head });
    return (await unlessBlocked(this.#place.ask('trySend', request, waiting))) !== undefined;
  }

  /**
   * Begins a message of unknown length. Resolves once a receiver has taken it up or the buffer has
   * room for it. The sink takes 32 KiB at once and more as the receiver reads; its `end` completes
   * the message. If this client goes before that, the receiver gets an error, never a part.
   */
  async sendStream(waiting: Waiting = {}): Promise<ByteSink> {
    const { sink, accepted } = this.#open(empty, waiting);
    await accepted;
    return sink;
  }

  /**
   * Receives one message. When it is cancelled or times out, no message was taken; unless it came
   * to that in the midst of a long one, and then its sender is told.
   * Throws CHANNEL_CLOSED once the channel is closed and empty, and what `send` throws.
   */
  async receive(waiting: Waiting = {}): Promise<Uint8Array> {
    return (await this.#receive('receive', waiting, { whole: true })) as Uint8Array;
  }

  /**
   * Receives one message if there is one that nobody else is receiving; undefined when it would
   * have to wait. Throws what `receive` throws.
   */
  async tryReceive(waiting: Waiting = {}): Promise<Uint8Array | undefined> {
    const message = this.#receive('tryReceive', waiting, { whole: true });
    return (await unlessBlocked(message)) as Uint8Array | undefined;
  }

  /** As `receive`, as text. */
  async receiveText(waiting: Waiting = {}): Promise<string> {
    return decoder.decode(await this.receive(waiting));
  }

  /** As `receive`; the message comes in pieces, as its sender writes them. */
  async receiveStream(waiting: Waiting = {}): Promise<AsyncIterable<Uint8Array>> {
    return inPieces(await this.#receive('receive', waiting, { whole: false }));
  }

  /** As `tryReceive`; the message comes in pieces, as its sender writes them. */
  async tryReceiveStream(waiting: Waiting = {}): Promise<AsyncIterable<Uint8Array> | undefined> {
    const message = this.#receive('tryReceive', waiting, { whole: false });
    const received = await unlessBlocked(message);
    return received && inPieces(received);
  }

  /** Messages, one after another, until the channel is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      let message: Uint8Array;
      try {
        message = await this.receive();
      } catch (error) {
        if ((error as CircuitError).code === 'CHANNEL_CLOSED') return;
        throw error;
      }
      yield message;
    }
  }

  /** No more sends; what is buffered can be received. Throws CHANNEL_CLOSED the second time. */
  async close(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('close', this.#place.to({}).request, waiting);
  }

  /** The state of the channel now. Throws NO_SUCH_ANCHOR, WRONG_KIND, SERVER_GONE. */
  async peek(waiting: Waiting = {}): Promise<ChanState> {
    return (await this.#place.askJson('peek', this.#place.to({}).request, waiting)) as ChanState;
  }

  /** Aborts everything that waits on the channel and removes it. */
  async scrub(waiting: Waiting = {}): Promise<void> {
    await this.#place.ask('scrub', this.#place.to({ kill: false }).request, waiting);
  }

  #open(head: Uint8Array, waiting: Waiting): { sink: ByteSink; accepted: Promise<void> } {
    const accepted = Promise.withResolvers<void>();
    let sink: ByteSink | undefined;
    const finished = invoke<'send', void>(
      this.#place.target,
      'send',
      { ...this.#place.to({ head }), end: false, credit: 0 },
      waiting,
      (call, settle) => {
        sink = new ByteSink(call);
        return {
          replied: (_body, end) => {
            accepted.resolve();
            if (end) settle.resolve();
          },
          ended: () => settle.resolve(),
          room: () => sink?.roomAgain(),
        };
      },
    );
    finished.catch(accepted.reject);
    accepted.promise.catch(() => {});
    return { sink: (sink as ByteSink).until(finished), accepted: accepted.promise };
  }

  /** With `whole` the message is gathered, and all of it must come while `waiting` allows. */
  #receive(
    method: 'receive' | 'tryReceive',
    waiting: Waiting,
    options: { whole: boolean },
  ): Promise<Uint8Array | ByteSource> {
    return invoke<'receive' | 'tryReceive', Uint8Array | ByteSource>(
      this.#place.target,
      method,
      this.#place.to({}),
      waiting,
      (call, settle) => {
        let content: Uint8Array | undefined;
        let source: ByteSource | undefined;
        const gathered = new ByteQueue();
        return {
          offered: (offer, complete, bytes) => {
            // A copy: a view of a few bytes would keep the whole block they arrived in.
            content = complete ? bytes.slice() : undefined;
            call().take(offer);
          },
          replied: (_body, end) => {
            if (content !== undefined) {
              settle.resolve(content);
            } else if (end) {
              settle.reject(new CircuitError('PROTOCOL', 'the server answered with no message'));
            } else if (!options.whole) {
              source = new ByteSource(call);
              settle.resolve(source);
            }
          },
          data: (bytes) => {
            source?.push(bytes);
            if (source !== undefined) return;
            gathered.push(bytes);
            call().grant(bytes.length);
          },
          ended: () => {
            source?.end();
            settle.resolve(gathered.take(gathered.length));
          },
          failed: (error) => source?.fail(error),
        };
      },
    );
  }
}

/** Undefined when the operation would have to wait. */
async function unlessBlocked<T>(trying: Promise<T>): Promise<T | undefined> {
  try {
    return await trying;
  } catch (error) {
    if ((error as CircuitError).code === 'WOULD_BLOCK') return undefined;
    throw error;
  }
}

function inPieces(message: Uint8Array | ByteSource): AsyncIterable<Uint8Array> {
  return message instanceof Uint8Array ? single(message) : message;
}

async function* single(message: Uint8Array): AsyncGenerator<Uint8Array> {
  if (message.length > 0) yield message;
}
