/** The shell around the state machine of an overlay: performs its effects, and keeps its timer. */

import { unreachable } from '../../src/assert.ts';
import type { Timer } from '../../src/host/index.ts';
import type { Random } from '../../src/host/random.ts';
import { type ServerId, serverIdOf } from '../../src/id.ts';
import { MS, NEVER } from '../../src/time.ts';
import type { SimHost } from '../host.ts';
import { PeerLinks } from './peer-links.ts';
import type { Out, OverlayCore, OverlayEvent, OverlayServer, Peer } from './protocol.ts';

/** The time that a goodbye needs to leave the host. */
const GOODBYE_US = 200 * MS;

/** What a state machine is made of. */
export interface CoreOptions {
  readonly self: Peer;
  readonly random: Random;
  readonly now: number;
}

/** Runs a state machine on a host. `gone` is called for each server that it takes for gone. */
export function runCore(
  host: SimHost,
  make: (options: CoreOptions) => OverlayCore,
  gone: (id: ServerId) => void,
): OverlayServer {
  const random = host.random.fork('overlay');
  const self = { id: serverIdOf(random.bytes(8)), address: host.streams.address };
  const core = make({ self, random, now: host.clock.now() });
  const shell = new Shell(host, core, gone);
  return {
    id: self.id,
    join: (seed) => shell.tell({ type: 'join', seed }),
    leave: () => {
      shell.tell({ type: 'leave' });
      host.clock.schedule(host.clock.now() + GOODBYE_US, () => host.crash());
    },
    neighbours: () => core.neighbours(),
    known: () => core.known(),
  };
}

class Shell {
  readonly #host: SimHost;
  readonly #core: OverlayCore;
  readonly #gone: (id: ServerId) => void;
  readonly #links: PeerLinks;
  #timer: Timer | undefined;
  #timerAt = NEVER;

  constructor(host: SimHost, core: OverlayCore, gone: (id: ServerId) => void) {
    this.#host = host;
    this.#core = core;
    this.#gone = gone;
    this.#links = new PeerLinks(host, {
      message: (from, bytes) => this.tell({ type: 'message', from, bytes }),
      broken: (peer) => this.tell({ type: 'broken', peer }),
    });
    host.datagrams.receive((from, bytes) => this.tell({ type: 'datagram', from, bytes }));
    this.#arm();
  }

  tell(event: OverlayEvent): void {
    const out: Out = [];
    this.#core.step(this.#host.clock.now(), event, out);
    for (const effect of out) {
      switch (effect.type) {
        case 'datagram':
          this.#host.datagrams.send(effect.to, effect.bytes);
          break;
        case 'message':
          this.#links.send(effect.to, effect.bytes);
          break;
        case 'hangUp':
          this.#links.hangUp(effect.peer);
          break;
        case 'gone':
          this.#gone(effect.id);
          break;
        default:
          unreachable(effect);
      }
    }
    this.#arm();
  }

  #arm(): void {
    const at = this.#core.deadline();
    if (at === this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (at === NEVER) return;
    this.#timer = this.#host.clock.schedule(at, () => {
      this.#timerAt = NEVER;
      this.tell({ type: 'tick' });
    });
  }
}
