/**
 * What we believe about who is present, and why: every record that reaches us is taken in here.
 *
 * It depends on where it comes from. What a server says of itself, and news, which was decided by a
 * server's neighbours and is spread by members, changes the view at once. What a peer happens to
 * hold is a hint: it may be older than the peer knows. A hint that would change the view has its
 * subject asked first (verifier.ts). So the dead are not resurrected by whoever slept, and the
 * living are not removed by whoever was cut off; each of those learns what is thought of it.
 *
 * A server that is just joining has nothing to compare with, and believes its seed.
 */

import { unreachable } from '../assert.ts';
import type { Effects } from '../effects.ts';
import { supersedes } from '../gossip/news.ts';
import type { Random } from '../host/random.ts';
import type { ServerId } from '../id.ts';
import { batchOf } from './batch.ts';
import { Comeback } from './comeback.ts';
import type { Counters } from './counters.ts';
import type { MembershipEffect } from './event.ts';
import { keyOf, type Member } from './member.ts';
import { encodeDatagram } from './message.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Profile } from './profile.ts';
import { Retries } from './retries.ts';
import type { Table } from './table.ts';
import { Verifier, type VerifierEffect } from './verifier.ts';
import type { Voice } from './voice.ts';

export interface BeliefsOptions {
  readonly table: Table;
  readonly neighbourhood: Neighbourhood;
  readonly voice: Voice;
  readonly counters: Counters;
  readonly random: Random;
  readonly profile: Profile;
}

/** Who told us; undefined when we found out ourselves. */
interface Source {
  readonly peer: ServerId | undefined;
  /** Of news that came over the tree, for each record by which telling; undefined otherwise. */
  readonly waves?: readonly number[];
  /** It is to be told further with other news: see ../gossip/gathering.ts. */
  readonly isReport?: boolean;
}

const ourselves: Source = { peer: undefined };

type Out = Effects<MembershipEffect>;

export class Beliefs {
  readonly #table: Table;
  readonly #neighbourhood: Neighbourhood;
  readonly #voice: Voice;
  readonly #counters: Counters;
  readonly #verifier: Verifier;
  readonly #retries: Retries;
  readonly #comeback: Comeback;

  constructor({ table, neighbourhood, voice, counters, random, profile }: BeliefsOptions) {
    this.#table = table;
    this.#neighbourhood = neighbourhood;
    this.#voice = voice;
    this.#counters = counters;
    this.#verifier = new Verifier(random.fork('verifier'), profile.verifier);
    this.#retries = new Retries(random.fork('retries'), profile.retries);
    this.#comeback = new Comeback(profile.comeback);
  }

  /** Whether the others take us for gone, and we have not come back yet. */
  get isAway(): boolean {
    return this.#comeback.isAway;
  }

  deadline(): number {
    return Math.min(this.#verifier.deadline(), this.#retries.deadline(), this.#comeback.deadline());
  }

  tick(now: number, out: Out): void {
    this.#verify(now, out, (effects) => this.#verifier.tick(now, effects));
    const silent = this.#retries.tick(now, this.#table);
    if (silent !== undefined) {
      this.#verify(now, out, (effects) => this.#verifier.retry(now, silent, effects));
    }
    this.#comeBack(now, out);
  }

  /** Takes in what is so: what a server says of itself, news from a member, what we found out. */
  learn(now: number, from: Source, records: readonly Member[], out: Out): void {
    const outdated: Member[] = [];
    for (const [index, record] of records.entries()) {
      const wave = from.waves?.[index];
      const outcome = this.#table.merge(now, record);
      this.#counters[outcome]++;
      switch (outcome) {
        case 'joined':
          this.#admit(record, out);
          this.#spread(now, record, from, wave, out);
          break;
        case 'left':
          this.#dismiss(now, record, out);
          this.#spread(now, record, from, wave, out);
          break;
        case 'updated':
          this.#verifier.settle(record.id);
          this.#spread(now, record, from, wave, out);
          break;
        case 'same':
          this.#verifier.settle(record.id);
          if (from.peer !== undefined && wave !== undefined) {
            this.#counters.repeated++;
            const key = keyOf(record);
            this.#voice.spread(now, { type: 'repeated', key, from: from.peer, wave }, out);
          }
          break;
        case 'accused':
          this.#comeback.accused(now);
          this.#comeBack(now, out);
          break;
        case 'stale': {
          const known = this.#table.record(record.id);
          if (known !== undefined) outdated.push(known);
          break;
        }
        case 'buried':
        case 'nonsense':
        case 'noRoom':
          break;
        default:
          unreachable(outcome);
      }
    }
    if (from.peer !== undefined) this.#voice.tell(from.peer, outdated, out);
  }

  /**
   * Takes in the view of our seed: all that it holds is known to all but us. Those that fell silent
   * are part of it: if the seed is cut off, and dies, they are all that leads back to the others. One
   * that we have met ourselves, on another side of a cut than the seed, is asked like any other.
   */
  adopt(now: number, records: readonly Member[], out: Out): void {
    const batch = batchOf(records);
    const adopted = this.#table.adopt(batch);
    if (adopted !== undefined) {
      this.#counters.joined += adopted.joined.length;
      const returned = adopted.joined.filter(({ incarnation }) => incarnation > 0);
      this.#neighbourhood.addAll(
        batch.view,
        returned.map(({ id }) => id),
      );
      for (const member of adopted.joined) {
        this.#verifier.settle(member.id);
        out.push({ type: 'joined', member });
      }
    }
    for (const record of adopted?.rest ?? records) {
      if (this.#heardOtherwise(record)) {
        this.#verifier.examine(now, record, true);
        continue;
      }
      const outcome = this.#table.merge(now, record);
      this.#counters[outcome]++;
      if (outcome === 'joined') this.#admit(record, out);
      else if (outcome === 'left') this.#dismiss(now, record, out);
      else if (outcome === 'buried' && !record.final) this.#retries.begin(now);
    }
  }

