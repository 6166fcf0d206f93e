/** Laws of names, records and messages. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainName, formatName, keyOf, octetsIn, parseName } from '../../../src/dns/name.ts';
import { nameOctets, OctetReader } from '../../../src/dns/octets.ts';
import { type DnsRecord, formatRecord, parseRecord } from '../../../src/dns/record.ts';
import { readAnswer, writeQuery } from '../../../src/dns/resolver.ts';
import { respond } from '../../../src/dns/respond.ts';
import { Zone } from '../../../src/dns/zone.ts';
import { CircuitError } from '../../../src/errors.ts';

const octet = fc.integer({ min: 0, max: 255 });
const latin = (codes: readonly number[]) => String.fromCharCode(...codes);
const label = fc.oneof(
  fc.array(octet, { minLength: 1, maxLength: 63 }).map(latin),
  fc.constantFrom('a', 'B', 'www', '*', '_tcp', 'a.b', '\\', '"', '@', ' ', ';'),
);
const name: fc.Arbitrary<DomainName> = fc
  .array(label, { maxLength: 6 })
  .filter((each) => octetsIn(each) <= 255);
const u8 = octet.map((value) => [value]);
const bytes = (min: number, max: number) => fc.array(octet, { minLength: min, maxLength: max });
const string = bytes(0, 255).map((codes) => [codes.length, ...codes]);
const named = name.map((labels) => [...nameOctets(labels)]);
const tag = fc.constantFrom('issue', 'issuewild', 'iodef', 'x1').map((text) => {
  return [text.length, ...Buffer.from(text)];
});
const joined = (...parts: fc.Arbitrary<number[]>[]) => fc.tuple(...parts).map((all) => all.flat());
const strings = fc.array(string, { minLength: 1, maxLength: 5 }).map((all) => all.flat());

/** Every type with what its RDATA may be, and one without a layout. */
const rdata: Readonly<Record<number, fc.Arbitrary<number[]>>> = {
  1: bytes(4, 4),
  2: named,
  5: named,
  6: joined(named, named, bytes(4, 4), ...Array.from({ length: 4 }, () => period())),
  12: named,
  13: joined(string, string),
  15: joined(bytes(2, 2), named),
  16: strings,
  28: fc.oneof(bytes(16, 16), fc.array(fc.constantFrom(0, 1), { minLength: 16, maxLength: 16 })),
  33: joined(bytes(6, 6), named),
  44: joined(bytes(2, 2), bytes(1, 40)),
  52: joined(bytes(3, 3), bytes(1, 64)),
  99: strings,
  257: joined(u8, tag, bytes(0, 300)),
  731: bytes(0, 100),
};

/** Times have 31 bits. */
function period(): fc.Arbitrary<number[]> {
  return joined(
    fc.integer({ min: 0, max: 127 }).map((high) => [high]),
    bytes(3, 3),
  );
}

const record: fc.Arbitrary<DnsRecord> = fc
  .tuple(
    name,
    fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    fc.constantFrom(...Object.keys(rdata).map(Number)).chain((type) =>
      (rdata[type] as fc.Arbitrary<number[]>).map((data) => ({
        ...{ type, data: Uint8Array.from(data) },
      })),
    ),
  )
  .map(([owner, ttl, rest]) => ({ name: owner, ttl, ...rest }));

test('a name is the name that its text is parsed as', () => {
  fc.assert(
    fc.property(name, (each) => {
      expect(parseName(formatName(each))).toEqual(each);
    }),
  );
});

test('two names have one key when they differ in the case of ASCII letters alone', () => {
  const swap = (each: DomainName) =>
    each.map((text) =>
      text.replace(/[a-zA-Z]/g, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      ),
    );
  fc.assert(
    fc.property(name, (each) => {
      expect(keyOf(swap(each))).toBe(keyOf(each));
    }),
  );
  const lower = (each: DomainName) =>
    JSON.stringify(each.map((text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())));
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(keyOf(a) === keyOf(b)).toBe(lower(a) === lower(b));
    }),
  );
});

test('a record is the record that its text is parsed as', () => {
  fc.assert(
    fc.property(record, (each) => {
      expect(parseRecord(formatRecord(each))).toEqual(each);
    }),
    { numRuns: 1_000 },
  );
});

