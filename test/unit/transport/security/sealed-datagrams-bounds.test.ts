import { describe, expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import { Boot } from '../../../../transport/security/boot.ts';
import {
  acquainted,
  keyedPacketFor,
  keyRing,
  type Packet,
  refused,
  Wire,
} from '../../../support/wire.ts';

const a = '10.0.0.1:1';
const b = '10.0.0.2:2';
const c = '10.0.0.3:3';

describe('what is remembered is bounded', () => {
  test('of packets: by count, bytes and time', () => {
    const { wire, alice, bob } = acquainted();
    for (let i = 0; i < limits.keptDatagramsMax + 100; i++) alice.send(bob, '');
    expect(alice.datagrams.remembered.kept).toBe(limits.keptDatagramsMax);
    for (let i = 0; i < 100; i++) alice.datagrams.send(bob.address, new Uint8Array(60_000));
    expect(alice.datagrams.remembered.keptBytes).toBeLessThanOrEqual(limits.keptDatagramBytesMax);
    expect(alice.datagrams.remembered.keptBytes).toBeGreaterThan(
      limits.keptDatagramBytesMax - 60_000,
    );
    wire.now += limits.keptDatagramMs;
    alice.send(bob, 'one');
    expect(alice.datagrams.remembered).toMatchObject({ kept: 1, keptBytes: 3 });
    alice.datagrams.close();
    expect(alice.datagrams.remembered).toMatchObject({ kept: 0, keptBytes: 0 });
  });

  test('what is older than two seconds is not sent again', () => {
    const wire = new Wire();
    const [alice, bob] = [wire.host(a), wire.host(b)];
    alice.send(bob, 'old');
    wire.drop();
    wire.now += limits.keptDatagramMs;
    alice.send(bob, 'new');
    wire.flush();
    expect(bob.heard).toEqual([[a, 'new']]);
  });

  test('of strangers: nothing', () => {
    const { wire, alice, bob } = acquainted();
    const genuine = Buffer.from(keyedPacketFor(wire, alice));
    const before = alice.datagrams.remembered;
    const stranger = wire.host(c, keyRing('another'));
    for (let i = 0; i < 100; i++) stranger.send(alice, 'x');
    for (let i = 0; i < 100; i++) {
      genuine.writeUInt32BE(i, 1); // Another sender each.
      wire.deliver({ from: bob.address, to: alice.address, bytes: genuine });
    }
    wire.flush();
    expect(alice.datagrams.remembered).toEqual(before);
  });

  test('of those that ask: the last thousand', () => {
    const wire = new Wire();
    const bob = wire.host(b);
    for (let i = 0; i < limits.sealAskersMax + 10; i++) {
      wire.host(`10.1.${i >> 8}.${i & 255}:1`).send(bob, 'hello');
    }
    for (const packet of wire.drop()) wire.deliver(packet);
    expect(bob.datagrams.remembered).toMatchObject({ askers: limits.sealAskersMax, senders: 0 });
  });

  test('of senders: one too many makes us somebody else, and old packets are worthless', () => {
    const wire = new Wire();
    const bob = wire.host(b);
    const alice = wire.host('192.168.0.1:1');
    alice.send(bob, 'first');
    wire.flush();
    const first = wire.log.at(-1) as Packet;
    wire.log.length = 0;
    for (let i = 1; i <= limits.sealSendersMax; i++) {
      wire.now += 1; // Notices are counted by the second.
      wire.host(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:1`).send(bob, 'hello');
      wire.flush();
    }
    expect(bob.heard.length).toBe(limits.sealSendersMax + 1);
    expect(bob.datagrams.remembered.senders).toBe(0);
    expect(bob.datagrams.remembered.peers).toBeLessThanOrEqual(limits.sealPeersMax);
    wire.deliver(first);
    expect(bob.heard.length).toBe(limits.sealSendersMax + 1);
    alice.send(bob, 'and you are?');
    wire.flush();
    expect(bob.heard.at(-1)).toEqual([alice.address, 'and you are?']);
  });
});

describe('the numbers of packets', () => {
  test('are never used twice with one salt, whatever is sent', () => {
    const { wire, alice, bob } = acquainted();
    const carol = wire.host(c);
    const used = new Set<string>();
    wire.log.length = 0;
    for (let i = 0; i < 200; i++) {
      alice.send(i % 3 === 0 ? carol : bob, 'x');
      carol.send(alice, 'y');
      if (i % 5 === 0) wire.flush();
    }
    wire.flush();
    for (const { bytes } of wire.log) used.add(Buffer.from(nonceOf(bytes)).toString('hex'));
    expect(used.size).toBe(wire.log.length);
  });

  test('that are used up bring another salt, and the peers learn it', () => {
    const wire = new Wire();
    const bob = wire.host(b);
    const alice = wire.host(a, undefined, new Boot(10));
    for (let i = 0; i < 50; i++) {
      alice.send(bob, String(i));
      wire.flush();
      bob.send(alice, String(i));
      wire.flush();
    }
    const texts = Array.from({ length: 50 }, (_, i) => String(i));
    expect(bob.heard.map(([, text]) => text)).toEqual(texts);
    expect(alice.heard.map(([, text]) => text)).toEqual(texts);
    const byAlice = wire.log.filter(({ from }) => from === alice.address);
    const salts = Map.groupBy(byAlice, ({ bytes }) =>
      Buffer.from(bytes.slice(1, 9)).toString('hex'),
    );
    for (const packets of salts.values()) {
      expect(new Set(packets.map(({ bytes }) => nonceOf(bytes).join())).size).toBe(packets.length);
      expect(packets.length).toBeLessThanOrEqual(10);
    }
    expect(salts.size).toBeGreaterThan(4);
  });
});

describe('keys that change', () => {
  test('are accepted in any order, and those that are taken away no longer', () => {
    const wire = new Wire();
    const alice = wire.host(a, keyRing('old'));
    const bob = wire.host(b, keyRing('old'));
    let said = 0;
    const talk = () => {
      alice.send(bob, `a${++said}`);
      bob.send(alice, `b${said}`);
      wire.flush();
      expect([bob.heard.at(-1)?.[1], alice.heard.at(-1)?.[1]]).toEqual([`a${said}`, `b${said}`]);
    };
    talk();
    for (const names of [['old', 'new'], ['new', 'old'], ['new']] as const) {
      alice.vault.replace(keyRing(...names));
      talk();
      bob.vault.replace(keyRing(...names));
      talk();
    }
    expect(refused(alice, bob)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const late = wire.host(c, keyRing('old'));
    late.send(bob, 'me too');
    wire.flush();
    expect(bob.vault.refused.forged).toBe(1);
  });

  test('that come back do not make what was taken new', () => {
    const { wire, alice, bob } = acquainted();
    alice.send(bob, 'once');
    wire.flush();
    const packet = wire.log.at(-1) as Packet;
    bob.vault.replace(keyRing('two'));
    wire.deliver(packet);
    bob.vault.replace(keyRing('two', 'one'));
    wire.deliver(packet);
    expect(bob.heard).toEqual([[a, 'once']]);
  });
});

/** Salt and counter: what no two packets may have in common. */
function nonceOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(...bytes.subarray(1, 9), ...bytes.subarray(13, 17));
}
