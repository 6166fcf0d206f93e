/**
 * The shell around the membership machine: tells it what happened, does what it asks, and keeps its
 * one timer. It decides nothing.
 */

import { unreachable } from '../assert.ts';
import { CircuitError, type ErrorCode } from '../errors.ts';
import type { Host, Timer } from '../host/index.ts';
import { type Address, type CircuitUrl, parseCircuitUrl, type RunId } from '../id.ts';
import type {
  DialFailure,
  JoinFailure,
  MembershipEffect,
  MembershipEvent,
} from '../membership/event.ts';
import type { Member } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import { NEVER } from '../time.ts';
import type { FailedDial } from './link.ts';
import type { Links } from './links.ts';

export interface PresenceEvents {
  joined(member: Member): void;
  left(member: Member): void;
  departed(): void;
  /** All that a step wanted is done, and everybody was told. */
  settled(): void;
}

/**
 * What became of a join; undefined when it is done. `isFinal`: it would not help to try again, as
 * when the server is of another circuit; else the server may be starting, or busy.
 */
export type JoinDone = (error: CircuitError | undefined, isFinal: boolean) => void;

interface Join {
  /** Its run must be the one that answers, if it has one. */
  readonly url: CircuitUrl;
  readonly done: JoinDone;
  /** With which the server there turned us away. */
  refusal: CircuitError | undefined;
}

const tick: MembershipEvent = { type: 'tick' };

