/** One Spread with three eager edges, begun anew for every test, and short words for what happens. */

import type { Turn } from '../../../src/gossip/announcements.ts';
import type { NewsKey, SpreadEffect, SpreadEvent } from '../../../src/gossip/event.ts';
import { lan } from '../../../src/gossip/profile.ts';
import { Spread } from '../../../src/gossip/spread.ts';
import type { ServerId } from '../../../src/id.ts';
import { MS } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';
import { isBetter } from './net.ts';

export const [ann, bob, cid, dan] = [1, 2, 3, 4].map(idOf) as [
  ServerId,
  ServerId,
  ServerId,
  ServerId,
];
export const [x, y, z] = [keyOf(100), keyOf(101), keyOf(102)];
/** Some wave, and another. */
export const [wave, other] = [17, 18];

export let spread: Spread;
/** peer => which of us announces to the other; it is we to whom it is left out here. */
export let turns: Map<ServerId, Turn>;
let turnCount: number;
let gatherer: ServerId | undefined;
/** subject => the best that we know of it. */
export let known: Map<ServerId, NewsKey>;

export function keyOf(number: number, incarnation = 0, left = false): NewsKey {
  return { subject: idOf(number), incarnation, left };
}

/** Edges with ann, bob and cid stand. */
export function begin(): void {
  known = new Map();
  turns = new Map();
  turnCount = 0;
  gatherer = undefined;
  spread = new Spread({
    profile: lan.spread,
    self: idOf(9),
    isUnknown: (key) => isBetter(key, known.get(key.subject)),
    turns: {
      of: (peer) => turns.get(peer) ?? 'first',
      get count() {
        return turnCount;
      },
    },
    gatherer: () => gatherer,
  });
  for (const peer of [ann, bob, cid]) up(peer);
}

export function at(ms: number, event: SpreadEvent): SpreadEffect[] {
  const out: SpreadEffect[] = [];
  spread.step(ms * MS, event, out);
  return out;
}

export function tick(ms: number): SpreadEffect[] {
  return at(ms, { type: 'tick' });
}

export function up(peer: ServerId, eager = true, ms = 0): SpreadEffect[] {
  return at(ms, { type: 'edgeUp', peer, eager });
}

export function down(peer: ServerId, ms = 0): SpreadEffect[] {
  return at(ms, { type: 'edgeDown', peer });
}

/** We learn of it: `from` pushed it in that wave, or nobody did. */
export function learn(ms: number, key: NewsKey, from?: ServerId, by = wave): SpreadEffect[] {
  known.set(key.subject, key);
  return at(ms, { type: 'changed', key, from, wave: from === undefined ? undefined : by });
}

export function repeat(ms: number, key: NewsKey, from: ServerId, by = wave): SpreadEffect[] {
  return at(ms, { type: 'repeated', key, from, wave: by });
}

export function announce(ms: number, from: ServerId, ...keys: NewsKey[]): SpreadEffect[] {
  return at(ms, { type: 'announced', from, keys });
}

export function of(type: SpreadEffect['type'], effects: readonly SpreadEffect[]): SpreadEffect[] {
  return effects.filter((effect) => effect.type === type);
}

export function peers(effects: readonly SpreadEffect[]): ServerId[] {
  return effects.map((effect) => (effect.type === 'report' ? effect.to : effect.peer));
}

/** From now on it is `peer` who gathers. */
export function gatheredBy(peer: ServerId | undefined): void {
  gatherer = peer;
}

/** So many peers have a turn to announce, edge or no edge. */
export function turnsFor(count: number): void {
  turnCount = count;
}
