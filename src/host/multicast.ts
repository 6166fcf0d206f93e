import type { Address } from '../id.ts';

/** What a group tells. */
export interface MulticastEvents {
  /** It listens, and sends. Exactly one of `joined` and `failed` is called first. */
  joined(): void;
  /**
   * What anybody sent to the group, ourselves included. `from` is where it came from: not an address
   * one could send to.
   */
  received(from: Address, bytes: Uint8Array): void;
  /** The group could not be joined, or is lost: `reason` is for people. Nothing follows. */
  failed(reason: string): void;
}

/** Packets to everybody on the local network who listens; each may be lost, repeated or reordered. */
export interface MulticastGroup {
  /**
   * Lost before `joined`. Over-long ones are dropped; a packet of 1,200 bytes is not. The caller may
   * use `bytes` again once `send` returns.
   */
  send(bytes: Uint8Array): void;
  /** Leaves the group. */
  close(): void;
}

/** The groups that a host can listen to. */
export interface Multicast {
  /** Listens to the group at that address, such as 228.8.8.8:7711. */
  join(group: Address, events: MulticastEvents): MulticastGroup;
}
