import { describe, expect, test } from 'vitest';
import type { MulticastEvents } from '../../../../src/host/index.ts';
import { type Address, parseAddress } from '../../../../src/id.ts';
import { limits } from '../../../../src/limits.ts';
import type { KeyRing } from '../../../../transport/security/keys.ts';
import { SealedMulticast } from '../../../../transport/security/sealed-multicast.ts';
import { Vault } from '../../../../transport/security/vault.ts';
import { keyRing } from '../../../support/wire.ts';

const group = parseAddress('228.8.8.8:7711');
const somewhere = parseAddress('10.0.0.1:7711');

/** A network with multicast, in memory. */
class Segment {
  now = 10_000;
  readonly log: Uint8Array[] = [];
  readonly #listeners: { readonly group: Address; readonly events: MulticastEvents }[] = [];

  host(ring: KeyRing = keyRing('one'), to = group) {
    const plain = {
      join: (address: Address, events: MulticastEvents) => {
        this.#listeners.push({ group: address, events });
        events.joined();
        const send = (bytes: Uint8Array) => {
          this.log.push(bytes.slice());
          this.deliver(bytes, address);
        };
        return { send, close() {} };
      },
      close() {},
    };
    const vault = new Vault({ write() {} }, ring);
    const multicast = new SealedMulticast(plain, vault, () => this.now);
    const heard: string[] = [];
    const joined = multicast.join(to, {
      joined() {},
      received: (_from, bytes) => heard.push(new TextDecoder().decode(bytes)),
      failed() {},
    });
    const send = (text: string) => joined.send(new TextEncoder().encode(text));
    return { vault, heard, send, joined };
  }

  deliver(bytes: Uint8Array, address = group): void {
    for (const { group: theirs, events } of this.#listeners) {
      if (theirs === address) events.received(somewhere, bytes.slice());
    }
  }
}

describe('a group of hosts with a key', () => {
  test('hears each other, itself included, and nothing can be read on the way', () => {
    const segment = new Segment();
    const [alice, bob] = [segment.host(), segment.host()];
    alice.send('a secret');
    expect([alice.heard, bob.heard]).toEqual([['a secret'], ['a secret']]);
    expect(Buffer.from(segment.log[0] as Uint8Array).includes('secret')).toBe(false);
  });

  test('does not hear those with another key, and counts them', () => {
    const segment = new Segment();
    const bob = segment.host();
    const stranger = segment.host(keyRing('two'));
    stranger.send('hello');
    segment.deliver(new TextEncoder().encode('circuit?'));
    expect(bob.heard).toEqual([]);
    expect(bob.vault.refused.forged).toBe(2);
  });

  test('takes what is repeated once: within a second it may be the network, later it counts', () => {
    const segment = new Segment();
    const [alice, bob] = [segment.host(), segment.host()];
    alice.send('once');
    const [packet] = segment.log as [Uint8Array];
    segment.now += 999;
    segment.deliver(packet);
    expect(bob.vault.refused.replayed).toBe(0);
    segment.now += 1;
    segment.deliver(packet);
    expect(bob.heard).toEqual(['once']);
    expect(bob.vault.refused.replayed).toBe(1);
  });

  test('does not hear what was said in another group', () => {
    const segment = new Segment();
    const other = parseAddress('228.8.8.9:7711');
    const [alice, bob] = [segment.host(keyRing('one'), other), segment.host()];
    alice.send('over there');
    segment.deliver(segment.log[0] as Uint8Array);
    expect(bob.heard).toEqual([]);
    expect(bob.vault.refused.forged).toBe(1);
  });

  test('takes keys that change, as datagrams do', () => {
    const segment = new Segment();
    const [alice, bob] = [segment.host(keyRing('old')), segment.host(keyRing('old'))];
    bob.vault.replace(keyRing('old', 'new'));
    alice.vault.replace(keyRing('new', 'old'));
    alice.send('new');
    bob.send('old');
    expect([alice.heard, bob.heard]).toEqual([
      ['new', 'old'],
      ['new', 'old'],
    ]);
    alice.vault.replace(keyRing('new'));
    bob.send('old again');
    expect(alice.heard.length).toBe(2);
  });

  test('hears on, however many senders there were: those silent longest are forgotten', () => {
    const segment = new Segment();
    const bob = segment.host();
    const first = segment.host();
    first.send('first');
    const [packet] = segment.log as [Uint8Array];
    for (let i = 0; i < limits.multicastSendersMax; i++) {
      const elsewhere = new Segment();
      elsewhere.host().send(`other ${i}`);
      segment.deliver(elsewhere.log[0] as Uint8Array);
    }
    expect(bob.heard.length).toBe(limits.multicastSendersMax + 1);
    segment.deliver(packet); // As documented: it was forgotten, and can be repeated once.
    segment.now += 1_000;
    segment.deliver(packet);
    expect(bob.heard.filter((text) => text === 'first').length).toBe(2);
    expect(bob.vault.refused.replayed).toBe(1);
  });

  test('drops over-long packets before they are sealed', () => {
    const segment = new Segment();
    const alice = segment.host();
    alice.joined.send(new Uint8Array(65_507 - 33 + 1));
    expect(segment.log).toEqual([]);
    alice.joined.send(new Uint8Array(65_507 - 33));
    expect(segment.log[0]?.length).toBe(65_507);
  });
});
