/** What peers tell each other: introductions, requests and answers, membership, discovery. */

import { decodePacket, encodePacket } from '../../../src/discovery/packet.ts';
import { parseCircuitUrl } from '../../../src/id.ts';
import { incarnationMax, type Member } from '../../../src/membership/member.ts';
import {
  type Datagram,
  decodeDatagram,
  decodeEdge,
  type EdgeMessage,
  encodeDatagram,
  encodeEdge,
} from '../../../src/membership/message.ts';
import { digest, incarnation, key, member } from '../../../src/membership/record.ts';
import { readStamp, readTarget, stampWords, writeTarget } from '../../../src/rpc/frames.ts';
import { helloCodec } from '../../../src/rpc/hello.ts';
import { entriesCodec, membersCodec } from '../../../src/rpc/method.ts';
import { decode, encode, guarded, Reader, Writer } from '../../../src/wire/codec.ts';
import { PROTOCOL_VERSION } from '../../../src/wire/version.ts';
import type { Draw } from '../draw.ts';
import { codecLaws, codecTarget, law, same, type Target } from '../target.ts';

const urls = ['circuit://', '127.0.0.1:1', '[::1]:1', '/Q0f12d4a914fdcedb'];

const hello: Target = {
  ...{ name: 'hello', covers: ['src/rpc/hello.ts helloCodec'], words: urls },
  generate: (draw) =>
    encode(helloCodec, {
      version: draw.oneIn(8) ? draw.integer(1_000_000) : PROTOCOL_VERSION,
      server: draw.optional(() => draw.server()),
      url: draw.boolean() ? draw.url() : draw.text(),
      expects: draw.optional(() => draw.run()),
      circuit: draw.circuit(),
    }),
  run(input) {
    const found = decode(helloCodec, input);
    // Of another version nothing else is read.
    if (found !== undefined && found.version !== PROTOCOL_VERSION) return 'foreign';
    return codecLaws(helloCodec, input) === undefined ? 'refused' : 'accepted';
  },
};

const entries = codecTarget('entries', {
  codec: entriesCodec,
  covers: ['src/rpc/method.ts entriesCodec'],
  value: (draw) =>
    draw.list(9, () => ({ path: draw.path(), kind: draw.pick(['chan', 'proc', '', 'x']) })),
});

const members = codecTarget('members', {
  codec: membersCodec,
  covers: ['src/rpc/method.ts membersCodec'],
  value: (draw) => ({
    circuit: draw.circuit(),
    members: draw.list(9, () => ({
      ...{ id: draw.server(), url: draw.url(), joined: draw.integer(), ageMs: draw.integer() },
      ...{ incarnation: draw.integer(), neighbours: draw.integer() },
      ...{ roundTripUs: draw.optional(() => draw.integer()), suspected: draw.boolean() },
    })),
  }),
});

/** Eight bytes, or what follows; and a target, which is eight bytes or none. */
const heads: Target = {
  name: 'frame-heads',
  covers: ['src/rpc/frames.ts readStamp', 'src/rpc/frames.ts readTarget'],
  generate(draw) {
    const writer = new Writer();
    if (draw.boolean())
      writeTarget(
        writer,
        draw.optional(() => draw.server()),
      );
    else writer.raw(draw.exactly(8));
    return writer.take();
  },
  run(input) {
    const stamp = readStamp(new Reader(input));
    law(
      (stamp !== undefined) === (input.length === 8),
      'a stamp is eight bytes, and those are one',
    );
    if (stamp !== undefined) {
      const writer = new Writer();
      for (const word of stampWords(stamp)) writer.u32(word);
      same(writer.take(), input, 'a stamp is written as it was read');
    }
    const reader = new Reader(input);
    const target = guarded((from) => ({ id: readTarget(from) }), reader);
    if (target === undefined) return 'no target';
    const writer = new Writer();
    writeTarget(writer, target.id);
    law(writer.length <= input.length - reader.remaining, 'a target grew');
    return target.id === undefined ? 'none' : 'target';
  },
};

export function recordOf(draw: Draw): Member {
  const url = draw.url();
  const left = draw.boolean();
  return {
    ...{ id: draw.server(), url, address: parseCircuitUrl(url).address },
    ...{ incarnation: draw.integer(incarnationMax), joined: draw.integer() },
    ...{ left, final: left && draw.boolean() },
  };
}

const digestOf = (draw: Draw) => ({
  high: draw.integer(0xffffffff),
  low: draw.integer(0xffffffff),
});

const keyOf = (draw: Draw) => ({
  ...{ subject: draw.server(), incarnation: draw.integer(incarnationMax), left: draw.boolean() },
});

const record = codecTarget('record', {
  codec: member,
  covers: ['src/membership/record.ts member'],
  words: urls,
  value: recordOf,
});

/** The small parts of messages, told apart by the first byte. */
const parts: Target = {
  name: 'record-parts',
  covers: [
    'src/membership/record.ts digest',
    'src/membership/record.ts key',
    'src/membership/record.ts incarnation',
    'src/wire/server-id.ts serverId',
  ],
  generate: (draw) =>
    draw.boolean()
      ? Uint8Array.of(0, ...encode(digest, digestOf(draw)))
      : Uint8Array.of(1, ...encode(key, keyOf(draw))),
  run(input) {
    const [which = 0] = input;
    const rest = input.subarray(1);
    const value =
      which % 3 === 0
        ? codecLaws(digest, rest)
        : which % 3 === 1
          ? codecLaws(key, rest)
          : codecLaws(incarnation, rest);
    return `${which % 3} ${value === undefined ? 'refused' : 'accepted'}`;
  },
};

