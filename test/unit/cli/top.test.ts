import { describe, expect, test } from 'vitest';
import { type Figures, figuresOf, type Look, orders } from '../../../cli/top/figures.ts';
import { figuresObject, tableLines } from '../../../cli/top/table.ts';
import type { MemberState, ServerStats } from '../../../src/index.ts';

const idOf = (number: number) => `X000000000000000${number}` as MemberState['id'];

function member(number: number): MemberState {
  return { id: idOf(number), address: `10.0.0.${number}:1`, ageMs: 65_000 } as MemberState;
}

function stats(uptime: number, cpu: number, begun = 0, bytes = 0): ServerStats {
  return {
    Uptime: uptime,
    Cpu: cpu,
    Resident: 50 * 1024 * 1024,
    Heap: 1,
    Elements: { chan: 3, proc: 1 },
    Operations: { Begun: begun, Failed: 0, Pending: 2, Relayed: 0 },
    Traffic: {
      ...{ BytesIn: bytes, BytesOut: 0 },
      Datagrams: { In: 0, Out: 0, BytesIn: bytes, BytesOut: 4_000 },
    },
    Members: 4,
  } as ServerStats;
}

function look(...told: (ServerStats | undefined)[]): Look {
  const answers = told.flatMap((each, at): [string, ServerStats][] =>
    each === undefined ? [] : [[idOf(at), each]],
  );
  return { members: told.map((_, at) => member(at)), stats: new Map(answers) };
}

const by = (name: string) => orders[name] as (figures: Figures) => number;
const ids = (all: readonly Figures[]) => all.map(({ id }) => Number(id.at(-1)));

describe('figures', () => {
  test('rates are those between two looks, by the clock of the server itself', () => {
    const before = look(stats(1e6, 0, 10, 1_000));
    const now = look(stats(3e6, 5e5, 30, 5_000));
    expect(figuresOf(before, now, by('cpu'))[0]).toMatchObject({
      answered: true,
      cpuPercent: 25,
      operationsPerSecond: 10,
      bytesInPerSecond: 4_000,
      bytesOutPerSecond: 0,
      residentBytes: 50 * 1024 * 1024,
      elements: { chan: 3, proc: 1 },
      pending: 2,
      members: 4,
      ageSeconds: 65,
    });
  });

  test('of a server that is new or silent, what is not known is undefined', () => {
    const [fresh, silent] = figuresOf(look(), look(stats(1e6, 1), undefined), by('cpu'));
    expect(fresh).toMatchObject({ answered: true, cpuPercent: undefined, members: 4 });
    expect(silent).toMatchObject({ answered: false, residentBytes: undefined, members: undefined });
    expect(figuresOf(look(undefined), look(stats(1, 1)), by('cpu'))[0]?.cpuPercent).toBe(undefined);
  });

  test('the highest come first, the silent last, and equals by id', () => {
    const before = look(stats(0, 0), stats(0, 0), stats(0, 0), stats(0, 0));
    const now = look(stats(1e6, 10), undefined, stats(1e6, 20), stats(1e6, 10));
    expect(ids(figuresOf(before, now, by('cpu')))).toEqual([2, 0, 3, 1]);
    expect(ids(figuresOf(before, now, by('memory')))).toEqual([0, 2, 3, 1]);
  });
});

describe('the table', () => {
  const before = look(stats(0, 0), stats(0, 0));
  const all = figuresOf(before, look(stats(1e6, 5e5), undefined), by('cpu'));

  test('says what each server does, and who gives no answer', () => {
    expect(tableLines(all, { colored: false })).toEqual([
      '2 servers, 1 without an answer, CPU 50.0 %, memory 50M, 0 operations/s',
      'SERVER             ADDRESS     CPU %  MEMORY  OPS/S  WAIT  IN/S  OUT/S  SEES        AGE  ELEMENTS',
      'X0000000000000000  10.0.0.0:1   50.0     50M      0     2     0      0     4  1 min 5 s  3 chan, 1 proc',
      'X0000000000000001  10.0.0.1:1      -       -      -     -     -      -     -  1 min 5 s  no answer',
    ]);
  });

  test('has colours only where they are wanted', () => {
    expect(tableLines(all, { colored: false }).join('')).not.toContain('\x1b');
    expect(tableLines(all, { colored: true })[3]).toMatch(/^\x1b\[31mX/);
  });

  test('fits the terminal: longer lines are cut, and who has no room is counted', () => {
    const many = figuresOf(undefined, look(...Array(9).fill(stats(1, 1))), by('cpu'));
    const lines = tableLines(many, { colored: false, columns: 20, rows: 6 });
    expect(lines.every((line) => line.length <= 20)).toBe(true);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('and 6 more');
    expect(tableLines(many, { colored: false, rows: 11 })).toHaveLength(11);
    expect(tableLines(many, { colored: false, rows: 11 }).at(-1)).toMatch(/^X/);
  });

  test('for programs, what is not known is null', () => {
    const time = new Date(0);
    const object = JSON.parse(JSON.stringify(figuresObject(all, time)));
    expect(object.time).toBe('1970-01-01T00:00:00.000Z');
    expect(object.servers[1]).toMatchObject({ answered: false, cpuPercent: null, elements: null });
  });
});
