/** From whom is read, and for how long: sessions that are played, on a clock that work moves on. */

import { expect, test } from 'vitest';
import type { Link } from '../../../src/server/link.ts';
import { Reading } from '../../../src/server/reading.ts';

const ms = 1_000;

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

  constructor(clock: WorkClock, reading: () => Reading, eachUs: number) {
    const play = this;
    this.link = {
      session: {
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
          return play.left > 0 && !play.over;
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
    play: (eachUs: number) => new Played(clock, () => reading, eachUs),
  };
}

test('who asks for little is done at once, and never paused', () => {
  const { reading, play } = stage();
  const modest = play(ms);
  reading.read(modest.link, new Uint8Array(4));
  expect(modest).toMatchObject({ done: 4, paused: false });
  expect(reading.waiting).toBe(0);
});

test('who asks for more than a slice waits, and the others are served before the rest', () => {
  const { clock, reading, play } = stage();
  const greedy = play(ms);
  const modest = play(100);
  reading.read(greedy.link, new Uint8Array(1_000));
  expect(greedy).toMatchObject({ done: 5, paused: true });
  reading.read(modest.link, new Uint8Array(3));
  expect(modest).toMatchObject({ done: 3, paused: false });
  expect(greedy.done).toBe(5);
  for (let i = 0; i < 2_000 && reading.waiting > 0; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 1_000, paused: false });
});

test('of a hundred that ask for much each has its turn', () => {
  const { clock, reading, play } = stage();
  const all = Array.from({ length: 100 }, () => play(ms));
  for (const { link } of all) reading.read(link, new Uint8Array(100));
  // While one waits, slices are short.
  expect(all.map(({ done }) => done)).toEqual([5, ...Array.from({ length: 99 }, () => 1)]);
  for (let i = 0; i < 110; i++) clock.turn();
  expect(all.every(({ done }) => done >= 2)).toBe(true);
});

test('who does not read is not heard, not even what it has said, until it reads', () => {
  const { clock, reading, play } = stage();
  const greedy = play(ms);
  reading.read(greedy.link, new Uint8Array(8));
  reading.congested(greedy.link, true);
  for (let i = 0; i < 5; i++) clock.turn();
  expect(greedy).toMatchObject({ done: 5, paused: true });
  reading.congested(greedy.link, false);
  expect(greedy.paused).toBe(true);
  for (let i = 0; i < 3; i++) clock.turn();
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
  expect(greedy).toMatchObject({ done: 1, paused: true });
  expect(modest).toMatchObject({ done: 3, paused: false });
  // What drains elsewhere changes nothing, nor what another edge holds back now.
  reading.congested(edge(0), false);
  reading.relayed(greedy.link, edge(101).session);
  for (let i = 0; i < 5; i++) clock.turn();
  expect(greedy.done).toBe(1);
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
  expect(greedy.done).toBe(5);
  expect(turns.count).toBe(0);
});
