/**
 * The shell around discovery: hands it what the group hears, sends what it says, joins whom it
 * wants joined, and keeps its one timer. It decides nothing.
 */

import { unreachable } from '../assert.ts';
import type { JoinOutcome, View } from '../discovery/candidates.ts';
import {
  Discovery,
  type DiscoveryCounters,
  type DiscoveryEffect,
  type DiscoveryEvent,
} from '../discovery/discovery.ts';
import { CircuitError } from '../errors.ts';
import type { Host, MulticastGroup, Timer } from '../host/index.ts';
import type { Address, CircuitName, CircuitUrl, ServerId } from '../id.ts';
import { NEVER } from '../time.ts';
import type { JoinDone } from './presence.ts';

export interface FindingOptions {
  readonly group: Address;
  readonly id: ServerId;
  readonly url: string;
  readonly circuit: CircuitName;
  readonly view: View;
  readonly join: (url: CircuitUrl, done: JoinDone) => void;
  /** Called once: it listens, or it cannot and never will. */
  readonly ready: (error: CircuitError | undefined) => void;
}

export class Finding {
  readonly #host: Host;
  readonly #options: FindingOptions;
  readonly #group: MulticastGroup;
  readonly #machine: Discovery;
  #joined = false;
  #over = false;
  #timer: Timer | undefined;
  #timerAt = NEVER;

  constructor(host: Host, options: FindingOptions) {
    this.#host = host;
    this.#options = options;
    const { id, url, circuit, view } = options;
    const random = host.random.fork('discovery');
    this.#machine = new Discovery({ id, url, circuit, view, random, now: host.clock.now() });
    this.#group = host.multicast.join(options.group, {
      joined: () => {
        this.#joined = true;
        host.log.write('info', 'discovery', { group: options.group });
        options.ready(undefined);
        this.viewChanged();
      },
      received: (_from, bytes) => this.#tell({ type: 'packet', bytes }),
      failed: (reason) => this.#failed(reason),
    });
  }

  get counters(): DiscoveryCounters {
    return this.#machine.counters;
  }

  /** Servers were joined by membership, or have left it. */
  viewChanged(): void {
    if (!this.#joined || this.#over) return;
    const deadline = this.#machine.deadline();
    // Set anew only when the deadline moved forward; an early tick is harmless.
    if (this.#timer !== undefined && this.#timerAt <= deadline) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = deadline;
    if (deadline === NEVER) return;
    this.#timer = this.#host.clock.schedule(deadline, () => {
      this.#timer = undefined;
      this.#tell({ type: 'tick' });
    });
  }

  /** Says and hears nothing from now on. */
  stop(): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#group.close();
  }

  #tell(event: DiscoveryEvent): void {
    if (this.#over) return;
    const effects: DiscoveryEffect[] = [];
    this.#machine.step(this.#host.clock.now(), event, effects);
    for (const effect of effects) this.#perform(effect);
    this.viewChanged();
  }

  #perform(effect: DiscoveryEffect): void {
    switch (effect.type) {
      case 'send':
        this.#group.send(effect.bytes);
        break;
      case 'join':
        this.#join(effect.id, effect.url);
        break;
      default:
        unreachable(effect);
    }
  }

  #join(id: ServerId, url: CircuitUrl): void {
    const { log } = this.#host;
    this.#options.join(url, (error, isFinal) => {
      const outcome: JoinOutcome = error === undefined ? 'joined' : isFinal ? 'refused' : 'failed';
      log.write('info', 'joined by discovery', { server: id, outcome, error: error?.message });
      this.#tell({ type: 'joinDone', id, outcome });
    });
  }

  #failed(reason: string): void {
    if (this.#over) return;
    const { group, ready } = this.#options;
    const error = new CircuitError('NOT_SUPPORTED', `cannot discover at ${group}: ${reason}`);
    this.#host.log.write('error', 'discovery ended', { group, reason });
    const wasJoined = this.#joined;
    this.stop();
    if (!wasJoined) ready(error);
  }
}
