import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import { noRefusals } from '../../../../src/refused.ts';
import { sealBytes } from '../../../../transport/security/seal.ts';
import {
  acquainted,
  clear,
  keyedPacketFor,
  keyRing,
  type Packet,
  refused,
  Wire,
} from '../../../support/wire.ts';

const a = '10.0.0.1:1';
const b = '10.0.0.2:2';
const c = '10.0.0.3:3';

const kindOf = ({ bytes }: Packet) => (bytes[0] as number) >> 6;
const lastOf = ({ log }: Wire) => log.at(-1) as Packet;

describe('two hosts with a key', () => {
  test('the first packet takes one round trip more, and the answer none', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    alice.send(bob, 'one');
    wire.flush();
    expect(bob.heard).toEqual([[a, 'one']]);
    expect(wire.log.map(kindOf)).toEqual([1, 2, 1]);
    bob.send(alice, 'two');
    wire.flush();
    expect(alice.heard).toEqual([[b, 'two']]);
    expect(wire.log.length).toBe(4);
    expect(alice.vault.refused).toEqual(noRefusals());
    expect(bob.vault.refused).toEqual(noRefusals());
  });

  test('several packets that are sent at once arrive once each', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    for (const text of ['1', '2', '3', '4']) alice.send(bob, text);
    wire.flush();
    expect(bob.heard.map(([, text]) => text).sort()).toEqual(['1', '2', '3', '4']);
    expect(refused(alice, bob)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('two that begin at the same time hear each other', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    alice.send(bob, 'to bob');
    bob.send(alice, 'to alice');
    wire.flush();
    expect([alice.heard, bob.heard]).toEqual([[[b, 'to alice']], [[a, 'to bob']]]);
    expect(refused(alice, bob)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('a host can send to itself', () => {
    const wire = new Wire();
    const alice = wire.host(a);
    alice.send(alice, 'me');
    wire.flush();
    expect(alice.heard).toEqual([[a, 'me']]);
    expect(wire.log.length).toBe(1);
  });

  test('a packet is longer by 33 bytes, and nothing of it can be read', () => {
    const { wire, alice, bob } = acquainted();
    const text = 'a secret that is not to be seen on any wire';
    alice.send(bob, text);
    expect(lastOf(wire).bytes.length).toBe(text.length + sealBytes);
    expect(sealBytes).toBe(33);
    expect(Buffer.from(lastOf(wire).bytes).includes('secret')).toBe(false);
  });

  test('an over-long datagram is dropped before it is sealed', () => {
    const { wire, alice, bob } = acquainted();
    alice.datagrams.send(bob.address, new Uint8Array(65_507 - sealBytes + 1));
    expect(wire.log).toEqual([]);
    alice.datagrams.send(bob.address, new Uint8Array(65_507 - sealBytes));
    expect(lastOf(wire).bytes.length).toBe(65_507);
  });

  test('packets that overtake each other are all delivered', () => {
    const { wire, alice, bob } = acquainted();
    for (let i = 0; i < 100; i++) alice.send(bob, String(i));
    for (const packet of wire.drop().toReversed()) wire.deliver(packet);
    expect(bob.heard.length).toBe(100);
    expect(refused(alice, bob)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('a peer without the key', () => {
  test('gets no answer and delivers nothing, and each attempt is counted', () => {
    const wire = new Wire();
    const alice = wire.host(a);
    const stranger = wire.host(b, keyRing('another'));
    for (let i = 0; i < 10; i++) stranger.send(alice, 'let me in');
    wire.flush();
    expect(alice.heard).toEqual([]);
    expect(alice.vault.refused.forged).toBe(10);
    expect(wire.log.every(({ from }) => from === stranger.address)).toBe(true);
  });

  test('says what it likes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 50 }), (junk) => {
        const { wire, alice, bob } = acquainted();
        for (const bytes of junk) wire.deliver({ from: bob.address, to: alice.address, bytes });
        const { forged, replayed } = alice.vault.refused;
        expect(forged + replayed).toBe(junk.length);
        expect(alice.heard).toEqual([]);
        alice.send(bob, 'still here');
        wire.flush();
        expect(bob.heard).toEqual([[a, 'still here']]);
      }),
      { numRuns: 50 },
    );
  });

  test('changes a bit, or cuts: the packet is turned away, and never answered by more bytes', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'payload');
    const [packet] = wire.drop() as [Packet];
    for (let bit = 0; bit < packet.bytes.length * 8; bit++) {
      const bytes = packet.bytes.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      wire.log.length = 0;
      wire.deliver({ ...packet, bytes });
      wire.flush();
      expect(wire.log.reduce((sum, one) => sum + one.bytes.length, 0)).toBeLessThanOrEqual(
        packet.bytes.length,
      );
    }
    for (let length = 0; length < packet.bytes.length; length++) {
      wire.deliver({ ...packet, bytes: packet.bytes.slice(0, length) });
    }
    expect(bob.heard).toEqual([]);
    const { forged, replayed } = bob.vault.refused;
    expect(forged + replayed).toBe(packet.bytes.length * 9);
    wire.deliver(packet);
    expect(bob.heard).toEqual([[a, 'payload']]);
  });
});

describe('a recording', () => {
  test('is taken once', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'once');
    wire.flush();
    for (let i = 0; i < 5; i++) wire.deliver(lastOf(wire));
    expect(bob.heard).toEqual([[a, 'once']]);
    expect(bob.vault.refused.replayed).toBe(5);
  });

  test('is worth nothing at another host, though it has the key', () => {
    const { wire, alice, bob } = acquainted();
    const carol = wire.host(c);
    alice.send(bob, 'for bob');
    const [packet] = wire.drop() as [Packet];
    wire.deliver({ ...packet, to: carol.address });
    expect(carol.heard).toEqual([]);
    expect(refused(carol)).toEqual([[0, 1]]);
    clear(wire);
    wire.flush();
    expect(alice.vault.refused.replayed).toBe(1); // It asked Carol nothing.
  });

  test('is worth nothing at a host that has started again', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'for the old bob');
    const packets = [...wire.drop()];
    const again = wire.host(b);
    for (const packet of packets) wire.deliver(packet);
    expect(again.heard).toEqual([]);
    expect(refused(again)).toEqual([[0, 1]]);
  });

  test('is worth nothing with the salt of the new host written into it', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'for the old bob');
    const [packet] = wire.drop() as [Packet];
    const again = wire.host(b);
    again.send(alice, 'here is my salt');
    const bytes = packet.bytes.slice();
    bytes.set(lastOf(wire).bytes.subarray(1, 5), 9);
    wire.deliver({ ...packet, bytes });
    expect(again.heard).toEqual([]);
    expect(refused(again)).toEqual([[1, 0]]);
  });

  test('is worth nothing from another address', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'from alice');
    const [packet] = wire.drop() as [Packet];
    const carol = wire.host(c);
    wire.deliver({ ...packet, from: carol.address });
    expect(bob.heard).toEqual([]);
    expect(refused(bob)).toEqual([[1, 0]]);
  });

  test('that is sent back to who made it is turned away, and not answered', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'out');
    const [known] = wire.drop() as [Packet];
    alice.send(wire.host(c), 'out');
    const [unknown] = wire.drop() as [Packet];
    clear(wire);
    for (const packet of [known, unknown]) {
      wire.deliver({ from: packet.to, to: packet.from, bytes: packet.bytes });
    }
    expect(wire.log).toEqual([]);
    expect(refused(alice)).toEqual([[0, 2]]);
  });

  test('of a packet for nobody is answered once, and makes the sender do nothing', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    alice.send(bob, 'who are you');
    const [packet] = wire.drop() as [Packet];
    for (let i = 0; i < 5; i++) wire.deliver(packet);
    expect(bob.vault.refused.replayed).toBe(4);
    wire.flush();
    expect(bob.heard).toEqual([[a, 'who are you']]);
    clear(wire, bob);
    const restarted = wire.host(b);
    wire.deliver(packet); // Whether it is old, the new one cannot know.
    expect(wire.log.map(kindOf)).toEqual([2]);
    wire.flush();
    expect(wire.log.length).toBe(1);
    expect(restarted.heard).toEqual([]);
    expect(alice.vault.refused.replayed).toBe(1);
  });
});

