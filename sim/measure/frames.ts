/**
 * Pictures of the overlay at moments of a run, for drawing. There are so many at most: when there
 * would be more, every second one is dropped, and from then on every second one is not taken. Of a
 * large cluster, the hosts that came first are drawn.
 */

import { assert } from '../../src/assert.ts';

/**
 * What becomes of a server at a moment. `cut`: a fault keeps it apart from others; `suspected`: a
 * neighbour takes its silence for a bad sign. The first that applies, in this order, is told.
 */
export type FrameState = 'down' | 'paused' | 'cut' | 'suspected' | 'joining' | 'up';

/** The overlay at one moment. */
export interface OverlayFrame {
  /** Microseconds since the world began. */
  readonly at: number;
  /** Names of the hosts drawn, in an order that each later frame only adds to. */
  readonly servers: readonly string[];
  /** What becomes of each of `servers`, in their order. */
  readonly states: readonly FrameState[];
  /** Numbers of two of `servers`, the lower first: the edges that stand between those drawn. */
  readonly edges: readonly (readonly [number, number])[];
  /** How many hosts there are at that moment; more than are drawn in a large cluster. */
  readonly hosts: number;
}

/** Frames of one run. */
export const FRAMES_MAX = 60;
/** Servers of one frame; more are not told apart on a screen. */
export const FRAME_SERVERS_MAX = 300;

/** The frames of a run, evenly apart. */
export class FrameBook {
  #frames: OverlayFrame[] = [];
  /** Every how many-th moment is kept, and how many came since the last that was. */
  #every = 1;
  #skipped = 0;

  /** Offers a moment, later than the last: `draw` is called, and true returned, to keep it. */
  offer(draw: () => OverlayFrame): boolean {
    if (this.#skipped > 0) {
      this.#skipped--;
      return false;
    }
    this.#keep(draw());
    this.#skipped = this.#every - 1;
    // One is left free for the end.
    if (this.#frames.length === FRAMES_MAX) {
      this.#frames = this.#frames.filter((_, index) => index % 2 === 0);
      this.#every *= 2;
    }
    return true;
  }

  /** The last moment of all, which is always kept. */
  end(frame: OverlayFrame): void {
    this.#keep(frame);
  }

  list(): readonly OverlayFrame[] {
    return this.#frames;
  }

  #keep(frame: OverlayFrame): void {
    assert(frame.servers.length <= FRAME_SERVERS_MAX, 'a frame draws too many servers');
    this.#frames.push(frame);
  }
}
