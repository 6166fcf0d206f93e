/**
 * When something happened, so that what one event may have caused is stamped later than the event:
 * a hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", OPODIS 2014).
 *
 * A stamp is milliseconds of the wall clock and a count. The next one is the wall clock's, or where
 * that does not go on, one count more than the last. Peers tell each other their stamp with whatever
 * they say on calls (see Frame.STAMP), and who hears one goes on from the later of the two. So
 * stamps order as causes do, however wrong the clocks are, and are near the time of day besides.
 *
 * A clock that is far ahead would take the stamps of everybody with it, for ever. So a stamp more
 * than `limits.stampAheadMs` ahead of our own time is counted and not followed. The price: as long
 * as their clocks differ by more than that, what we do after we heard that peer may be stamped
 * before what it did. Order among all others, and of each server by itself, holds all the same. Our
 * own time is the wall clock, or what it would be had it not been set back since we started.
 */

import { assert } from '../assert.ts';
import type { Clock } from '../host/index.ts';
import { isoTime } from '../iso-time.ts';
import { limits } from '../limits.ts';
import { MS } from '../time.ts';

export interface Stamp {
  /** Milliseconds since 1970: of the fastest of the clocks that had to do with it. */
  readonly wall: number;
  /** Which of the stamps of one such moment. */
  readonly count: number;
}

/** Of a stamp on the wire: 48 bits. */
const WALL_MAX = 2 ** 48 - 1;
/** 16 bits. Beyond, a stamp is that of the next millisecond. */
const COUNT_MAX = 2 ** 16 - 1;

/** The stamps that one server, or one program with its clients, gives out. */
export class Stamps {
  /** Stamps of peers that were not followed: too far ahead of our time, or none at all. */
  readonly dropped = { ahead: 0, malformed: 0 };
  readonly #clock: Clock;
  readonly #startWall: number;
  readonly #startAt: number;
  #wall = 0;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startWall = clock.wall();
    this.#startAt = clock.now();
  }

  /** Of the last stamp given out or heard. */
  get wall(): number {
    return this.#wall;
  }

  /** Of the last stamp given out or heard. */
  get count(): number {
    return this.#count;
  }

  /** Gives out the next stamp, as `wall` and `count`: later than all before, given out or heard. */
  tick(): void {
    const wall = Math.floor(this.#clock.wall());
    if (wall > this.#wall) {
      assert(wall <= WALL_MAX, 'the wall clock shows a year that stamps know');
      this.#wall = wall;
      this.#count = 0;
    } else if (this.#count < COUNT_MAX) {
      this.#count++;
    } else {
      this.#wall++;
      this.#count = 0;
    }
  }

  /** The next stamp. */
  next(): Stamp {
    this.tick();
    return { wall: this.#wall, count: this.#count };
  }

  /** A peer's stamp was heard: the next of ours is later, unless it is too far ahead. */
  observe({ wall, count }: Stamp): void {
    if (wall < this.#wall || (wall === this.#wall && count <= this.#count)) return;
    if (wall > this.#horizon()) {
      this.dropped.ahead++;
      return;
    }
    this.#wall = wall;
    this.#count = count;
  }

  /** A peer sent something else for a stamp. */
  malformed(): void {
    this.dropped.malformed++;
  }

  #horizon(): number {
    const wall = this.#clock.wall();
    const sinceStart = this.#startWall + (this.#clock.now() - this.#startAt) / MS;
    return Math.max(wall, sinceStart) + limits.stampAheadMs;
  }
}

/** As `2026-11-21T03:15:53.123Z.00007`: texts order as the stamps do, until the year 9999. */
export function formatStamp({ wall, count }: Stamp): string {
  const milliseconds = String(wall % 1_000).padStart(3, '0');
  return `${isoTime(wall).slice(0, -1)}.${milliseconds}Z.${String(count).padStart(5, '0')}`;
}

const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\.\d{5}$/;

/** Whether `text` is a stamp as `formatStamp` writes it. */
export function isStamp(text: string): boolean {
  return form.test(text);
}
