/**
 * Nothing that a stranger sends changes who is present, as long as it does not lie: see
 * test/support/junk.ts for what is sent, and for what a lie is.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import type { Address } from '../../../src/id.ts';
import type { MembershipEffect, MembershipEvent } from '../../../src/membership/event.ts';
import {
  decodeDatagram,
  decodeEdge,
  encodeDatagram,
  encodeEdge,
} from '../../../src/membership/message.ts';
import { SECOND } from '../../../src/time.ts';
import { Forger } from '../../support/junk.ts';
import { idOf, memberOf } from '../../support/members.ts';
import { MembershipNet, type Server } from '../../support/membership-net.ts';

const stranger = idOf(0x5747);
const nowhere = '10.99.0.1:1' as Address;

interface Scene {
  readonly net: MembershipNet;
  /** What they sent each other by datagram so far. */
  readonly recorded: Uint8Array[];
}

/** Five servers that agree, and have probed each other for some time. */
function calm(seed: string): Scene {
  const net = new MembershipNet({ seed });
  const first = net.start();
  for (let i = 1; i < 5; i++) net.start(first);
  const recorded: Uint8Array[] = [];
  for (const { membership } of net.servers) {
    const step = membership.step.bind(membership);
    membership.step = (now, event, out) => {
      if (event.type === 'datagram') recorded.push(event.bytes);
      step(now, event, out);
    };
  }
  net.until(() => net.isAgreed());
  net.runMs(5_000);
  return { net, recorded: recorded.slice() };
}

function forgerFor(scene: Scene, victim: Server, seed: string): Forger {
  const peers = scene.net.servers.filter((server) => server !== victim);
  return new Forger(new SimRandom(seed), {
    victim: victim.membership.self,
    peers: peers.map(({ membership }) => membership.self),
    recorded: scene.recorded,
  });
}

/** What everybody has told so far, and the view of everybody. */
function viewsOf({ net }: Scene): unknown {
  return net.servers.map(({ told, membership }) => [told.length, [...membership.members()]]);
}

/** One that dies now is gone for all, and one that starts is there for all. */
function goesOn({ net }: Scene): void {
  net.crash(net.servers[1] as Server);
  net.start(net.servers[2]);
  net.until(() => net.isAgreed());
  expect(net.live).toHaveLength(5);
}

/** Random, or what is left of a message. */
const unreadable = fc
  .oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 40 })).map(([tag, rest]) => [tag, ...rest]),
    fc.nat(40).map((cut) => {
      const digest = { high: 1, low: 2 };
      const probe = encodeDatagram({ type: 'probe', seq: 99, from: idOf(1), digest });
      return probe.subarray(0, cut);
    }),
    fc.nat(150).map((cut) => {
      const news = { type: 'news', records: [memberOf(1), memberOf(2)], waves: [0, 0] } as const;
      return encodeEdge(news).subarray(0, cut);
    }),
  )
  .map((bytes) => Uint8Array.from(bytes));

describe('junk', () => {
  test('that cannot be read is counted, and nothing else happens', () => {
    const scene = calm('unreadable');
    const [server, neighbour] = scene.net.servers as [Server, Server];
    const { membership } = server;
    fc.assert(
      fc.property(unreadable, fc.boolean(), (bytes, onEdge) => {
        fc.pre((onEdge ? decodeEdge(bytes) : decodeDatagram(bytes)) === undefined);
        const event: MembershipEvent = onEdge
          ? { type: 'edgeMessage', peer: neighbour.id, bytes }
          : { type: 'datagram', from: neighbour.address, bytes };
        const before = { ...membership.counters };
        const out: MembershipEffect[] = [];
        membership.step(scene.net.now, event, out);
        expect(out).toEqual([]);
        const { events, malformed } = before;
        const counted = { events: events + 1, malformed: malformed + 1 };
        expect(membership.counters).toEqual({ ...before, ...counted });
      }),
      { numRuns: 1_000 },
    );
  });

  test('by datagram, also well-formed, changes no view, at once or later', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 500 }), (seed, count) => {
        const scene = calm('datagrams');
        const before = viewsOf(scene);
        const random = new SimRandom(seed);
        const forgers = scene.net.servers.map((server, i) =>
          forgerFor(scene, server, `${seed}/${i}`),
        );
        for (let i = 0; i < count; i++) {
          const at = random.below(5);
          const from =
            random.below(2) === 0 ? nowhere : scene.net.servers[random.below(5)]?.address;
          const bytes = (forgers[at] as Forger).datagram();
          scene.net.step(scene.net.servers[at] as Server, {
            type: 'datagram',
            from: from as Address,
            bytes,
          });
          scene.net.runMs(random.below(20));
        }
        scene.net.runUntil(scene.net.now + 30 * SECOND);
        expect(viewsOf(scene)).toEqual(before);
        goesOn(scene);
      }),
      { numRuns: 30 },
    );
  });

  test('of every kind comes in', () => {
    const scene = calm('kinds');
    const [victim] = scene.net.servers as [Server];
    const forger = forgerFor(scene, victim, 'kinds');
    const before = { ...victim.membership.counters };
    for (let i = 0; i < 2_000; i++) {
      scene.net.step(victim, { type: 'datagram', from: nowhere, bytes: forger.datagram() });
    }
    const { counters } = victim.membership;
    for (const kind of ['malformed', 'unasked', 'acks', 'votes'] as const) {
      expect(counters[kind]).toBeGreaterThan(before[kind] + 20);
    }
    expect(counters.accused).toBe(before.accused);
  });

  test('on the edges of strangers and members changes no view, at once or later', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 300 }), (seed, count) => {
        const scene = calm('edges');
        const before = viewsOf(scene);
        const [victim, neighbour] = scene.net.servers as [Server, Server];
        const forger = forgerFor(scene, victim, seed);
        const random = new SimRandom(seed);
        scene.net.step(victim, { type: 'edgeUp', peer: stranger, address: nowhere });
        for (let i = 0; i < count; i++) {
          const peer = random.below(2) === 0 ? stranger : neighbour.id;
          scene.net.step(victim, { type: 'edgeMessage', peer, bytes: forger.edgeMessage() });
          scene.net.runMs(random.below(20));
        }
        scene.net.step(victim, { type: 'edgeDown', peer: stranger, reason: 'reset' });
        scene.net.runUntil(scene.net.now + 30 * SECOND);
        expect(viewsOf(scene)).toEqual(before);
        goesOn(scene);
      }),
      { numRuns: 30 },
    );
  });
});
