/**
 * A machine: what stays when the process on it dies. It has the address and the disk, and its kernel
 * answers packets whether or not a process runs, or is paused, or has been replaced by another.
 */

import type { Address } from '../src/id.ts';
import { Ailments } from './ailments.ts';
import { Engine } from './container-engine.ts';
import type { Endpoint } from './endpoint.ts';
import type { SimHost } from './host.ts';
import {
  ACK,
  DATAGRAM,
  DIAL_RETRY,
  LINGER,
  MULTICAST,
  REFUSED,
  RESET,
  RETRANSMIT,
  SEGMENT,
  SYN,
  SYN_ACK,
  WINDOW,
} from './kind.ts';
import type { GroupPacket, Network } from './network.ts';
import type { Segment } from './outbound.ts';
import type { Programs } from './programs.ts';
import type { Actor } from './scheduler.ts';
import { Disk } from './storage.ts';
import { answerDial } from './streams.ts';
import type { Place } from './topology.ts';

const PORT_FIRST = 32_768;
const PORT_LAST = 60_999;

/** What stays of a host when its process dies: address, disk and kernel. */
export class Machine implements Actor, Place {
  readonly name: string;
  readonly index: number;
  readonly actor: number;
  readonly address: Address;
  readonly network: Network;
  readonly ailments: Ailments;
  readonly disk: Disk;
  readonly engine: Engine;

  process: SimHost | undefined = undefined;
  /** Whether it crashed silently: it sends nothing and hears nothing. */
  dark = false;
  /** How often a process was started on it. */
  starts = 0;

  /** What network.ts needs to tell packets of one moment apart. */
  sentAt = -1;
  sentTo = -1;
  sentBurst = 0;

  #port = PORT_FIRST;
  #pid = 100;

  constructor(options: { name: string; index: number; network: Network; programs: Programs }) {
    this.name = options.name;
    this.index = options.index;
    this.actor = options.index + 1;
    this.network = options.network;
    this.address = addressOf(options.index + 1);
    this.engine = new Engine(options.programs);
    this.ailments = new Ailments(options.network.seed, options.index, () => {
      this.engine.down = this.ailments.has('no-engine');
      this.process?.paceChanged();
    });
    this.disk = new Disk(this);
  }

  /** A port for a connection that is dialled. */
  takePort(): number {
    const port = this.#port;
    this.#port = port === PORT_LAST ? PORT_FIRST : port + 1;
    return port;
  }

  /** A number for a new process. */
  takePid(): number {
    return this.#pid++;
  }

  fire(kind: number, a: number, b: number, payload: unknown): void {
    if (kind === DATAGRAM) {
      if (!this.network.rules.none && this.network.rules.cut(a, this.index)) return;
      this.process?.happen(DATAGRAM, a, b, payload);
      return;
    }
    if (kind === MULTICAST) {
      if (this.network.rules.cut(a, this.index)) return;
      (payload as GroupPacket).to.host.happen(MULTICAST, a, b, payload);
      return;
    }
    if (kind === SEGMENT) {
      (payload as Segment).to.segmentArrived(payload as Segment);
      return;
    }
    const endpoint = payload as Endpoint;
    const from = this.network.machines[a] as Machine;
    if (kind === RETRANSMIT) {
      endpoint.retransmit();
      return;
    }
    if (kind === LINGER) {
      endpoint.lingered();
      return;
    }
    if (kind === DIAL_RETRY) {
      endpoint.dialAgain(from);
      return;
    }
    const lost = this.network.cut(from, this);
    if (kind === WINDOW) {
      endpoint.windowArrived(lost);
      return;
    }
    if (lost) return;
    switch (kind) {
      case SYN:
        answerDial(this, endpoint);
        break;
      case SYN_ACK:
        endpoint.synAcked();
        break;
      case ACK:
        if (!endpoint.gone) endpoint.host.streams.announce(endpoint);
        return;
      case REFUSED:
        endpoint.fail('refused');
        break;
      case RESET:
        endpoint.fail('reset');
        break;
    }
  }
}

function addressOf(number: number): Address {
  const ip = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  return `${ip}:11022` as Address;
}
