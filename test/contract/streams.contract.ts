import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CloseReason, Connection, ConnectionEvents, Host } from '../../src/host/index.ts';
import { type Address, joinAddress, splitAddress } from '../../src/id.ts';
import type { WorldUnderTest } from './worlds.ts';

const MiB = 1024 * 1024;

/** One end of a connection, and everything that happened to it. */
class End {
  connection!: Connection;
  readonly received: Uint8Array[] = [];
  bytes = 0;
  opened = 0;
  drained = 0;
  readonly closed: CloseReason[] = [];
  afterClosed = 0;
  /** Set while we call into the connection: no event may come from within. */
  calling = false;

  readonly events: ConnectionEvents = {
    opened: () => this.#happened(() => this.opened++),
    received: (bytes) =>
      this.#happened(() => {
        this.received.push(bytes);
        this.bytes += bytes.length;
      }),
    drained: () => this.#happened(() => this.drained++),
    closed: (reason) => this.#happened(() => this.closed.push(reason)),
  };

  call<T>(use: (connection: Connection) => T): T {
    this.calling = true;
    try {
      return use(this.connection);
    } finally {
      this.calling = false;
    }
  }

  text(): string {
    return this.received.map((bytes) => new TextDecoder().decode(bytes)).join('');
  }

  #happened(event: () => void): void {
    expect(this.calling).toBe(false);
    if (this.closed.length > 0) this.afterClosed++;
    event();
  }
}

