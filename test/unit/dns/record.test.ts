import { describe, expect, test } from 'vitest';
import { formatRecord, parseRecord } from '../../../src/dns/record.ts';
import { CircuitError } from '../../../src/errors.ts';

const printed = (text: string) => formatRecord(parseRecord(text));

function complaint(text: string): string {
  try {
    parseRecord(text);
  } catch (error) {
    if (error instanceof CircuitError && error.code === 'BAD_ARGUMENT') return error.message;
    throw error;
  }
  return 'none';
}

/** What is set, and what it is printed as, with spaces for tabs. */
const good: readonly (readonly [string, string])[] = [
  ['miek.nl. 3600 IN MX 10 mx.miek.nl.', 'miek.nl. 3600 IN MX 10 mx.miek.nl.'],
  ['foo A 1.2.3.4', 'foo. 3600 IN A 1.2.3.4'],
  ['foo 60 A 1.2.3.4', 'foo. 60 IN A 1.2.3.4'],
  ['foo IN A 1.2.3.4', 'foo. 3600 IN A 1.2.3.4'],
  ['foo IN 60 A 1.2.3.4', 'foo. 60 IN A 1.2.3.4'],
  ['foo 1h2m in a 1.2.3.4', 'foo. 3720 IN A 1.2.3.4'],
  ['foo 0 CLASS1 A 1.2.3.4', 'foo. 0 IN A 1.2.3.4'],
  ['foo 2147483647 A 1.2.3.4', 'foo. 2147483647 IN A 1.2.3.4'],
  ['Foo.Bar. A 1.2.3.4', 'Foo.Bar. 3600 IN A 1.2.3.4'],
  ['. NS a.', '. 3600 IN NS a.'],
  ['*.a. A 1.2.3.4', '*.a. 3600 IN A 1.2.3.4'],
  ['_sip._tcp.a. SRV 0 5 5060 sip', '_sip._tcp.a. 3600 IN SRV 0 5 5060 sip.'],
  ['a\\.b.c A 1.2.3.4', 'a\\.b.c. 3600 IN A 1.2.3.4'],
  ['a\\032b\\200 A 1.2.3.4', 'a\\032b\\200. 3600 IN A 1.2.3.4'],
  ['a AAAA 2001:DB8:0:0::1', 'a. 3600 IN AAAA 2001:db8::1'],
  ['a AAAA ::', 'a. 3600 IN AAAA ::'],
  ['a AAAA 1:0:2:0:3:0:4:0', 'a. 3600 IN AAAA 1:0:2:0:3:0:4:0'],
  ['a AAAA 1::2:0:0:3', 'a. 3600 IN AAAA 1::2:0:0:3'],
  ['a AAAA 1:0:0:2:0:0:3:4', 'a. 3600 IN AAAA 1::2:0:0:3:4'],
  ['a AAAA ::ffff:10.0.0.1', 'a. 3600 IN AAAA ::ffff:a00:1'],
  ['a AAAA 1:2:3:4:5:6:7::', 'a. 3600 IN AAAA 1:2:3:4:5:6:7:0'],
  ['a CNAME b', 'a. 3600 IN CNAME b.'],
  ['1.0.0.10.in-addr.arpa. PTR h.', '1.0.0.10.in-addr.arpa. 3600 IN PTR h.'],
  [
    'a SOA n first\\.last.a 1 4h 1h 2w 300',
    'a. 3600 IN SOA n. first\\.last.a. 1 14400 3600 1209600 300',
  ],
  ['a SOA ( n m ; names\n 1 2 3 ; numbers\n 4 5 )', 'a. 3600 IN SOA n. m. 1 2 3 4 5'],
  ['a TXT hello "two  words" ""', 'a. 3600 IN TXT "hello" "two  words" ""'],
  [
    'a TXT "say \\"hi\\" \\\\ ; (not a comment)"',
    'a. 3600 IN TXT "say \\"hi\\" \\\\ ; (not a comment)"',
  ],
  ['a TXT \\065\\t "é"', 'a. 3600 IN TXT "At" "\\195\\169"'],
  ['a CAA 128 issue "ca.example; account=1"', 'a. 3600 IN CAA 128 issue "ca.example; account=1"'],
  ['a CAA 0 issue ""', 'a. 3600 IN CAA 0 issue ""'],
  ['a HINFO ARM "Linux 6"', 'a. 3600 IN HINFO "ARM" "Linux 6"'],
  ['a SSHFP 4 2 abCD ef', 'a. 3600 IN SSHFP 4 2 ABCDEF'],
  ['a TLSA 3 1 1 00ff', 'a. 3600 IN TLSA 3 1 1 00FF'],
  ['a SPF "v=spf1 -all"', 'a. 3600 IN SPF "v=spf1 -all"'],
  ['a TYPE731 \\# 6 abcd ef01 2345', 'a. 3600 IN TYPE731 \\# 6 ABCDEF012345'],
  ['a TYPE731 \\# 0', 'a. 3600 IN TYPE731 \\# 0'],
  ['a TYPE1 \\# 4 0a000001', 'a. 3600 IN A 10.0.0.1'],
];

