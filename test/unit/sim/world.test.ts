import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_EVENTS, type SimHost, World } from '../../../sim/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { accept, dial, LATENCY_US, pair, steadyWorld } from './support.ts';

/** Hosts that ping each other by datagram and stream while they crash, restart and pause. */
function pingWorld(seed: string, options: { drawMore?: boolean } = {}): World {
  const world = new World({ seed });
  const names = Array.from({ length: 8 }, (_, i) => `host${i}`);
  const start = (name: string): void => {
    const host = world.addHost(name);
    if (options.drawMore) host.random.fork('unused').bytes(10);
    const random = host.random.fork('ping');
    accept(world, host);
    host.datagrams.receive((from, bytes) => {
      if (bytes[0] === 0) host.datagrams.send(from, Uint8Array.of(1));
    });
    const tick = () => {
      const peer = world.host(names[random.below(names.length)] as string);
      if (peer !== undefined && peer !== host) {
        host.datagrams.send(peer.datagrams.address, Uint8Array.of(0));
        if (random.below(10) === 0) dial(world, host, peer).write('hello');
      }
      host.clock.schedule(host.clock.now() + 10 * MS + random.below(5 * MS), tick);
    };
    tick();
  };
  for (const name of names) start(name);
  world.rules.add({ type: 'loss', ratio: 0.1, from: 'any', to: 'any' });
  world.rules.add({ type: 'duplicate', ratio: 0.1, from: 'any', to: 'any' });
  const churn = world.random.fork('churn');
  const act = () => {
    const name = names[churn.below(names.length)] as string;
    const host = world.host(name);
    if (host === undefined) start(name);
    else if (churn.below(2) === 0) host.crash({ silent: churn.below(2) === 0 });
    else host.pause(churn.below(200 * MS));
    world.after(churn.below(100 * MS), act);
  };
  world.after(50 * MS, act);
  return world;
}

describe('replay', () => {
  test('the same seed gives the same trace, another seed another', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const [one, two] = [pingWorld(seed), pingWorld(seed)];
        one.run(3 * SECOND);
        two.run(3 * SECOND);
        expect(one.executed).toBeGreaterThan(BLOCK_EVENTS);
        expect(two.trace.hash()).toBe(one.trace.hash());
        expect(two.trace.checkpoints()).toEqual(one.trace.checkpoints());
        expect(two.trace.render()).toEqual(one.trace.render());
        const other = pingWorld(`${seed}!`);
        other.run(3 * SECOND);
        expect(other.trace.hash()).not.toBe(one.trace.hash());
        expect(other.trace.firstDifference(one.trace)).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  test('how the run is cut into parts does not matter', () => {
    const [whole, parts] = [pingWorld('parts'), pingWorld('parts')];
    whole.run(2 * SECOND);
    for (let i = 0; i < 2_000; i++) parts.runFor(MS);
    expect(parts.trace.hash()).toBe(whole.trace.hash());
    expect(parts.now).toBe(whole.now);
  });

  test('worlds share nothing: another world in between changes nothing', () => {
    const alone = pingWorld('alone');
    alone.run(2 * SECOND);
    const [one, other] = [pingWorld('alone'), pingWorld('other')];
    for (let i = 0; i < 20; i++) {
      one.runFor(100 * MS);
      other.runFor(70 * MS);
    }
    expect(one.trace.hash()).toBe(alone.trace.hash());
  });

  test('a stream that draws more does not disturb the others', () => {
    const [one, two] = [pingWorld('draws'), pingWorld('draws', { drawMore: true })];
    one.run(SECOND);
    two.run(SECOND);
    expect(two.trace.hash()).toBe(one.trace.hash());
  });

  test('the first block that differs is found', () => {
    const [one, two] = [pingWorld('blocks'), pingWorld('blocks')];
    two.at(2 * SECOND, () => {});
    one.run(2 * SECOND - 1);
    const same = Math.floor(one.executed / BLOCK_EVENTS);
    one.run(4 * SECOND);
    two.run(4 * SECOND);
    expect(two.trace.firstDifference(one.trace)).toBe(same);
  });

  test('the trace is readable, with names, times and notes in columns', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    alice.datagrams.send(bob.datagrams.address, new Uint8Array(42));
    world.run(SECOND);
    world.trace.note('all is well');
    expect(world.trace.render()).toEqual([
      '      0.000500  bob          datagram            0       42',
      '      0.000500  # all is well',
    ]);
  });

  test('drain is called after each event, and not in between', () => {
    let drained = 0;
    const world = steadyWorld({ drain: () => drained++ });
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) world.at(5, () => seen.push(drained));
    world.run(10);
    expect(seen).toEqual([0, 1, 2]);
    expect(drained).toBe(3);
  });
});

