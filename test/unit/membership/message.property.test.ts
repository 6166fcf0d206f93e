import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NewsKey } from '../../../src/gossip/event.ts';
import { limits } from '../../../src/limits.ts';
import { incarnationMax } from '../../../src/membership/member.ts';
import {
  bucketsMax,
  type Datagram,
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
  encodeKeys,
  encodeNews,
  encodeRecords,
  encodeView,
  keysPerMessageMax,
  recordsPerMessageMax,
} from '../../../src/membership/message.ts';
import { anyId, idOf, memberOf } from '../../support/members.ts';
import { anyDatagram, anyEdgeMessage } from '../../support/messages.ts';

const junkOf = (bytes: Uint8Array) => [decodeEdge(bytes), decodeDatagram(bytes)];
const copies = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const digest = { high: 1, low: 2 };

describe('messages', () => {
  test('arrive as they were sent', () => {
    fc.assert(
      fc.property(anyEdgeMessage(anyId), anyDatagram(anyId), (onEdge, alone) => {
        expect(decodeEdge(encodeEdge(onEdge))).toEqual(onEdge);
        expect(decodeDatagram(encodeDatagram(alone))).toEqual(alone);
      }),
      { numRuns: 500 },
    );
  });

  test('of every kind are among those that are tried here', () => {
    const seen = new Set<string>();
    for (const { type } of fc.sample(anyEdgeMessage(anyId), 2_000)) seen.add(type);
    for (const { type } of fc.sample(anyDatagram(anyId), 1_000)) seen.add(type);
    const kinds: Record<EdgeMessage['type'] | Datagram['type'], true> = {
      ...{ hello: true, news: true, announce: true, graft: true, prune: true, join: true },
      ...{ view: true, summary: true, difference: true, records: true, find: true },
      ...{ ping: true, pong: true, probe: true, ack: true, ask: true, vote: true },
      ...{ verify: true, verified: true, offer: true, take: true, report: true },
    };
    expect([...seen].sort()).toEqual(Object.keys(kinds).sort());
  });

  test('that are cut short anywhere, or have something appended, are none', () => {
    fc.assert(
      fc.property(anyEdgeMessage(anyId), anyDatagram(anyId), (onEdge, alone) => {
        const edge = encodeEdge(onEdge);
        for (let cut = 0; cut < edge.length; cut++) {
          expect(decodeEdge(edge.subarray(0, cut))).toBeUndefined();
        }
        const datagram = encodeDatagram(alone);
        for (let cut = 0; cut < datagram.length; cut++) {
          expect(decodeDatagram(datagram.subarray(0, cut))).toBeUndefined();
        }
        expect(decodeEdge(Uint8Array.of(...edge, 0))).toBeUndefined();
        expect(decodeDatagram(Uint8Array.of(...datagram, 0))).toBeUndefined();
      }),
    );
  });

  test('of which any bit is flipped throw nothing, and what is read can be written', () => {
    fc.assert(
      fc.property(anyEdgeMessage(anyId), anyDatagram(anyId), (onEdge, alone) => {
        for (const bytes of [encodeEdge(onEdge), encodeDatagram(alone)]) {
          for (let bit = 0; bit < 8 * bytes.length; bit++) {
            const flipped = bytes.slice();
            flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
            const edge = decodeEdge(flipped);
            const datagram = decodeDatagram(flipped);
            if (edge !== undefined) expect(decodeEdge(encodeEdge(edge))).toEqual(edge);
            if (datagram === undefined) continue;
            expect(decodeDatagram(encodeDatagram(datagram))).toEqual(datagram);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  test('of junk throw nothing', () => {
    fc.assert(
      fc.property(fc.nat(24), fc.uint8Array({ maxLength: 200 }), (kind, bytes) => {
        junkOf(bytes);
        junkOf(Uint8Array.of(kind, ...bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  test('with a record beyond its bounds are none', () => {
    const sent = (fields: object) =>
      decodeEdge(encodeEdge({ type: 'records', records: [{ ...memberOf(1), ...fields }] }));
    expect(sent({})).toBeDefined();
    expect(sent({ incarnation: incarnationMax })).toBeDefined();
    expect(sent({ incarnation: incarnationMax + 1 })).toBeUndefined();
    expect(sent({ left: true, final: true })).toBeDefined();
    expect(sent({ left: false, final: true })).toBeUndefined();
    expect(sent({ url: 'circuit://a\u001b[2J' })).toBeUndefined();
    expect(sent({ url: 'circuit://!' })).toBeUndefined();
    expect(sent({ url: 'circuit://10.0.0.1' })).toBeUndefined();
    expect(sent({ url: '10.0.0.1:1' })).toBeUndefined();
    expect(sent({ url: 'circuit://a:65536' })).toBeUndefined();
    expect(sent({ url: `circuit://${'a'.repeat(308)}:1` })).toBeDefined();
    expect(sent({ url: `circuit://${'a'.repeat(309)}:1` })).toBeUndefined();
  });

  test('say of a record where its URL says that it is, and nothing else', () => {
    const records = [memberOf(1, { address: memberOf(2).address })];
    const read = decodeEdge(encodeEdge({ type: 'records', records }));
    expect(read).toEqual({ type: 'records', records: [memberOf(1)] });
  });

  test.each<readonly [string, number, (count: number) => EdgeMessage]>([
    [
      'records',
      recordsPerMessageMax,
      (n) => ({ type: 'records', records: copies(n, memberOf(1)) }),
    ],
    ['a view', recordsPerMessageMax, (n) => viewOf(n)],
    ['news', recordsPerMessageMax, (n) => newsOf(n, n)],
    ['waves', recordsPerMessageMax, (n) => newsOf(1, n)],
    ['announced keys', keysPerMessageMax, (n) => ({ type: 'announce', keys: keysOf(n) })],
    ['grafted keys', keysPerMessageMax, (n) => ({ type: 'graft', keys: keysOf(n) })],
    ['digests', bucketsMax, (n) => ({ type: 'summary', digests: copies(n, digest) })],
    ['buckets', bucketsMax, (n) => ({ ...differenceOf(0), buckets: copies(n, 0) })],
    ['differing records', recordsPerMessageMax, (n) => differenceOf(n)],
    ['buckets of a summary', bucketsMax, (n) => ({ ...differenceOf(0), count: n })],
    ['the number of a bucket', bucketsMax - 1, (n) => ({ ...differenceOf(0), buckets: [n] })],
  ])('with more than its bound of %s are none', (_, most, make) => {
    expect(decodeEdge(encodeEdge(make(most)))).toEqual(make(most));
    expect(decodeEdge(encodeEdge(make(most + 1)))).toBeUndefined();
  });

  test('that give a turn in more than four hours are none', () => {
    const ack = (turnMs: number): Datagram => ({
      type: 'ack',
      seq: 1,
      from: idOf(1),
      digest,
      turnMs,
    });
    expect(decodeDatagram(encodeDatagram(ack(0xffffff)))).toEqual(ack(0xffffff));
    expect(decodeDatagram(encodeDatagram(ack(0x1000000)))).toBeUndefined();
  });
});

const keysOf = (count: number): NewsKey[] =>
  copies(count, { subject: idOf(1), incarnation: 0, left: false });
const viewOf = (count: number): EdgeMessage & { type: 'view' } => ({
  type: 'view',
  records: copies(count, memberOf(1)),
  last: true,
});
const newsOf = (records: number, waves: number): EdgeMessage => ({
  type: 'news',
  records: copies(records, memberOf(1)),
  waves: copies(waves, 0x3fff),
});
const differenceOf = (records: number): EdgeMessage & { type: 'difference' } => ({
  type: 'difference',
  count: 16,
  buckets: [],
  records: copies(records, memberOf(1)),
});

describe('messages about many servers', () => {
  const longest = `circuit://${'a'.repeat(253)}:65535/4194304/Q0123456789abcdef`;
  const many = Array.from({ length: 2 * recordsPerMessageMax + 1 }, (_, n) =>
    memberOf(n, {
      url: longest,
      address: `${'a'.repeat(253)}:65535` as never,
      incarnation: incarnationMax,
      joined: Number.MAX_SAFE_INTEGER,
    }),
  );
  const read = (parts: readonly Uint8Array[]) =>
    parts.map((bytes) => {
      expect(bytes.length).toBeLessThan(limits.frameBytesMax / 2);
      return decodeEdge(bytes) as EdgeMessage;
    });

  test('are several, each well below a frame; of a view only the last says so', () => {
    const parts = read(encodeView(many)) as (EdgeMessage & { type: 'view' })[];
    expect(parts.map(({ last }) => last)).toEqual([false, false, true]);
    expect(parts.flatMap(({ records }) => records)).toEqual(many);
    expect(encodeView(many.slice(0, recordsPerMessageMax))).toHaveLength(1);
    expect(read(encodeView([]))).toEqual([{ type: 'view', records: [], last: true }]);
  });

  test('give each piece of news its wave', () => {
    const waveOf = (subject: string) => many.findIndex(({ id }) => id === subject);
    const parts = read(encodeNews(many, waveOf)) as (EdgeMessage & { type: 'news' })[];
    expect(parts.map(({ records }) => records.length)).toEqual([512, 512, 1]);
    expect(parts.flatMap(({ waves }) => waves)).toEqual(many.map((_, n) => n));
    expect(encodeNews([], waveOf)).toEqual([]);
  });

  test('are none when there is nothing to tell', () => {
    expect(read(encodeRecords(many))).toHaveLength(3);
    expect(encodeRecords([])).toEqual([]);
    expect(encodeKeys('graft', [])).toEqual([]);
    const keys = keysOf(2 * keysPerMessageMax + 1);
    const parts = read(encodeKeys('announce', keys)) as (EdgeMessage & { type: 'announce' })[];
    expect(parts.flatMap((part) => part.keys)).toEqual(keys);
  });

  test('of one member that is looked for are short: some 85 bytes', () => {
    const [bytes] = encodeRecords([
      memberOf(1, { url: 'circuit://10.0.0.1:11022/78517/Q0123456789abcdef' }),
    ]);
    expect((bytes as Uint8Array).length).toBeLessThanOrEqual(90);
  });
});

test('datagrams of the detector are short: four of them a second are the idle traffic', () => {
  const from = idOf(1);
  const seq = 0x7fffffff;
  const bytesOf = (datagram: Datagram) => encodeDatagram(datagram).length;
  expect(bytesOf({ type: 'probe', seq, from, digest })).toBeLessThanOrEqual(22);
  expect(bytesOf({ type: 'ack', seq, from, digest, turnMs: 9_999 })).toBeLessThanOrEqual(24);
  expect(bytesOf({ type: 'ask', from, subject: idOf(2) })).toBeLessThanOrEqual(17);
  expect(bytesOf({ type: 'vote', from, subject: idOf(2), verdict: 'alive' })).toBeLessThanOrEqual(
    18,
  );
});
