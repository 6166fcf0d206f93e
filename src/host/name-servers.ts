import type { Address } from '../id.ts';

/** What a name server is asked and told. */
export interface NameServerEvents {
  /** It listens there, by UDP and TCP. Exactly one of `listening` and `failed` is called, and first. */
  listening(address: Address): void;
  /** It cannot listen, for a reason for people. Nothing follows. */
  failed(reason: string): void;
  /** Any bytes came. Gives what is sent back, which over TCP may be no longer than 65,535 bytes. */
  message(bytes: Uint8Array, by: 'udp' | 'tcp'): Uint8Array | undefined;
}

/** A name server that listens, or is about to. */
export interface NameServer {
  /** Frees the port at once, and breaks what stands to it. */
  close(): void;
}

/** Where DNS messages come in (RFC 1035, section 4.2; RFC 7766). What they say is src/dns. */
export interface NameServers {
  /** Port 0 means any that is free. */
  listen(address: Address, events: NameServerEvents): NameServer;
  /** Closes all of them; nothing listens from then on. */
  close(): void;
}
