import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/errors.ts';
import {
  type ClauseKind,
  Select,
  type SelectEffect,
  type SelectEvent,
} from '../../../src/select/select.ts';
import { NEVER } from '../../../src/time.ts';
import { SelectNet } from '../../support/select-net.ts';

const kind = fc.constantFrom<ClauseKind>('send', 'receive', 'exit');
const act = fc.record({
  act: fc.constantFrom('ready', 'commit', 'take', 'block', 'fail', 'lose', 'tick', 'giveUp'),
  at: fc.nat(),
});

/** Channels of which nothing is known but what they answer: anything that they may. */
class World {
  readonly select: Select;
  now = 0;
  readonly awaited = new Set<number>();
  attempted: number | undefined;
  taken = false;
  commits = 0;
  result: SelectEffect | undefined;

  constructor(kinds: readonly ClauseKind[], seed: string, wait: boolean) {
    this.select = new Select(kinds, { random: new SimRandom(seed), wait });
    this.step({ type: 'start' });
  }

  play({ act, at }: { act: string; at: number }): void {
    const awaited = [...this.awaited][at % Math.max(1, this.awaited.size)];
    if (act === 'tick') {
      if (this.select.deadline() !== NEVER) this.now = Math.max(this.now, this.select.deadline());
      this.step({ type: 'tick' });
    } else if (act === 'giveUp') {
      if (at % 4 === 0) this.step({ type: 'giveUp', error: new CircuitError('CANCELLED', '') });
    } else if (act === 'ready' && awaited !== undefined) {
      this.awaited.delete(awaited);
      this.step({ type: 'ready', clause: awaited });
    } else if (act === 'fail' && awaited !== undefined && at % 4 === 0) {
      this.awaited.delete(awaited);
      const error = new CircuitError('SERVER_GONE', '');
      this.step({ type: 'failed', clause: awaited, error });
    } else if (this.attempted !== undefined) {
      this.#answer(act, this.attempted);
    }
  }

  #answer(act: string, clause: number): void {
    if (act === 'take' && !this.taken) {
      this.taken = true;
      this.commits++;
      this.step({ type: 'taken', clause });
    } else if (act === 'commit') {
      if (!this.taken) this.commits++;
      this.attempted = undefined;
      this.step({ type: 'committed', clause });
    } else if (act === 'block' && !this.taken) {
      this.attempted = undefined;
      this.step({ type: 'blocked', clause });
    } else if (act === 'lose') {
      this.attempted = undefined;
      const error = new CircuitError('SERVER_GONE', '', { outcomeUnknown: true });
      this.step({ type: 'failed', clause, error });
    }
  }

  step(event: SelectEvent): void {
    const out: SelectEffect[] = [];
    this.select.step(this.now, event, out);
    for (const effect of out) this.#hear(effect);
    expect(this.result !== undefined).toBe(this.select.over);
  }

  #hear(effect: SelectEffect): void {
    expect(this.result).toBeUndefined();
    switch (effect.type) {
      case 'await':
        expect(this.awaited.has(effect.clause)).toBe(false);
        expect(this.attempted).not.toBe(effect.clause);
        this.awaited.add(effect.clause);
        break;
      case 'attempt':
        expect(this.attempted).toBeUndefined();
        expect(this.commits).toBe(0);
        expect(this.awaited.has(effect.clause)).toBe(false);
        this.attempted = effect.clause;
        this.taken = false;
        break;
      case 'cancel':
        expect(this.attempted).toBe(effect.clause);
        break;
      case 'drop':
        this.awaited.delete(effect.clause);
        if (this.attempted === effect.clause) this.attempted = undefined;
        break;
      default:
        this.result = effect;
        expect([...this.awaited]).toEqual([]);
        expect(this.attempted).toBeUndefined();
    }
  }
}

test('whatever happens, at most one clause takes effect, and the result says which', () => {
  const results = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(kind, { minLength: 1, maxLength: 4 }),
      fc.array(act, { maxLength: 60 }),
      fc.string(),
      fc.boolean(),
      (kinds, acts, seed, wait) => {
        const world = new World(kinds, seed, wait);
        for (const each of acts) world.play(each);
        const { result, commits } = world;
        const key = result?.type ?? 'none';
        results.set(key, (results.get(key) ?? 0) + 1);
        expect(commits).toBeLessThanOrEqual(1);
        if (result?.type === 'committed') {
          const read = wait && kinds[result.clause] === 'exit';
          expect(commits).toBe(read ? 0 : 1);
        } else if (result?.type === 'otherwise') {
          expect(commits).toBe(0);
        } else if (result?.type === 'failed' && !result.error.outcomeUnknown) {
          expect(commits).toBe(0);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  // The acts lead everywhere.
  for (const end of ['committed', 'failed', 'otherwise', 'none']) {
    expect(results.get(end)).toBeGreaterThan(20);
  }
});

const clause = fc.record({ send: fc.boolean(), channel: fc.nat({ max: 2 }) });
const selects = fc.array(
  fc.record({ clauses: fc.array(clause, { minLength: 1, maxLength: 3 }), latencyMs: fc.nat(150) }),
  { minLength: 2, maxLength: 5 },
);

test('no two selects that could meet wait for ever, however far they are from the channels', () => {
  let met = 0;
  fc.assert(
    fc.property(selects, fc.string(), (selects, seed) => {
      const net = new SelectNet(selects, seed);
      net.run(120_000_000);
      met += net.met;
      expect(net.couldMeet()).toEqual([]);
      // Each message that was sent was received, once.
      expect(net.sent.sort()).toEqual(net.received.sort());
    }),
    { numRuns: 3_000 },
  );
  expect(met).toBeGreaterThan(2_000);
});

test('two that have what the other wants meet, though both begin at once and are equally far', () => {
  const times: number[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const net = new SelectNet(
      [
        { clauses: [to(0), from(1)], latencyMs: 5 },
        { clauses: [to(1), from(0)], latencyMs: 5 },
      ],
      String(seed),
    );
    net.run(60_000_000);
    times.push(net.overAt);
    expect(net.met).toBe(1);
  }
  times.sort((a, b) => a - b);
  console.log(
    `two selects met after ${times.at(150)} us (median), ${times.at(-3)} us (99th percentile)`,
  );
  expect(times.at(-1)).toBeLessThan(5_000_000);
});

const to = (channel: number) => ({ send: true, channel });
const from = (channel: number) => ({ send: false, channel });
