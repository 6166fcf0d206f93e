/**
 * A checker that never fails is a defect. Each test plants one bug in a server and demands that the
 * run breaks, at the guarantee that the bug violates; the same runs without a bug hold.
 */

import { describe, expect, test } from 'vitest';
import {
  accuracy,
  agreement,
  ChannelChecker,
  channelTraffic,
  completeness,
  order,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { Channel } from '../../src/channel/channel.ts';
import type { ChannelEffect, ChannelEvent } from '../../src/channel/event.ts';
import type { Message } from '../../src/element/message.ts';
import type { ServerId } from '../../src/id.ts';
import { Membership, type MembershipOptions } from '../../src/membership/membership.ts';
import { standardParts } from '../../src/server/parts.ts';
import { broken, channelMutant, membershipMutant, profileMutant } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

/** Every way to come and go, once, and a server that sleeps until it is given up. */
const comingsAndGoings = scenario({
  claim: 'a dozen servers agree, whatever becomes of some of them',
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster) {
    await cluster.startMany(12);
    await cluster.sleep(3 * SECOND);
    cluster.crash('n3');
    await cluster.sleep(6 * SECOND);
    cluster.dark('n5');
    await cluster.sleep(15 * SECOND);
    cluster.leave('n7');
    await cluster.sleep(5 * SECOND);
    cluster.start('n3');
    cluster.start('n13');
    await cluster.sleep(5 * SECOND);
    cluster.pause('n9', 20 * SECOND);
    await cluster.sleep(40 * SECOND);
  },
});

const traffic = trafficOf({ tryRatio: 0 });
const tries = trafficOf({ tryRatio: 0.4 });

function trafficOf({ tryRatio }: { tryRatio: number }): Scenario {
  return scenario({
    claim: 'channels on steady servers lose, double and reorder nothing',
    checks: [],
    async run(cluster) {
      await cluster.startMany(3);
      await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
        channels: 4,
        clients: 12,
        untilUs: cluster.now + 20 * SECOND,
        channelLifeUs: 5 * SECOND,
        crashRatio: 0.02,
        tryRatio,
      });
    },
  });
}

const seed = '1';

test('without a planted bug, the runs that the mutants must fail hold', async () => {
  for (const each of [comingsAndGoings, traffic, tries]) {
    const report = await simulate(each, { seed });
    expect(report.ok, told(report)).toBe(true);
  }
});

describe('G1 completeness breaks when', () => {
  test('a departure is never told', async () => {
    const parts = membershipMutant({
      effect: (effect) => (effect.type === 'left' ? [] : [effect]),
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G1 completeness');
  });

  test('broken edges and refused dials are ignored', async () => {
    const ignored = new Set(['edgeDown', 'dialFailed']);
    const parts = membershipMutant({ event: (event) => (ignored.has(event.type) ? [] : [event]) });
    expect(await broken(comingsAndGoings, { parts })).toBe('G1 completeness');
  });

  test('probes are hardly ever sent', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      detector: { ...profile.detector, periodMs: 600_000 },
    }));
    expect(await broken(comingsAndGoings, { parts })).toBe('G1 completeness');
  });

  test('a silent server is given up before its silence can mean anything', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      detector: {
        ...profile.detector,
        ackTimeoutMs: 20,
        suspectPeriodMs: 20,
        suspicionMs: 100,
        unansweredMin: 1,
      },
    }));
    // Chance decides how soon the silence is noticed, and early enough shows in most runs.
    const seeds = ['1', '2', '3', '4', '5'];
    expect(await broken(comingsAndGoings, { parts }, seeds)).toBe('G1 completeness');
  });
});

