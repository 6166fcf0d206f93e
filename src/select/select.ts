/**
 * Waits on several operations anywhere in the circuit, and commits exactly one of them.
 *
 * An operation on a channel elsewhere cannot be begun and then undone for sure, and nobody locks
 * several channels at once. So there are two things one can do with a clause. It is *awaited*: its
 * channel answers once the operation would not have to wait, which is a hint, since others may be
 * quicker. And it is *attempted*: done for real. Any number of clauses are awaited, but only one is
 * attempted at any time, and nothing follows before it is known what became of that. Hence at most
 * one commits, whatever is lost, late or killed.
 *
 * To receive is attempted as an operation that never waits. To send is attempted as a send that
 * does, and keeps its place in the channel: for a channel at which only another select waits has no
 * receiver, and it is the real send that makes the other one try to receive. The other clauses
 * are awaited meanwhile. When there is something to be received, the send is cancelled, and unless
 * it took effect, which the answer to the cancel says, that is next. When only another send could be
 * done, it is cancelled as well, but not soon: at that channel, too, there may be only a select,
 * perhaps this one, and the one that this send is for may be far away.
 *
 * Two selects may each have what the other wants to receive, both send, both see the other's send,
 * and both cancel. So after the first failure each hesitates before it cancels, and pauses before it
 * awaits the clause again, for a random time that grows with the failures: soon the one that is slow
 * to cancel has its message received.
 *
 * The exit of a process is only read. It is a result as soon as it is known, unless an attempt is
 * under way, whose end it waits for.
 *
 * Sans-IO: `step` takes an event and appends what to do to `out`.
 */

import { assert, unreachable } from '../assert.ts';
import { type CircuitError, unknownOutcome } from '../errors.ts';
import type { Random } from '../host/index.ts';
import { MS, NEVER } from '../time.ts';

/** `exit`: what is awaited is the result, and changes nothing. */
export type ClauseKind = 'send' | 'receive' | 'exit';

/** `clause` is an index into the clauses. */
export type SelectEvent =
  | { readonly type: 'start' }
  /** What was awaited has come; of an exit: it is known. */
  | { readonly type: 'ready'; readonly clause: number }
  /** The attempt has taken effect, and its message still arrives; `committed` or `failed` follows. */
  | { readonly type: 'taken'; readonly clause: number }
  | { readonly type: 'committed'; readonly clause: number }
  /** The attempt has had no effect: it would have to wait, or was cancelled. */
  | { readonly type: 'blocked'; readonly clause: number }
  /** An attempt, or what was awaited, failed. */
  | { readonly type: 'failed'; readonly clause: number; readonly error: CircuitError }
  /** Nobody wants the result any more. */
  | { readonly type: 'giveUp'; readonly error: CircuitError }
  | { readonly type: 'tick' };

export type SelectEffect =
  | { readonly type: 'await'; readonly clause: number }
  | { readonly type: 'attempt'; readonly clause: number }
  /** Cancel the attempt; what became of it must be told all the same. */
  | { readonly type: 'cancel'; readonly clause: number }
  /** Nothing more is to be heard of this clause. */
  | { readonly type: 'drop'; readonly clause: number }
  /** One of these is the last. */
  | { readonly type: 'committed'; readonly clause: number }
  /** `clause` is undefined when the select was given up. */
  | { readonly type: 'failed'; readonly clause: number | undefined; readonly error: CircuitError }
  /** No clause could be done without waiting. */
  | { readonly type: 'otherwise' };

/** How long a cancelled attempt may leave unsaid what became of it, once nobody waits any more. */
const GRACE_US = 2_000 * MS;
/** The bound of a random pause after the first failure; it doubles with each. Longer: calmer. */
const PAUSE_US = 4 * MS;
/** The longest such bound. Longer: fewer calls while selects chase each other, but slower to see. */
const PAUSE_MAX_US = 256 * MS;

/**
 * How long a send is attempted though another could be, or up to twice that; it doubles with the
 * first failures. Shorter: who is far away comes too late. Longer: a send that could be done waits.
 */
const PATIENCE_US = 250 * MS;
/** So many times the slowest answer is the bound of hesitations, before it doubles. */
const HESITATION_ANSWERS = 2;
const HESITATION_MAX_US = 1_000 * MS;

type State =
  | { readonly name: 'fresh' | 'awaited' | 'ready' | 'tried' }
  | { readonly name: 'paused'; readonly until: number };

