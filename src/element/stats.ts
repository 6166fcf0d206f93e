/** What a server takes and does, in numbers that are cheap to tell. */

import type { ElementKind } from './element.ts';

/** Counts are since the start of the server, unless they say what there is now. */
export interface ServerStats {
  readonly Id: string;
  readonly Url: string;
  /** The name of its circuit; empty for one without a name. */
  readonly Circuit: string;
  /** Of the program; empty where nobody said. */
  readonly Version: string;
  /** How long it runs, in microseconds. */
  readonly Uptime: number;
  /** Processor time, in microseconds, of all processors together. */
  readonly Cpu: number;
  /** Memory, in bytes. */
  readonly Resident: number;
  readonly Heap: number;
  /** How many elements there are now, of each kind of which there are any. */
  readonly Elements: Readonly<Partial<Record<ElementKind, number>>>;
  /** Anchors now, those included that only lead to others. */
  readonly Anchors: number;
  readonly Operations: {
    readonly Begun: number;
    /** Of these, those that ended with an error. */
    readonly Failed: number;
    /** Under way now; the one that asks is not counted. */
    readonly Pending: number;
    /** Calls for other servers that are under way through this one now. */
    readonly Relayed: number;
  };
  /** Payload, without what the network adds: of connections, and of datagrams. */
  readonly Traffic: {
    readonly BytesIn: number;
    readonly BytesOut: number;
    readonly Datagrams: {
      readonly In: number;
      readonly Out: number;
      readonly BytesIn: number;
      readonly BytesOut: number;
    };
  };
  /** Servers that it sees now, itself included. */
  readonly Members: number;
  readonly Neighbours: number;
  /** Connections now, to servers and from clients. */
  readonly Sessions: number;
}
