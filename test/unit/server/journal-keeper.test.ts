import { expect, test } from 'vitest';
import type { Done, StoredFile } from '../../../src/host/storage.ts';
import type { ServerId } from '../../../src/id.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';
import { type JournalBounds, JournalKeeper } from '../../../src/server/journal-keeper.ts';
import { SECOND } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';

const SERVER = 'X0000000000000001' as ServerId;
const FILE_1 = 'journal-000001.jsonl';

/** A disk that does what it is asked only when it is told to. */
class Disk {
  readonly files = new Map<string, string>();
  /** Of what it was asked, and has not done. */
  readonly waiting: { readonly name: string; readonly run: () => void }[] = [];
  error: string | undefined;

  list(done: (files: readonly StoredFile[], error: string | undefined) => void): void {
    const found = () => [...this.files].map(([name, text]) => ({ name, bytes: text.length }));
    this.waiting.push({ name: '', run: () => done(this.error ? [] : found(), this.error) });
  }

  append(name: string, bytes: Uint8Array, done: Done): void {
    const text = new TextDecoder().decode(bytes);
    this.waiting.push({
      name,
      run: () => {
        const { error } = this;
        if (error === undefined) this.files.set(name, (this.files.get(name) ?? '') + text);
        done(error);
      },
    });
  }

  remove(name: string, done: Done): void {
    this.files.delete(name);
    done(undefined);
  }
}

class Stage {
  readonly clock = new StillClock();
  readonly disk = new Disk();
  readonly logged: string[] = [];
  readonly journal: Journal;
  keeper: JournalKeeper;
  readonly #bounds: JournalBounds;

  constructor(options: { entries?: number; bounds?: JournalBounds } = {}) {
    this.journal = this.#newJournal(options.entries);
    this.#bounds = options.bounds ?? limits;
    this.keeper = this.#start(this.journal);
  }

  #newJournal(journalEntriesMax = 1_000): Journal {
    return new Journal(new Stamps(this.clock), { journalEntriesMax });
  }

  #start(journal: Journal): JournalKeeper {
    const log = { write: (_level: string, event: string) => void this.logged.push(event) };
    const host = { clock: this.clock, storage: this.disk, log };
    const options = { server: SERVER, bounds: this.#bounds };
    return new JournalKeeper(host as never, journal, options);
  }

  /** The next start of the server, on the same disk. */
  restart(): Journal {
    this.keeper.close();
    const journal = this.#newJournal();
    this.keeper = this.#start(journal);
    return journal;
  }

  add(count: number, journal = this.journal): void {
    for (let i = 0; i < count; i++) journal.add({ event: 'done', method: 'peek', path: 'a' });
  }

  /** So many seconds pass, in which the disk does what it is asked. */
  run(seconds = 1): void {
    for (let i = 0; i < seconds * 10; i++) {
      this.clock.advance(SECOND / 10);
      this.work();
    }
  }

  work(): void {
    for (const { run } of this.disk.waiting.splice(0)) run();
  }

  /** Of each line of a file: its number, or how many were lost. */
  lines(name = FILE_1): (number | string)[] {
    const [header = '', ...lines] = (this.disk.files.get(name) ?? '').split('\n');
    expect(JSON.parse(header)).toEqual({ format: 1, server: SERVER });
    expect(lines.pop()).toBe('');
    return lines.map((line) => {
      const { event, number, lost } = JSON.parse(line);
      return event === 'lost' ? `${lost} lost` : number;
    });
  }
}

test('what is entered is in a file a moment later, after a line that says whose it is', () => {
  const stage = new Stage();
  stage.add(2);
  stage.run();
  stage.add(1);
  stage.run();
  expect(stage.lines()).toEqual([1, 2, 3]);
  expect(stage.keeper.keeping).toMatchObject({ file: FILE_1, entries: 3, lost: 0, failures: 0 });
});

test('while the disk works, nothing waits for it: one batch is under way, and entries go on', () => {
  const stage = new Stage();
  stage.run();
  stage.add(1);
  stage.clock.advance(SECOND);
  for (let i = 0; i < 50; i++) {
    stage.add(1);
    stage.clock.advance(SECOND);
    expect(stage.disk.waiting).toHaveLength(1);
  }
  stage.run();
  expect(stage.lines()).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
});

test('what drops out before the disk takes it is counted, and a line tells', () => {
  const stage = new Stage({ entries: 100 });
  stage.run();
  stage.add(1);
  stage.clock.advance(SECOND);
  stage.add(150);
  stage.run();
  expect(stage.lines().slice(0, 4)).toEqual([1, '50 lost', 52, 53]);
  expect(stage.lines().at(-1)).toBe(151);
  expect(stage.keeper.keeping).toMatchObject({ entries: 101, lost: 50 });
});

