/** Dialling a server whose URL nobody was told: it is found by multicast. */

import { unreachable } from '../assert.ts';
import { Finder, type FinderEffect, type FinderEvent } from '../discovery/finder.ts';
import { CircuitError } from '../errors.ts';
import type { Multicast, MulticastGroup, Timer } from '../host/index.ts';
import { type Address, parseCircuitName, parseGroup } from '../id.ts';
import { NEVER } from '../time.ts';
import { type Client, type ClientHost, connect } from './client.ts';
import type { Waiting } from './options.ts';

/** What is needed of a host to find servers. */
export interface FinderHost extends ClientHost {
  readonly multicast: Multicast;
}

/** What to find, and for how long to look; 5 s when left out. */
export interface DiscoverOptions extends Waiting {
  /** The name of the circuit to find. Default: any, and of several the one that answers first. */
  readonly circuit?: string;
}

/** How long it may take until a server answers. */
const FIND_TIMEOUT_MS = 5_000;
/** How long a server that has answered may take to be dialled, before others are. */
const DIAL_TIMEOUT_MS = 3_000;

/**
 * Dials any server that listens to the multicast group `group`, such as `228.8.8.8:7711`.
 *
 * Throws BAD_ARGUMENT for what is no such address, DIAL_FAILED when none was found within the time
 * (default 5 s) or could be dialled, NOT_SUPPORTED when the host has no multicast, or CANCELLED.
 */
export function discover(
  host: FinderHost,
  group: string,
  options: DiscoverOptions = {},
): Promise<Client> {
  return new Promise((resolve, reject) => {
    new Search(host, parseGroup(group), options, { resolve, reject }).start();
  });
}

interface Outcome {
  readonly resolve: (client: Client) => void;
  readonly reject: (error: unknown) => void;
}

/** The shell around a Finder. */
class Search {
  readonly #host: FinderHost;
  readonly #address: Address;
  readonly #options: DiscoverOptions;
  readonly #outcome: Outcome;
  readonly #withinMs: number;
  readonly #machine: Finder;
  readonly #abort = () => this.#settle(undefined, cancelled());
  #group: MulticastGroup | undefined;
  #timer: Timer | undefined;
  #over = false;
  /** Why the last of the servers that answered could not be dialled. */
  #reason: string | undefined;

  constructor(host: FinderHost, address: Address, options: DiscoverOptions, outcome: Outcome) {
    const { circuit, timeoutMs } = options;
    this.#host = host;
    this.#address = address;
    this.#options = options;
    this.#outcome = outcome;
    this.#withinMs = timeoutMs ?? FIND_TIMEOUT_MS;
    const name = circuit === undefined ? undefined : parseCircuitName(circuit);
    this.#machine = new Finder(host.clock.now(), this.#withinMs, name);
  }

  start(): void {
    const { signal } = this.#options;
    if (signal?.aborted) {
      this.#abort();
      return;
    }
    signal?.addEventListener('abort', this.#abort, { once: true });
    this.#group = this.#host.multicast.join(this.#address, {
      joined: () => this.#tell({ type: 'tick' }),
      received: (from, bytes) => this.#tell({ type: 'packet', from, bytes }),
      failed: (reason) => {
        const text = `cannot look for servers at ${this.#address}: ${reason}`;
        this.#settle(undefined, new CircuitError('NOT_SUPPORTED', text));
      },
    });
  }

  #tell(event: FinderEvent): void {
    if (this.#over) return;
    const effects: FinderEffect[] = [];
    this.#machine.step(this.#host.clock.now(), event, effects);
    for (const effect of effects) this.#perform(effect);
    if (this.#over) return;
    this.#timer?.cancel();
    const deadline = this.#machine.deadline();
    if (deadline === NEVER) return;
    this.#timer = this.#host.clock.schedule(deadline, () => this.#tell({ type: 'tick' }));
  }

  #perform(effect: FinderEffect): void {
    switch (effect.type) {
      case 'send':
        this.#group?.send(effect.bytes);
        break;
      case 'dial':
        this.#dial(effect.url);
        break;
      case 'gaveUp':
        this.#settle(undefined, this.#notFound(effect.foreign));
        break;
      default:
        unreachable(effect);
    }
  }

  #dial(url: string): void {
    const { signal } = this.#options;
    connect(this.#host, url, { signal, timeoutMs: DIAL_TIMEOUT_MS }).then(
      (client) => {
        if (this.#over) void client.close();
        else this.#settle(client, undefined);
      },
      (error: Error) => {
        this.#reason = error.message;
        this.#tell({ type: 'dialFailed' });
      },
    );
  }

  #settle(client: Client | undefined, error: CircuitError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#group?.close();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    if (client === undefined) this.#outcome.reject(error);
    else this.#outcome.resolve(client);
  }

  #notFound(foreign: boolean): CircuitError {
    const seconds = this.#withinMs / 1000;
    if (this.#reason !== undefined) {
      const text = `no server that answered at ${this.#address} could be dialled`;
      return new CircuitError('DIAL_FAILED', `${text}: ${this.#reason}`);
    }
    if (foreign) {
      const text = `the servers at ${this.#address} speak another version of the protocol`;
      return new CircuitError('PROTOCOL', `${text}: use the circuit program that they run`);
    }
    return new CircuitError(
      'DIAL_FAILED',
      `no server answered at ${this.#address} within ${seconds} s: ` +
        'is one running with -discover there, and on this network interface?',
    );
  }
}

function cancelled(): CircuitError {
  return new CircuitError('CANCELLED', 'the search for a server was cancelled');
}
