/** Planted bugs in elements of every kind: an order of what clients saw must not exist. */

import { describe, expect, test } from 'vitest';
import { LinearizabilityChecker, randomOperations, SECOND, scenario } from '../../sim/index.ts';
import { Channel } from '../../src/channel/channel.ts';
import type { ChannelEffect } from '../../src/channel/event.ts';
import type { Message } from '../../src/element/message.ts';
import { OutputStream } from '../../src/element/output.ts';
import { ProcElement } from '../../src/element/proc.ts';
import { SubscriptionElement } from '../../src/element/subscription.ts';
import { Select, type SelectEffect } from '../../src/select/select.ts';
import { standardParts } from '../../src/server/parts.ts';
import { type Bug, broken, channelMutant, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

const G8 = 'G8 linearizability';
const seeds = ['1', '2', '3'];

const busy = scenario({
  claim: 'there is an order of what clients did on steady servers, and on one that comes and goes',
  checks: [],
  async run(cluster) {
    const checker = cluster.check(new LinearizabilityChecker(cluster));
    await cluster.startMany(4);
    const playing = randomOperations(cluster, checker, {
      clients: 5,
      untilUs: cluster.now + 20 * SECOND,
      lifeUs: 5 * SECOND,
      thinkMs: 50,
    });
    for (let turn = 0; turn < 3; turn++) {
      cluster.crash('n4');
      await cluster.sleep(2 * SECOND);
      cluster.start('n4');
      await cluster.sleep(3 * SECOND);
    }
    await playing;
  },
});

const finds = async (bug: Bug) => expect(await broken(busy, bug, seeds)).toBe(G8);

test('without a planted bug there is an order', async () => {
  for (const seed of seeds) {
    const report = await simulate(busy, { seed });
    expect(report.ok, told(report)).toBe(true);
    expect(report.measures.find(({ name }) => name === 'histories undecided')).toBeUndefined();
  }
});

describe('there is no order when a channel', () => {
  test('drops a message after its send was confirmed', () =>
    finds({
      parts: channelMutant({
        event: (event, self) => {
          if (event.type !== 'send' || ++self.count % 10 !== 0) return [event];
          return [event, { type: 'cancelSend', op: event.op }];
        },
        effect: (effect) =>
          effect.type === 'cancelled' ? [{ type: 'sent', op: effect.op }] : [effect],
      }),
    }));

  test('delivers a message twice', () =>
    finds({
      parts: channelMutant({
        event: (event, self) =>
          event.type === 'send' && ++self.count % 10 === 0
            ? [event, { ...event, op: event.op + 1e9 }]
            : [event],
      }),
    }));

  test('has room for one more than it should', () =>
    finds({
      parts: {
        ...standardParts,
        channel: (capacity) => new Channel<Message>(capacity + 1),
      },
    }));

  test('forgets that it was closed', () =>
    finds({ parts: channelMutant({ event: (event) => (event.type === 'close' ? [] : [event]) }) }));

  test('says that there is nothing to who does not wait, though there is', () =>
    finds({
      parts: channelMutant({
        effect: (effect, self) =>
          effect.type === 'offer' && ++self.count % 4 === 0
            ? [{ type: 'failed', op: effect.op, code: 'WOULD_BLOCK' }]
            : [effect],
      }),
    }));

  test('gives the next message to a receiver that has given up', () => {
    const dead = new WeakMap<object, Set<number>>();
    return finds({
      patches: [
        patched(Channel<Message>, 'step', (step, self, now, event, out) => {
          const ofChannel = dead.get(self) ?? new Set();
          dead.set(self, ofChannel);
          if (event.type === 'cancelReceive') {
            ofChannel.add(event.op);
            out.push({ type: 'cancelled', op: event.op });
            return;
          }
          const effects: ChannelEffect<Message>[] = [];
          step(now, event, effects);
          for (let effect = effects.shift(); effect !== undefined; effect = effects.shift()) {
            if (!ofChannel.has(effect.op)) out.push(effect);
            else if (effect.type === 'offer') {
              step(now, { type: 'taken', op: effect.op, offer: effect.offer }, effects);
            }
          }
        }),
      ],
    });
  });
});

describe('there is no order when a select', () => {
  test('goes on without waiting for what became of its attempt', () =>
    finds({
      patches: [
        patched(Select, 'step', (step, _self, now, event, out) => {
          const asked: SelectEffect[] = [];
          step(now, event, asked);
          for (let effect = asked.shift(); effect !== undefined; effect = asked.shift()) {
            if (effect.type !== 'cancel') out.push(effect);
            else step(now, { type: 'blocked', clause: effect.clause }, asked);
          }
        }),
      ],
    }));
});

describe('there is no order when a process', () => {
  test('is told to have ended in another way, the second time', () => {
    const asked = new WeakSet<ProcElement>();
    return finds({
      patches: [
        patched(ProcElement, 'peek', (peek, self) => {
          const state = peek() as { readonly Phase: string };
          if (state.Phase !== 'signaled' && state.Phase !== 'exited') return state;
          if (!asked.has(self)) {
            asked.add(self);
            return state;
          }
          return { ...state, Exit: { Signal: 'HUP', Message: '' }, Phase: 'signaled' };
        }),
      ],
    });
  });

  test('is told to run although it has ended', () => {
    let count = 0;
    return finds({
      patches: [
        patched(ProcElement, 'peek', (peek) => {
          const state = peek() as object;
          return ++count % 5 === 0 ? { ...state, Exit: null, Phase: 'running' } : state;
        }),
      ],
    });
  });

  test('gives a reader what the one before it has used up', () =>
    finds({
      patches: [
        patched(OutputStream, 'attach', (attach, _self, call) => {
          Object.defineProperty(call, 'consumed', { get: () => 0 });
          return attach(call);
        }),
      ],
    }));

  test('takes input in another order than it was written', () => {
    const held = new WeakMap<object, Uint8Array>();
    return finds({
      patches: [
        patched(ProcElement, 'stdin', (stdin, self, call) => {
          const events = stdin(call);
          const { data } = events;
          if (data === undefined) return events;
          return {
            ...events,
            data: (bytes: Uint8Array) => {
              const before = held.get(self);
              if (before === undefined) held.set(self, bytes.slice());
              else for (const each of [bytes, before]) data(each);
              if (before !== undefined) held.delete(self);
            },
          };
        }),
      ],
    });
  });
});

describe('there is no order when a subscription', () => {
  test('tells of a server twice', () =>
    finds({
      patches: [
        patched(SubscriptionElement, 'tell', (tell, _self, server) => {
          tell(server);
          tell(server);
        }),
      ],
    }));

  test('loses an event now and then', () => {
    let count = 0;
    return finds({
      patches: [
        patched(SubscriptionElement, 'tell', (tell, _self, server) => {
          if (++count % 3 !== 0) tell(server);
        }),
      ],
    });
  });
});
