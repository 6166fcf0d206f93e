import { describe, expect, test } from 'vitest';
import { rcodes } from '../../../src/dns/answer.ts';
import { limits } from '../../../src/limits.ts';
import { ask, line, zoneOf } from './bench.ts';

const { NOERROR, NXDOMAIN, NOTIMP, REFUSED } = rcodes;
const soa = 'a. 7200 SOA ns.a. m.a. 1 2 3 4 300';
const negative = line('a. 300 SOA ns.a. m.a. 1 2 3 4 300');

describe('a name that is known', () => {
  test('gives all records of the type asked for, in the order set, and no others', () => {
    const zone = zoneOf('a MX 10 x.', 'a A 1.1.1.1', 'a A 2.2.2.2', 'b A 3.3.3.3');
    const answer = ask(zone, 'a.');
    expect(answer.answers).toEqual([line('a A 1.1.1.1'), line('a A 2.2.2.2')]);
    expect(answer).toMatchObject({ rcode: NOERROR, aa: true, authority: [], additional: [] });
  });

  test('is found whatever its case, and shown in that in which it was set', () => {
    const zone = zoneOf('MiEk.nL. A 1.1.1.1');
    expect(ask(zone, 'mIeK.NL.').answers).toEqual([line('MiEk.nL. A 1.1.1.1')]);
  });

  test('of other letters than ASCII has no case', () => {
    const zone = zoneOf('\\192 A 1.1.1.1');
    expect(ask(zone, '\\192').answers).toHaveLength(1);
    expect(ask(zone, '\\224').rcode).toBe(NXDOMAIN);
  });

  test('is not another one with a dot within a label', () => {
    const zone = zoneOf('a\\.b. A 1.1.1.1');
    expect(ask(zone, 'a.b.').rcode).toBe(NXDOMAIN);
    expect(ask(zone, 'a\\.b.').answers).toHaveLength(1);
  });

  test('without that type has no data, which is no error, and the SOA tells for how long', () => {
    expect(ask(zoneOf('a MX 10 x.'), 'a.')).toMatchObject({
      ...{ rcode: NOERROR, aa: true, answers: [], authority: [] },
    });
    expect(ask(zoneOf('b.a MX 10 x.', soa), 'b.a.')).toMatchObject({
      ...{ rcode: NOERROR, answers: [], authority: [negative] },
    });
  });

  test('asked for with ANY gives all its records, and follows nothing', () => {
    const zone = zoneOf('a MX 10 x.', 'a A 1.1.1.1', 'b CNAME a');
    expect(ask(zone, 'a', 'ANY').answers).toHaveLength(2);
    expect(ask(zone, 'b', 'ANY').answers).toEqual([line('b CNAME a')]);
    expect(ask(zone, 'c', 'ANY').rcode).toBe(NXDOMAIN);
  });

  test('of any class is one of class IN', () => {
    expect(ask(zoneOf('a A 1.1.1.1'), 'a', 'A', 255).answers).toHaveLength(1);
  });
});

describe('a name that is not known', () => {
  test('does not exist', () => {
    expect(ask(zoneOf('a A 1.1.1.1'), 'b')).toMatchObject({ rcode: NXDOMAIN, aa: true });
    expect(ask(zoneOf('a A 1.1.1.1'), 'b.a').rcode).toBe(NXDOMAIN);
  });

  test('exists without data when names below it have records, until they are unset', () => {
    const zone = zoneOf('x.y.a A 1.1.1.1');
    expect(ask(zone, 'y.a')).toMatchObject({ rcode: NOERROR, answers: [] });
    expect(ask(zone, 'a').rcode).toBe(NOERROR);
    expect(ask(zone, '.').rcode).toBe(NOERROR);
    zone.unset('X.Y.A');
    expect(ask(zone, 'y.a').rcode).toBe(NXDOMAIN);
  });

  test('has the closest SOA above it in the authority', () => {
    const zone = zoneOf(soa, 'b.a. 60 SOA ns.a. m.a. 1 2 3 4 300');
    expect(ask(zone, 'x.a')).toMatchObject({ rcode: NXDOMAIN, authority: [negative] });
    const lower = line('b.a. 60 SOA ns.a. m.a. 1 2 3 4 300');
    expect(ask(zone, 'x.b.a')).toMatchObject({ rcode: NXDOMAIN, authority: [lower] });
  });

  test('is refused when SOA records say for what the server speaks, and it is not below one', () => {
    const zone = zoneOf(soa, 'other A 1.1.1.1');
    expect(ask(zone, 'b')).toMatchObject({ rcode: REFUSED, aa: false, authority: [] });
    expect(ask(zone, 'b.a').rcode).toBe(NXDOMAIN);
    expect(ask(zone, 'other')).toMatchObject({ rcode: NOERROR, aa: true });
    zone.unset('a');
    expect(ask(zone, 'b').rcode).toBe(NXDOMAIN);
  });
});

