/** From whom is read, and for how long: sessions that are played, on a clock that work moves on. */

import { expect, test } from 'vitest';
import type { Link } from '../../../src/server/link.ts';
import { Reading } from '../../../src/server/reading.ts';

const ms = 1_000;
/** More than is little. */
const much = 1_100;

/** Work moves it on; what is scheduled runs when the test says so. */
class WorkClock {
  us = 0;
  #tasks: (() => void)[] = [];

  now(): number {
    return this.us;
  }

  wall(): number {
    return this.us / ms;
  }

  schedule(_at: number, run: () => void) {
    this.#tasks.push(run);
    return { cancel: () => {} };
  }

  /** One turn of the loop: what was scheduled before runs. */
  turn(): void {
    for (const task of this.#tasks.splice(0)) task();
  }
}

/** A connection whose requests take so long each. */
class Played {
  paused = false;
  done = 0;
  left = 0;
  readonly link: Link;
  over = false;

  /** With a `greeting`, its first request is one, and it is a stranger before. */
  constructor(
    clock: WorkClock,
    reading: () => Reading,
    { eachUs, greeting }: { eachUs: number; greeting: boolean },
  ) {
    const play = this;
    this.link = {
      session: {
        get peer() {
          return greeting && play.done === 0 ? undefined : { server: undefined };
        },
        later(bytes: Uint8Array) {
          play.left += bytes.length;
        },
        received(bytes: Uint8Array) {
          play.left += bytes.length;
          while (play.left > 0 && !play.over) {
            play.left--;
            play.done++;
            clock.us += eachUs;
            if (reading().isEnough(play.link)) return;
          }
        },
        get behind() {
          return play.over ? 0 : play.left;
        },
        get over() {
          return play.over;
        },
      },
      connection: {
        pause() {
          play.paused = true;
        },
        resume() {
          play.paused = false;
        },
      },
    } as unknown as Link;
  }
}

function stage() {
  const clock = new WorkClock();
  const turns = { count: 0 };
  const reading = new Reading(
    { clock, log: { write: () => {} } },
    { unsentBytesMax: 1_600 },
    (work) => {
      turns.count++;
      work();
    },
  );
  return {
    clock,
    reading,
    turns,
    play: (eachUs: number, { greeting } = { greeting: false }) =>
      new Played(clock, () => reading, { eachUs, greeting }),
  };
}

test('who asks for little is done at once, and never paused', () => {
  const { reading, play } = stage();
  const modest = play(200);
  reading.read(modest.link, new Uint8Array(4));
  expect(modest).toMatchObject({ done: 4, paused: false });
  expect(reading.waiting).toBe(0);
});

test('who asks for more than a slice waits, and the others are served before the rest', () => {
  const { clock, reading, play } = stage();
  const greedy = play(ms);
  const modest = play(100);
  reading.read(greedy.link, new Uint8Array(much));
  expect(greedy).toMatchObject({ done: 1, paused: true });
  reading.read(modest.link, new Uint8Array(3));
  clock.turn();
  expect(modest).toMatchObject({ done: 3, paused: false });
  expect(greedy.done).toBe(2);
  for (let i = 0; i < 2 * much && reading.waiting > 0; i++) clock.turn();
  expect(greedy).toMatchObject({ done: much, paused: false });
});

test('who asks for one thing at a time is done at once, however many ask for much', () => {
  const { clock, reading, play } = stage();
  for (let i = 0; i < 1_000; i++) reading.read(play(ms).link, new Uint8Array(much));
  const modest = play(100);
  for (let asked = 1; asked <= 20; asked++) {
    clock.turn();
    reading.read(modest.link, new Uint8Array(1));
    expect(modest).toMatchObject({ done: asked, paused: false });
  }
});

test.each([1, 10, 100, 1_000])(
  'against %i that ask for much, who asks for one thing at a time has a seventh of the time',
  (count) => {
    const { clock, reading, play } = stage();
    const greedy = Array.from({ length: count }, () => play(100));
    for (const { link } of greedy) reading.read(link, new Uint8Array(100_000));
    const modest = play(100);
    clock.turn();
    const from = clock.us;
    for (let asked = 1; asked <= 1_000; asked++) {
      // Every second turn finds nothing to do: its next question is on its way.
      clock.turn();
      clock.turn();
      reading.read(modest.link, new Uint8Array(1));
      expect(modest.done).toBe(asked);
    }
    expect((100 * modest.done) / (clock.us - from)).toBeGreaterThanOrEqual(1 / 7);
    expect(Math.min(...greedy.map(({ done }) => done))).toBeGreaterThan(0);
  },
);

test('of who dials, the greeting is heard at once, and much that follows it waits', () => {
  const { clock, reading, play } = stage();
  reading.read(play(ms).link, new Uint8Array(much));
  clock.turn();
  const [greedy, modest] = [1, 2].map(() => play(100, { greeting: true })) as [Played, Played];
  reading.read(greedy.link, new Uint8Array(much));
  expect(greedy).toMatchObject({ done: 1, paused: true });
  reading.read(modest.link, new Uint8Array(2));
  expect(modest).toMatchObject({ done: 2, paused: false });
});

test('who asks for much while others wait is not heard before them', () => {
  const { clock, reading, play } = stage();
  const [first, second] = [play(ms), play(ms)];
  reading.read(first.link, new Uint8Array(much));
  clock.turn();
  reading.read(second.link, new Uint8Array(much));
  expect([first.done, second.done]).toEqual([2, 0]);
  for (let i = 0; i < 2 * much; i++) clock.turn();
  expect([first.done, second.done]).toEqual([much, much]);
});

test('a turn is short: what arrives beyond it is heard in the next, in order and not paused', () => {
  const { clock, reading, play } = stage();
  const all = Array.from({ length: 50 }, () => play(100));
  for (const { link } of all) reading.read(link, new Uint8Array(1));
  const done = () => all.map((each) => each.done).join('');
  expect(done()).toBe(`${'1'.repeat(20)}${'0'.repeat(30)}`);
  clock.turn();
  expect(done()).toBe(`${'1'.repeat(40)}${'0'.repeat(10)}`);
  clock.turn();
  expect(done()).toBe('1'.repeat(50));
  expect(all.some(({ paused }) => paused)).toBe(false);
  reading.read(play(200).link, new Uint8Array(4));
  expect(reading.waiting).toBe(0);
});

test('of whose connection ends, the little that waits is heard before, and much is not', () => {
  const { reading, play } = stage();
  reading.read(play(2 * ms).link, new Uint8Array(1));
  const [little, greedy] = [play(100), play(100)];
  reading.read(little.link, new Uint8Array(2));
  reading.read(greedy.link, new Uint8Array(much));
  expect([little.done, greedy.done]).toEqual([0, 0]);
  for (const { link } of [little, greedy]) reading.ended(link);
  expect([little.done, greedy.done]).toEqual([2, 0]);
});

test('of a hundred that ask for much each has its turn', () => {
  const { clock, reading, play } = stage();
  const all = Array.from({ length: 100 }, () => play(ms));
  for (const { link } of all) reading.read(link, new Uint8Array(much));
  for (let i = 0; i < 105; i++) clock.turn();
  expect(all.every(({ done }) => done >= 1)).toBe(true);
});

test('who waits shares the time and not the requests', () => {
  const { clock, reading, play } = stage();
  const all = [play(20), play(ms / 10), play(ms), play(8 * ms)];
  for (const { link } of all) reading.read(link, new Uint8Array(100_000));
  for (let i = 0; i < 2_000; i++) clock.turn();
  const times = [20, ms / 10, ms, 8 * ms].map((us, i) => us * (all[i] as Played).done);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  expect(least).toBeGreaterThan(100 * ms);
  // One request is not divided.
  expect(most - least).toBeLessThanOrEqual(9 * ms);
});

test('who waits has a quarter of the time while others are busy, and all of it else', () => {
  const { clock, reading, play } = stage();
  const greedy = play(100);
  reading.read(greedy.link, new Uint8Array(100_000));
  const before = greedy.done;
  const from = clock.us;
  for (let i = 0; i < 1_000; i++) {
    // Such as a connection that is accepted.
    clock.us += 300;
    clock.turn();
  }
  const share = (100 * (greedy.done - before)) / (clock.us - from);
  expect(share).toBeGreaterThan(0.24);
  expect(share).toBeLessThan(0.35);
  const [done, since] = [greedy.done, clock.us];
  clock.turn();
  for (let i = 0; i < 10; i++) clock.turn();
  expect(100 * (greedy.done - done)).toBe(clock.us - since);
});

test('who does not read is not heard, not even what it has said, until it reads', () => {
  const { clock, reading, play } = stage();
  const greedy = play(ms);
  reading.read(greedy.link, new Uint8Array(8));
  reading.congested(greedy.link, true);
  for (let i = 0; i < 5; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 1, paused: true });
  reading.congested(greedy.link, false);
  expect(greedy.paused).toBe(true);
  for (let i = 0; i < 8; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 8, paused: false });
});

