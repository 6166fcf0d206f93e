/** A channel element, and clients that send and receive over sessions in memory. */

import { Share } from '../../src/budget.ts';
import { Channel } from '../../src/channel/channel.ts';
import { ChanElement } from '../../src/element/chan.ts';
import type { Message } from '../../src/element/message.ts';
import { limits } from '../../src/limits.ts';
import { boundsOf, type SessionBounds } from '../../src/rpc/bounds.ts';
import { limitsWith, type ServerLimits } from '../../src/server-limits.ts';
import { Caller, StillClock } from './calls.ts';
import { dataOf, type Opened } from './pipe.ts';

const window = limits.streamWindowBytes;

/** A channel and its clients, each on a connection of its own. */
export class ChanBench {
  readonly clock = new StillClock();
  readonly chan: ChanElement;
  readonly clients: Caller[] = [];

  readonly bounds: SessionBounds;
  readonly share: Share;

  constructor(capacity: number, changed: ServerLimits = {}) {
    const bounds = limitsWith(changed);
    this.bounds = boundsOf(bounds);
    this.share = new Share(this.bounds.held);
    const channel = new Channel<Message>(capacity, bounds);
    this.chan = new ChanElement(this.clock, channel, this.share);
  }

  /** As the server does. */
  scrub(): void {
    this.chan.scrub();
    this.share.close();
  }

  client(): Caller {
    const caller = new Caller(this.bounds);
    this.clients.push(caller);
    return caller;
  }

  /** A whole message, or with `open` the head of one that goes on. */
  send(bytes: Uint8Array, options: { open?: boolean; by?: Caller; patient?: boolean } = {}): Sent {
    const { open = false, by = this.client(), patient = true } = options;
    const opened = by.call((call) => this.chan.send(call, bytes, { patient }), { end: !open });
    this.run();
    return { by, ...opened };
  }

  receive(options: Receiving = {}): Sent {
    const { by = this.client(), credit = window, take = true, patient = true } = options;
    const opened = by.call((call) => this.chan.receive(call, { patient }), { credit, take });
    this.run();
    return { by, ...opened };
  }

  awaits(what: 'awaitSend' | 'awaitReceive'): Sent {
    const by = this.client();
    const opened = by.call((call) => this.chan[what](call));
    this.run();
    return { by, ...opened };
  }

  run(): void {
    for (let i = 0; i < 5; i++) for (const client of this.clients) client.run();
  }

  peek(): Record<string, unknown> {
    return this.chan.peek() as Record<string, unknown>;
  }
}

interface Receiving {
  readonly by?: Caller;
  readonly credit?: number;
  readonly take?: boolean;
  readonly patient?: boolean;
}

export type Sent = Opened & { by: Caller };

/** The message that was received: offered whole, or as a stream. */
export function messageOf({ heard }: Opened): Buffer | undefined {
  if (!heard.some(([what]) => what === 'replied')) return undefined;
  const offer = heard.findLast(([what]) => what === 'offered');
  return Buffer.from(offer?.[2] === true ? (offer[3] as Uint8Array) : dataOf(heard));
}

export const isDone = ({ heard }: Opened) =>
  heard.some(([what, , end]) => what === 'replied' && end);
