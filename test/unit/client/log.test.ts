import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/client/journal.ts';
import { Log } from '../../../src/client/log.ts';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { SECOND } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';
import { idOf } from '../../support/members.ts';

type Ids = ReturnType<typeof idOf>;

/** A journal that the test writes, and whoever reads it. */
class PlayedJournal {
  readonly written: JournalEntry[] = [];
  gone: CircuitError | undefined;
  /** How many entries were read. */
  read = 0;
  #wake: () => void = () => {};

  changed(): void {
    this.#wake();
  }

  async *entries(how: { from: number; follow: boolean }) {
    for (let at = Math.max(0, how.from - 1); ; ) {
      if (this.gone !== undefined) throw this.gone;
      const entry = this.written[at];
      if (entry !== undefined) {
        at++;
        this.read = at;
        yield entry;
      } else if (how.follow) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        return;
      }
    }
  }
}

class Stage {
  readonly clock = new StillClock();
  readonly journals = new Map<Ids, PlayedJournal>();
  readonly told: string[] = [];
  error: unknown;
  over = false;
  listed: Ids[] = [];
  isOver = false;

  constructor(servers: number) {
    for (let i = 1; i <= servers; i++) this.listed.push(idOf(i));
  }

  of(number: number): PlayedJournal {
    return this.#journalOf(idOf(number));
  }

  #journalOf(id: Ids): PlayedJournal {
    const journal = this.journals.get(id) ?? new PlayedJournal();
    this.journals.set(id, journal);
    return journal;
  }

  write(server: number, stamp: number, more: Partial<JournalEntry> = {}): void {
    const journal = this.of(server);
    journal.written.push({
      server: idOf(server),
      number: journal.written.length + 1,
      stamp: String(stamp).padStart(6, '0'),
      event: 'done',
      ...more,
    });
    journal.changed();
  }

  start(options: { follow: boolean }): this {
    const log = new Log(
      {
        clock: this.clock,
        servers: async () => this.listed,
        open: (server, how) => this.#journalOf(server).entries(how),
        isOver: () => this.isOver,
      },
      options,
    );
    void this.#read(log);
    return this;
  }

  async settle(): Promise<string[]> {
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    return this.told;
  }

  async after(us: number): Promise<string[]> {
    this.clock.advance(us);
    return this.settle();
  }

  async #read(log: Log): Promise<void> {
    try {
      for await (const { server, stamp } of log.entries()) {
        this.told.push(`${Number(server.slice(1))}@${Number(stamp)}`);
      }
    } catch (error) {
      this.error = error;
    }
    this.over = true;
  }
}

test('what there is, is merged by stamps, and equal ones by server', async () => {
  const journals = fc.array(fc.array(fc.nat(50), { maxLength: 20 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(journals, async (written) => {
      const stage = new Stage(written.length);
      const all: [number, number][] = [];
      for (const [index, stamps] of written.entries()) {
        for (const stamp of stamps.sort((a, b) => a - b)) {
          stage.write(index + 1, stamp);
          all.push([stamp, index + 1]);
        }
      }
      await stage.start({ follow: false }).settle();
      all.sort(([a, x], [b, y]) => a - b || x - y);
      expect(stage.told).toEqual(all.map(([stamp, server]) => `${server}@${stamp}`));
      expect([stage.over, stage.error]).toEqual([true, undefined]);
    }),
    { numRuns: 30 },
  );
});

describe('who follows', () => {
  test('gets what was there at once, and then each entry when the others cannot be before it', async () => {
    const stage = new Stage(2);
    stage.write(1, 1);
    stage.write(2, 2);
    stage.write(1, 3);
    expect(await stage.start({ follow: true }).settle()).toEqual(['1@1', '2@2', '1@3']);
    stage.write(1, 5);
    expect(await stage.settle()).toHaveLength(3);
    stage.write(2, 4);
    // Of server 2 nothing is known after 4.
    expect((await stage.settle()).slice(3)).toEqual(['2@4']);
    stage.write(2, 6);
    expect((await stage.settle()).slice(3)).toEqual(['2@4', '1@5']);
  });

  test('waits a second for those that are silent, and no longer', async () => {
    const stage = new Stage(2);
    await stage.start({ follow: true }).settle();
    stage.write(1, 5);
    await stage.settle();
    expect(await stage.after(SECOND - 1)).toEqual([]);
    expect(await stage.after(1)).toEqual(['1@5']);
    stage.write(2, 4);
    expect(await stage.settle()).toEqual(['1@5', '2@4']);
  });

  test('gets what a server does that joins later, and again when it comes back', async () => {
    const stage = new Stage(1);
    await stage.start({ follow: true }).settle();
    stage.write(2, 3);
    stage.write(1, 2, { event: 'joined', path: `/${idOf(2)}` });
    await stage.settle();
    expect(await stage.after(SECOND)).toEqual(['1@2', '2@3']);
    stage.of(2).gone = new CircuitError('SERVER_GONE', 'gone');
    stage.of(2).changed();
    await stage.settle();
    stage.of(2).gone = undefined;
    stage.write(2, 8);
    stage.write(1, 7, { event: 'joined', path: `/${idOf(2)}` });
    await stage.settle();
    expect(await stage.after(SECOND)).toEqual(['1@2', '2@3', '1@7', '2@8']);
  });

  test('asks who is there when entries were lost', async () => {
    const stage = new Stage(1);
    await stage.start({ follow: true }).settle();
    stage.write(3, 4);
    stage.listed.push(idOf(3));
    stage.write(1, 3, { event: 'lost', lost: 9 });
    await stage.settle();
    expect(await stage.after(SECOND)).toEqual(['1@3', '3@4']);
  });

  test('is not kept more than so many entries of one server, while another is silent', async () => {
    const stage = new Stage(2);
    await stage.start({ follow: true }).settle();
    for (let i = 0; i < 10_000; i++) stage.write(1, i);
    await stage.settle();
    expect(stage.of(1).read).toBeLessThanOrEqual(limits.logWaitingMax);
    for (let i = 0; i < 4; i++) await stage.after(SECOND);
    expect(stage.told).toHaveLength(10_000);
  });
});

test('a server that goes ends its part, and the one that was dialled ends it all', async () => {
  const stage = new Stage(2);
  stage.write(1, 1);
  stage.of(2).gone = new CircuitError('SERVER_GONE', 'gone');
  expect(await stage.start({ follow: true }).settle()).toEqual(['1@1']);
  expect(stage.over).toBe(false);
  stage.isOver = true;
  stage.of(1).gone = new CircuitError('SERVER_GONE', 'all is gone');
  stage.of(1).changed();
  await stage.settle();
  expect([stage.over, (stage.error as CircuitError).message]).toEqual([true, 'all is gone']);
});
