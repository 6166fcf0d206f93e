import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { incarnationMax } from '../../../src/membership/member.ts';
import {
  type Datagram,
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
  encodeNews,
  encodeView,
  recordsPerMessageMax,
} from '../../../src/membership/message.ts';
import { anyId, memberOf } from '../../support/members.ts';

const digest = fc.record({ high: fc.nat(0xffffffff), low: fc.nat(0xffffffff) });
const member = fc
  .record({
    id: anyId,
    incarnation: fc.nat(incarnationMax),
    left: fc.boolean(),
    joined: fc.maxSafeNat(),
    address: fc.constantFrom(...['10.0.0.1:1', '[::1]:65535', 'a.b-c:11022']) as never,
    url: fc.constantFrom('circuit://10.0.0.1:1/5/Q0123456789abcdef', 'circuit://a.b-c:11022'),
  })
  .map((record) => ({ ...record, address: record.address as Address }));
const records = fc.array(member, { maxLength: 8 });
const flags = { ask: fc.boolean(), last: fc.boolean() };

const edgeMessage: fc.Arbitrary<EdgeMessage> = fc.oneof(
  fc.record({ type: fc.constant('hello' as const), member, digest }),
  fc.record({ type: fc.constant('news' as const), records }),
  fc.record({ type: fc.constant('view' as const), records, ...flags }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), digest }),
);
const datagram: fc.Arbitrary<Datagram> = fc.record({
  type: fc.constantFrom('probe' as const, 'ack' as const),
  seq: fc.maxSafeNat(),
  from: anyId,
  digest,
});

describe('messages', () => {
  test('arrive as they were sent', () => {
    fc.assert(
      fc.property(edgeMessage, datagram, (onEdge, alone) => {
        expect(decodeEdge(encodeEdge(onEdge))).toEqual(onEdge);
        expect(decodeDatagram(encodeDatagram(alone))).toEqual(alone);
      }),
    );
  });

  test('that are cut short, or have something appended, are none', () => {
    fc.assert(
      fc.property(edgeMessage, fc.nat(), (message, cut) => {
        const bytes = encodeEdge(message);
        expect(decodeEdge(bytes.subarray(0, cut % bytes.length))).toBeUndefined();
        expect(decodeEdge(Uint8Array.of(...bytes, 0))).toBeUndefined();
      }),
    );
  });

  test('of junk throw nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeEdge(bytes);
        decodeDatagram(bytes);
      }),
    );
  });

  test('with a field beyond its bound are none', () => {
    const sent = (fields: object) =>
      decodeEdge(encodeEdge({ type: 'news', records: [{ ...memberOf(1), ...fields }] }));
    expect(sent({})).toBeDefined();
    expect(sent({ incarnation: incarnationMax })).toBeDefined();
    expect(sent({ incarnation: incarnationMax + 1 })).toBeUndefined();
    expect(sent({ address: 'no port' })).toBeUndefined();
    expect(sent({ address: '10.0.0.1:65536' })).toBeUndefined();
    expect(sent({ address: `${'a'.repeat(257)}:1024` })).toBeDefined();
    expect(sent({ address: `${'a'.repeat(258)}:1024` })).toBeUndefined();
    expect(sent({ url: 'circuit://a\u001b[2J' })).toBeUndefined();
    expect(sent({ url: 'circuit://!' })).toBeUndefined();
    expect(sent({ url: '10.0.0.1:1' })).toBeUndefined();
    expect(sent({ url: 'circuit://a:65536' })).toBeUndefined();
    expect(sent({ url: `circuit://${'a'.repeat(308)}:1` })).toBeDefined();
    expect(sent({ url: `circuit://${'a'.repeat(309)}:1` })).toBeUndefined();
    const many = Array.from({ length: recordsPerMessageMax + 1 }, (_, n) => memberOf(n));
    expect(decodeEdge(encodeEdge({ type: 'news', records: many }))).toBeUndefined();
  });

  test('about many servers are several, each well below a frame, and only the last says so', () => {
    const longest = { url: `circuit://${'a'.repeat(308)}:1`, address: `${'a'.repeat(257)}:1024` };
    const many = Array.from({ length: 2 * recordsPerMessageMax + 1 }, (_, n) =>
      memberOf(n, { ...longest, address: longest.address as Address }),
    );
    const parts = encodeView(many, true).map((bytes) => {
      expect(bytes.length).toBeLessThan(limits.frameBytesMax / 2);
      return decodeEdge(bytes) as EdgeMessage & { type: 'view' };
    });
    expect(parts.map(({ last }) => last)).toEqual([false, false, true]);
    expect(parts.map(({ ask }) => ask)).toEqual([true, true, true]);
    expect(parts.flatMap((part) => part.records)).toEqual(many);
    expect(encodeNews(many)).toHaveLength(3);
    expect(encodeNews([])).toEqual([]);
    expect(encodeView([], false)).toHaveLength(1);
  });

  test('of the detector take 21 bytes or so: two of them per second are the idle traffic', () => {
    const id = memberOf(1).id;
    const probe: Datagram = {
      type: 'probe',
      seq: 0x7fffffff,
      from: id,
      digest: { high: 1, low: 2 },
    };
    expect(encodeDatagram(probe).length).toBeLessThanOrEqual(22);
  });
});
