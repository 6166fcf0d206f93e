import { describe, expect, test } from 'vitest';
import { Zone } from '../../../src/dns/zone.ts';
import type { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { zoneOf } from './bench.ts';

function failure(act: () => void): Pick<CircuitError, 'code' | 'message'> {
  try {
    act();
  } catch (error) {
    return error as CircuitError;
  }
  throw new Error('it did not fail');
}

describe('setting', () => {
  test('appends, and shows records by name, names sorted, as they were first written', () => {
    const zone = zoneOf('b MX 10 x.', 'B 60 A 1.1.1.1', 'a TXT "one"', 'b MX 5 y.');
    expect(zone.peek()).toEqual({
      'a.': ['a.\t3600\tIN\tTXT\t"one"'],
      'b.': ['b.\t3600\tIN\tMX\t10 x.', 'b.\t60\tIN\tA\t1.1.1.1', 'b.\t3600\tIN\tMX\t5 y.'],
    });
    expect(Object.keys(zone.peek())).toEqual(['a.', 'b.']);
  });

  test('the same record again changes its TTL, and that of its set', () => {
    const zone = zoneOf('a A 1.1.1.1', 'a A 2.2.2.2', 'a MX 1 x.', 'a 60 A 1.1.1.1');
    expect(zone.peek()['a.']).toEqual([
      'a.\t60\tIN\tA\t1.1.1.1',
      'a.\t60\tIN\tA\t2.2.2.2',
      'a.\t3600\tIN\tMX\t1 x.',
    ]);
  });

  test.each([
    ['CNAME b', 'CNAME c'],
    ['SOA n. m. 1 2 3 4 5', 'SOA n. m. 2 2 3 4 5'],
  ])('%s is replaced by %s', (first, second) => {
    const zone = zoneOf(`a ${first}`, `a ${second}`);
    expect(zone.peek()).toEqual(zoneOf(`a ${second}`).peek());
  });

  test('a CNAME stands alone', () => {
    const beside = failure(() => zoneOf('a A 1.1.1.1', 'A CNAME b'));
    expect(beside).toMatchObject({ code: 'BAD_ARGUMENT' });
    expect(beside.message).toContain('"A." has a record of type A, and a CNAME stands alone');
    expect(failure(() => zoneOf('a CNAME b', 'a TXT x')).message).toContain('of type CNAME');
  });

  test('what is refused changes nothing', () => {
    const zone = zoneOf('a A 1.1.1.1');
    const before = zone.peek();
    for (const text of ['a CNAME b', 'a A 999.1.1.1', 'x.a', '']) failure(() => zone.set(text));
    expect(zone.peek()).toEqual(before);
    expect(zone.has('x.a.')).toBe(false);
  });
});

describe('unsetting', () => {
  test('removes all records of a name, in any case, and nothing else', () => {
    const zone = zoneOf('a A 1.1.1.1', 'a MX 1 x.', 'b.a A 1.1.1.1');
    zone.unset('A');
    expect(Object.keys(zone.peek())).toEqual(['b.a.']);
  });

  test('an unknown name is no error, a malformed one is', () => {
    const zone = zoneOf('b.a A 1.1.1.1');
    for (const name of ['c', 'a', '.', 'x.b.a']) zone.unset(name);
    expect(Object.keys(zone.peek())).toEqual(['b.a.']);
    expect(failure(() => zone.unset('a..b')).code).toBe('BAD_ARGUMENT');
    expect(failure(() => zone.unset('')).code).toBe('BAD_ARGUMENT');
  });

  test('leaves nothing behind', () => {
    const zone = new Zone();
    for (let round = 0; round < 3; round++) {
      zone.set('x.y.z SOA n. m. 1 2 3 4 5');
      zone.unset('x.y.z');
    }
    expect([zone.has('z.'), zone.has('.'), zone.hasStart]).toEqual([false, false, false]);
  });
});

describe('limits', () => {
  test('the records of one name fit into one answer', () => {
    const zone = new Zone();
    const string = 'x'.repeat(200);
    const add = (i: number) => zone.set(`a TXT "${i}" ${`"${string}" `.repeat(50)}`);
    const error = failure(() => {
      for (let i = 0; i < 100; i++) add(i);
    });
    expect(error).toMatchObject({ code: 'LIMIT' });
    expect(error.message).toContain(String(limits.dnsNameBytesMax));
    zone.set('b A 1.1.1.1');
    zone.unset('a');
    add(0);
  });

  test('one server holds so many bytes, and has room again for what is unset', () => {
    const zone = new Zone();
    const long = `TXT ${`"${'x'.repeat(250)}" `.repeat(160)}`;
    let names = 0;
    const error = failure(() => {
      for (; names < 10_000; names++) zone.set(`n${names} ${long}`);
    });
    expect(error).toMatchObject({ code: 'LIMIT' });
    expect(error.message).toContain(String(limits.dnsBytesMax));
    const each = 160 * 251 + 12;
    expect(Math.abs(names - limits.dnsBytesMax / each)).toBeLessThan(2);
    zone.unset('n0');
    zone.set(`n${names} ${long}`);
    expect(failure(() => zone.set(`more ${long}`)).code).toBe('LIMIT');
  });

  test('one server holds so many records', () => {
    const zone = new Zone();
    for (let i = 0; i < limits.dnsRecordsMax; i++) zone.set(`n${i} A 1.1.1.1`);
    expect(failure(() => zone.set('more A 1.1.1.1'))).toMatchObject({ code: 'LIMIT' });
    zone.set('n0 60 A 1.1.1.1');
    zone.unset('n0');
    zone.set('more A 1.1.1.1');
  });
});