describe('hosts', () => {
  /** A host on which something of every kind goes on, and a count of what was heard of it. */
  function busyHost(world: World): { host: SimHost; heard: () => number } {
    const { alice: host, bob, a, b } = pair(world);
    let heard = 0;
    host.datagrams.receive(() => heard++);
    bob.datagrams.send(host.datagrams.address, new Uint8Array(1));
    host.clock.schedule(host.clock.now() + MS, () => heard++);
    host.storage.replace('file', new Uint8Array(1), () => heard++);
    const command = { path: '/bin/true', args: [], dir: undefined, env: undefined };
    const count = () => heard++;
    host.spawner.spawn(command, {
      started: count,
      failed: count,
      readable: count,
      ended: count,
      drained: count,
      stdinClosed: count,
      exited: count,
    });
    b.write('hello');
    a.onReceived = count;
    return { host, heard: () => heard };
  }

  test('after a crash nothing of the process is heard of again', () => {
    for (const silent of [false, true]) {
      const world = steadyWorld();
      const { host, heard } = busyHost(world);
      host.crash({ silent });
      world.runFor(60 * SECOND);
      expect(heard()).toBe(0);
      const again = world.addHost('alice');
      expect(again.datagrams.address).toBe(host.datagrams.address);
      expect(again.random.float()).not.toBe(host.random.float());
      world.runFor(60 * SECOND);
      expect(heard()).toBe(0);
    }
  });

  test('a name can run only once at a time', () => {
    const world = steadyWorld();
    world.addHost('alice');
    expect(() => world.addHost('alice')).toThrow('alice runs already');
  });

  test('a paused host gets everything on resume, in the order in which it happened', () => {
    const world = steadyWorld();
    const { alice, bob, a, b } = pair(world);
    const heard: string[] = [];
    const start = world.now;
    bob.datagrams.receive((_from, bytes) => heard.push(`datagram ${bytes[0]}`));
    b.onReceived = () => heard.push('segment');
    bob.clock.schedule(start + 2 * MS, () => heard.push('timer'));
    bob.pause(SECOND);
    alice.datagrams.send(bob.datagrams.address, Uint8Array.of(1));
    world.at(start + MS, () => a.write('hello'));
    world.at(start + 3 * MS, () => alice.datagrams.send(bob.datagrams.address, Uint8Array.of(2)));
    // At the moment of resuming, and scheduled long before: comes behind what waited.
    bob.clock.schedule(start + SECOND, () => heard.push('late timer'));
    const dialled = dial(world, alice, bob);
    world.run(start + SECOND - 1);
    expect(heard).toEqual([]);
    expect(dialled.openedAt).toBe(start + 2 * LATENCY_US);
    expect(a.reason).toBe(undefined);
    world.run(start + SECOND);
    expect(heard).toEqual(['datagram 1', 'segment', 'timer', 'datagram 2', 'late timer']);
  });

  test('a timer that is cancelled while it waits for a paused host does not run', () => {
    const world = steadyWorld();
    const host = world.addHost('alice');
    let ran = 0;
    host.clock.schedule(MS, () => second.cancel());
    const second = host.clock.schedule(2 * MS, () => ran++);
    host.clock.schedule(3 * MS, () => host.pause());
    host.clock.schedule(4 * MS, () => ran++);
    host.pause();
    world.runFor(10 * MS);
    host.resume();
    world.runFor(10 * MS);
    expect(ran).toBe(0);
    host.resume();
    world.runFor(0);
    expect(ran).toBe(1);
  });

  test('datagrams beyond 256 KiB are lost to a paused host', () => {
    const world = steadyWorld();
    const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
    let bytes = 0;
    bob.datagrams.receive((_from, one) => {
      bytes += one.length;
    });
    bob.pause(SECOND);
    for (let i = 0; i < 1_000; i++)
      alice.datagrams.send(bob.streams.address, new Uint8Array(1_000));
    world.runFor(2 * SECOND);
    expect(bytes).toBe(262_000);
    alice.datagrams.send(bob.streams.address, new Uint8Array(1_000));
    world.runFor(SECOND);
    expect(bytes).toBe(263_000);
  });

  test('on a slow clock timers are late, and a clock never goes back', () => {
    const world = steadyWorld();
    const host = world.addHost('alice');
    let ranAt = 0;
    host.clock.schedule(2 * SECOND, () => {
      ranAt = world.now;
      expect(host.clock.now()).toBeGreaterThanOrEqual(2 * SECOND);
    });
    world.run(SECOND);
    host.clock.skew({ rate: 0.5 });
    expect(host.clock.now()).toBe(SECOND);
    world.run(10 * SECOND);
    expect(ranAt).toBe(3 * SECOND);
    host.clock.skew({ jumpUs: 7 });
    expect(host.clock.now()).toBe(5_500_007);
    expect(() => host.clock.skew({ jumpUs: -1 })).toThrow();
  });

  test('the disk survives a crash, and what was not done does not', () => {
    const world = steadyWorld();
    const host = world.addHost('alice');
    host.storage.append('log', Uint8Array.of(1), () => {
      host.storage.append('log', Uint8Array.of(2), () => {});
      host.crash();
    });
    world.runFor(SECOND);
    const again = world.addHost('alice');
    let found: Uint8Array | undefined;
    again.storage.read('log', (bytes) => {
      found = bytes;
    });
    world.runFor(SECOND);
    expect(found).toEqual(Uint8Array.of(1));
  });

  test('a torn append leaves its beginning', () => {
    const lengths = new Set<number | undefined>();
    for (let seed = 0; seed < 60; seed++) {
      const world = steadyWorld({ seed: String(seed) });
      const host = world.addHost('alice');
      host.machine.ailments.add({ type: 'torn-writes' });
      host.storage.append('log', Uint8Array.of(1, 2, 3), () => {});
      host.crash();
      const left = host.machine.disk.files.get('log');
      lengths.add(left?.length);
      expect(left).toEqual(Uint8Array.of(1, 2, 3).subarray(0, left?.length));
    }
    expect([...lengths].toSorted()).toEqual([0, 1, 2, 3]);
  });
});
