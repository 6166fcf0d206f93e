import { Packet } from 'dns2';
import { describe, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { OctetWriter } from '../../../src/dns/octets.ts';
import { writeQuery } from '../../../src/dns/resolver.ts';
import { respond } from '../../../src/dns/respond.ts';
import type { Zone } from '../../../src/dns/zone.ts';
import { typeOf, zoneOf } from './bench.ts';

const ID = 0x1234;
/** The head of an answer, as numbers. */
interface Head {
  id: number;
  qr: number;
  opcode: number;
  aa: number;
  tc: number;
  rd: number;
  ra: number;
  rcode: number;
}

function query(name: string, type = 'A', change: (words: OctetWriter) => void = () => {}) {
  const writer = new OctetWriter();
  writer.bytes(writeQuery(ID, { name: parseName(name), type: typeOf(type), class: 1 }));
  change(writer);
  return writer.finish();
}

/** Appends an OPT record. */
function opt(octetsMax: number, { version = 0, dnssecOk = false, name = 0 } = {}) {
  return (writer: OctetWriter) => {
    writer.patch16(10, 1);
    if (name === 0) writer.u8(0);
    else writer.name(['x']);
    writer.u16(41);
    writer.u16(octetsMax);
    writer.u16(version);
    writer.u16(dnssecOk ? 0x8000 : 0);
    writer.u16(0);
  };
}

function reply(zone: Zone, bytes: Uint8Array, by: 'udp' | 'tcp' = 'udp') {
  const response = respond(zone, bytes, by);
  const packet = response.bytes && Packet.parse(Buffer.from(response.bytes));
  return {
    ...response,
    head: packet?.header as unknown as Head,
    packet: packet as unknown as {
      questions: { name: string; type: number; class: number }[];
      answers: Record<string, unknown>[];
      additionals: { type: number; class: number; ttl: number }[];
      errors: unknown[];
    },
  };
}

function twice(add: (writer: OctetWriter) => void): (writer: OctetWriter) => void {
  return (writer) => {
    add(writer);
    add(writer);
  };
}

const small = zoneOf('a A 1.1.1.1');

describe('an answer', () => {
  test('repeats the question as it was sent, with its id and its wish for recursion', () => {
    const bytes = query('A.');
    bytes[2] = 1;
    const { head, packet } = reply(small, bytes);
    expect(head).toMatchObject({ id: ID, qr: 1, opcode: 0, aa: 1, tc: 0, rd: 1, ra: 0, rcode: 0 });
    expect(packet.questions).toMatchObject([{ name: 'A', type: 1, class: 1 }]);
    expect(packet.answers).toMatchObject([{ name: 'a', address: '1.1.1.1', ttl: 3600 }]);
  });

  test('of every type is read by another implementation as it was set', () => {
    const zone = zoneOf(
      'a AAAA 2001:db8::1',
      'a MX 10 mx.a',
      'a NS ns.a',
      'a SOA ns.a m.a 1 2 3 4 5',
      'a SRV 1 2 3 s.a',
      'a CAA 0 issue "ca"',
      'c CNAME c.a',
      'p PTR p.a',
      `t TXT "${'x'.repeat(300)}"`,
    );
    const read = (name: string, type: string) => {
      const { packet } = reply(zone, query(name, type), 'tcp');
      expect(packet.errors).toEqual([]);
      return packet.answers[0];
    };
    expect(read('a', 'AAAA')).toMatchObject({ address: '2001:db8::1' });
    expect(read('a', 'MX')).toMatchObject({ priority: 10, exchange: 'mx.a' });
    expect(read('a', 'NS')).toMatchObject({ ns: 'ns.a' });
    expect(read('a', 'SOA')).toMatchObject({ primary: 'ns.a', admin: 'm.a', minimum: 5 });
    expect(read('a', 'SRV')).toMatchObject({ priority: 1, weight: 2, port: 3, target: 's.a' });
    expect(read('a', 'CAA')).toMatchObject({ flags: 0, tag: 'issue', value: 'ca' });
    expect(read('c', 'CNAME')).toMatchObject({ domain: 'c.a' });
    expect(read('p', 'PTR')).toMatchObject({ domain: 'p.a' });
    expect(String(read('t', 'TXT')?.['data']).replaceAll(',', '')).toBe('x'.repeat(300));
  });

  test('compresses names, and keeps their case', () => {
    const zone = zoneOf('www.Example. CNAME WWW.example.', 'a.www.example. MX 1 www.example.');
    expect(reply(zone, query('www.Example.')).bytes?.length).toBe(12 + 17 + 12 + 13);
    const { packet, bytes } = reply(zone, query('a.www.example.', 'MX'));
    expect(packet.answers[0]).toMatchObject({ exchange: 'www.example' });
    expect(bytes?.length).toBe(12 + 19 + 12 + 4);
  });

  test('compresses no name of a type that others may not know (RFC 2782, RFC 3597)', () => {
    const { bytes } = reply(zoneOf('a.b. SRV 1 2 3 a.b.'), query('a.b.', 'SRV'));
    expect(bytes?.length).toBe(12 + 9 + 12 + 6 + 5);
  });
});

describe('what is no query', () => {
  test('gets no answer when it is shorter than a header, or an answer itself', () => {
    for (let length = 0; length < 12; length++) {
      expect(respond(small, query('a').subarray(0, length), 'udp')).toEqual({
        ...{ bytes: undefined, junk: true },
      });
    }
    const answer = respond(small, query('a'), 'udp').bytes as Uint8Array;
    expect(respond(small, answer, 'udp')).toEqual({ bytes: undefined, junk: true });
  });

  test('a header without a question is malformed (it ended the original)', () => {
    const { head, bytes, junk } = reply(small, Uint8Array.of(0x12, 0x34, ...new Array(10).fill(0)));
    expect(head).toMatchObject({ id: ID, qr: 1, rcode: 1 });
    expect([bytes?.length, junk]).toEqual([12, true]);
  });

  test.each<[string, (writer: OctetWriter) => void]>([
    ['two questions', (writer) => writer.patch16(4, 2)],
    ['a question that ends early', (writer) => writer.rewind(writer.at - 1)],
    ['bytes after its end', (writer) => writer.u8(0)],
    ['a record that is not there', (writer) => writer.patch16(6, 1)],
    ['65,535 records that are not there', (writer) => writer.patch16(10, 65_535)],
    ['a pointer in its question', (writer) => writer.patch16(12, 0xc00c)],
    ['a label of a kind that there is not', (writer) => writer.patch16(12, 0x8061)],
    ['two OPT records', twice(opt(1232))],
    ['an OPT record with a name', opt(1232, { name: 1 })],
    [
      'an OPT record among its answers',
      (writer) => {
        opt(1232)(writer);
        writer.patch16(10, 0);
        writer.patch16(6, 1);
      },
    ],
  ])('%s: malformed', (what, change) => {
    const bytes = query('a', 'A', change);
    if (what === 'two OPT records') bytes[11] = 2;
    expect(reply(small, bytes)).toMatchObject({ head: { rcode: 1, id: ID }, junk: true });
  });

  test.each([1, 2, 4, 5, 15])('opcode %i is not implemented, whatever follows', (opcode) => {
    const bytes = query('a', 'A', (writer) => writer.u16(9));
    bytes[2] = opcode << 3;
    expect(reply(small, bytes)).toMatchObject({ head: { rcode: 4, opcode }, junk: false });
  });
});

describe('extensions', () => {
  const extension = (octetsMax: number, options = {}, by: 'udp' | 'tcp' = 'udp') =>
    reply(small, query('a', 'A', opt(octetsMax, options)), by);

  test('are answered with ours to those who have them, and with none to others', () => {
    expect(extension(4096).packet.additionals).toMatchObject([{ type: 41 }]);
    const raw = extension(4096).bytes as Uint8Array;
    expect([...raw.subarray(-11)]).toEqual([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    expect(reply(small, query('a')).packet.additionals).toEqual([]);
  });

  test('repeat the wish for DNSSEC', () => {
    const raw = extension(4096, { dnssecOk: true }).bytes as Uint8Array;
    expect([...raw.subarray(-4)]).toEqual([128, 0, 0, 0]);
  });

  test('of a version that we do not speak are told so, with the one that we do', () => {
    const raw = extension(4096, { version: 1 }).bytes as Uint8Array;
    expect([raw[3], ...raw.subarray(-6)]).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(extension(4096, { version: 255 }).packet.answers).toEqual([]);
  });
});

describe('an answer that is too long', () => {
  const sizes: readonly (readonly [number | undefined, number])[] = [
    [undefined, 512],
    [0, 512],
    [600, 600],
    [1232, 1232],
    [65_535, 1232],
  ];
  test.each(sizes)('with a limit of %s is cut at %i bytes, over UDP alone', (limit, octetsMax) => {
    const change = limit === undefined ? undefined : opt(limit);
    const extra = limit === undefined ? 0 : 11;
    const fitting = Math.floor((octetsMax - 12 - 9 - extra) / 16);
    const zone = zoneOf(...Array.from({ length: fitting }, (_, i) => `big A 10.0.0.${i}`));
    const whole = reply(zone, query('big', 'A', change));
    expect([whole.head.tc, whole.packet.answers.length]).toEqual([0, fitting]);
    zone.set('big A 10.1.1.1');
    const cut = reply(zone, query('big', 'A', change));
    expect([cut.head.tc, cut.packet.answers.length]).toEqual([1, 0]);
    expect(cut.packet.questions).toHaveLength(1);
    expect(cut.packet.additionals).toHaveLength(limit === undefined ? 0 : 1);
    const tcp = reply(zone, query('big', 'A', change), 'tcp');
    expect([tcp.head.tc, tcp.packet.answers.length]).toEqual([0, fitting + 1]);
  });

  test('leaves out addresses that nobody asked for, by whole sets, before it is cut', () => {
    const zone = zoneOf('a MX 1 s', 'a MX 2 t');
    for (let i = 0; i < 20; i++) zone.set(`s A 10.0.0.${i}`);
    for (let i = 0; i < 20; i++) zone.set(`t A 10.0.1.${i}`);
    const { head, packet } = reply(zone, query('a', 'MX'));
    expect([head.tc, packet.answers.length, packet.additionals.length]).toEqual([0, 2, 20]);
    expect(packet.errors).toEqual([]);
  });

  test('of the most that one name may hold fits over TCP', () => {
    const zone = zoneOf('big0 CNAME big1');
    try {
      for (let i = 0; ; i++) zone.set(`big1 TYPE731 \\# 8 ${String(i).padStart(16, '0')}`);
    } catch {
      // It is full.
    }
    const { head, packet } = reply(zone, query('big0', 'ANY'), 'tcp');
    expect([head.tc, packet.answers.length]).toEqual([0, 1]);
    const all = reply(zone, query('big1', 'ANY'), 'tcp');
    expect(all.head.tc).toBe(0);
    expect(all.packet.answers.length).toBeGreaterThan(2000);
  });
});

test('a message made to hurt costs no more than others', () => {
  // Pointers in a row within a record, and records whose names enter it at its end.
  const bytes = new Uint8Array(65_000);
  const words = new DataView(bytes.buffer);
  words.setUint16(4, 1);
  words.setUint16(6, 4_000);
  let at = 17;
  words.setUint16(at + 1, 65_280);
  words.setUint16(at + 9, 16_000);
  at += 11;
  for (let i = at + 2; i < at + 16_000; i += 2) words.setUint16(i, 0xc000 | (i - 2));
  at += 16_000;
  for (; at + 12 < bytes.length; at += 12) words.setUint16(at, 0xc000 | 16_000);
  expect(reply(small, bytes)).toMatchObject({ head: { rcode: 1 }, junk: true });
});
