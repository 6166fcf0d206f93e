/**
 * From what the neighbourhood wants to what the shell is asked to do: it names servers, the shell
 * needs addresses and bytes.
 */

import { unreachable } from '../assert.ts';
import type { DetectorEvent } from '../detector/event.ts';
import type { Effects } from '../effects.ts';
import type { Beliefs } from './beliefs.ts';
import type { Counters } from './counters.ts';
import type { MembershipEffect } from './event.ts';
import type { Neighbourhood, NeighbourhoodEffect } from './neighbourhood.ts';
import type { Table } from './table.ts';
import type { Voice } from './voice.ts';

type Out = Effects<MembershipEffect>;

export interface ReachOptions {
  readonly table: Table;
  readonly neighbourhood: Neighbourhood;
  readonly voice: Voice;
  readonly beliefs: Beliefs;
  readonly counters: Counters;
}

export class Reach {
  readonly #table: Table;
  readonly #neighbourhood: Neighbourhood;
  readonly #voice: Voice;
  readonly #beliefs: Beliefs;
  readonly #counters: Counters;
  #isOver = false;

  constructor({ table, neighbourhood, voice, beliefs, counters }: ReachOptions) {
    this.#table = table;
    this.#neighbourhood = neighbourhood;
    this.#voice = voice;
    this.#beliefs = beliefs;
    this.#counters = counters;
  }

  /** We leave, and have no neighbours any more: nobody is asked from here on. */
  close(): void {
    this.#isOver = true;
  }

  /** Asks the neighbourhood, and performs what it wants. */
  ask(
    now: number,
    out: Out,
    question: (neighbourhood: Neighbourhood, effects: Effects<NeighbourhoodEffect>) => void,
  ): void {
    if (this.#isOver) return;
    const effects: NeighbourhoodEffect[] = [];
    question(this.#neighbourhood, effects);
    this.#performAll(now, effects, out);
  }

  /** As `ask`, what the detector alone is told. False: it is all said, and nothing else changed. */
  detect(now: number, event: DetectorEvent, out: Out): boolean {
    if (this.#isOver) return false;
    const effects: NeighbourhoodEffect[] = [];
    this.#neighbourhood.detect(now, event, effects);
    return this.#performAll(now, effects, out);
  }

  /** As `detect`, that time has passed. */
  tick(now: number, out: Out): boolean {
    if (this.#isOver) return false;
    const effects: NeighbourhoodEffect[] = [];
    this.#neighbourhood.tick(now, effects);
    return this.#performAll(now, effects, out);
  }

  /** Whether anything but the neighbourhood was changed by that. */
  #performAll(now: number, effects: readonly NeighbourhoodEffect[], out: Out): boolean {
    let isChanged = false;
    for (const effect of effects) {
      this.#perform(now, effect, out);
      if (effect.type === 'gone' || effect.type === 'hangUp') isChanged = true;
    }
    return isChanged;
  }

  #perform(now: number, effect: NeighbourhoodEffect, out: Out): void {
    const from = this.#table.self.id;
    switch (effect.type) {
      case 'dial': {
        const { peer } = effect;
        const member = this.#table.present(peer);
        if (member !== undefined) out.push({ type: 'dial', address: member.address, peer });
        break;
      }
      case 'hangUp':
        this.#voice.edgeDown(now, effect.peer, true, out);
        out.push({ type: 'hangUp', peer: effect.peer });
        break;
      case 'probe': {
        const { peer, seq, urgent } = effect;
        this.#counters.probes++;
        this.#voice.say(peer, { type: 'probe', seq, from, digest: this.#table.digest }, out);
        if (urgent && this.#neighbourhood.isUp(peer)) this.#voice.ping(peer, seq, out);
        break;
      }
      case 'ask':
        this.#counters.asks++;
        this.#voice.say(effect.to, { type: 'ask', from, subject: effect.subject }, out);
        break;
      case 'vote': {
        const { to, subject, verdict } = effect;
        this.#voice.answer(to, { type: 'vote', from, subject, verdict }, out);
        break;
      }
      case 'gone': {
        const member = this.#table.present(effect.peer);
        if (member === undefined) break;
        this.#counters[effect.proof]++;
        const final = effect.proof === 'refused';
        // Who is taken for gone has no say.
        const unsaid = !effect.spread || this.#beliefs.isAway;
        this.#beliefs.gone(now, { ...member, left: true, final }, unsaid, out);
        break;
      }
      default:
        unreachable(effect);
    }
  }
}
