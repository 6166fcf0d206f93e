/** The servers of a circuit, as one of them sees them. */

import { CircuitError } from '../errors.ts';
import { type Address, parseCircuitUrl, type ServerId } from '../id.ts';
import { membersCodec } from '../rpc/method.ts';
import { decode } from '../wire/codec.ts';
import { ask, type Target } from './invoke.ts';
import type { Waiting } from './options.ts';

/** A server of the circuit, as the server dialled sees it. */
export interface MemberState {
  readonly id: ServerId;
  /** Under which it is dialled. */
  readonly url: string;
  readonly address: Address;
  /** The name of its circuit; empty for one without a name. */
  readonly circuit: string;
  /** When it started, in wall-clock milliseconds of its own clock. */
  readonly joined: number;
  /** How long ago that was, in milliseconds, by the clock of the server dialled; not below 0. */
  readonly ageMs: number;
  /** From 0; how often it came back after it had been declared gone. */
  readonly incarnation: number;
  /** With how many others it keeps connections; they watch each other. */
  readonly neighbours: number;
  /** In milliseconds, as the server dialled measured it; undefined where it is no neighbour. */
  readonly roundTripMs: number | undefined;
  /** A neighbour of the server dialled that it has not heard for some time. */
  readonly suspected: boolean;
  /** The server dialled itself. */
  readonly dialled: boolean;
}

/** The servers present, sorted by id, as `server` sees them. Throws PROTOCOL, SERVER_GONE. */
export async function membersOf(
  target: Target,
  server: ServerId | undefined,
  waiting: Waiting,
): Promise<MemberState[]> {
  const answer = decode(
    membersCodec,
    await ask(target, 'members', { server, request: {} }, waiting),
  );
  if (answer === undefined) {
    throw new CircuitError('PROTOCOL', 'the server answered with a malformed list of members');
  }
  const members = answer.members.map(({ roundTripUs, ...member }) => ({
    ...member,
    circuit: answer.circuit,
    address: parseCircuitUrl(member.url).address,
    roundTripMs: roundTripUs === undefined ? undefined : roundTripUs / 1_000,
    dialled: member.id === server,
  }));
  return members.sort((a, b) => (a.id < b.id ? -1 : 1));
}
