/**
 * The names of things: servers, addresses, and the URL under which a server is dialled. Each is a
 * branded string, so that a value which was parsed once needs no second look.
 */

import { CircuitError } from './errors.ts';

/** A server: `X` and 16 hex digits, fresh on every start. The first component of its paths. */
export type ServerId = string & { readonly brand: 'ServerId' };

/** One run of a server program: `Q` and 16 hex digits. */
export type RunId = string & { readonly brand: 'RunId' };

/** Where to dial: `host:port`, the host an IPv4 address, an IPv6 address in brackets, or a name. */
export type Address = string & { readonly brand: 'Address' };

/** What tells one circuit from another; empty for a circuit without a name. */
export type CircuitName = string & { readonly brand: 'CircuitName' };

/** What `circuit start` prints: `circuit://10.0.0.1:11022/78517/Q56e7a2a0d47a7b5d`. */
export interface CircuitUrl {
  readonly address: Address;
  /** The process and run expected there; undefined when the URL names only an address. */
  readonly pid: number | undefined;
  readonly run: RunId | undefined;
}

const urlShape = /^(?:circuit:\/\/)?([^/]+)(?:\/(\d{1,10})\/(Q[0-9a-f]{16}))?\/?$/;

export function isServerId(text: string): text is ServerId {
  return /^X[0-9a-f]{16}$/.test(text);
}

export function isRunId(text: string): text is RunId {
  return /^Q[0-9a-f]{16}$/.test(text);
}

export function serverIdOf(bytes: Uint8Array): ServerId {
  return `X${hex16(bytes)}` as ServerId;
}

export function runIdOf(bytes: Uint8Array): RunId {
  return `Q${hex16(bytes)}` as RunId;
}

export function isAddress(text: string): text is Address {
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[1]) <= 65_535;
}

export function isCircuitName(text: string): text is CircuitName {
  return /^[A-Za-z0-9._-]{0,64}$/.test(text);
}

/** Parses the name of a circuit that has one. Throws BAD_ARGUMENT. */
export function parseCircuitName(text: string): CircuitName {
  if (text !== '' && isCircuitName(text)) return text;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `"${text.slice(0, 100)}" is not a name for a circuit: ` +
      'use 1 to 64 letters, digits, "-", "_" and "."',
  );
}

/** Parses `host:port`. Throws BAD_ARGUMENT. */
export function parseAddress(text: string): Address {
  if (!isAddress(text)) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `"${text.slice(0, 100)}" is not an address: write it as host:port, for example 127.0.0.1:11022`,
    );
  }
  return text;
}

/** Whether an IPv4 address is one of a multicast group. */
function isGroupHost(host: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return false;
  return (parts[0] as number) >= 224 && (parts[0] as number) <= 239;
}

/** Parses the address of a multicast group with its port. Throws BAD_ARGUMENT. */
export function parseGroup(text: string): Address {
  if (isAddress(text)) {
    const { host, port } = splitAddress(text);
    if (isGroupHost(host) && port > 0) return text;
  }
  throw new CircuitError(
    'BAD_ARGUMENT',
    `"${text.slice(0, 100)}" is not a multicast address: write one like 228.8.8.8:7711, ` +
      'from 224.0.0.0 to 239.255.255.255 and with a port',
  );
}

/** Whether an address leads to the machine itself, whoever dials it. */
export function isLoopback(address: Address): boolean {
  const { host } = splitAddress(address);
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

export function splitAddress(address: Address): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  return {
    host: host.startsWith('[') ? host.slice(1, -1) : host,
    port: Number(address.slice(colon + 1)),
  };
}

export function joinAddress(host: string, port: number): Address {
  return (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`) as Address;
}

/** Whether `text` is the whole URL of a server, as `formatCircuitUrl` gives it. */
export function isCircuitUrl(text: string): text is string {
  const match = text.startsWith('circuit://') ? urlShape.exec(text) : null;
  return match !== null && isAddress(match[1] as string);
}

/**
 * Parses a circuit URL; process and run may be left out, and so may `circuit://`.
 * Throws BAD_ARGUMENT.
 */
export function parseCircuitUrl(text: string): CircuitUrl {
  const match = urlShape.exec(text.trim());
  if (match === null) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `"${text.trim().slice(0, 200)}" is not a circuit URL: it looks like ` +
        'circuit://127.0.0.1:11022/78517/Q56e7a2a0d47a7b5d, as "circuit start" prints it',
    );
  }
  return {
    address: parseAddress(match[1] as string),
    pid: match[2] === undefined ? undefined : Number(match[2]),
    run: match[3] as RunId | undefined,
  };
}

/** The URL as text. */
export function formatCircuitUrl(url: CircuitUrl): string {
  const process = url.run === undefined ? '' : `/${url.pid ?? 0}/${url.run}`;
  return `circuit://${url.address}${process}`;
}

function hex16(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 8; i++) text += (bytes[i] ?? 0).toString(16).padStart(2, '0');
  return text;
}
