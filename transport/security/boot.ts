/**
 * Who we are to those who open our packets: a salt, and a number for each packet under it. With a
 * new salt we are somebody else, and whatever was made by or for the former is worthless.
 */

import type { KeyObject } from 'node:crypto';
import { assert } from '../../src/assert.ts';
import { keyOfSalt, newSalt, type PacketKey, type Salt } from './seal.ts';

/** The number of a packet has 32 bits. */
const countersMax = 2 ** 32;

export class Boot {
  readonly #countersMax: number;
  #salt = newSalt();
  #next = 0;
  #key: { readonly of: PacketKey; readonly made: KeyObject } | undefined;

  /** `packetsMax`: with one salt, for tests. */
  constructor(packetsMax = countersMax) {
    this.#countersMax = packetsMax;
  }

  get salt(): Salt {
    return this.#salt;
  }

  /** Whether all numbers are used up, and a new salt is needed. */
  get spent(): boolean {
    return this.#next >= this.#countersMax;
  }

  /** The number of the next packet: none is used twice with one salt. */
  take(): number {
    assert(!this.spent, 'a packet has a number of its own');
    return this.#next++;
  }

  /** Takes another salt. */
  renew(): void {
    this.#salt = newSalt();
    this.#next = 0;
    this.#key = undefined;
  }

  /** With which we seal, by that key of the circuit. */
  keyBy(key: PacketKey): KeyObject {
    if (this.#key?.of !== key) this.#key = { of: key, made: keyOfSalt(key, this.#salt) };
    return this.#key.made;
  }
}