const edgeMessages: { readonly [T in EdgeMessage['type']]: (draw: Draw) => EdgeMessage } = {
  hello: (draw) => ({ type: 'hello', member: recordOf(draw), digest: digestOf(draw) }),
  news: (draw) => ({
    type: 'news',
    records: draw.list(9, () => recordOf(draw)),
    waves: draw.list(9, () => draw.integer(0x3fff)),
  }),
  announce: (draw) => ({ type: 'announce', keys: draw.list(99, () => keyOf(draw)) }),
  graft: (draw) => ({ type: 'graft', keys: draw.list(99, () => keyOf(draw)) }),
  prune: () => ({ type: 'prune' }),
  join: () => ({ type: 'join' }),
  view: (draw) => ({
    type: 'view',
    records: draw.list(99, () => recordOf(draw)),
    last: draw.boolean(),
  }),
  summary: (draw) => ({ type: 'summary', digests: draw.list(99, () => digestOf(draw)) }),
  difference: (draw) => ({
    type: 'difference',
    count: draw.integer(1_024),
    buckets: draw.list(99, () => draw.integer(1_023)),
    records: draw.list(9, () => recordOf(draw)),
  }),
  records: (draw) => ({ type: 'records', records: draw.list(99, () => recordOf(draw)) }),
  find: (draw) => ({ type: 'find', subject: draw.server() }),
  ping: (draw) => ({ type: 'ping', seq: draw.integer(), digest: digestOf(draw) }),
  pong: (draw) => ({ type: 'pong', seq: draw.integer(), digest: digestOf(draw) }),
};

const datagrams: { readonly [T in Datagram['type']]: (draw: Draw) => Datagram } = {
  probe: (draw) => ({ type: 'probe', ...from(draw), digest: digestOf(draw) }),
  ack: (draw) => ({
    ...{ type: 'ack', ...from(draw), digest: digestOf(draw), turnMs: draw.integer(0xffffff) },
  }),
  ask: (draw) => ({ type: 'ask', from: draw.server(), subject: draw.server() }),
  vote: (draw) => ({
    ...{ type: 'vote', from: draw.server(), subject: draw.server() },
    verdict: draw.pick(['alive', 'silent', 'gone', 'unsure']),
  }),
  verify: (draw) => ({
    ...{ type: 'verify', ...from(draw), subject: draw.server(), left: draw.boolean() },
    incarnation: draw.integer(incarnationMax),
  }),
  verified: (draw) => ({ type: 'verified', seq: draw.integer(), member: recordOf(draw) }),
  offer: (draw) => ({ type: 'offer', from: draw.server() }),
  take: (draw) => ({ type: 'take', ...from(draw) }),
  report: (draw) => ({
    type: 'report',
    ...from(draw),
    records: draw.list(4, () => recordOf(draw)),
  }),
};

function from(draw: Draw) {
  return { seq: draw.integer(), from: draw.server() };
}

/** A message with an encoder and a decoder of its own. */
function messageTarget<T extends { readonly type: string }>(
  name: string,
  how: {
    readonly covers: readonly string[];
    readonly decode: (bytes: Uint8Array) => T | undefined;
    readonly encode: (value: T) => Uint8Array;
    readonly value: (draw: Draw) => T;
  },
): Target {
  return {
    ...{ name, covers: how.covers, words: urls },
    generate: (draw) => how.encode(how.value(draw)),
    run(input) {
      const value = how.decode(input);
      if (value === undefined) return 'refused';
      const written = how.encode(value);
      law(written.length <= input.length, 'what is written anew is longer than what was read');
      same(how.decode(written), value, 'what was written is not what is read');
      return value.type;
    },
  };
}

const edge = messageTarget<EdgeMessage>('edge-message', {
  covers: ['src/membership/message.ts decodeEdge'],
  decode: decodeEdge,
  encode: encodeEdge,
  value: (draw) => draw.pick(Object.values(edgeMessages))(draw),
});

const datagram = messageTarget<Datagram>('datagram', {
  covers: ['src/membership/message.ts decodeDatagram'],
  decode: decodeDatagram,
  encode: encodeDatagram,
  value: (draw) => draw.pick(Object.values(datagrams))(draw),
});

const discovery: Target = {
  name: 'discovery',
  covers: ['src/discovery/packet.ts decodePacket'],
  words: ['CIRD', ...urls],
  generate(draw) {
    const circuit = draw.circuit();
    const server = { id: draw.server(), url: draw.url(), size: draw.integer(65_536) };
    const type = draw.pick(['look', 'query', 'offer'] as const);
    if (type === 'look') return encodePacket({ type, circuit: draw.optional(() => circuit) });
    return encodePacket({ type, circuit, server });
  },
  run(input) {
    const packet = decodePacket(input);
    if (packet === undefined) return 'refused';
    if (packet.type === 'foreign') return packet.type;
    same(decodePacket(encodePacket(packet)), packet, 'what was written is not what is read');
    return packet.type;
  },
};

export const messages: readonly Target[] = [
  ...[hello, entries, members, heads, record, parts, edge, datagram, discovery],
];
