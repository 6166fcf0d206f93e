import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/errors.ts';
import {
  type ClauseKind,
  Select,
  type SelectEffect,
  type SelectEvent,
} from '../../../src/select/select.ts';
import { NEVER } from '../../../src/time.ts';

const gone = new CircuitError('SERVER_GONE', 'gone');
const giveUp = { type: 'giveUp', error: new CircuitError('TIMEOUT', 'no result') } as const;

/** A select, and what it asks for in words: `await 0`, `attempt 1`, `failed TIMEOUT`. */
class Bench {
  now = 0;
  readonly select: Select;

  constructor(kinds: readonly ClauseKind[], options: { wait?: boolean; seed?: string } = {}) {
    const { wait = true, seed = '1' } = options;
    this.select = new Select(kinds, { random: new SimRandom(seed), wait });
  }

  step(event: SelectEvent): string[] {
    const out: SelectEffect[] = [];
    this.select.step(this.now, event, out);
    return out.map(said);
  }

  /** The clock moves on to what is due next. */
  due(): string[] {
    expect(this.select.deadline()).not.toBe(NEVER);
    this.now = this.select.deadline() - 1;
    expect(this.step({ type: 'tick' })).toEqual([]);
    this.now++;
    return this.step({ type: 'tick' });
  }

  ready = (clause: number) => this.step({ type: 'ready', clause });
  blocked = (clause: number) => this.step({ type: 'blocked', clause });
  committed = (clause: number) => this.step({ type: 'committed', clause });
  failed = (clause: number, error = gone) => this.step({ type: 'failed', clause, error });
}

function said(effect: SelectEffect): string {
  if (effect.type === 'otherwise') return effect.type;
  if (effect.type !== 'failed') return `${effect.type} ${effect.clause}`;
  const { code, outcomeUnknown } = effect.error;
  return `failed ${code}${outcomeUnknown ? ', unknown' : ''}`;
}

/** One that has begun to wait. */
function waiting(...kinds: readonly ClauseKind[]): Bench {
  const bench = new Bench(kinds);
  expect(bench.step({ type: 'start' })).toEqual(kinds.map((_, clause) => `await ${clause}`));
  return bench;
}

describe('a select that waits', () => {
  test('attempts what is ready, and is over once that took effect', () => {
    const bench = waiting('receive', 'receive');
    expect(bench.ready(1)).toEqual(['attempt 1']);
    expect(bench.committed(1)).toEqual(['drop 0', 'committed 1']);
    expect(bench.select.deadline()).toBe(NEVER);
    expect(bench.ready(0)).toEqual([]);
  });

  test('attempts nothing while it is not known what became of an attempt', () => {
    const bench = waiting('receive', 'receive');
    bench.ready(1);
    expect(bench.ready(0)).toEqual([]);
    expect(bench.blocked(1)).toEqual(['attempt 0']);
  });

  test('awaits a clause again, after a while, when somebody else was quicker', () => {
    const bench = waiting('receive', 'receive');
    bench.ready(1);
    expect(bench.blocked(1)).toEqual([]);
    expect(bench.due()).toEqual(['await 1']);
    expect(bench.ready(1)).toEqual(['attempt 1']);
  });

  test('asks less and less often while others are quicker, but a few times a second', () => {
    const bench = waiting('receive');
    const pauses = Array.from({ length: 60 }, () => {
      bench.ready(0);
      bench.blocked(0);
      const from = bench.now;
      expect(bench.due()).toEqual(['await 0']);
      return bench.now - from;
    });
    const sum = (some: readonly number[]) => some.reduce((total, each) => total + each, 0);
    expect(sum(pauses.slice(0, 3))).toBeLessThan(28_000);
    expect(sum(pauses.slice(20)) / 40).toBeGreaterThan(50_000);
    expect(Math.max(...pauses)).toBeLessThan(256_000);
  });

  test('chooses among what is ready by chance', () => {
    const chosen = Array.from({ length: 50 }, (_, seed) => {
      const bench = new Bench(['receive', 'receive', 'receive', 'receive'], { seed: `${seed}` });
      bench.step({ type: 'start' });
      bench.ready(0);
      for (const clause of [1, 2, 3]) bench.ready(clause);
      return bench.blocked(0)[0];
    });
    expect(new Set(chosen)).toEqual(new Set(['attempt 1', 'attempt 2', 'attempt 3']));
  });

  test('drops the others as soon as a long message was taken, and is over once it is here', () => {
    const bench = waiting('receive', 'receive', 'send');
    bench.ready(0);
    expect(bench.step({ type: 'taken', clause: 0 })).toEqual(['drop 1', 'drop 2']);
    expect(bench.committed(0)).toEqual(['committed 0']);
  });

  test('fails with a long message whose sender went away', () => {
    const bench = waiting('receive', 'receive');
    bench.ready(0);
    bench.step({ type: 'taken', clause: 0 });
    expect(bench.failed(0)).toEqual(['drop 0', 'failed SERVER_GONE']);
  });
});

