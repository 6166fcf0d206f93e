/** How soon what happens must be known, and how soon it cannot be: what the guarantees promise. */

import { SECOND } from '../src/time.ts';

/** All in microseconds. */
export interface DetectionBounds {
  /** Latest, after each way to end. */
  readonly crash: number;
  readonly dark: number;
  readonly leave: number;
  /** Earliest after a host fell silent, unless another server answers in its place by then. */
  readonly darkEarliest: number;
}

export interface Bounds extends DetectionBounds {
  /**
   * Latest after so many fell silent at once, or a part was cut off, that the silent are neighbours
   * of the silent: they are found out in rounds.
   */
  readonly mass: number;
  /**
   * Latest after a cut has ended, or two circuits have met, until all tell of all again; and a fifth
   * of the time that the cut lasted, since who was given up is asked ever more seldom.
   */
  readonly merge: number;
  /** Latest after the last change of any kind until all hold the same view. */
  readonly convergence: number;
}

/** What the LAN profile promises. A killed process is known by its broken connections. */
export const lanBounds: Bounds = {
  crash: 1 * SECOND,
  dark: 6 * SECOND,
  leave: 1 * SECOND,
  darkEarliest: 2 * SECOND,
  mass: 30 * SECOND,
  merge: 30 * SECOND,
  convergence: 10 * SECOND,
};

/** What the WAN profile promises, with one-way delays up to some 300 ms. */
export const wanBounds: Bounds = {
  crash: 3 * SECOND,
  dark: 15 * SECOND,
  leave: 3 * SECOND,
  darkEarliest: 2 * SECOND,
  mass: 60 * SECOND,
  merge: 60 * SECOND,
  convergence: 20 * SECOND,
};