test('a disk that fails is tried again, told once, and told once when it works again', () => {
  const stage = new Stage({ entries: 100 });
  stage.run();
  stage.disk.error = 'no space left on device';
  stage.add(120);
  stage.run(60);
  const { failing, failures } = stage.keeper.keeping;
  expect(failing).toBe('no space left on device');
  expect(failures).toBeGreaterThan(3);
  expect(failures).toBeLessThan(10);
  expect(stage.logged).toEqual(['journal-failing']);
  expect(stage.disk.files.size).toBe(0);
  stage.disk.error = undefined;
  stage.run(60);
  expect(stage.lines().slice(0, 2)).toEqual(['20 lost', 21]);
  expect(stage.keeper.keeping.failing).toBe(undefined);
  expect(stage.logged).toEqual(['journal-failing', 'journal-works-again']);
});

test('a directory that cannot be listed at the start is tried again, too', () => {
  const stage = new Stage();
  stage.disk.error = 'gone';
  stage.add(1);
  stage.run(10);
  expect(stage.keeper.keeping).toMatchObject({ file: undefined, failing: 'gone' });
  stage.disk.error = undefined;
  stage.run(60);
  expect(stage.lines()).toEqual([1]);
  expect(stage.keeper.keeping.failing).toBe(undefined);
});

const bounds = { journalFileBytesMax: 2_000, journalDiskBytesMax: 8_000, journalFilesMax: 100 };

test('a file that is full is followed by the next, and the oldest go', () => {
  const stage = new Stage({ bounds });
  let bytesMost = 0;
  for (let i = 0; i < 200; i++) {
    stage.add(1);
    stage.run();
    const sizes = [...stage.disk.files.values()].map((text) => text.length);
    bytesMost = Math.max(bytesMost, ...[sizes.reduce((sum, size) => sum + size, 0)]);
  }
  const names = [...stage.disk.files.keys()].sort();
  expect(names[0]).not.toBe(FILE_1);
  // What is kept is the latest, without a gap.
  const kept = names.flatMap((name) => stage.lines(name)) as number[];
  expect(kept.at(-1)).toBe(200);
  expect(kept).toEqual(kept.map((_, i) => (kept[0] as number) + i));
  expect(bytesMost).toBeGreaterThan(5_000);
  expect(bytesMost).toBeLessThan(8_000 + 500);
  expect(stage.keeper.keeping.fileBytes).toBe(
    names.reduce((sum, name) => sum + (stage.disk.files.get(name)?.length ?? 0), 0),
  );
});

test('each start begins a file; those before it stay until they are the oldest', () => {
  const stage = new Stage({ bounds: { ...bounds, journalFilesMax: 3 } });
  stage.disk.files.set('address', 'circuit://127.0.0.1:1\n');
  stage.disk.files.set('journal-x.jsonl', 'none of ours');
  for (let start = 1; start <= 5; start++) {
    stage.add(start, stage.restart());
    stage.run();
  }
  expect([...stage.disk.files.keys()].sort()).toEqual([
    'address',
    'journal-000003.jsonl',
    'journal-000004.jsonl',
    'journal-000005.jsonl',
    'journal-x.jsonl',
  ]);
  expect(stage.lines('journal-000005.jsonl')).toEqual([1, 2, 3, 4, 5]);
});

test('at an orderly end all is written, however much there is', () => {
  const stage = new Stage({ entries: 20_000 });
  stage.run();
  stage.add(20_000);
  stage.keeper.flush();
  expect(stage.keeper.flushed).toBe(false);
  for (let i = 0; i < 100 && !stage.keeper.flushed; i++) {
    stage.clock.advance(0);
    stage.work();
  }
  expect(stage.keeper.flushed).toBe(true);
  expect(stage.lines().at(-1)).toBe(20_000);
});

test('at the end a disk that fails is not waited for', () => {
  const stage = new Stage();
  stage.run();
  stage.disk.error = 'no space left on device';
  stage.add(1);
  stage.keeper.flush();
  stage.clock.advance(0);
  stage.work();
  expect(stage.keeper.flushed).toBe(true);
});

test('one that is closed writes nothing more', () => {
  const stage = new Stage();
  stage.run();
  stage.add(1);
  stage.keeper.close();
  stage.run();
  expect(stage.disk.files.size).toBe(0);
});