describe('a send that is attempted', () => {
  test('keeps its place for as long as no other clause is ready', () => {
    const bench = waiting('send', 'receive');
    expect(bench.ready(0)).toEqual(['attempt 0']);
    expect(bench.select.deadline()).toBe(NEVER);
  });

  test('is cancelled when another clause is ready, which is next if it had no effect', () => {
    const bench = waiting('send', 'receive');
    bench.ready(0);
    expect(bench.ready(1)).toEqual(['cancel 0']);
    expect(bench.blocked(0)).toEqual(['attempt 1']);
  });

  test('is the result when it took effect before it was cancelled', () => {
    const bench = waiting('send', 'receive');
    bench.ready(0);
    bench.ready(1);
    expect(bench.committed(0)).toEqual(['committed 0']);
  });

  test('is cancelled after a while when another could be sent, and sooner for one to receive', () => {
    const bench = waiting('send', 'send', 'receive');
    bench.ready(0);
    expect(bench.ready(1)).toEqual([]);
    expect(bench.select.deadline()).toBeGreaterThanOrEqual(250_000);
    expect(bench.due()).toEqual(['cancel 0']);
    expect(bench.blocked(0)).toEqual(['attempt 1']);

    const other = waiting('send', 'send', 'receive');
    other.ready(0);
    other.ready(1);
    expect(other.ready(2)).toEqual(['cancel 0']);
  });

  test('is cancelled only after a while once something has failed, as the other may do the same', () => {
    const bench = waiting('send', 'receive');
    bench.ready(1);
    bench.blocked(1);
    bench.ready(0);
    expect(bench.due()).toEqual(['await 1']);
    expect(bench.ready(1)).toEqual([]);
    expect(bench.due()).toEqual(['cancel 0']);
  });
});

describe('the exit of a process', () => {
  test('is the result at once', () => {
    const bench = waiting('receive', 'exit');
    expect(bench.ready(1)).toEqual(['drop 0', 'committed 1']);
  });

  test('waits for the end of an attempt', () => {
    const bench = waiting('receive', 'exit');
    bench.ready(0);
    expect(bench.ready(1)).toEqual([]);
    expect(bench.blocked(0)).toEqual(['committed 1']);
  });

  test('makes a send give way', () => {
    const bench = waiting('send', 'exit');
    bench.ready(0);
    expect(bench.ready(1)).toEqual(['cancel 0']);
    expect(bench.committed(0)).toEqual(['committed 0']);
  });
});

describe('when a clause fails', () => {
  test('while it is awaited, so does the select', () => {
    const bench = waiting('receive', 'receive');
    expect(bench.failed(0)).toEqual(['drop 1', 'failed SERVER_GONE']);
  });

  test('while another is attempted, the select fails unless that took effect', () => {
    const bench = waiting('receive', 'receive');
    bench.ready(0);
    expect(bench.failed(1)).toEqual([]);
    expect(bench.blocked(0)).toEqual(['failed SERVER_GONE']);

    const other = waiting('receive', 'receive');
    other.ready(0);
    other.failed(1);
    expect(other.committed(0)).toEqual(['committed 0']);
  });

  test('a send that is attempted gives way', () => {
    const bench = waiting('send', 'receive');
    bench.ready(0);
    expect(bench.failed(1)).toEqual(['cancel 0']);
  });

  test('while it is attempted, it may have taken effect, and the error says so', () => {
    const bench = waiting('send', 'receive');
    bench.ready(0);
    const unknown = new CircuitError('SERVER_GONE', 'gone', { outcomeUnknown: true });
    expect(bench.failed(0, unknown)).toEqual(['drop 0', 'drop 1', 'failed SERVER_GONE, unknown']);
  });
});

describe('who gives up', () => {
  test('is told at once when nothing is attempted', () => {
    const bench = waiting('send', 'receive');
    expect(bench.step(giveUp)).toEqual(['drop 0', 'drop 1', 'failed TIMEOUT']);
  });

  test.each(['send', 'receive'] as const)('waits for what becomes of a %s', (kind) => {
    const bench = waiting(kind, 'receive');
    bench.ready(0);
    expect(bench.step(giveUp)).toEqual(['cancel 0']);
    expect(bench.step(giveUp)).toEqual([]);
    expect(bench.blocked(0)).toEqual(['drop 1', 'failed TIMEOUT']);

    const other = waiting(kind, 'receive');
    other.ready(0);
    other.step(giveUp);
    expect(other.committed(0)).toEqual(['drop 1', 'committed 0']);
  });

  test('is told that the outcome is unknown when no answer comes', () => {
    const bench = waiting('send', 'receive');
    bench.ready(0);
    bench.step(giveUp);
    expect(bench.due()).toEqual(['drop 0', 'drop 1', 'failed TIMEOUT, unknown']);
    expect(bench.now).toBe(2_000_000);
  });

  test('in the midst of a long message is told why, and not that it was cancelled', () => {
    const bench = waiting('receive');
    bench.ready(0);
    bench.step({ type: 'taken', clause: 0 });
    expect(bench.step(giveUp)).toEqual(['cancel 0']);
    const cutShort = new CircuitError('CANCELLED', 'in the midst');
    expect(bench.failed(0, cutShort)).toEqual(['drop 0', 'failed TIMEOUT']);
  });
});

describe('a select that does not wait', () => {
  test('tries each clause once, one after another, and then says that there is none', () => {
    const bench = new Bench(['send', 'receive', 'exit'], { wait: false });
    const tried: string[] = [];
    for (let asked = bench.step({ type: 'start' }); asked[0] !== 'otherwise'; ) {
      expect(asked).toHaveLength(1);
      expect(bench.select.deadline()).toBe(NEVER);
      tried.push(asked[0] as string);
      asked = bench.blocked(Number(asked[0]?.split(' ')[1]));
    }
    expect(tried.sort()).toEqual(['attempt 0', 'attempt 1', 'attempt 2']);
    expect(bench.select.over).toBe(true);
  });

  test('is over with the first that takes effect', () => {
    const bench = new Bench(['receive', 'receive'], { wait: false });
    const [attempt = ''] = bench.step({ type: 'start' });
    const clause = Number(attempt.split(' ')[1]);
    expect(bench.committed(clause)).toEqual([`committed ${clause}`]);
  });

  test('fails with a clause that fails', () => {
    const bench = new Bench(['receive'], { wait: false });
    bench.step({ type: 'start' });
    expect(bench.failed(0)).toEqual(['drop 0', 'failed SERVER_GONE']);
  });
});
