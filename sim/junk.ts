/**
 * Junk, as data: what a host that is no part of any circuit sends to a server. The salt of the
 * incident decides what the bytes are, and where real messages are changed, so does what was sent
 * since the first junk of the run. A schedule played again is the same to the byte; one that was made
 * smaller may change other messages than before.
 */

import type { Address } from '../src/id.ts';

/** How packets are made: of chance, or of real ones, cut short, with bits changed, or longer. */
export type PacketHow = 'random' | 'cut' | 'changed' | 'longer';

/**
 * What is said on a connection. `silent`: nothing. `half`: a frame that does not end. `random`: any
 * bytes. `garbage`: an introduction, then any bytes as frames. `disorder`: an introduction, then
 * frames of all types in any order. `changed`: an introduction, then what others said, with bits
 * changed. `deaf`: questions, of which no answer is read.
 */
export type StreamHow = 'silent' | 'half' | 'random' | 'garbage' | 'disorder' | 'changed' | 'deaf';

/** What is sent, in bursts of `count`, `everyUs` apart. */
export type Junk =
  | {
      readonly type: 'datagrams';
      readonly how: PacketHow;
      /** They come as if from other hosts. */
      readonly spoofed: boolean;
      readonly count: number;
      readonly everyUs: number;
    }
  | {
      readonly type: 'multicasts';
      readonly group: Address;
      readonly how: PacketHow;
      readonly count: number;
      readonly everyUs: number;
    }
  | {
      readonly type: 'connections';
      readonly how: StreamHow;
      readonly count: number;
      readonly everyUs: number;
      /** How long each is left open; then it is reset. */
      readonly openUs: number;
    };

export const packetHows: readonly PacketHow[] = ['random', 'cut', 'changed', 'longer'];
export const streamHows: readonly StreamHow[] = [
  ...(['silent', 'half', 'random', 'garbage', 'disorder', 'changed', 'deaf'] as const),
];

/** The latest of what was sent in a world, for those who change it and send it again. */
export class Overheard {
  readonly datagrams: Uint8Array[] = [];
  readonly multicasts: Uint8Array[] = [];
  /** What was written to connections. */
  readonly streams: Uint8Array[] = [];

  datagram(bytes: Uint8Array, isMulticast: boolean): void {
    keep(isMulticast ? this.multicasts : this.datagrams, bytes);
  }

  stream(bytes: Uint8Array): void {
    keep(this.streams, bytes);
  }
}

const KEPT = 64;
const KEPT_BYTES_MAX = 2_048;

function keep(list: Uint8Array[], bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  list.push(bytes.slice(0, KEPT_BYTES_MAX));
  if (list.length > KEPT) list.shift();
}
