/** The merged journals are in the order of cause and effect, and its checker finds what is not. */

import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import { JournalChecker } from '../../sim/index.ts';
import type { JournalEntry } from '../../src/client/journal.ts';
import { Journal } from '../../src/journal/journal.ts';
import { Stamps } from '../../src/journal/stamp.ts';
import { Outbox } from '../../src/rpc/outbox.ts';
import { broken, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: journal } = await import('../../scenarios/journal.ts');

describe('clocks jump, servers crash, and everything comes after what may have caused it', () => {
  test.each(['1', '2', '3', '4', '5', '6'])('with seed %s', async (seed) => {
    const report = await simulate(journal, { seed });
    expect(report.ok, told(report)).toBe(true);
    expect(report.checks[0]?.observed).toBeGreaterThan(1_000);
  });
});

describe('G10 journal breaks when', () => {
  test('stamps of others are not heeded', async () => {
    const patches = [patched(Stamps, 'observe', () => {})];
    expect(await broken(journal, { patches })).toBe('G10 journal');
  });

  test('nobody tells his stamp', async () => {
    const patches = [
      patched(Outbox, 'flush', (flush, self) => {
        // The stamp that is sent is that of the beginning.
        const next = Stamps.prototype.next;
        Stamps.prototype.next = () => ({ wall: 0, count: 0 });
        flush.call(self);
        Stamps.prototype.next = next;
      }),
    ];
    expect(await broken(journal, { patches })).toBe('G10 journal');
  });

  test('an operation is entered when it is over, and not when it takes effect', async () => {
    // The next operation of a client may then be entered first, on another server.
    const late: (() => void)[] = [];
    const patches = [
      patched(Journal, 'add', (add, _self, happening) => {
        if (happening.method === 'makeChan' && late.length === 0) {
          late.push(() => void add(happening));
          return 0;
        }
        const number = add(happening);
        for (const enter of late.splice(0)) enter();
        return number;
      }),
    ];
    expect(await broken(journal, { patches })).toBe('G10 journal');
  });
});

/** What the checker finds wrong with these entries, each `server number stamp method path event`. */
function complaints(lines: readonly string[], tell: (checker: JournalChecker) => void = () => {}) {
  const violations: string[] = [];
  const cluster = { now: 0, violate: (_: string, message: string) => violations.push(message) };
  const checker = new JournalChecker(cluster as never);
  tell(checker);
  checker.log(
    lines.map((line): JournalEntry => {
      const [server = '', number, stamp = '', method = '', path = '', event = 'done'] =
        line.split(' ');
      return { server, number: Number(number), stamp, method, path, event: event as 'done' };
    }),
  );
  return violations;
}

describe('the checker complains of', () => {
  const good = ['A 1 1 makeChan /a', 'B 1 2 makeChan /b', 'A 2 3 makeChan /c'];

  test('nothing that is right', () => {
    expect(complaints(good)).toEqual([]);
  });

  test('a gap, a repetition, and what is merged the wrong way', () => {
    expect(complaints(['A 1 1 makeChan /a', 'A 3 2 makeChan /b'])).toHaveLength(1);
    expect(complaints(['A 1 1 makeChan /a', 'A 1 1 makeChan /a'])).toHaveLength(1);
    expect(complaints(['A 1 2 makeChan /a', 'B 1 1 makeChan /b'])).toHaveLength(1);
  });

  test('a message that is received before it is sent', () => {
    const send = 'send /box';
    const receive = 'receive /box';
    expect(
      complaints([`A 1 1 ${receive} began`, `A 2 2 ${send} done`, `A 3 3 ${receive} ended`]),
    ).toEqual([]);
    expect(complaints([`A 1 1 ${receive} done`, `A 2 2 ${send} done`])).toHaveLength(1);
  });

  test('an effect before its cause, also across one whose server is gone', () => {
    expect(
      complaints(good, (checker) => {
        const cause = checker.begins('/c', 'A', []);
        const lost = checker.begins('/lost', 'C', [cause]);
        checker.begins('/b', 'B', [lost]);
      }),
    ).toEqual(['/b is in the log before what it came after: /lost']);
  });

  test('what was done first and comes second', () => {
    expect(
      complaints(good, (checker) => {
        const first = checker.begins('/c', 'A', []);
        first.doneAt = -2;
        Object.assign(checker.begins('/a', 'A', []), { startAt: -1 });
      }),
    ).toEqual(['/c was done before /a began, and comes after it']);
  });
});