describe('a peer that starts again', () => {
  test('at the same address is known within one round trip, and loses nothing', () => {
    const { wire, alice, bob } = acquainted();
    const again = wire.host(b);
    alice.send(bob, 'still there?');
    wire.flush();
    expect(again.heard).toEqual([[a, 'still there?']]);
    expect(wire.log.map(kindOf)).toEqual([1, 2, 1]);
    again.send(alice, 'yes');
    wire.flush();
    expect(alice.heard).toEqual([[b, 'yes']]);
  });

  test('is known as well when it cannot answer who has its old salt, after three packets in two seconds', () => {
    const { wire, alice, bob } = acquainted();
    const again = wire.host(b);
    const deaf = () => {
      alice.send(bob, 'probe');
      const [probe] = wire.drop() as [Packet];
      return probe;
    };
    for (const wait of [0, 0, 1_999]) {
      wire.now += wait;
      expect(Buffer.from(deaf().bytes).readUInt32BE(9)).not.toBe(0);
    }
    wire.now += 1;
    const proof = deaf();
    expect(Buffer.from(proof.bytes).readUInt32BE(9)).toBe(0);
    wire.deliver(proof);
    wire.flush();
    expect(again.heard.map(([, text]) => text)).toContain('probe');
  });

  test('makes nobody forget it by what was recorded of its former life', () => {
    const { wire, alice, bob } = acquainted();
    const late: Packet[] = [];
    for (let i = 0; i < 10; i++) bob.send(alice, `late ${i}`);
    late.push(...wire.drop());
    const again = wire.host(b);
    alice.send(bob, 'hello again');
    wire.flush();
    for (const packet of late) wire.deliver(packet); // Held up, and genuine.
    expect(alice.heard.length).toBe(10);
    clear(wire);
    alice.send(bob, 'no detour');
    wire.flush();
    expect(wire.log.length).toBe(1);
    expect(again.heard.at(-1)).toEqual([a, 'no detour']);
  });
});