export function describeStreams(world: WorldUnderTest): void {
  function dial(from: Host, to: Address): End {
    const end = new End();
    end.calling = true;
    end.connection = from.streams.dial(to, end.events);
    end.calling = false;
    return end;
  }

  function acceptAll(host: Host, onAccept: (end: End) => void = () => {}): End[] {
    const accepted: End[] = [];
    host.streams.accept((connection) => {
      const end = new End();
      end.connection = connection;
      accepted.push(end);
      onAccept(end);
      return end.events;
    });
    return accepted;
  }

  /** Alice has dialled Bob, and the connection stands on both sides. */
  async function aliceAndBob() {
    const [a, b] = [await world.open(), await world.open()];
    const accepted = acceptAll(b);
    const alice = dial(a, b.streams.address);
    await world.until(() => alice.opened > 0 && accepted.length > 0);
    return { a, b, alice, bob: accepted[0] as End };
  }

  /** By the time that another pair of hosts has talked, what was under way has arrived. */
  async function letAllArrive() {
    for (let i = 0; i < 3; i++) {
      const { alice, bob } = await aliceAndBob();
      alice.connection.write(text('over'));
      await world.until(() => bob.text() === 'over');
      bob.connection.end();
      await world.until(() => alice.closed.length > 0);
    }
  }

  describe('streams', () => {
    test('a dialled connection opens, is accepted, and carries bytes both ways', async () => {
      const { b, alice, bob } = await aliceAndBob();
      expect(alice.connection.remote).toBe(b.streams.address);
      alice.call((connection) => connection.write(text('hello')));
      bob.call((connection) => connection.write(text('hi')));
      await world.until(() => bob.text() === 'hello' && alice.text() === 'hi');
      expect(alice.opened).toBe(1);
      expect(bob.opened).toBe(0);
    });

    test('the acceptor may write before anything else happens', async () => {
      const [a, b] = [await world.open(), await world.open()];
      acceptAll(b, (end) => end.connection.write(text('welcome')));
      const alice = dial(a, b.streams.address);
      await world.until(() => alice.text() === 'welcome');
    });

    test('what is written before the connection stands is kept, and comes first', async () => {
      const [a, b] = [await world.open(), await world.open()];
      const accepted = acceptAll(b);
      const alice = dial(a, b.streams.address);
      alice.call((connection) => connection.write(text('one ')));
      alice.call((connection) => connection.write(text('two ')));
      await world.until(() => alice.opened > 0);
      alice.call((connection) => connection.write(text('three')));
      await world.until(() => accepted[0]?.text() === 'one two three');
    });

    test('what is written arrives in order, nothing lost or doubled, in plain arrays', async () => {
      const { alice, bob } = await aliceAndBob();
      const writes = fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 50 });
      await fc.assert(
        fc.asyncProperty(writes, async (writes) => {
          bob.received.length = 0;
          const expected = concat(writes);
          for (const bytes of writes) alice.call((connection) => connection.write(bytes.slice()));
          await world.until(() => concat(bob.received).length >= expected.length);
          expect(concat(bob.received)).toEqual(expected);
        }),
        { numRuns: 30 },
      );
      expect(bob.received.every((b) => Object.getPrototypeOf(b) === Uint8Array.prototype)).toBe(
        true,
      );
    });

    test('a long write arrives whole', async () => {
      const { alice, bob } = await aliceAndBob();
      const bytes = pattern(5 * MiB);
      alice.connection.write(bytes.slice());
      await world.until(() => bob.bytes === bytes.length);
      expect(same(concat(bob.received), bytes)).toBe(true);
    });

    test('a peer that does not read bounds what is unsent, and is heard of when it reads', async () => {
      const { alice, bob } = await aliceAndBob();
      bob.connection.pause();
      const block = pattern(64 * 1024);
      let written = 0;
      // The buffers on the way fill first: write on, until no more room comes.
      for (let full = false; !full; ) {
        let room = true;
        while (room) {
          room = alice.call((connection) => connection.write(block.slice()));
          written += block.length;
          expect(written).toBeLessThan(64 * MiB);
        }
        const drained = alice.drained;
        await letAllArrive();
        full = alice.drained === drained;
      }
      expect(bob.bytes).toBe(0);

      bob.call((connection) => connection.resume());
      const drained = alice.drained;
      await world.until(() => bob.bytes === written && alice.drained > drained);
      expect(alice.drained).toBe(drained + 1);
      expect(same(concat(bob.received).subarray(0, block.length), block)).toBe(true);
    });

    test('a write that leaves room is not followed by drained', async () => {
      const { alice, bob } = await aliceAndBob();
      for (let i = 0; i < 100; i++) expect(alice.connection.write(text('x'))).toBe(true);
      await world.until(() => bob.bytes === 100);
      await letAllArrive();
      expect(alice.drained).toBe(0);
    });

    test('a paused connection receives nothing until it is resumed', async () => {
      const [a, b] = [await world.open(), await world.open()];
      const accepted = acceptAll(b, (end) => end.connection.pause());
      const alice = dial(a, b.streams.address);
      alice.connection.write(text('wait'));
      alice.connection.end();
      await world.until(() => accepted.length > 0);
      await letAllArrive();
      const bob = accepted[0] as End;
      expect([bob.bytes, bob.closed]).toEqual([0, []]);
      bob.call((connection) => connection.resume());
      await world.until(() => bob.closed.length > 0);
      expect([bob.text(), bob.closed]).toEqual(['wait', ['ended']]);
    });

    test('pausing within received holds back the rest', async () => {
      const { alice, bob } = await aliceAndBob();
      const { received } = bob.events;
      bob.events.received = (bytes) => {
        received(bytes);
        bob.connection.pause();
      };
      alice.connection.write(pattern(1 * MiB));
      await world.until(() => bob.bytes > 0);
      const before = bob.bytes;
      await letAllArrive();
      expect(bob.bytes).toBe(before);
      expect(before).toBeLessThan(1 * MiB);
      await world.until(() => {
        bob.connection.resume();
        return bob.bytes === 1 * MiB;
      });
    });

    test('end sends what was written, then the peer sees ended and we local', async () => {
      const { alice, bob } = await aliceAndBob();
      const bytes = pattern(3 * MiB);
      alice.call((connection) => connection.write(bytes.slice()));
      alice.call((connection) => connection.end());
      await world.until(() => bob.closed.length > 0 && alice.closed.length > 0);
      expect(same(concat(bob.received), bytes)).toBe(true);
      expect([alice.closed, bob.closed]).toEqual([['local'], ['ended']]);
    });

    test('end before the connection stands sends what was written all the same', async () => {
      const [a, b] = [await world.open(), await world.open()];
      const accepted = acceptAll(b);
      const alice = dial(a, b.streams.address);
      alice.call((connection) => connection.write(text('brief')));
      alice.call((connection) => connection.end());
      await world.until(() => accepted[0]?.closed.length === 1 && alice.closed.length === 1);
      expect(accepted[0]?.text()).toBe('brief');
      expect([alice.closed, accepted[0]?.closed]).toEqual([['local'], ['ended']]);
    });

    test('after end nothing is received, and a peer that writes on does not hold us up', async () => {
      const { alice, bob } = await aliceAndBob();
      alice.connection.pause();
      for (let i = 0; i < 4; i++) bob.connection.write(pattern(1 * MiB));
      alice.connection.write(text('bye'));
      alice.call((connection) => connection.end());
      await world.until(() => bob.closed.length > 0 && alice.closed.length > 0);
      expect([bob.text(), bob.closed]).toEqual(['bye', ['ended']]);
      expect([alice.bytes, alice.closed]).toEqual([0, ['local']]);
    });

    test('both sides may end at once', async () => {
      const { alice, bob } = await aliceAndBob();
      alice.call((connection) => connection.end());
      bob.call((connection) => connection.end());
      await world.until(() => bob.closed.length > 0 && alice.closed.length > 0);
      expect([alice.closed, bob.closed]).toEqual([['local'], ['local']]);
    });

    test('reset breaks the connection at once, even one that is stuck: the peer sees reset', async () => {
      const { alice, bob } = await aliceAndBob();
      bob.connection.pause();
      while (alice.connection.write(pattern(1 * MiB))) await letAllArrive();
      alice.call((connection) => connection.reset());
      await world.until(() => alice.closed.length > 0);
      expect(alice.closed).toEqual(['local']);
      bob.connection.resume();
      await world.until(() => bob.closed.length > 0);
      expect(bob.closed).toEqual(['reset']);
    });

    test('reset before the connection stands: it never opens', async () => {
      const [a, b] = [await world.open(), await world.open()];
      acceptAll(b);
      const alice = dial(a, b.streams.address);
      alice.call((connection) => connection.reset());
      await world.until(() => alice.closed.length > 0);
      await letAllArrive();
      expect([alice.opened, alice.closed]).toEqual([0, ['local']]);
    });

    test('a dial to where nobody listens is refused', async () => {
      const [a, b] = [await world.open(), await world.open()];
      b.streams.close();
      const alice = dial(a, b.streams.address);
      alice.connection.write(text('x'));
      await world.until(() => alice.closed.length > 0);
      expect([alice.opened, alice.closed]).toEqual([0, ['refused']]);
    });

    test('a dial to another port of a host is refused', async () => {
      const [a, b] = [await world.open(), await world.open()];
      acceptAll(b);
      const { host } = splitAddress(b.streams.address);
      const alice = dial(a, joinAddress(host, 1));
      await world.until(() => alice.closed.length > 0);
      expect([alice.opened, alice.closed]).toEqual([0, ['refused']]);
    });

    test('a name that nobody has is unreachable', async () => {
      const a = await world.open();
      const alice = dial(a, joinAddress('no-such-host.invalid', 1));
      await world.until(() => alice.closed.length > 0);
      expect([alice.opened, alice.closed]).toEqual([0, ['unreachable']]);
    });

    test('closed comes exactly once and last, whatever is called afterwards', async () => {
      const { alice, bob } = await aliceAndBob();
      alice.connection.end();
      await world.until(() => bob.closed.length > 0 && alice.closed.length > 0);
      for (const end of [alice, bob]) {
        end.call((connection) => {
          expect(connection.write(text('x'))).toBe(true);
          connection.pause();
          connection.resume();
          connection.end();
          connection.reset();
          connection.reset();
        });
      }
      await letAllArrive();
      for (const end of [alice, bob]) expect([end.closed.length, end.afterClosed]).toEqual([1, 0]);
    });

    test('closing the streams of a host resets all its connections and accepts no more', async () => {
      const { a, b, alice, bob } = await aliceAndBob();
      const second = dial(a, b.streams.address);
      await world.until(() => second.opened > 0);
      alice.connection.write(text('last words'));
      b.streams.close();
      await world.until(() => [alice, bob, second].every((end) => end.closed.length > 0));
      expect([alice.closed, bob.closed, second.closed]).toEqual([['reset'], ['local'], ['reset']]);
      const late = dial(a, b.streams.address);
      await world.until(() => late.closed.length > 0);
      expect(late.closed).toEqual(['refused']);
      expect([alice.afterClosed, bob.afterClosed]).toEqual([0, 0]);
    });

    test('a host that stops accepting refuses dials, and keeps the connections that stand', async () => {
      const { a, b, alice, bob } = await aliceAndBob();
      b.streams.stopAccepting();
      b.streams.stopAccepting();
      const late = dial(a, b.streams.address);
      await world.until(() => late.closed.length > 0);
      expect([late.opened, late.closed]).toEqual([0, ['refused']]);
      bob.connection.write(text('still here'));
      await world.until(() => alice.text() === 'still here');
      b.streams.close();
      await world.until(() => alice.closed.length > 0);
    });

    test('a host can dial itself', async () => {
      const a = await world.open();
      const accepted = acceptAll(a);
      const alice = dial(a, a.streams.address);
      alice.connection.write(text('me'));
      await world.until(() => accepted[0]?.text() === 'me');
    });
  });
}

function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** Bytes in which a shift or a repetition shows. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i ^ (i >> 8) ^ (i >> 16));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Quicker than `toEqual` on megabytes. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