describe('G2 accuracy breaks when', () => {
  test('a server slanders one that is up', async () => {
    const parts = membershipMutant({
      effect: (effect, self) => {
        if (effect.type !== 'joined' || ++self.count !== 8) return [effect];
        return [effect, { type: 'left', member: effect.member }];
      },
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G2 accuracy');
  });

  test('a server that hears nobody accuses everybody', async () => {
    const parts = membershipMutant({
      event: (event, { now, address }) =>
        address === '10.0.0.2:11022' &&
        now > 45 * SECOND &&
        (event.type === 'datagram' || event.type === 'edgeMessage')
          ? []
          : [event],
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G2 accuracy');
  });
});

describe('G3 order breaks when', () => {
  test('a server is announced twice', async () => {
    const parts = membershipMutant({
      effect: (effect, self) =>
        effect.type === 'joined' && ++self.count === 5 ? [effect, effect] : [effect],
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G3 order');
  });

  test('a departure is told twice', async () => {
    const parts = membershipMutant({
      effect: (effect) => (effect.type === 'left' ? [effect, effect] : [effect]),
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G3 order');
  });

  test('a server comes back without raising its incarnation', async () => {
    const parts = membershipMutant({
      effect: (effect) =>
        effect.type === 'joined'
          ? [{ ...effect, member: { ...effect.member, incarnation: 0 } }]
          : [effect],
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G3 order');
  });

  test('a server that left for good is announced again', async () => {
    const parts = membershipMutant({
      effect: (effect) => {
        if (effect.type !== 'left') return [effect];
        const { member } = effect;
        return [effect, { type: 'joined', member: { ...member, incarnation: 9, left: false } }];
      },
    });
    // What crashed may come back as far as the order goes; its return is wrong all the same.
    expect(await broken(comingsAndGoings, { parts })).toMatch(/G3 order|G1 completeness/);
  });
});

describe('G4 agreement breaks when', () => {
  test('an arrival is not told', async () => {
    const parts = membershipMutant({
      effect: (effect) =>
        effect.type === 'joined' && effect.member.address === '10.0.0.2:11022' ? [] : [effect],
    });
    expect(await broken(comingsAndGoings, { parts })).toBe('G4 agreement');
  });

  test('arrivals are told, and forgotten again without a word', async () => {
    const parts = {
      ...standardParts,
      membership: (options: MembershipOptions) => new Forgetful(options),
    };
    expect(await broken(comingsAndGoings, { parts })).toBe('G4 agreement');
  });
});

/** Knows nothing of the server that it should know at the second address. */
class Forgetful extends Membership {
  override lookup(id: ServerId) {
    const found = super.lookup(id);
    return typeof found === 'object' && found.address === '10.0.0.2:11022' ? undefined : found;
  }
}

describe('G8 channels breaks when', () => {
  test('a channel swaps two messages', async () => {
    let held: unknown;
    const parts = channelMutant({
      event: (event, self) => {
        if (event.type !== 'send' || event.open) return [event];
        if (++self.count % 10 === 0 && held === undefined) {
          held = event;
          return [];
        }
        const first = held as typeof event | undefined;
        held = undefined;
        return first === undefined ? [event] : [event, first];
      },
    });
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });

  test('a message is delivered twice', async () => {
    const parts = channelMutant({
      event: (event, self) =>
        event.type === 'send' && ++self.count % 20 === 0
          ? [event, { ...event, op: event.op + 1e9 }]
          : [event],
    });
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });

  test('a message is dropped after its send was confirmed', async () => {
    const parts = channelMutant({
      event: (event, self) => {
        if (event.type !== 'send' || ++self.count % 20 !== 0) return [event];
        return [event, { type: 'cancelSend', op: event.op }];
      },
      effect: (effect) =>
        effect.type === 'cancelled' ? [{ type: 'sent', op: effect.op }] : [effect],
    });
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });

  test('a send is confirmed before there is room', async () => {
    const parts = {
      ...standardParts,
      channel: (capacity: number) => new Channel<Message>(capacity + 9),
    };
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });

  test('a cancelled send is delivered all the same', async () => {
    const messages = new Map<number, Message>();
    const parts = channelMutant({
      event: (event) => {
        if (event.type === 'send') messages.set(event.op, event.message);
        const message = event.type === 'cancelSend' ? messages.get(event.op) : undefined;
        if (event.type !== 'cancelSend' || message === undefined) return [event];
        messages.delete(event.op);
        const op = event.op + 1e9;
        const again = { op, message, bytes: message.bytes, open: false, patient: true };
        return [event, { type: 'send', ...again }];
      },
    });
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });

  test('closing a channel throws away what is buffered', async () => {
    const parts = channelMutant({
      event: (event) => (event.type === 'close' ? [event, { type: 'abort' }] : [event]),
      effect: (effect) =>
        effect.type === 'failed' && effect.code === 'ABORTED'
          ? [{ ...effect, code: 'CHANNEL_CLOSED' }]
          : [effect],
    });
    expect(await broken(traffic, { parts })).toBe('G8 channels');
  });
});

describe('G8 channels breaks, where an operation does not wait, when', () => {
  test('a send that would have had to wait is delivered all the same', async () => {
    class Late extends Channel<Message> {
      override step(now: number, event: ChannelEvent<Message>, out: ChannelEffect<Message>[]) {
        const before = out.length;
        super.step(now, event, out);
        if (event.type !== 'send' || event.patient) return;
        const failed = out
          .slice(before)
          .find(({ op, type }) => op === event.op && type === 'failed');
        if (failed === undefined) return;
        super.step(now, { ...event, op: event.op + 1e9, patient: true }, out);
      }
    }
    const parts = { ...standardParts, channel: (capacity: number) => new Late(capacity) };
    expect(await broken(tries, { parts })).toBe('G8 channels');
  });

  test('a receive that is told that there is nothing takes a message along', async () => {
    const tried = new Set<number>();
    const parts = channelMutant({
      event: (event) => {
        if (event.type === 'receive' && !event.patient) tried.add(event.op);
        return [event];
      },
      effect: (effect, self) =>
        effect.type === 'received' && tried.has(effect.op) && ++self.count % 3 === 0
          ? [{ type: 'failed', op: effect.op, code: 'WOULD_BLOCK' }]
          : [effect],
    });
    expect(await broken(tries, { parts })).toBe('G8 channels');
  });
});

describe('a run that checks nothing fails', () => {
  test('when a checker had nothing to look at', async () => {
    const idle = scenario({
      claim: 'nothing happens',
      checks: [completeness()],
      async run(cluster) {
        await cluster.startMany(2);
      },
    });
    const report = await simulate(idle, { seed });
    expect(report.violations[0]?.message).toContain('vacuous');
  });

  test('when there is no checker', async () => {
    const unchecked = scenario({ claim: 'whatever', checks: [], run: () => {} });
    expect((await simulate(unchecked, { seed })).ok).toBe(false);
  });
});
