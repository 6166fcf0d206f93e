import type { Address } from '../id.ts';

/** One question, of a message that has exactly one. Names are absolute, as they were sent. */
export interface DnsQuery {
  readonly name: string;
  /** As a number: RFC 1035, section 3.2.2, and the IANA registry. */
  readonly type: number;
  readonly class: number;
  readonly opcode: number;
}

/** A record of class IN. */
export interface DnsRecord {
  /** Absolute, with the dot at the end. */
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  /** RDATA in wire format, names in it not compressed. */
  readonly data: Uint8Array;
}

export interface DnsAnswer {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

export interface NameServerEvents {
  /** It listens there, by UDP and TCP. Exactly one of `listening` and `failed` is called, and first. */
  listening(address: Address): void;
  /** It cannot listen, for a reason for people. Nothing follows. */
  failed(reason: string): void;
  /** Answers at once. What is malformed, or longer than fits, is no business of it. */
  query(query: DnsQuery): DnsAnswer;
}

export interface NameServer {
  close(): void;
}

/** Listens for DNS queries (RFC 1035, 6891, 7766). */
export interface NameServers {
  /** Port 0 means any that is free. */
  listen(address: Address, events: NameServerEvents): NameServer;
}
