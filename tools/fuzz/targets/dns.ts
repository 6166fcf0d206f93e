/** DNS: messages both ways, and the syntax of zone files. */

import { isPeriod, parsePeriod, TTL_MAX } from '../../../src/dns/fields.ts';
import { readQuery, readQuestion } from '../../../src/dns/message.ts';
import { formatName, keyOf, parseName, sameName } from '../../../src/dns/name.ts';
import { nameOctets, OctetReader } from '../../../src/dns/octets.ts';
import {
  expandedRdata,
  formatRdata,
  isMetaType,
  parseRdata,
  parseType,
} from '../../../src/dns/rdata.ts';
import { formatRecord, parseRecord } from '../../../src/dns/record.ts';
import { readAnswer, writeQuery } from '../../../src/dns/resolver.ts';
import { respond } from '../../../src/dns/respond.ts';
import { Words } from '../../../src/dns/text.ts';
import { Zone } from '../../../src/dns/zone.ts';
import type { Draw } from '../draw.ts';
import { bytesOf, law, parsed, same, type Target, textOf } from '../target.ts';
import { recordText } from './texts.ts';

const names = ['miek.nl.', 'www.miek.nl.', '.', 'b.', 'none.b.', 'a\\.b.c.'];
const types = [1, 2, 5, 6, 12, 13, 15, 16, 28, 33, 41, 44, 52, 99, 251, 252, 255, 257, 12_345];

const zone = new Zone();
for (const text of [
  ...['miek.nl. SOA a. b. 1 2 3 4 5', 'miek.nl. MX 10 mx.miek.nl.', 'mx.miek.nl. A 10.0.0.1'],
  ...[
    'www.miek.nl. CNAME miek.nl.',
    '*.b. TXT "x"',
    'miek.nl. TXT a b',
    'a\\.b.c. SRV 1 2 3 miek.nl.',
  ],
  ...['loop.b. CNAME loop.b.', 'miek.nl. CAA 0 issue "x"', 'miek.nl. NS mx.miek.nl.'],
]) {
  zone.set(text);
}

function queryOf(draw: Draw): Uint8Array {
  const question = { name: parseName(draw.pick(names)), type: draw.pick(types), class: 1 };
  const query = writeQuery(draw.below(65_536), question);
  if (draw.boolean()) return query;
  query[11] = 1;
  return Uint8Array.of(...query, 0, 0, 41, 4, 208, 0, draw.below(2), draw.below(256), 0, 0, 0);
}

const octetNames = [
  '\u0000\u0001\u0000\u0001',
  '\u00c0\u000c',
  '\u00c0\u0000',
  '\u0000\u0000\u0029',
];

/** What a name server reads: whatever it is, the answer is whole and no longer than allowed. */
const queries: Target = {
  name: 'dns-query',
  covers: ['src/dns/message.ts readQuery', 'src/dns/message.ts readQuestion'],
  words: octetNames,
  generate: queryOf,
  run(input) {
    const received = readQuery(input);
    for (const by of ['udp', 'tcp'] as const) {
      const { bytes, junk } = respond(zone, input, by);
      law((bytes === undefined) === (received.type === 'dropped'), 'who is answered is no secret');
      law(bytes === undefined || bytes.length <= (by === 'udp' ? 1_232 : 65_535), 'too long');
      if (bytes === undefined) continue;
      law(bytes[0] === input[0] && bytes[1] === input[1], 'the answer is one to another query');
      if (received.type !== 'query') continue;
      law(!junk, 'a query is called junk');
      const head = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
      law(readAnswer(head, received.question, bytes) !== undefined, 'the answer cannot be read');
    }
    return received.type;
  },
};

const asked = { name: parseName('miek.nl.'), type: 255, class: 1 };

/** What who asks reads of an answer: its records can be shown, and read again. */
const answers: Target = {
  name: 'dns-answer',
  covers: ['src/dns/resolver.ts readAnswer'],
  words: [...octetNames, '\u0004miek\u0002nl\u0000'],
  bytesPerByte: 4_096,
  generate(draw) {
    const question = { ...asked, type: draw.pick(types) };
    const query = writeQuery(7, question);
    const { bytes = query } = respond(zone, query, 'tcp');
    const own = bytes.slice();
    const at = 12 + nameOctets(asked.name).length;
    own.set([0, 255], at);
    return own;
  },
  run(input) {
    const found = readAnswer(7, asked, input);
    if (found === undefined) return 'refused';
    const all = [...found.answers, ...found.authority, ...found.additional];
    for (const record of all) {
      const text = formatRecord(record);
      if (isMetaType(record.type)) continue;
      // What makes no sense is shown as octets, which are no record.
      const shown = formatRdata(record.type, record.data);
      const again = parsed(() => parseRdataOf(record.type, shown), 'BAD_ARGUMENT');
      if ('value' in again) same(again.value, record.data, text);
      else law(shown.startsWith('\\#'), `what is shown as "${shown}" cannot be read`);
    }
    return `${found.truncated ? 'truncated ' : ''}${Math.min(4, all.length)} records`;
  },
};

