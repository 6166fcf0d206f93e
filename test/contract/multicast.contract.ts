import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Host, MulticastGroup } from '../../src/host/index.ts';
import { type Address, isAddress, parseGroup } from '../../src/id.ts';
import type { WorldUnderTest } from './worlds.ts';

interface Member {
  readonly group: MulticastGroup;
  readonly heard: { readonly from: Address; readonly bytes: Uint8Array }[];
  readonly failures: string[];
  joined: number;
}

export function describeMulticast(world: WorldUnderTest): void {
  /** One that no other test uses, of this run or of another on this machine. */
  const someGroup = () => {
    const byte = () => Math.floor(Math.random() * 256);
    return parseGroup(`239.${byte()}.${byte()}.${byte()}:${20_000 + byte()}`);
  };

  function enter(host: Host, address: Address): Member {
    const member: Omit<Member, 'group'> = { heard: [], failures: [], joined: 0 };
    const group = host.multicast.join(address, {
      joined: () => {
        member.joined++;
      },
      received: (from, bytes) => member.heard.push({ from, bytes }),
      failed: (reason) => member.failures.push(reason),
    });
    return Object.assign(member, { group });
  }

  /** So many hosts in one group. */
  async function members(count: number, address = someGroup()): Promise<Member[]> {
    const all: Member[] = [];
    for (let i = 0; i < count; i++) all.push(enter(await world.open(), address));
    await world.until(() => all.every(({ joined }) => joined > 0));
    return all;
  }

  const has = ({ heard }: Member, bytes: Uint8Array) =>
    heard.some((one) => one.bytes.join() === bytes.join());

  /** Sends again until all of them have it: each copy may be lost. */
  async function spread(from: Member, to: readonly Member[], bytes: Uint8Array) {
    await world.until(() => {
      if (to.every((member) => has(member, bytes))) return true;
      from.group.send(bytes);
      return false;
    });
  }

  describe('multicast', () => {
    test('what one sends, all of the group hear, itself as well', async () => {
      const all = await members(4);
      await spread(all[0] as Member, all, Uint8Array.of(1, 2, 3));
      const [one] = (all[1] as Member).heard;
      expect(one?.bytes).toEqual(Uint8Array.of(1, 2, 3));
      expect(isAddress(one?.from as string)).toBe(true);
      expect(all.flatMap(({ failures }) => failures)).toEqual([]);
    });

    test('a packet of 1,200 bytes arrives unchanged, and any shorter one', async () => {
      const [alice, bob] = (await members(2)) as [Member, Member];
      await spread(alice, [bob], new Uint8Array(1_200).fill(7));
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 1_200 }), async (bytes) => {
          bob.heard.length = 0;
          await spread(alice, [bob], bytes);
        }),
        { numRuns: 20 },
      );
    });

    test('an over-long packet is dropped, and the next one arrives', async () => {
      const [alice, bob] = (await members(2)) as [Member, Member];
      for (let i = 0; i < 10; i++) alice.group.send(new Uint8Array(65_508));
      await spread(alice, [bob], Uint8Array.of(1));
      expect(bob.heard.every(({ bytes }) => bytes.length === 1)).toBe(true);
    });

    test('other groups hear nothing of it, not even on the same port', async () => {
      const address = someGroup();
      const port = address.split(':')[1];
      const other = parseGroup(`238.1.1.1:${port}`);
      const [alice, bob] = (await members(2, address)) as [Member, Member];
      const [carol, dave] = (await members(2, other)) as [Member, Member];
      await spread(alice, [bob], Uint8Array.of(1));
      await spread(carol, [dave], Uint8Array.of(2));
      expect([has(dave, Uint8Array.of(1)), has(bob, Uint8Array.of(2))]).toEqual([false, false]);
    });

    test('it joins once, not from within the call, and nothing is received before', async () => {
      const address = someGroup();
      const [alice] = (await members(1, address)) as [Member];
      const host = await world.open();
      const bob = enter(host, address);
      alice.group.send(Uint8Array.of(1));
      expect(bob).toMatchObject({ joined: 0, heard: [] });
      await world.until(() => bob.joined > 0);
      await spread(alice, [bob], Uint8Array.of(2));
      expect(bob.joined).toBe(1);
    });

    test('nothing is received from within send, and the buffer may be used again', async () => {
      const [alice, bob] = (await members(2)) as [Member, Member];
      await world.until(() => {
        const before = bob.heard.length + alice.heard.length;
        const buffer = Uint8Array.of(7);
        alice.group.send(buffer);
        buffer.fill(0);
        expect(bob.heard.length + alice.heard.length).toBe(before);
        return bob.heard.length > 0;
      });
      expect(bob.heard[0]?.bytes).toEqual(Uint8Array.of(7));
      expect(Object.getPrototypeOf(bob.heard[0]?.bytes)).toBe(Uint8Array.prototype);
    });

    test('one host may be in a group twice, and each of them hears', async () => {
      const host = await world.open();
      const address = someGroup();
      const [one, two] = [enter(host, address), enter(host, address)];
      await world.until(() => one.joined + two.joined === 2);
      await spread(one, [one, two], Uint8Array.of(5));
    });

    test('after close nothing is received, and sending is harmless; the others go on', async () => {
      const [alice, bob, carol] = (await members(3)) as [Member, Member, Member];
      bob.group.close();
      bob.group.close();
      bob.group.send(Uint8Array.of(9));
      await spread(alice, [carol], Uint8Array.of(1));
      expect(bob.heard).toEqual([]);
      expect(has(carol, Uint8Array.of(9))).toBe(false);
    });

    test('one that is closed before it joined never joins', async () => {
      const address = someGroup();
      const bob = enter(await world.open(), address);
      bob.group.close();
      const [alice, carol] = (await members(2, address)) as [Member, Member];
      await spread(alice, [carol], Uint8Array.of(1));
      expect(bob).toMatchObject({ joined: 0, heard: [], failures: [] });
    });
  });
}
