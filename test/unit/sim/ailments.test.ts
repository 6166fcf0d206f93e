/** What ails a machine: that it does what it says, as long as it lasts, and is drawn by key. */

import { describe, expect, test } from 'vitest';
import type { SimHost, World } from '../../../sim/index.ts';
import { MS, SECOND } from '../../../src/time.ts';
import { LATENCY_US, steadyWorld } from './support.ts';

/** Two hosts, and when the second one is told of datagrams of the first. */
function listening() {
  const world = steadyWorld();
  const [a, b] = [world.addHost('a'), world.addHost('b')];
  const heard: number[] = [];
  b.datagrams.receive(() => heard.push(world.now));
  const send = (host = b) => a.datagrams.send(host.datagrams.address, new Uint8Array(100));
  return { world, a, b, heard, send };
}

describe('a slow host', () => {
  test('takes its time for each event, and what comes meanwhile waits its turn', () => {
    const { world, b, heard, send } = listening();
    b.machine.ailments.add({ type: 'slow', eventUs: 10 * MS });
    for (let i = 0; i < 3; i++) send();
    world.run(LATENCY_US + 15 * MS);
    expect(b.lagUs).toBe(15 * MS);
    world.run(SECOND);
    const first = LATENCY_US;
    expect(heard).toEqual([first, first + 10 * MS, first + 20 * MS]);
    expect(b.lagUs).toBe(0);
  });

  test('is late with its timers, too, and as fast as before once it is cured', () => {
    const { world, b, heard, send } = listening();
    const slow = { type: 'slow', eventUs: 100 * MS } as const;
    b.machine.ailments.add(slow);
    let rangAt = 0;
    b.clock.schedule(10 * MS, () => {
      rangAt = world.now;
    });
    send();
    world.run(SECOND);
    expect(rangAt).toBe(LATENCY_US + 100 * MS);
    b.machine.ailments.remove(slow);
    for (let i = 0; i < 2; i++) send();
    world.run(2 * SECOND);
    expect(heard.slice(1)).toEqual([SECOND + LATENCY_US, SECOND + LATENCY_US]);
  });

  test('stays slow over a restart, and loses what its socket cannot hold', () => {
    const { world, b, send } = listening();
    b.machine.ailments.add({ type: 'slow', eventUs: SECOND });
    b.crash();
    const again = world.addHost('b');
    let count = 0;
    again.datagrams.receive(() => count++);
    for (let i = 0; i < 5_000; i++) send(again);
    world.run(10 * SECOND);
    expect(count).toBe(10);
    world.run(10_000 * SECOND);
    // One is being worked on, and 256 KiB wait.
    expect(count).toBe(Math.floor((256 * 1024) / 100));
  });

  test('stands still when it is paused, and goes on where it was', () => {
    const { world, b, heard, send } = listening();
    b.machine.ailments.add({ type: 'slow', eventUs: 10 * MS });
    for (let i = 0; i < 2; i++) send();
    b.pause(SECOND);
    world.run(SECOND - 1);
    expect(heard).toEqual([]);
    world.run(2 * SECOND);
    expect(heard).toEqual([SECOND, SECOND + 10 * MS]);
  });
});

describe('a disk', () => {
  const write = (world: World, host: SimHost, bytes: number, name = 'log') => {
    let outcome: { error: string | undefined; at: number } | undefined;
    host.storage.append(name, new Uint8Array(bytes), (error) => {
      outcome = { error, at: world.now };
    });
    world.runFor(60 * SECOND);
    return outcome;
  };

  test('that is full takes what there is room for, and gives what it has', () => {
    const { world, a } = listening();
    const full = { type: 'full-disk', roomBytes: 10 } as const;
    a.machine.ailments.add(full);
    expect(write(world, a, 6)?.error).toBeUndefined();
    expect(write(world, a, 6)?.error).toBe('no space left on device');
    expect(write(world, a, 4)?.error).toBeUndefined();
    let found: Uint8Array | undefined;
    a.storage.read('log', (bytes) => {
      found = bytes;
    });
    world.runFor(SECOND);
    expect(found).toHaveLength(10);
    a.machine.ailments.remove(full);
    expect(write(world, a, 6)?.error).toBeUndefined();
  });

  test('that fails does so for its share, and for the same operations in each run', () => {
    const run = () => {
      const { world, a } = listening();
      a.machine.ailments.add({ type: 'failing-disk', ratio: 0.3 });
      return Array.from({ length: 200 }, () => write(world, a, 1)?.error === undefined);
    };
    const done = run().filter(Boolean).length;
    expect(done).toBeGreaterThan(120);
    expect(done).toBeLessThan(160);
    expect(run()).toEqual(run());
  });

  test('that is slow takes as much longer', () => {
    const { world, a } = listening();
    a.machine.ailments.add({ type: 'slow-disk', addUs: 3 * SECOND });
    const at = write(world, a, 1)?.at ?? 0;
    expect(at).toBeGreaterThan(3 * SECOND);
    expect(at).toBeLessThan(3 * SECOND + 3 * MS);
  });
});

test('what is no ailment is a bug', () => {
  const { a } = listening();
  for (const ailment of [
    { type: 'slow', eventUs: 0 },
    { type: 'full-disk', roomBytes: -1 },
    { type: 'failing-disk', ratio: 1.1 },
    { type: 'slow-disk', addUs: 0 },
  ] as const) {
    expect(() => a.machine.ailments.add(ailment)).toThrow();
  }
});
