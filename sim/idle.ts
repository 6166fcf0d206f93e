/** What servers send while nothing happens. */

import { SECOND } from '../src/time.ts';
import type { Sent } from './host.ts';
import type { Idler, Node } from './node.ts';

export class Idle {
  readonly #from: number;
  /** node => what it had sent when the stretch began. */
  readonly #before = new Map<Node, Sent>();

  constructor(nodes: Iterable<Node>, now: number) {
    this.#from = now;
    for (const node of nodes) this.#before.set(node, { ...node.host.sent });
  }

  /** Those that were up all the time. */
  end(now: number): Idler[] {
    const seconds = (now - this.#from) / SECOND;
    const idlers: Idler[] = [];
    for (const [node, before] of this.#before) {
      if (node.endedAt !== undefined || seconds <= 0) continue;
      const { datagrams, datagramBytes, streamBytes, multicasts } = node.host.sent;
      const overStreams = streamBytes - before.streamBytes;
      const overDatagrams = datagramBytes - before.datagramBytes;
      idlers.push({
        node,
        bytesPerSecond: (overStreams + overDatagrams) / seconds,
        streamBytesPerSecond: overStreams / seconds,
        datagramsPerSecond: (datagrams - before.datagrams) / seconds,
        multicastsPerSecond: (multicasts - before.multicasts) / seconds,
      });
    }
    return idlers;
  }
}