test('the root exists always', () => {
  expect(ask(zoneOf(), '.')).toMatchObject({ rcode: NOERROR, answers: [] });
});

describe('what cannot be answered', () => {
  test.each([['AXFR'], ['IXFR']])('a transfer by %s is refused', (type) => {
    expect(ask(zoneOf('a A 1.1.1.1'), 'a', type)).toMatchObject({ rcode: REFUSED, aa: false });
  });

  test('other types that no record has are not implemented', () => {
    expect(ask(zoneOf('a A 1.1.1.1'), 'a', 'MAILB').rcode).toBe(NOTIMP);
    expect(ask(zoneOf('a A 1.1.1.1'), 'a', 'OPT').rcode).toBe(NOTIMP);
  });

  test('other classes are refused', () => {
    expect(ask(zoneOf('a A 1.1.1.1'), 'a', 'A', 3).rcode).toBe(REFUSED);
  });
});

describe('a CNAME', () => {
  test('is followed, and comes before what it leads to', () => {
    const zone = zoneOf('a CNAME b', 'b CNAME C', 'c A 1.1.1.1', 'c A 2.2.2.2');
    expect(ask(zone, 'a').answers).toEqual(
      ['a CNAME b', 'b CNAME C', 'c A 1.1.1.1', 'c A 2.2.2.2'].map(line),
    );
    expect(ask(zone, 'a', 'CNAME').answers).toEqual([line('a CNAME b')]);
  });

  test('that leads to a name without that type is the answer, with the SOA of that name', () => {
    const zone = zoneOf('x CNAME b.a', 'b.a MX 1 y.', soa);
    expect(ask(zone, 'x')).toMatchObject({
      ...{ rcode: NOERROR, answers: [line('x CNAME b.a')], authority: [negative] },
    });
  });

  test('that leads out of what is known is the answer', () => {
    const outside = { rcode: NOERROR, answers: [line('x CNAME far.away')], authority: [] };
    expect(ask(zoneOf('x CNAME far.away'), 'x')).toMatchObject(outside);
    expect(ask(zoneOf('x CNAME far.away', soa), 'x')).toMatchObject(outside);
  });

  test('that leads to a name that does not exist where we speak is NXDOMAIN', () => {
    expect(ask(zoneOf('x CNAME b.a', soa), 'x')).toMatchObject({
      ...{ rcode: NXDOMAIN, answers: [line('x CNAME b.a')], authority: [negative] },
    });
  });

  test('that leads in a circle ends after one round', () => {
    const zone = zoneOf('a CNAME b', 'b CNAME c', 'c CNAME B');
    expect(ask(zone, 'a')).toMatchObject({
      ...{ rcode: NOERROR, answers: ['a CNAME b', 'b CNAME c', 'c CNAME B'].map(line) },
    });
    expect(ask(zoneOf('a CNAME a'), 'a').answers).toEqual([line('a CNAME a')]);
  });

  test('in a row of too many is followed so far and no further', () => {
    const names = Array.from({ length: limits.dnsAliasesMax + 1 }, (_, i) => `n${i}`);
    const zone = zoneOf(...names.map((name, i) => `${name} CNAME n${i + 1}`));
    zone.set(`n${names.length} A 1.1.1.1`);
    expect(ask(zone, 'n0').answers).toHaveLength(limits.dnsAliasesMax);
    expect(ask(zone, 'n1').answers).toHaveLength(limits.dnsAliasesMax);
    expect(ask(zone, 'n2').answers.at(-1)).toBe(line(`n${names.length} A 1.1.1.1`));
  });
});

