import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datagrams } from '../../src/host/index.ts';
import type { Address } from '../../src/id.ts';
import type { WorldUnderTest } from './worlds.ts';

interface Heard {
  readonly from: Address;
  readonly bytes: Uint8Array;
}

export function describeDatagrams(world: WorldUnderTest): void {
  /** Two hosts, of which Bob listens. */
  async function aliceAndBob() {
    const [a, b] = [await world.open(), await world.open()];
    const heard: Heard[] = [];
    b.datagrams.receive((from, bytes) => heard.push({ from, bytes }));
    return { alice: a.datagrams, bob: b.datagrams, heard };
  }

  /** Sends again until one arrives: each may be lost. */
  async function deliver(from: Datagrams, to: Address, bytes: Uint8Array, heard: Heard[]) {
    const before = heard.length;
    await world.until(() => {
      if (heard.length === before) from.send(to, bytes);
      return heard.slice(before).some((one) => one.bytes.join() === bytes.join());
    });
  }

  describe('datagrams', () => {
    test('datagrams and streams share one address, and each host has its own', async () => {
      const [a, b] = [await world.open(), await world.open()];
      expect(a.datagrams.address).toBe(a.streams.address);
      expect(b.datagrams.address).not.toBe(a.datagrams.address);
    });

    test('a datagram arrives as it was sent, with the address of its sender', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      await deliver(alice, bob.address, Uint8Array.of(1, 2, 3), heard);
      expect(heard[0]).toEqual({ from: alice.address, bytes: Uint8Array.of(1, 2, 3) });
    });

    test('any bytes arrive unchanged, or not at all', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 1_200 }), async (bytes) => {
          heard.length = 0;
          await deliver(alice, bob.address, bytes, heard);
        }),
        { numRuns: 30 },
      );
    });

    test('the sender may reuse its buffer once send returns', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      await world.until(() => {
        const buffer = Uint8Array.of(7);
        alice.send(bob.address, buffer);
        buffer.fill(0);
        return heard.length > 0;
      });
      expect(heard[0]?.bytes).toEqual(Uint8Array.of(7));
    });

    test('the receiver may keep the bytes, which are a plain array', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      await deliver(alice, bob.address, Uint8Array.of(1), heard);
      await deliver(alice, bob.address, Uint8Array.of(2), heard);
      expect(heard[0]?.bytes).toEqual(Uint8Array.of(1));
      expect(Object.getPrototypeOf(heard[0]?.bytes)).toBe(Uint8Array.prototype);
    });

    test('nothing is received from within send', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      await world.until(() => {
        const before = heard.length;
        alice.send(bob.address, Uint8Array.of(1));
        expect(heard.length).toBe(before);
        return heard.length > 0;
      });
    });

    test('the receiver can answer', async () => {
      const { alice, bob } = await aliceAndBob();
      const answers: Heard[] = [];
      bob.receive((from, bytes) =>
        bob.send(
          from,
          bytes.map((byte) => byte + 1),
        ),
      );
      alice.receive((from, bytes) => answers.push({ from, bytes }));
      await world.until(() => {
        if (answers.length === 0) alice.send(bob.address, Uint8Array.of(41));
        return answers.length > 0;
      });
      expect(answers[0]).toEqual({ from: bob.address, bytes: Uint8Array.of(42) });
    });

    test('an over-long datagram is dropped, and the next one arrives', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      for (let i = 0; i < 10; i++) alice.send(bob.address, new Uint8Array(65_508));
      await deliver(alice, bob.address, Uint8Array.of(1), heard);
      expect(heard.every((one) => one.bytes.length === 1)).toBe(true);
    });

    test('sending where nobody listens is harmless', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      const carol = await world.open();
      carol.datagrams.close();
      for (let i = 0; i < 10; i++) alice.send(carol.datagrams.address, Uint8Array.of(9));
      await deliver(alice, bob.address, Uint8Array.of(1), heard);
    });

    test('after close nothing is received, and sending is harmless', async () => {
      const { alice, bob, heard } = await aliceAndBob();
      const carol = await world.open();
      const byCarol: Heard[] = [];
      carol.datagrams.receive((from, bytes) => byCarol.push({ from, bytes }));
      alice.send(bob.address, Uint8Array.of(1));
      bob.close();
      bob.close();
      bob.send(alice.address, Uint8Array.of(2));
      await deliver(alice, carol.datagrams.address, Uint8Array.of(3), byCarol);
      expect(heard).toEqual([]);
    });
  });
}