  /** Whether a server that we know already, by itself or by news, has left according to the seed. */
  #heardOtherwise({ id, left }: Member): boolean {
    return left && id !== this.#table.self.id && this.#table.present(id) !== undefined;
  }

  /** Takes in what a peer holds. `atOnce`: no news can be on its way that makes it needless. */
  weigh(
    now: number,
    from: ServerId,
    records: readonly Member[],
    atOnce: (id: ServerId) => boolean,
    out: Out,
  ): void {
    const outdated: Member[] = [];
    for (const record of records) {
      const known = this.#table.record(record.id);
      const isBetter = known === undefined ? !record.left : supersedes(record, known);
      if (!isBetter) {
        if (known !== undefined && supersedes(known, record)) outdated.push(known);
      } else if (record.id === this.#table.self.id || known?.left === record.left) {
        // It concerns us, or nobody comes or goes by it.
        this.learn(now, ourselves, [record], out);
      } else if (!record.left && this.#verifier.isInsistedOn(now, record.id)) {
        this.learn(now, { peer: from }, [record], out);
      } else if (!this.#verifier.hasFailed(now, record.id)) {
        this.#verifier.examine(now, record, atOnce(record.id));
      }
    }
    this.#voice.tell(from, outdated, out);
  }

  /** A peer holds nothing of these members of ours: are we the ones who missed something? */
  doubt(now: number, members: readonly Member[]): void {
    for (const member of members) {
      if (member.id !== this.#table.self.id) this.#verifier.examine(now, member, false);
    }
  }

  /** Somebody sent us a datagram of whom we hold that it has gone. */
  heardOfDeparted(now: number, record: Member): void {
    if (!this.#verifier.hasFailed(now, record.id)) this.#verifier.examine(now, record, true);
  }

  /** We are asked whether we are who we are, and told what is known of us. */
  questioned(now: number, about: { incarnation: number; left: boolean }, out: Out): void {
    if (!supersedes(about, this.#table.self)) return;
    this.learn(now, ourselves, [{ ...this.#table.self, ...about, final: false }], out);
  }

  /** The answer to such a question of ours. Returns false when we did not ask. */
  answered(now: number, seq: number, record: Member, out: Out): boolean {
    const subject = this.#verifier.subjectOf(seq);
    if (subject === undefined) return false;
    if (subject === record.id) {
      this.#verifier.settle(subject);
    } else {
      this.#table.replaced(now, subject);
      this.#verify(now, out, (effects) => this.#verifier.mismatched(now, subject, effects));
    }
    this.learn(now, { peer: record.id }, [record], out);
    return true;
  }

  /** A neighbour is gone. `unsaid`: we are cut off, and this is for ourselves. */
  gone(now: number, record: Member, unsaid: boolean, out: Out): void {
    if (!unsaid) {
      this.learn(now, ourselves, [record], out);
      return;
    }
    const outcome = this.#table.merge(now, record);
    this.#counters[outcome]++;
    this.#counters.unsaid++;
    if (outcome === 'left') this.#dismiss(now, record, out);
  }

  #admit(member: Member, out: Out): void {
    this.#verifier.settle(member.id);
    this.#neighbourhood.add(member.id, member.incarnation > 0);
    out.push({ type: 'joined', member });
  }

  #dismiss(now: number, member: Member, out: Out): void {
    this.#verifier.settle(member.id);
    this.#neighbourhood.remove(member.id);
    out.push({ type: 'left', member });
    if (!member.final) this.#retries.begin(now);
  }

  #spread(
    now: number,
    record: Member,
    { peer: from, isReport = false }: Source,
    wave: number | undefined,
    out: Out,
  ): void {
    const key = keyOf(record);
    this.#voice.spread(now, { type: 'changed', key, from, wave, isReport }, out);
  }

  #comeBack(now: number, out: Out): void {
    if (this.#comeback.deadline() > now) return;
    if (!this.#comeback.tick(now, this.#neighbourhood.isHealthy)) return;
    this.#counters.returns++;
    this.#table.raise(now);
    this.#spread(now, this.#table.self, ourselves, undefined, out);
  }

  #verify(now: number, out: Out, ask: (effects: VerifierEffect[]) => void): void {
    const effects: VerifierEffect[] = [];
    ask(effects);
    for (const effect of effects) {
      const { hint } = effect;
      if (effect.type === 'verify') {
        this.#counters.verifications++;
        const { id: subject, incarnation, left } = hint;
        const from = this.#table.self.id;
        const bytes = encodeDatagram({
          type: 'verify',
          seq: effect.seq,
          from,
          subject,
          incarnation,
          left,
        });
        out.push({ type: 'datagram', to: hint.address, bytes });
        continue;
      }
      this.#counters.unanswered++;
      const held = this.#table.present(hint.id);
      // Since then it may have come back at a higher incarnation.
      if (held === undefined || held.incarnation > hint.incarnation) continue;
      this.gone(now, { ...hint, left: true, final: false }, true, out);
    }
  }
}