describe('a wildcard (the example of RFC 4592, section 2.2.1)', () => {
  const zone = zoneOf(
    'example. SOA ns.example. m.example. 1 2 3 4 5',
    'example. NS ns.example.com.',
    '*.example. TXT "this is a wildcard"',
    '*.example. MX 10 host1.example.',
    'sub.*.example. TXT "this is not a wildcard"',
    'host1.example. A 192.0.2.1',
    '_ssh._tcp.host1.example. SRV 0 0 22 host1.example.',
    '_ssh._tcp.host2.example. SRV 0 0 22 host2.example.',
    'subdel.example. NS ns.example.com.',
  );

  test('stands for names that do not exist, under their own name as it was asked for', () => {
    expect(ask(zone, 'HOST3.example.', 'MX').answers).toEqual([
      line('HOST3.example. MX 10 host1.example.'),
    ]);
    expect(ask(zone, 'foo.bar.example.', 'TXT').answers).toEqual([
      line('foo.bar.example. TXT "this is a wildcard"'),
    ]);
  });

  test('without that type has no data', () => {
    expect(ask(zone, 'host3.example.')).toMatchObject({ rcode: NOERROR, answers: [] });
  });

  test('stands for no name that exists, nor for those below one', () => {
    expect(ask(zone, 'host1.example.', 'MX')).toMatchObject({ rcode: NOERROR, answers: [] });
    expect(ask(zone, 'sub.*.example.', 'MX')).toMatchObject({ rcode: NOERROR, answers: [] });
    expect(ask(zone, '_telnet._tcp.host1.example.', 'SRV').rcode).toBe(NXDOMAIN);
    expect(ask(zone, '_tcp.host2.example.', 'MX')).toMatchObject({ rcode: NOERROR, answers: [] });
    expect(ask(zone, 'ghost.*.example.', 'MX').rcode).toBe(NXDOMAIN);
  });

  test('is a name of its own', () => {
    expect(ask(zone, '*.example.', 'TXT').answers).toEqual([
      line('*.example. TXT "this is a wildcard"'),
    ]);
  });

  test('of a CNAME is followed, and that of the root stands for everything', () => {
    const all = zoneOf('*.a CNAME b', 'b A 1.1.1.1', '*. A 2.2.2.2');
    expect(ask(all, 'x.a').answers).toEqual([line('x.a CNAME b'), line('b A 1.1.1.1')]);
    expect(ask(all, 'any.thing').answers).toEqual([line('any.thing A 2.2.2.2')]);
  });
});

describe('the addresses of servers', () => {
  test.each([
    ['MX', 'a MX 10 s'],
    ['NS', 'a NS s'],
    ['SRV', 'a SRV 0 0 1 s'],
  ])('come with %s, once each', (type, record) => {
    const zone = zoneOf(record, 's AAAA ::1', 's A 1.1.1.1', 's MX 1 x.');
    expect(ask(zone, 'a', type).additional).toEqual([line('s A 1.1.1.1'), line('s AAAA ::1')]);
  });

  test('do not come for what is in the answer, nor for a name known only as a CNAME', () => {
    expect(ask(zoneOf('a NS a', 'a A 1.1.1.1'), 'a', 'NS').additional).toEqual([]);
    expect(ask(zoneOf('a NS b', 'b CNAME c', 'c A 1.1.1.1'), 'a', 'NS').additional).toEqual([]);
  });

  test('are no more than some', () => {
    const many = Array.from({ length: limits.dnsAdditionalMax + 1 }, (_, i) => `s${i}`);
    const zone = zoneOf(...many.map((name) => `a MX 10 ${name}`));
    for (const name of many) zone.set(`${name} A 1.1.1.1`);
    expect(ask(zone, 'a', 'MX').additional).toHaveLength(limits.dnsAdditionalMax);
  });
});
