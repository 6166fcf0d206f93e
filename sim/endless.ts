/**
 * What shows that a run would never end: its story goes on for far longer than it says, or so much
 * happens at one instant that time does not pass.
 */

import { SECOND } from '../src/time.ts';
import type { Cluster } from './cluster.ts';
import { ScenarioError } from './scenario.ts';

/** A story that says nothing of its length is over by then, or never ends. */
const LENGTH_MAX_US = 12 * 3600 * SECOND;
/** One that does say may take so many times as long, and this. */
const LENGTH_FACTOR = 4;
const LENGTH_SPARE_US = 600 * SECOND;
/** Looks at one instant after which time stands still. */
const LOOKS_MAX = 64;

export class Endless {
  readonly #cluster: Cluster;
  readonly #lengthMaxUs: number;
  #lookedAt = -1;
  #looks = 0;
  #actions = 0;

  /** `lengthUs`: what the story says of itself. */
  constructor(cluster: Cluster, lengthUs: number | undefined) {
    this.#cluster = cluster;
    this.#lengthMaxUs =
      lengthUs === undefined ? LENGTH_MAX_US : LENGTH_FACTOR * lengthUs + LENGTH_SPARE_US;
  }

  /**
   * To be called every so many events, some ten thousand. Throws ScenarioError when it is the story
   * that does not end; when it is the servers, that is a violation.
   */
  look(): void {
    const { now, world } = this.#cluster;
    if (now > this.#lengthMaxUs) this.#overdue(now);
    if (now !== this.#lookedAt) {
      this.#lookedAt = now;
      this.#looks = 0;
      this.#actions = world.actions;
    } else if (++this.#looks >= LOOKS_MAX) {
      const last = world.trace.render(1)[0]?.trim();
      const what = `time does not pass: more and more happens at ${now / SECOND} s, such as ${last}`;
      if (world.actions > this.#actions) throw new ScenarioError(what);
      this.#cluster.violate('progress', what);
    }
  }

  #overdue(now: number): void {
    const cluster = this.#cluster;
    // Where the story waits next is where people have to look. It may wait for something else.
    if (cluster.overdue === undefined) {
      const expected = `it should be over after ${(this.#lengthMaxUs / SECOND).toFixed(0)} s`;
      cluster.overdue = `the story does not end: ${expected} (lengthUs says how long it takes)`;
    } else if (now > this.#lengthMaxUs + LENGTH_SPARE_US) {
      throw new ScenarioError(cluster.overdue);
    }
  }
}