describe('a notice', () => {
  test('that answers nothing we sent there is turned away', () => {
    const { wire, alice, bob } = acquainted();
    const carol = wire.host(c);
    alice.send(carol, 'who is there');
    wire.flush();
    const notice = wire.log.find((packet) => kindOf(packet) === 2) as Packet;
    // Repeated; from where Bob is; and once more when it is old.
    wire.deliver(notice);
    wire.deliver({ ...notice, from: bob.address });
    wire.now += 10_000;
    wire.deliver(notice);
    expect(alice.vault.refused.replayed + alice.vault.refused.forged).toBe(3);
    clear(wire);
    alice.send(bob, 'still bob');
    wire.flush();
    expect(wire.log.length).toBe(1);
    expect(bob.heard).toEqual([[a, 'still bob']]);
  });

  test('that comes late is turned away, and nothing is learned of it', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    alice.send(bob, 'who is there');
    for (const packet of wire.drop()) wire.deliver(packet);
    const [notice] = wire.drop() as [Packet];
    wire.now += limits.keptDatagramMs;
    wire.deliver(notice);
    expect(refused(alice)).toEqual([[0, 1]]);
    expect(alice.datagrams.remembered).toMatchObject({ peers: 0, senders: 0 });
  });

  test('that another host was made to give does not put it in place of a peer', () => {
    const { wire, alice, bob } = acquainted();
    const carol = wire.host(c);
    alice.send(bob, 'for bob');
    const [packet] = wire.drop() as [Packet];
    wire.deliver({ ...packet, to: carol.address });
    const [notice] = wire.drop() as [Packet];
    expect(kindOf(notice)).toBe(2);
    wire.deliver({ ...notice, from: bob.address, to: alice.address });
    expect(refused(alice)).toEqual([[1, 0]]);
    wire.deliver(packet);
    clear(wire);
    alice.send(bob, 'again');
    expect(wire.log.length).toBe(1);
    wire.flush();
    expect(bob.heard.at(-1)).toEqual([a, 'again']);
  });

  test('is given to so many a second, and then to the others', () => {
    const { wire, bob } = acquainted();
    const stranger = Buffer.from(keyedPacketFor(wire, bob));
    stranger.writeUInt32BE(0x01020304, 9);
    const flood = (count: number) => {
      clear(wire);
      for (let i = 0; i < count; i++) {
        wire.deliver({ from: wire.host(c).address, to: bob.address, bytes: stranger });
      }
      return wire.log.length;
    };
    expect(flood(1_000)).toBe(limits.unprovenNoticesMax);
    // Who proves that it has a key is answered all the same.
    const carol = wire.host(c);
    carol.send(bob, 'hello');
    wire.flush();
    expect(bob.heard.at(-1)).toEqual([c, 'hello']);
    wire.now += 1_000;
    expect(flood(10)).toBe(10);
  });

  test('to those with a key is given to so many a second as well', () => {
    const wire = new Wire();
    const bob = wire.host(b);
    for (let i = 0; i < limits.noticesMax + 10; i++) {
      const one = wire.host(`10.1.${i >> 8}.${i & 255}:1`);
      one.send(bob, 'hello');
    }
    const asked = wire.drop();
    for (const packet of asked) wire.deliver(packet);
    expect(wire.drop().length).toBe(limits.noticesMax);
  });
});