interface Clause {
  readonly kind: ClauseKind;
  state: State;
  /** Attempts without effect. */
  failures: number;
}

interface Ending {
  readonly clause: number | undefined;
  readonly error: CircuitError;
}

interface Attempt {
  readonly clause: number;
  /** When it is cancelled in favour of another clause; NEVER while there is no other. */
  cancelAt: number;
  /** Nothing that is surely there has been ready instead. */
  patient: boolean;
  cancelled: boolean;
  /** When the answer was asked for that is due without waiting. */
  askedAt: number;
}

export class Select {
  readonly #clauses: readonly Clause[];
  readonly #random: Random;
  readonly #wait: boolean;
  #attempt: Attempt | undefined;
  /** Why the select ends once it is known what became of the attempt. */
  #ending: Ending | undefined;
  #graceUntil = NEVER;
  #failures = 0;
  /** How long a failed attempt, or a cancel, took at most to be answered. */
  #slowest = MS;
  #over = false;

  /** Without `wait` every clause is attempted once, by operations that never wait. */
  constructor(kinds: readonly ClauseKind[], options: { random: Random; wait: boolean }) {
    this.#clauses = kinds.map((kind) => ({ kind, state: { name: 'fresh' }, failures: 0 }));
    this.#random = options.random;
    this.#wait = options.wait;
  }

  get over(): boolean {
    return this.#over;
  }

