import type { Address } from '../id.ts';

export interface MulticastEvents {
  /** What anybody sent to the group, ourselves perhaps included. `from` is where it came from. */
  received(from: Address, bytes: Uint8Array): void;
  /** The group could not be joined, or is lost: `reason` is for people. Nothing follows. */
  failed(reason: string): void;
}

/** Packets to everybody on the local network who listens; each may be lost, repeated or reordered. */
export interface MulticastGroup {
  /** Over-long ones are dropped; a datagram of 1,200 bytes is not. */
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface Multicast {
  /** Listens to the group at that address, such as 228.8.8.8:7711, and may send to it at once. */
  join(group: Address, events: MulticastEvents): MulticastGroup;
}