test.each(good)('%s', (text, expected) => {
  const record = parseRecord(text);
  expect(formatRecord(record).replaceAll('\t', ' ')).toBe(expected);
  expect(parseRecord(formatRecord(record))).toEqual(record);
});

test('the parts of a record are separated by tabs, as the original prints them', () => {
  expect(printed('miek.nl. 3600 IN MX 10 mx.miek.nl.')).toBe(
    'miek.nl.\t3600\tIN\tMX\t10 mx.miek.nl.',
  );
});

test('a text of more than 255 octets becomes several strings', () => {
  const { data } = parseRecord(`a TXT "${'x'.repeat(600)}"`);
  expect([data[0], data[256], data[512], data.length]).toEqual([255, 255, 90, 603]);
  expect(printed(`a TXT "${'x'.repeat(300)}"`)).toContain(
    `"${'x'.repeat(255)}" "${'x'.repeat(45)}"`,
  );
});

test('names have at most 63 octets a label and 255 in all', () => {
  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${'a'.repeat(61)}.`;
  expect(printed(`${longest} A 1.1.1.1`)).toContain(longest);
  expect(complaint(`a${longest} A 1.1.1.1`)).toContain('more than 63 octets');
  expect(complaint(`${label}.${label}.${label}.${'a'.repeat(62)} A 1.1.1.1`)).toContain(
    'longer than 255 octets',
  );
});

const bad: readonly (readonly [string, string])[] = [
  ['', 'ends where the name of the record is expected'],
  [';only a comment', 'ends where the name of the record is expected'],
  ['a', 'ends where the type of the record is expected'],
  ['a 60 IN', 'ends where the type of the record is expected'],
  ['a FOO 1', '"FOO" is not a type of records'],
  ['a 1x A 1.1.1.1', '"1x" is not a type of records'],
  ['a 2147483648 A 1.1.1.1', 'is longer than 2147483647 seconds'],
  ['a 4000w A 1.1.1.1', 'is longer than 2147483647 seconds'],
  ['a -1 A 1.1.1.1', '"-1" is not a type of records'],
  ['a CH A 1.1.1.1', 'the class "CH" is not kept'],
  ['a IN IN A 1.1.1.1', '"IN" is not a type of records'],
  ['a A 999.1.1.1', '"999.1.1.1" is not an IPv4 address'],
  ['a A 1.1.1', 'is not an IPv4 address'],
  ['a A 01.1.1.1', 'is not an IPv4 address'],
  ['a A', 'ends where an IPv4 address is expected'],
  ['a A 1.1.1.1 2.2.2.2', 'goes on where its end is expected: "2.2.2.2"'],
  ['a AAAA 1::2::3', 'is not an IPv6 address'],
  ['a AAAA 1:2:3:4:5:6:7:8::', 'is not an IPv6 address'],
  ['a AAAA 12345::', 'is not an IPv6 address'],
  ['a AAAA fe80::1%eth0', 'is not an IPv6 address'],
  ['a AAAA 1.2.3.4::', 'is not an IPv6 address'],
  ['a MX mx.a.', 'a preference is a number from 0 to 65535, and not "mx.a."'],
  ['a MX 65536 b', 'a preference is a number from 0 to 65535'],
  ['a MX 10', 'ends where a mail server is expected'],
  ['a SOA n m 1 2 3 4', 'ends where the minimum time is expected'],
  ['a SOA n m 1 2 3 4 x', '"x" is not a time'],
  ['a SRV 1 2 3', 'ends where a target is expected'],
  ['a TXT', 'ends where a text is expected'],
  ['a TXT "open', 'a quoted string does not end'],
  ['a TXT \\300', 'needs three digits up to 255'],
  ['a TXT \\25', 'needs three digits up to 255'],
  ['a TXT x\\', 'ends with a backslash'],
  ['a CAA 256 issue ""', 'flags is a number from 0 to 255'],
  ['a CAA 0 is-sue ""', 'is not of letters and digits'],
  [`a HINFO ${'x'.repeat(256)} y`, 'a CPU has 256 octets; it may have 255'],
  ['a TYPE731 abcd', 'are written as \\#'],
  ['a TYPE731 \\# 2 ab', 'is not followed by so many octets, but by 1'],
  ['a TYPE731 \\# 1 a', 'is not hexadecimal'],
  ['a A \\# 3 010203', 'these octets make no record of type A'],
  ['a CNAME \\# 2 C000', 'these octets make no record of type CNAME'],
  ['a CAA \\# 3 000120', 'these octets make no record of type CAA'],
  ['a TYPE41 \\# 0', '"TYPE41" is not a type of records'],
  ['a ANY x', '"ANY" is not a type of records'],
  ['a TYPE255 \\# 0', '"TYPE255" is not a type of records'],
  ['a TYPE65536 \\# 0', '"TYPE65536" is not a type of records'],
  ['a..b A 1.1.1.1', 'has an empty label'],
  ['.a A 1.1.1.1', 'has an empty label'],
  ['@ A 1.1.1.1', '"@" stands for an origin'],
  ['"a" A 1.1.1.1', 'stands in quotes'],
  ['$TTL 60', '"$TTL" is a directive'],
  ['müller.de. A 1.1.1.1', 'in their ASCII form (xn--...)'],
  ['a A 1.1.1.1\nb A 1.1.1.1', 'this is more than one record'],
  ['a A ( 1.1.1.1', 'a "(" without its ")"'],
  ['a A 1.1.1.1 )', 'a ")" without its "("'],
  ['a\u0001 A 1.1.1.1', 'more than printable ASCII'],
];

describe('is refused, with what is wrong and an example:', () => {
  test.each(bad)('%s', (text, expected) => {
    expect(complaint(text)).toContain(expected);
    expect(complaint(text)).toMatch(/a record is such as miek\.nl\. 3600 IN [A-Z0-9]+ /);
  });

  test('the example is of the type that was meant, and can be set', () => {
    for (const type of 'A NS CNAME SOA PTR HINFO MX TXT AAAA SRV SSHFP TLSA SPF CAA TYPE9'.split(
      ' ',
    )) {
      const example = complaint(`a ${type}`).replace(/.*a record is such as /, '');
      expect(printed(example)).toContain(`\tIN\t${type}\t`);
    }
  });

  test('a line of 60,000 characters', () => {
    expect(complaint(`a TXT "${'\\"x'.repeat(20_000)}`)).toContain('does not end');
    expect(complaint('('.repeat(60_000))).toContain('without its');
    expect(complaint(`${'a.'.repeat(30_000)} A 1.1.1.1`)).toContain('longer than 255');
    expect(complaint(`a TXT ${'"" '.repeat(70_000)}`)).toContain('do not fit into a message');
  });
});
