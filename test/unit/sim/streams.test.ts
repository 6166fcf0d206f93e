import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixed, partition, World } from '../../../sim/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { accept, dial, End, LATENCY_US, pair, steadyWorld } from './support.ts';

describe('connections', () => {
  test('a dial opens after a round trip, and the acceptor hears of it after one and a half', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    const accepted = accept(world, bob);
    const a = dial(world, alice, bob);
    world.run(3 * LATENCY_US - 1);
    expect(a.openedAt).toBe(2 * LATENCY_US);
    expect(accepted).toEqual([]);
    world.run(3 * LATENCY_US);
    expect(accepted.length).toBe(1);
  });

  test('a dial where nobody listens is refused, one to nowhere is unreachable', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    const silent = dial(world, alice, bob);
    const crashed = world.addHost('carol');
    crashed.crash();
    const dead = dial(world, alice, crashed);
    const nowhere = new End(world);
    alice.streams.dial('10.9.9.9:1' as typeof alice.streams.address, nowhere);
    world.runFor(SECOND);
    expect(silent.reason).toBe('refused');
    expect(silent.closedAt).toBe(2 * LATENCY_US);
    expect(dead.reason).toBe('refused');
    expect(nowhere.reason).toBe('unreachable');
  });

  test('a dial to a dark host, or through a cut, times out after 5 s', () => {
    const world = steadyWorld();
    const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => world.addHost(name));
    if (!alice || !bob || !carol) throw new Error('no hosts');
    accept(world, bob);
    accept(world, carol);
    bob.crash({ silent: true });
    // Carol hears Alice and her answers are lost: she must not see a connection.
    const heard = accept(world, carol);
    world.rules.add({ type: 'cut', from: ['carol'], to: ['alice'] });
    const [toBob, toCarol] = [dial(world, alice, bob), dial(world, alice, carol)];
    world.run(5 * SECOND - 1);
    expect([toBob.reason, toCarol.reason]).toEqual([undefined, undefined]);
    world.run(5 * SECOND);
    expect([toBob.reason, toCarol.reason]).toEqual(['timeout', 'timeout']);
    expect(heard).toEqual([]);
  });

  test('a dial succeeds when the cut ends within 5 s', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    const accepted = accept(world, bob);
    const rule = partition(['alice'], ['bob']);
    world.rules.add(rule);
    const a = dial(world, alice, bob);
    world.at(2 * SECOND, () => world.rules.remove(rule));
    world.run(10 * SECOND);
    expect(a.openedAt).toBe(3 * SECOND + 2 * LATENCY_US);
    expect(accepted.length).toBe(1);
  });

  test('many writes of one moment arrive together, in parts of at most 64 KiB', () => {
    const world = steadyWorld();
    const { a, b } = pair(world);
    const before = world.executed;
    for (let i = 0; i < 1_000; i++) a.connection?.write(new Uint8Array(100));
    world.runFor(10 * LATENCY_US);
    expect(world.executed - before).toBe(1);
    expect(b.chunks.map((chunk) => chunk.length)).toEqual([65_500, 34_500]);
  });

  test('whatever is written arrives once and in order, under loss, delay and passing cuts', () => {
    const length = fc.oneof(fc.nat(2_000), fc.nat(200_000));
    const write = fc.record({
      afterUs: fc.oneof(fc.nat(10 * MS), fc.nat(300 * MS)),
      length,
    });
    // A short one takes some of what is under way and spares what was sent after it.
    const cutUs = fc.oneof(fc.nat(50 * MS), fc.nat(10 * SECOND));
    const cut = fc.record({ at: fc.nat(5 * SECOND), us: cutUs, both: fc.boolean() });
    const pause = fc.record({ at: fc.nat(10 * SECOND), us: fc.nat(5 * SECOND) });
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(write, { maxLength: 30 }),
        fc.array(cut, { maxLength: 8 }),
        fc.array(pause, { maxLength: 3 }),
        fc.constantFrom(0, 0.1, 0.5),
        fc.constantFrom(0, 50 * MS, 600 * MS),
        (seed, writes, cuts, pauses, ratio, maxUs) => {
          const world = new World({ seed });
          const { a, b, bob } = pair(world);
          world.rules.add({ type: 'loss', ratio, from: 'any', to: 'any' });
          world.rules.add({ type: 'delay', minUs: 0, maxUs, from: 'any', to: 'any' });
          for (const { at, us, both } of cuts) {
            const rule = { type: 'cut', from: ['alice'], to: ['bob'], bothWays: both } as const;
            world.at(world.now + at, () => world.rules.add(rule));
            world.at(world.now + at + us, () => world.rules.remove(rule));
          }
          for (const { at, us } of pauses) {
            world.after(at, () => b.connection?.pause());
            world.after(at + us, () => b.connection?.resume());
            world.after(at + (us >> 1), () => bob.pause(us));
          }
          let sent = 0;
          let at = world.now;
          for (const { afterUs, length: bytes } of writes) {
            at += afterUs;
            world.at(at, () => {
              const numbers = Uint8Array.from({ length: bytes }, (_, i) => sent + i);
              sent += bytes;
              a.connection?.write(numbers);
            });
          }
          world.at(at, () => a.connection?.end());
          world.runFor(120 * SECOND);
          // Cuts may add up to 20 s: either all arrived, or the writer knows better.
          if (a.reason === 'timeout') return;
          expect(b.reason).toBe('ended');
          expect(a.reason).toBe('local');
          expect(b.bytes).toBe(sent);
          let next = 0;
          for (const chunk of b.chunks) {
            expect(chunk.length).toBeLessThanOrEqual(65_536);
            for (const byte of chunk) if (byte !== (next++ & 255)) throw new Error('out of order');
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('what was sent after a lost segment does not overtake it', () => {
    const world = steadyWorld({ topology: fixed(300 * MS) });
    const { a, b } = pair(world);
    world.runFor(SECOND);
    const start = world.now;
    const rule = partition(['alice'], ['bob']);
    world.at(start, () => a.write('lost '));
    world.at(start + 10 * MS, () => a.write('under way '));
    world.at(start + 299 * MS, () => world.rules.add(rule));
    world.at(start + 301 * MS, () => world.rules.remove(rule));
    world.at(start + 305 * MS, () => a.write('later'));
    world.run(start + 5 * SECOND);
    expect(b.text).toBe('lost under way later');
  });

  test('write returns false beyond 1 MiB unsent, and drained follows once there is room', () => {
    const world = steadyWorld();
    const { a, b } = pair(world);
    b.connection?.pause();
    let written = 0;
    while (a.connection?.write(new Uint8Array(10_000)) === true) written += 10_000;
    expect(written).toBeGreaterThan(1024 * 1024);
    expect(written).toBeLessThan(2 * 1024 * 1024);
    world.runFor(60 * SECOND);
    expect([b.bytes, a.drains, a.reason]).toEqual([0, 0, undefined]);
    b.connection?.resume();
    expect(b.bytes).toBe(0);
    world.runFor(SECOND);
    expect([b.bytes, a.drains]).toEqual([written + 10_000, 1]);
  });

  test('a reader that pauses within received gets no more until it resumes', () => {
    const world = steadyWorld();
    const { a, b } = pair(world);
    b.onReceived = () => b.connection?.pause();
    a.connection?.write(new Uint8Array(200_000));
    a.connection?.end();
    world.runFor(SECOND);
    expect(b.bytes).toBe(65_536);
    expect(b.reason).toBe(undefined);
    for (let i = 0; i < 4; i++) {
      expect(b.reason).toBe(undefined);
      b.connection?.resume();
      world.runFor(SECOND);
    }
    expect(b.bytes).toBe(200_000);
    expect(b.reason).toBe('ended');
  });

  test('end delivers what was written, then the peer sees ended and we see local', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    const accepted = accept(world, bob);
    const a = dial(world, alice, bob);
    a.write('before it stands');
    a.connection?.end();
    a.write('too late');
    world.runFor(SECOND);
    expect(accepted[0]?.text).toBe('before it stands');
    expect([a.reason, accepted[0]?.reason]).toEqual(['local', 'ended']);
    expect([alice.streams.count, bob.streams.count]).toEqual([0, 0]);
  });

  test('after end nothing is received, and a peer that does not end is left after 5 s', () => {
    const world = steadyWorld();
    const { a, b } = pair(world);
    b.write('under way');
    b.connection?.pause();
    a.connection?.end();
    world.runFor(4 * SECOND);
    expect([a.text, a.reason]).toEqual(['', undefined]);
    world.runFor(2 * SECOND);
    expect([a.text, a.reason]).toEqual(['', 'local']);
    b.write('to nobody');
    world.runFor(SECOND);
    expect(b.reason).toBe('reset');
  });

  test('reset breaks at once: local here, reset there, neither from within the call', () => {
    const world = steadyWorld();
    const { a, b } = pair(world);
    a.write('sent before');
    a.connection?.reset();
    expect(a.reason).toBe(undefined);
    world.runFor(SECOND);
    expect([a.reason, b.reason, b.text]).toEqual(['local', 'reset', 'sent before']);
  });

  test('closing the streams resets every connection and refuses new ones', () => {
    const world = steadyWorld();
    const { a, b, alice, bob } = pair(world);
    bob.streams.close();
    const late = dial(world, alice, bob);
    const own = dial(world, bob, alice);
    world.runFor(SECOND);
    expect([a.reason, b.reason]).toEqual(['reset', 'local']);
    expect([late.reason, own.reason]).toEqual(['refused', 'local']);
  });
});

describe('crashes', () => {
  test('the peers of a process that crashes see a reset after the latency', () => {
    const world = steadyWorld();
    const { a, b, bob } = pair(world);
    const crashedAt = world.now;
    bob.crash();
    world.runFor(SECOND);
    expect(a.reason).toBe('reset');
    expect(a.closedAt).toBe(crashedAt + LATENCY_US);
    expect(b.reason).toBe(undefined);
  });

  test('a host that crashes silently leaves an idle connection half-open for ever', () => {
    const world = steadyWorld();
    const { a, bob } = pair(world);
    bob.crash({ silent: true });
    world.runFor(24 * 3_600 * SECOND);
    expect(a.reason).toBe(undefined);
  });

  test('a writer to a dark host, or through a cut, times out 20 s after it got stuck', () => {
    for (const direction of ['dark', 'there', 'back'] as const) {
      const world = steadyWorld();
      const { a, b, bob } = pair(world);
      if (direction === 'dark') bob.crash({ silent: true });
      if (direction === 'there') world.rules.add({ type: 'cut', from: ['alice'], to: ['bob'] });
      if (direction === 'back') world.rules.add({ type: 'cut', from: ['bob'], to: ['alice'] });
      a.write('hello');
      const start = world.now;
      world.run(start + 20 * SECOND - 1);
      expect(a.reason).toBe(undefined);
      world.run(start + 20 * SECOND + LATENCY_US);
      expect(a.reason).toBe('timeout');
      expect(b.text).toBe(direction === 'back' ? 'hello' : '');
    }
  });

  test('a host restarted at its address answers what its predecessor left with a reset', () => {
    const world = steadyWorld();
    const { a, bob } = pair(world);
    bob.crash({ silent: true });
    world.runFor(SECOND);
    const again = world.addHost('bob');
    const accepted = accept(world, again);
    expect(again.streams.address).toBe(bob.streams.address);
    world.runFor(SECOND);
    expect(a.reason).toBe(undefined);
    a.write('are you there?');
    world.runFor(SECOND);
    expect(a.reason).toBe('reset');
    expect(accepted).toEqual([]);
  });
});
