/**
 * Selects by themselves, on unbuffered channels of which each is some way from each of them: what
 * they ask arrives a while later, and so does the answer. Nobody else sends or receives, so that
 * channels answer what they must when only selects meet at them.
 */

import { SimRandom } from '../../sim/index.ts';
import { Select, type SelectEffect, type SelectEvent } from '../../src/select/select.ts';
import { NEVER } from '../../src/time.ts';

export interface NetSelect {
  readonly clauses: readonly { readonly send: boolean; readonly channel: number }[];
  /** One way, to and from every channel. */
  readonly latencyMs: number;
}

/** One clause of one select. */
interface Party {
  readonly select: number;
  readonly clause: number;
}

interface Channel {
  senders: Party[];
  awaitSend: Party[];
  awaitReceive: Party[];
}

export class SelectNet {
  readonly sent: string[] = [];
  readonly received: string[] = [];
  /** When the last of them was over. */
  overAt = 0;
  readonly #selects: readonly NetSelect[];
  readonly #cores: readonly Select[];
  readonly #channels = new Map<number, Channel>();
  #tasks: { at: number; order: number; run: () => void }[] = [];
  #order = 0;
  #now = 0;

  constructor(selects: readonly NetSelect[], seed: string) {
    this.#selects = selects;
    const random = new SimRandom(seed);
    this.#cores = selects.map(
      ({ clauses }, index) =>
        new Select(
          clauses.map(({ send }) => (send ? 'send' : 'receive')),
          { random: random.fork(String(index)), wait: true },
        ),
    );
    for (const index of selects.keys()) {
      this.#after(0, () => this.#step(index, { type: 'start' }));
    }
  }

  /** Messages that went from one select to another. */
  get met(): number {
    return this.received.length;
  }

  /** Runs for so long, or until nothing happens any more. */
  run(us: number): void {
    for (;;) {
      this.#tasks.sort((a, b) => a.at - b.at || a.order - b.order);
      const task = this.#tasks.shift();
      if (task === undefined || task.at > us) return;
      this.#now = task.at;
      task.run();
    }
  }

  /** Pairs of selects that wait, though one sends what the other receives. */
  couldMeet(): string[] {
    const waiting = [...this.#selects.keys()].filter((index) => !this.#cores[index]?.over);
    const has = (index: number, send: boolean) =>
      this.#selects[index]?.clauses.filter((each) => each.send === send) ?? [];
    return waiting.flatMap((a) =>
      waiting
        .filter((b) => a !== b)
        .filter((b) => has(a, true).some((x) => has(b, false).some((y) => x.channel === y.channel)))
        .map((b) => `${a} and ${b}`),
    );
  }

  #after(us: number, run: () => void): void {
    this.#tasks.push({ at: this.#now + us, order: this.#order++, run });
  }

  #step(index: number, event: SelectEvent): void {
    const core = this.#cores[index] as Select;
    const effects: SelectEffect[] = [];
    core.step(this.#now, event, effects);
    if (effects.length > 0 && core.over) this.overAt = this.#now;
    const { clauses, latencyMs } = this.#selects[index] as NetSelect;
    for (const effect of effects) {
      if (effect.type === 'committed' || effect.type === 'failed' || effect.type === 'otherwise') {
        if (effect.type === 'committed' && clauses[effect.clause]?.send) this.sent.push(`${index}`);
        continue;
      }
      const party = { select: index, clause: effect.clause };
      this.#after(latencyMs * 1000, () => this.#arrived(party, effect.type));
    }
    const deadline = core.deadline();
    if (deadline !== NEVER) {
      this.#after(deadline - this.#now, () => this.#step(index, { type: 'tick' }));
    }
  }

  #answer(party: Party, type: 'ready' | 'committed' | 'blocked'): void {
    const { latencyMs } = this.#selects[party.select] as NetSelect;
    this.#after(latencyMs * 1000, () =>
      this.#step(party.select, { type, clause: party.clause } as SelectEvent),
    );
  }

  #arrived(party: Party, what: 'await' | 'attempt' | 'cancel' | 'drop'): void {
    const clause = this.#selects[party.select]?.clauses[party.clause];
    const { send, channel: name } = clause as NonNullable<typeof clause>;
    const channel = this.#channel(name);
    const is = (other: Party) => other.select === party.select && other.clause === party.clause;
    switch (what) {
      case 'await':
        (send ? channel.awaitSend : channel.awaitReceive).push(party);
        break;
      case 'attempt':
        if (send) channel.senders.push(party);
        else this.#tryReceive(channel, party);
        break;
      case 'cancel':
        if (!channel.senders.some(is)) break;
        channel.senders = channel.senders.filter((other) => !is(other));
        this.#answer(party, 'blocked');
        break;
      default:
        channel.awaitSend = channel.awaitSend.filter((other) => !is(other));
        channel.awaitReceive = channel.awaitReceive.filter((other) => !is(other));
    }
    this.#tellReady(channel);
  }

  #tryReceive(channel: Channel, party: Party): void {
    const sender = channel.senders.shift();
    if (sender === undefined) {
      this.#answer(party, 'blocked');
      return;
    }
    this.received.push(String(sender.select));
    this.#answer(sender, 'committed');
    this.#answer(party, 'committed');
  }

  #tellReady(channel: Channel): void {
    if (channel.senders.length > 0) {
      for (const party of channel.awaitReceive.splice(0)) this.#answer(party, 'ready');
    }
    if (channel.awaitReceive.length > 0) {
      for (const party of channel.awaitSend.splice(0)) this.#answer(party, 'ready');
    }
  }

  #channel(name: number): Channel {
    const channel = this.#channels.get(name) ?? { senders: [], awaitSend: [], awaitReceive: [] };
    this.#channels.set(name, channel);
    return channel;
  }
}