  /** When a `tick` is due. */
  deadline(): number {
    if (this.#over) return NEVER;
    let deadline = Math.min(this.#graceUntil, this.#attempt?.cancelAt ?? NEVER);
    for (const { state } of this.#clauses) {
      if (state.name === 'paused') deadline = Math.min(deadline, state.until);
    }
    return deadline;
  }

  step(now: number, event: SelectEvent, out: SelectEffect[]): void {
    if (this.#over) return;
    switch (event.type) {
      case 'start':
        this.#start(out);
        break;
      case 'ready':
        this.#set(event.clause, { name: 'ready' });
        break;
      case 'taken':
        this.#dropAwaited(out);
        return;
      case 'committed':
        this.#end({ type: 'committed', clause: event.clause }, out);
        return;
      case 'blocked':
        this.#blocked(now, event.clause);
        break;
      case 'failed':
        this.#failed(event.clause, event.error, out);
        break;
      case 'giveUp':
        this.#giveUp(now, event.error, out);
        break;
      case 'tick':
        this.#tick(now, out);
        break;
      default:
        unreachable(event);
    }
    if (!this.#over) this.#proceed(now, out);
  }

  #start(out: SelectEffect[]): void {
    for (const clause of this.#clauses.keys()) {
      if (this.#wait) this.#await(clause, out);
      else this.#set(clause, { name: 'ready' });
    }
  }

  #blocked(now: number, clause: number): void {
    assert(this.#attempt?.clause === clause, 'only an attempt has no effect');
    this.#slowest = Math.max(this.#slowest, now - this.#attempt.askedAt);
    this.#attempt = undefined;
    this.#failures++;
    const { failures } = this.#at(clause);
    this.#at(clause).failures++;
    this.#set(
      clause,
      this.#wait ? { name: 'paused', until: now + this.#pause(failures) } : { name: 'tried' },
    );
  }

  #failed(clause: number, error: CircuitError, out: SelectEffect[]): void {
    const awaited = this.#attempt?.clause !== clause;
    if (awaited) this.#set(clause, { name: 'tried' });
    if (awaited && this.#attempt !== undefined) {
      this.#ending ??= { clause, error };
      return;
    }
    // Cut short in the midst, as it was to be: why, we know better.
    const cutShort = error.code === 'CANCELLED' ? this.#ending : undefined;
    this.#end({ type: 'failed', ...(cutShort ?? { clause, error }) }, out);
  }

  #giveUp(now: number, error: CircuitError, out: SelectEffect[]): void {
    if (this.#attempt === undefined) {
      this.#end({ type: 'failed', clause: undefined, error }, out);
      return;
    }
    if (this.#graceUntil !== NEVER) return;
    this.#ending = { clause: undefined, error };
    this.#graceUntil = now + GRACE_US;
    this.#cancel(now, this.#attempt, out);
  }

  #tick(now: number, out: SelectEffect[]): void {
    if (this.#attempt !== undefined && this.#attempt.cancelAt <= now) {
      this.#cancel(now, this.#attempt, out);
    }
    if (this.#graceUntil <= now) {
      const { error } = this.#ending as Ending;
      this.#end({ type: 'failed', clause: undefined, error: unknownOutcome(error) }, out);
      return;
    }
    for (const [clause, { state }] of this.#clauses.entries()) {
      if (state.name === 'paused' && state.until <= now) this.#await(clause, out);
    }
  }

  /** Does what is to be done next: nothing, while an attempt is under way and no other is ready. */
  #proceed(now: number, out: SelectEffect[]): void {
    if (this.#attempt !== undefined) {
      this.#hurry(now, this.#attempt, out);
      return;
    }
    if (this.#ending !== undefined) {
      this.#end({ type: 'failed', ...this.#ending }, out);
      return;
    }
    const ready = this.#ready();
    if (ready.length > 0) this.#choose(now, ready[this.#random.below(ready.length)] as number, out);
    else if (!this.#wait) this.#end({ type: 'otherwise' }, out);
  }

  #choose(now: number, clause: number, out: SelectEffect[]): void {
    if (this.#wait && this.#at(clause).kind === 'exit') {
      this.#end({ type: 'committed', clause }, out);
      return;
    }
    this.#set(clause, { name: 'tried' });
    this.#attempt = {
      clause,
      cancelAt: NEVER,
      patient: true,
      cancelled: false,
      askedAt: now,
    };
    out.push({ type: 'attempt', clause });
  }

  /** A send that is attempted gives way to a clause that is ready; other attempts do not wait. */
  #hurry(now: number, attempt: Attempt, out: SelectEffect[]): void {
    if (attempt.cancelled || !this.#wait) return;
    if (this.#at(attempt.clause).kind !== 'send') return;
    if (this.#ending !== undefined) this.#cancel(now, attempt, out);
    const ready = this.#ready().map((clause) => this.#at(clause).kind);
    if (attempt.patient && ready.some((kind) => kind !== 'send')) {
      attempt.patient = false;
      attempt.cancelAt = Math.min(attempt.cancelAt, now + this.#hesitation());
    } else if (attempt.cancelAt === NEVER && ready.length > 0) {
      const patience = PATIENCE_US * 2 ** Math.min(this.#failures, 2);
      attempt.cancelAt = now + patience + this.#random.below(patience);
    }
    if (attempt.cancelAt <= now) this.#cancel(now, attempt, out);
  }

  /** Long enough for another that cancels at once to have received what we send, most of the time. */
  #hesitation(): number {
    if (this.#failures === 0) return 0;
    const answers = HESITATION_ANSWERS * 2 ** Math.min(this.#failures, 4);
    return this.#random.below(Math.min(HESITATION_MAX_US, this.#slowest * answers));
  }

  #cancel(now: number, attempt: Attempt, out: SelectEffect[]): void {
    attempt.cancelAt = NEVER;
    if (attempt.cancelled) return;
    attempt.cancelled = true;
    attempt.askedAt = now;
    out.push({ type: 'cancel', clause: attempt.clause });
  }

  #await(clause: number, out: SelectEffect[]): void {
    this.#set(clause, { name: 'awaited' });
    out.push({ type: 'await', clause });
  }

  #end(result: SelectEffect, out: SelectEffect[]): void {
    this.#over = true;
    const attempted = this.#attempt?.clause;
    if (result.type === 'failed' && attempted !== undefined) {
      out.push({ type: 'drop', clause: attempted });
    }
    this.#dropAwaited(out);
    out.push(result);
  }

  #dropAwaited(out: SelectEffect[]): void {
    for (const [clause, { state }] of this.#clauses.entries()) {
      if (state.name === 'awaited') out.push({ type: 'drop', clause });
      this.#set(clause, { name: 'tried' });
    }
  }

  #ready(): number[] {
    return [...this.#clauses.keys()].filter((clause) => this.#at(clause).state.name === 'ready');
  }

  /** A random time, longer on average the more has failed. */
  #pause(failures: number): number {
    const bound = Math.min(PAUSE_MAX_US, PAUSE_US * 2 ** Math.min(failures, 16));
    return this.#random.below(bound);
  }

  #at(clause: number): Clause {
    return this.#clauses[clause] as Clause;
  }

  #set(clause: number, state: State): void {
    this.#at(clause).state = state;
  }
}