function parseRdataOf(type: number, text: string): Uint8Array {
  return parseRdata(type, new Words(text));
}

/** Octets of records, by the type in the first two bytes: what is shown is read as the same. */
const rdata: Target = {
  name: 'dns-rdata',
  covers: ['src/dns/rdata.ts parseRdata'],
  words: octetNames,
  generate(draw) {
    const { type, data } = parseRecord(recordText(draw));
    return Uint8Array.of(type >> 8, type & 255, ...data);
  },
  run(input) {
    const type = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
    const data = input.subarray(2);
    if (data.length > 65_535) return 'more than a message holds';
    const reader = new OctetReader(input, 2);
    const expanded = expandedRdata(type, reader);
    if (isMetaType(type)) return 'meta';
    const shown = formatRdata(type, data);
    const again = parsed(() => parseRdataOf(type, shown), 'BAD_ARGUMENT');
    if ('refused' in again) {
      law(shown.startsWith('\\#'), `what is shown as "${shown}" cannot be read`);
      return 'no octets of that type';
    }
    same(again.value, data.slice(), 'what is shown is not what is read');
    return reader.bad ? 'bad' : `whole ${expanded.length === data.length}`;
  },
};

/** Records as people write them. */
const records: Target = {
  ...{ name: 'dns-record', covers: ['src/dns/record.ts parseRecord'], text: true },
  words: ['IN', 'TXT', '\\#', '(', ')', '"', ';', '\\000', '\\', 'TYPE65535', '1h', 'AAAA', '::'],
  generate: (draw) => bytesOf(recordText(draw)),
  run(input) {
    const result = parsed(() => parseRecord(textOf(input)), 'BAD_ARGUMENT');
    if ('refused' in result) return 'refused';
    const { value } = result;
    same(parseRecord(formatRecord(value)), value, 'a record is not read as it is written');
    const own = new Zone();
    const set = parsed(() => own.set(textOf(input)), 'BAD_ARGUMENT', 'LIMIT');
    if ('value' in set)
      respond(own, writeQuery(1, { name: value.name, type: 255, class: 1 }), 'udp');
    return `type ${value.type}`;
  },
};

/** Names, types and times as people write them. */
const parts: Target = {
  name: 'dns-words',
  covers: [
    'src/dns/name.ts parseName',
    'src/dns/rdata.ts parseType',
    'src/dns/fields.ts parsePeriod',
  ],
  text: true,
  words: ['\\.', '\\255', '\\256', '..', 'xn--', 'TYPE1', 'type65536', '1w2d3h4m5s', '*.'],
  generate: (draw) => bytesOf(draw.pick([...names, 'TYPE17', 'MX', '1h30m', '99999999w'])),
  run(input) {
    const text = textOf(input);
    const type = parsed(() => parseType(text), 'BAD_ARGUMENT');
    const period = parsed(() => parsePeriod(text), 'BAD_ARGUMENT');
    law(isPeriod(text) || 'refused' in period, 'what is no time is a time');
    if ('value' in period) law(period.value <= TTL_MAX, 'a time is longer than it may be');
    const name = parsed(() => parseName(text), 'BAD_ARGUMENT');
    if ('value' in name) {
      same(parseName(formatName(name.value)), name.value, 'a name is not read as it is written');
      same(new OctetReader(nameOctets(name.value)).name(), name.value, 'octets make another name');
      law(sameName(parseName(keyOf(name.value)), name.value), 'the key is one of another name');
    }
    return [type, period, name].map((each) => ('value' in each ? 1 : 0)).join('');
  },
};

/** Names in messages, with pointers: read from each place, they end, and are names. */
const octets: Target = {
  name: 'dns-octets',
  covers: [],
  words: octetNames,
  generate(draw) {
    const some = draw.list(6, () => [...nameOctets(parseName(draw.pick(names)))]);
    return Uint8Array.from(some.flatMap((each) => [...each.slice(0, -1), 0xc0, draw.below(20)]));
  },
  run(input) {
    let read = 0;
    for (let at = 0; at < Math.min(64, input.length); at++) {
      const reader = new OctetReader(input, at);
      const name = reader.name({ pointers: true });
      if (reader.bad) continue;
      law(nameOctets(name).length <= 255, 'a name is longer than names are');
      read++;
      readQuestion(new OctetReader(input, at));
    }
    return `${Math.min(4, read)}`;
  },
};

export const dns: readonly Target[] = [queries, answers, rdata, records, parts, octets];