test('any text is a record or BAD_ARGUMENT, and a record is printed as one', () => {
  const word = fc.constantFrom(
    ...'a. IN 60 1h A NS CNAME SOA MX TXT AAAA SRV CAA TYPE9 10 1.2.3.4 ::1 ::'.split(' '),
    ...['\\#', '4', 'ABCD', '"', '"x y"', '(', ')', ';', '\n', '\\', '\\065', '@', 'é', '*'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(word, { maxLength: 12 }).map((words) => words.join(' ')),
    fc
      .tuple(record, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([each, at, some]) => {
        const line = formatRecord(each);
        return line.slice(0, at % line.length) + some + line.slice((at % line.length) + 1);
      }),
  );
  let records = 0;
  fc.assert(
    fc.property(text, (each) => {
      try {
        const parsed = parseRecord(each);
        records++;
        expect(parseRecord(formatRecord(parsed))).toEqual(parsed);
      } catch (error) {
        if (!(error instanceof CircuitError) || error.code !== 'BAD_ARGUMENT') throw error;
      }
    }),
    { numRuns: 3_000 },
  );
  expect(records).toBeGreaterThan(100);
});

test('what is set is what is answered, to the octet, also after messages of junk', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), fc.uint8Array(), (set, junk) => {
      const zone = new Zone();
      for (const each of set) {
        try {
          zone.set(formatRecord(each));
        } catch (error) {
          if (!(error instanceof CircuitError)) throw error;
        }
      }
      respond(zone, junk, 'udp');
      for (const { name: asked, type } of set) {
        const question = { name: asked, type, class: 1 };
        const { bytes: reply } = respond(zone, writeQuery(7, question), 'tcp');
        const answer = readAnswer(7, question, reply as Uint8Array);
        const kept = zone.at(keyOf(asked));
        const alias = kept.find((each) => each.type === 5);
        if (alias === undefined) {
          expect(answer?.answers).toEqual(kept.filter((each) => each.type === type));
        } else expect(answer?.answers[0]).toEqual(alias);
      }
    }),
    { numRuns: 300 },
  );
});

test('any bytes are answered within their limit by an answer to them, or by nothing', () => {
  const zone = new Zone();
  for (const text of ['*. CNAME b.', 'b. TXT "x"', 'a. MX 1 b.', 'a. SOA a. a. 1 2 3 4 5']) {
    zone.set(text);
  }
  for (let i = 0; i < 200; i++) zone.set(`big. A 10.0.0.${i}`);
  const asked = fc
    .tuple(fc.constantFrom('a', 'b', 'big', 'c.d', ''), fc.constantFrom(1, 5, 15, 41, 252, 255, 9))
    .map(([text, type]) =>
      writeQuery(1, { name: text.split('.').filter(Boolean), type, class: 1 }),
    );
  const damaged = fc
    .tuple(asked, fc.array(fc.tuple(fc.nat(), octet), { maxLength: 4 }), fc.uint8Array())
    .map(([query, damages, more]) => {
      const bytes = Uint8Array.from([...query, ...more.subarray(0, more.length % 20)]);
      for (const [at, value] of damages) bytes[at % bytes.length] = value;
      return bytes;
    });
  const by = fc.constantFrom<'udp' | 'tcp'>('udp', 'tcp');
  const limit = { udp: 1_232, tcp: 65_535 };
  let answered = 0;
  fc.assert(
    fc.property(fc.oneof(asked, damaged, fc.uint8Array({ maxLength: 600 })), by, (bytes, how) => {
      const reply = respond(zone, bytes, how).bytes;
      const isAnswer = ((bytes[2] ?? 0) & 0x80) !== 0;
      expect(reply === undefined).toBe(bytes.length < 12 || isAnswer);
      if (reply === undefined) return;
      answered++;
      expect(reply.length).toBeLessThanOrEqual(limit[how]);
      expect([reply[0], reply[1]]).toEqual([bytes[0], bytes[1]]);
      expect((reply[2] as number) & 0x80).toBe(0x80);
    }),
    { numRuns: 5_000 },
  );
  expect(answered).toBeGreaterThan(1_000);
});

test('a pointer that leads forwards, or to itself, is no name', () => {
  const name = Uint8Array.of(0xc0, 2, 1, 0x61, 0);
  expect(new OctetReader(name, 2).name({ pointers: true })).toEqual(['a']);
  for (const target of [0, 2]) {
    const reader = new OctetReader(Uint8Array.of(0xc0, target, 1, 0x61, 0));
    expect([reader.name({ pointers: true }), reader.bad]).toEqual([[], true]);
  }
});

test('any bytes are an answer or none to who asked', () => {
  const question = { name: ['a'], type: 15, class: 1 };
  const zone = new Zone();
  zone.set('a. MX 1 b.a.');
  const real = respond(zone, writeQuery(1, question), 'udp').bytes as Uint8Array;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), octet), { maxLength: 5 }), fc.nat(), (damages, cut) => {
      const bytes = real.slice(0, cut % 3 === 0 ? cut % real.length : real.length);
      for (const [at, value] of damages) if (bytes.length > 0) bytes[at % bytes.length] = value;
      const answer = readAnswer(1, question, bytes);
      if (answer !== undefined) answer.answers.map(formatRecord);
    }),
    { numRuns: 2_000 },
  );
  expect(readAnswer(1, question, real)?.answers.map(formatRecord)).toEqual([
    'a.\t3600\tIN\tMX\t1 b.a.',
  ]);
  expect(readAnswer(2, question, real)).toBeUndefined();
  expect(readAnswer(1, { ...question, name: ['b'] }, real)).toBeUndefined();
});