export class Presence {
  readonly #host: Host;
  readonly #membership: Membership;
  readonly #links: () => Links;
  readonly #events: PresenceEvents;
  /** Datagrams and their payload. */
  readonly traffic = { in: 0, out: 0, bytesIn: 0, bytesOut: 0 };
  /** Address => the joins there that are under way; the oldest first. */
  readonly #joins = new Map<Address, Join[]>();
  /** Events wait here while effects are performed: a machine is never stepped within a step. */
  readonly #queue: MembershipEvent[] = [];
  /** Of the step under way. */
  readonly #effects: MembershipEffect[] = [];
  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.tell(tick);
  };
  #stepping = false;
  #timer: Timer | undefined;
  #timerAt = NEVER;
  #over = false;

  constructor(host: Host, membership: Membership, links: () => Links, events: PresenceEvents) {
    this.#host = host;
    this.#membership = membership;
    this.#links = links;
    this.#events = events;
  }

  start(): void {
    this.#host.datagrams.receive((from, bytes) => {
      this.traffic.in++;
      this.traffic.bytesIn += bytes.length;
      this.tell({ type: 'datagram', from, bytes });
    });
    this.tell(tick);
  }

  /** Joins the circuit of that server. */
  join(url: CircuitUrl, done: JoinDone): void {
    const join = { url, done, refusal: undefined };
    const { address } = url;
    const others = this.#joins.get(address);
    if (others === undefined) this.#joins.set(address, [join]);
    else others.push(join);
    this.tell({ type: 'join', address });
  }

  leave(): void {
    this.tell({ type: 'leave' });
  }

  stop(): void {
    this.#over = true;
    this.#timer?.cancel();
    const gone = new CircuitError('SERVER_GONE', 'the server stops');
    const all = [...this.#joins.values()].flat();
    this.#joins.clear();
    for (const join of all) join.done(gone, true);
  }

  dialFailed({ address, peer }: FailedDial, reason: DialFailure, error: CircuitError): void {
    if (peer === undefined && refusals.has(error.code)) {
      for (const join of this.#joins.get(address) ?? []) join.refusal = error;
    }
    this.tell({ type: 'dialFailed', address, peer, reason });
  }

  tell(event: MembershipEvent): void {
    if (this.#stepping) {
      this.#queue.push(event);
      return;
    }
    this.#stepping = true;
    const links = this.#links();
    links.enter();
    this.#step(event);
    if (this.#queue.length > 0) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#step(next);
      }
    }
    links.exit();
    this.#stepping = false;
    this.#arm();
  }

  #step(event: MembershipEvent): void {
    if (this.#over) return;
    const effects = this.#effects;
    this.#membership.step(this.#host.clock.now(), event, effects);
    for (let i = 0; i < effects.length; i++) this.#perform(effects[i] as MembershipEffect);
    effects.length = 0;
    this.#events.settled();
  }

  #perform(effect: MembershipEffect): void {
    const links = this.#links();
    switch (effect.type) {
      case 'dial':
        links.dial(effect.address, effect.peer, this.#runAt(effect));
        break;
      case 'hangUp':
        links.release(effect.peer);
        break;
      case 'send':
        links.note(effect.peer, effect.bytes);
        break;
      case 'datagram':
        this.traffic.out++;
        this.traffic.bytesOut += effect.bytes.length;
        this.#host.datagrams.send(effect.to, effect.bytes);
        break;
      case 'joined':
        this.#events.joined(effect.member);
        break;
      case 'left':
        if (effect.member.final) links.part(effect.member.id);
        else links.sever(effect.member.id);
        this.#events.left(effect.member);
        break;
      case 'seedJoined':
        this.#settle(effect.address, undefined);
        break;
      case 'seedFailed':
        this.#settle(effect.address, effect.reason);
        break;
      case 'departed':
        this.#events.departed();
        break;
      default:
        unreachable(effect);
    }
  }

  /** The run that must answer there: another one is another server. */
  #runAt({ address, peer }: MembershipEffect & { type: 'dial' }): RunId | undefined {
    if (peer === undefined) return this.#joins.get(address)?.[0]?.url.run;
    const member = this.#membership.lookup(peer);
    if (member === undefined || member === 'departed') return undefined;
    return parseCircuitUrl(member.url).run;
  }

  #settle(address: Address, reason: JoinFailure | undefined): void {
    const settled = this.#joins.get(address) ?? [];
    this.#joins.delete(address);
    for (const join of settled) {
      if (reason === undefined) join.done(undefined, true);
      else if (join.refusal !== undefined) join.done(refused(address, join.refusal), true);
      else join.done(joinFailed(address, reason), finalReasons.has(reason));
    }
  }

  #arm(): void {
    const deadline = this.#over ? NEVER : this.#membership.deadline();
    if (this.#timer !== undefined) {
      if (this.#timerAt === deadline) return;
      this.#timer.cancel();
      this.#timer = undefined;
    }
    this.#timerAt = deadline;
    if (deadline !== NEVER) this.#timer = this.#host.clock.schedule(deadline, this.#onTimer);
  }
}

/** The codes with which a server turns another one away for good; see admission.ts. */
const refusals: ReadonlySet<string> = new Set<ErrorCode>([
  ...(['WRONG_CIRCUIT', 'WRONG_KEY', 'DIAL_FAILED', 'PROTOCOL', 'BAD_ARGUMENT'] as const),
]);

const finalReasons: ReadonlySet<string> = new Set<JoinFailure>(['mismatch', 'self', 'left']);

/** What the server there said; where it is, one of another circuit says itself. */
function refused(address: string, { code, message }: CircuitError): CircuitError {
  if (code === 'WRONG_CIRCUIT') return new CircuitError(code, message);
  return new CircuitError(code, `cannot join the server at ${address}: ${message}`);
}

function joinFailed(address: string, reason: JoinFailure): CircuitError {
  const why: Record<JoinFailure, string> = {
    refused: 'nothing listens there; is the server running?',
    timeout: 'there is no answer; is the host up, and the port open?',
    unreachable: 'there is no way to that address',
    mismatch: 'another server than the one in the URL runs there now; take its new URL',
    reset: 'the connection broke; try again',
    ended: 'the server there closed the connection; try again',
    self: 'that is the address of this very server',
    busy: 'too many joins are under way; try again',
    left: 'this server is leaving',
  };
  return new CircuitError('DIAL_FAILED', `cannot join the server at ${address}: ${why[reason]}`);
}