/** A session with another server: so much is unsent there. */
function edge(unsent: number, blocked = true): Link {
  return { session: { over: false, outbox: { blocked, unsent } }, peer: 'S' } as unknown as Link;
}

test('whose calls pile up on their way is not heard until they have left; others are', () => {
  const { clock, reading, play } = stage();
  const [greedy, modest] = [play(ms), play(100)];
  const full = edge(101);
  reading.relayed(greedy.link, edge(100).session);
  reading.relayed(greedy.link, edge(101, false).session);
  expect(greedy.paused).toBe(false);
  reading.relayed(greedy.link, full.session);
  reading.read(greedy.link, new Uint8Array(8));
  reading.read(modest.link, new Uint8Array(3));
  for (let i = 0; i < 5; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 0, paused: true });
  expect(modest).toMatchObject({ done: 3, paused: false });
  // What drains elsewhere changes nothing, nor what another edge holds back now.
  reading.congested(edge(0), false);
  reading.relayed(greedy.link, edge(101).session);
  for (let i = 0; i < 5; i++) clock.turn();
  expect(greedy.done).toBe(0);
  reading.congested(full, false);
  for (let i = 0; i < 10; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 8, paused: false });
});

test('who waits for an edge that ends is heard again, unless it does not read itself', () => {
  const { reading, play } = stage();
  const [first, second] = [play(ms), play(ms)];
  const full = edge(101);
  for (const { link } of [first, second]) reading.relayed(link, full.session);
  reading.congested(second.link, true);
  expect([first.paused, second.paused]).toEqual([true, true]);
  reading.forget(full);
  expect([first.paused, second.paused]).toEqual([false, true]);
  reading.congested(second.link, false);
  expect(second.paused).toBe(false);
});

test('a server is heard whatever piles up towards it', () => {
  const { reading, play } = stage();
  const server = play(ms);
  server.link.peer = 'S' as never;
  reading.congested(server.link, true);
  expect(server.paused).toBe(false);
});

test('two that wait are both served, also when the first is done within its slice', () => {
  const { clock, reading, play } = stage();
  const [first, second] = [play(ms), play(ms)];
  reading.read(first.link, new Uint8Array(10));
  reading.read(second.link, new Uint8Array(10));
  for (let i = 0; i < 20; i++) clock.turn();
  expect([first.done, second.done]).toEqual([10, 10]);
});

test('what waits of a session that is over is forgotten', () => {
  const { clock, reading, turns, play } = stage();
  const greedy = play(ms);
  reading.read(greedy.link, new Uint8Array(50));
  greedy.over = true;
  reading.forget(greedy.link);
  clock.turn();
  expect(greedy.done).toBe(1);
  expect(turns.count).toBe(0);
});
