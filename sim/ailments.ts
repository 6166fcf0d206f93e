/**
 * What ails a machine for a while, as data. It belongs to the machine and not to the process: a
 * restart cures nothing. Several at a time add up. What is drawn is drawn by key.
 */

import { assert } from '../src/assert.ts';
import { hashText, keyedFloat } from './random.ts';

/** One thing that ails a machine. */
export type Ailment =
  /** Each event takes the process so long, and what happens meanwhile waits its turn. */
  | { readonly type: 'slow'; readonly eventUs: number }
  /** No process can be started. */
  | { readonly type: 'no-spawn' }
  /** The container engine answers nothing, and loses sight of its containers. */
  | { readonly type: 'no-engine' }
  /** Files take so many bytes more, all together, and then no write more succeeds. */
  | { readonly type: 'full-disk'; readonly roomBytes: number }
  /** A share of the operations on files fails. */
  | { readonly type: 'failing-disk'; readonly ratio: number }
  /** Each operation on files takes so much longer. */
  | { readonly type: 'slow-disk'; readonly addUs: number }
  /** An append that a crash interrupts may leave its beginning. */
  | { readonly type: 'torn-writes' };

/** An operation on a file, for those that may fail. */
export interface DiskOperation {
  readonly operation: 'read' | 'replace' | 'append';
  /** By how much the files grow. */
  readonly growthBytes: number;
  /** Its number among those of the machine. */
  readonly number: number;
}

interface Suffered {
  readonly ailment: Ailment;
  readonly key: number;
  /** What a full disk has taken. */
  takenBytes: number;
}

/** What ails one machine now. */
export class Ailments {
  /** What each event costs its process. */
  eventUs = 0;
  readonly #seed: number;
  readonly #index: number;
  readonly #changed: () => void;
  #suffered: Suffered[] = [];

  /** `index`: that of the machine. `changed` is called after each change. */
  constructor(seed: number, index: number, changed: () => void) {
    this.#seed = seed;
    this.#index = index;
    this.#changed = changed;
  }

  /** From now on this ails it. */
  add(ailment: Ailment): void {
    check(ailment);
    const key = hashText(JSON.stringify(ailment));
    this.#set([...this.#suffered, { ailment, key, takenBytes: 0 }]);
  }

  /** Takes one away, by identity. Harmless when it is not there. */
  remove(ailment: Ailment): void {
    const index = this.#suffered.findIndex((each) => each.ailment === ailment);
    if (index >= 0) this.#set(this.#suffered.toSpliced(index, 1));
  }

  /** Whether something of this type ails it. */
  has(type: Ailment['type']): boolean {
    return this.#suffered.some(({ ailment }) => ailment.type === type);
  }

  /** Why an operation on a file fails; undefined when it does not. */
  diskError({ operation, growthBytes, number }: DiskOperation): string | undefined {
    for (const { ailment, key } of this.#suffered) {
      if (ailment.type !== 'failing-disk') continue;
      const drawn = keyedFloat(this.#seed, key, this.#index, 0, number);
      if (drawn < ailment.ratio) return 'input/output error';
    }
    if (operation === 'read') return undefined;
    const full = this.#suffered.filter(({ ailment }) => ailment.type === 'full-disk');
    const room = ({ ailment, takenBytes }: Suffered) =>
      ailment.type === 'full-disk' ? ailment.roomBytes - takenBytes : 0;
    if (full.some((each) => growthBytes > room(each))) return 'no space left on device';
    for (const each of full) each.takenBytes += growthBytes;
    return undefined;
  }

  /** How much longer an operation on a file takes. */
  get diskAddUs(): number {
    let sum = 0;
    for (const { ailment } of this.#suffered) {
      if (ailment.type === 'slow-disk') sum += ailment.addUs;
    }
    return sum;
  }

  #set(suffered: Suffered[]): void {
    this.#suffered = suffered;
    this.eventUs = 0;
    for (const { ailment } of suffered) {
      if (ailment.type === 'slow') this.eventUs += ailment.eventUs;
    }
    this.#changed();
  }
}

function check(ailment: Ailment): void {
  switch (ailment.type) {
    case 'slow':
      assert(ailment.eventUs > 0, 'an event that a slow host is told of takes some time');
      break;
    case 'full-disk':
      assert(ailment.roomBytes >= 0, 'the room on a disk is not negative');
      break;
    case 'failing-disk':
      assert(ailment.ratio >= 0 && ailment.ratio <= 1, 'a ratio is from 0 to 1');
      break;
    case 'slow-disk':
      assert(ailment.addUs > 0, 'a slow disk adds some time');
      break;
  }
}
