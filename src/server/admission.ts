/**
 * Who may have a session with this server. Clients may dial any server. Servers must be of one
 * circuit, by its name: two that are not would merge their views, and nobody could undo that.
 */

import { CircuitError } from '../errors.ts';
import {
  type Address,
  type CircuitName,
  parseCircuitUrl,
  type RunId,
  type ServerId,
} from '../id.ts';
import type { Hello } from '../rpc/hello.ts';
import { PROTOCOL_VERSION } from '../wire/version.ts';

/** This server, as it introduces itself. */
export interface Identity {
  readonly id: ServerId;
  readonly url: string;
  readonly run: RunId;
  readonly circuit: CircuitName;
}

/** What this server says first. `expects`: the run of who is dialled, if it must be that one. */
export function introduction(self: Identity, expects: RunId | undefined): Hello {
  const { id: server, url, circuit } = self;
  return { version: PROTOCOL_VERSION, server, url, expects, circuit };
}

/** The side of a session that we took: undefined fields when the peer dialled us. */
export interface Dialled {
  readonly address: Address | undefined;
  /** Whom we dialled; undefined for a seed, of whom only the address is known. */
  readonly expected: ServerId | undefined;
}

/** Throws the error with which a peer that introduces itself so is turned away. */
export function admit(self: Identity, { address, expected }: Dialled, hello: Hello): void {
  if (hello.expects !== undefined && hello.expects !== self.run) {
    throw new CircuitError(
      'DIAL_FAILED',
      `the server that the URL names is gone; at this address now runs ${self.url}`,
    );
  }
  // Of a server that dialled us we shall use the address.
  if (hello.server !== undefined && address === undefined) parseCircuitUrl(hello.url);
  if (hello.server === self.id) {
    throw new CircuitError('BAD_ARGUMENT', 'a server cannot dial itself');
  }
  if (hello.server !== undefined && hello.circuit !== self.circuit) {
    const [dialled, dialler] =
      address === undefined ? [self.circuit, hello.circuit] : [hello.circuit, self.circuit];
    throw wrongCircuit(address ?? parseCircuitUrl(self.url).address, dialled, dialler);
  }
  if (expected !== undefined && expected !== hello.server) {
    throw new CircuitError('DIAL_FAILED', `${address} is now another server`);
  }
}

/** Whether a session that ended so shows that at the address dialled is not who was wanted. */
export function isMismatch(error: CircuitError): boolean {
  return error.code === 'DIAL_FAILED' || error.code === 'WRONG_CIRCUIT';
}

/** The same on both sides. Short enough for a stranger: see Outbox.goodbye. */
function wrongCircuit(address: Address, dialled: CircuitName, dialler: CircuitName): CircuitError {
  const named = (name: CircuitName) =>
    name === '' ? 'a circuit without a name' : `circuit "${name}"`;
  return new CircuitError(
    'WRONG_CIRCUIT',
    `the server at ${address} is of ${named(dialled)}, the one that dials it of ${named(dialler)}: ` +
      'start both with the same --name, or dial another',
  );
}
