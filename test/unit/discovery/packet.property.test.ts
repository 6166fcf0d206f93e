import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodePacket, encodePacket } from '../../../src/discovery/packet.ts';
import { type CircuitName, serverIdOf } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { PROTOCOL_VERSION } from '../../../src/wire/version.ts';

const circuit = fc.stringMatching(/^[A-Za-z0-9._-]{0,64}$/).map((text) => text as CircuitName);
const server = fc.record({
  id: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(serverIdOf),
  url: fc
    .tuple(fc.stringMatching(/^[a-z0-9.-]{1,253}$/), fc.integer({ min: 0, max: 65_535 }))
    .map(([host, port]) => `circuit://${host}:${port}/4194304/Q0123456789abcdef`),
  size: fc.integer({ min: 1, max: limits.membersMax }),
});
const packet = fc.oneof(
  fc.record({
    type: fc.constant('look' as const),
    circuit: fc.option(circuit, { nil: undefined }),
  }),
  fc.record({ type: fc.constantFrom('query' as const, 'offer' as const), circuit, server }),
);

test('a packet comes out as it went in, and is short enough for any network', () => {
  fc.assert(
    fc.property(packet, (value) => {
      const bytes = encodePacket(value);
      expect(bytes.length).toBeLessThanOrEqual(450);
      expect(decodePacket(bytes)).toEqual(value);
    }),
  );
});

test('a packet of another version is known as such, whatever follows', () => {
  fc.assert(
    fc.property(packet, fc.uint8Array(), (value, rest) => {
      const bytes = encodePacket(value).slice(0, 5);
      bytes[4] = PROTOCOL_VERSION + 1;
      expect(decodePacket(Uint8Array.of(...bytes, ...rest))).toEqual({ type: 'foreign' });
    }),
  );
});

test('anything else is no packet, and decoding never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodePacket(bytes)).toBe(undefined);
    }),
  );
  fc.assert(
    fc.property(packet, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const bytes = encodePacket(value);
      expect(decodePacket(bytes.slice(0, at % bytes.length))).toBe(undefined);
      expect(decodePacket(Uint8Array.of(...bytes, 0))).toBe(undefined);
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
      decodePacket(bytes);
    }),
  );
});

test('a URL that cannot be dialled is junk', () => {
  for (const url of ['circuit://', 'http://10.0.0.1:1', '10.0.0.1:1', 'circuit://10.0.0.1:65536']) {
    const id = serverIdOf(new Uint8Array(8));
    const circuitName = '' as CircuitName;
    const bytes = encodePacket({
      type: 'offer',
      circuit: circuitName,
      server: { id, url, size: 1 },
    });
    expect(decodePacket(bytes)).toBe(undefined);
  }
});
