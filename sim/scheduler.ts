/**
 * The order of everything: one queue of future events, taken out by time, and events of one time in
 * the order they were scheduled. So the order is total, and a run is a function of its inputs.
 *
 * A 4-ary heap on typed arrays holds (time, sequence, slot); what an event carries lies in slots
 * with a free list, side by side: with many servers each slot is a cache miss. Nothing is allocated
 * per event, and nothing is there for the garbage collector to trace but actors and payloads.
 *
 * A cancelled event stays in the heap until its time comes, because removing it would make every
 * move in the heap write its position back. When more than half of the heap is cancelled it is
 * rebuilt without them, so timers that are always put off cost no more than memory for as many.
 */

import { assert } from '../src/assert.ts';

/** Who an event happens to. */
export interface Actor {
  /** Its number in the trace. */
  readonly actor: number;
  /** `a` and `b` are 32-bit integers; they go into the trace, the payload does not. */
  fire(kind: number, a: number, b: number, payload: unknown): void;
}

/** More events than this waiting at once is a bug of the simulated program. */
const SLOTS_MAX = 2 ** 23;
const REBUILD_MIN = 64;
/** Numbers that a slot holds. */
const WORDS = 4;

/** The events that are to happen, in order of their time and then of their scheduling. */
export class Scheduler {
  /** The time of the event taken last. */
  now = 0;
  /** How many events were taken. */
  executed = 0;

  /** The event that `take` took: valid until the next call of any method. */
  actor: Actor | undefined = undefined;
  kind = 0;
  a = 0;
  b = 0;
  payload: unknown = undefined;

  #size = 0;
  #cancelled = 0;
  #sequence = 0;
  #capacity = 1024;
  #times = new Float64Array(this.#capacity);
  #sequences = new Float64Array(this.#capacity);
  #slots = new Int32Array(this.#capacity);

  /** Of each slot the actor, which is undefined once it is cancelled, and the payload. */
  readonly #whom: unknown[] = [];
  /** Of each slot its kind, `a`, `b` and its generation. */
  #what = new Int32Array(this.#capacity * WORDS);
  #slotCount = 0;
  #free = new Int32Array(this.#capacity);
  #freeCount = 0;

  /** How many events wait, without the cancelled ones. */
  get pending(): number {
    return this.#size - this.#cancelled;
  }

  /** Schedules an event; `at` is integer microseconds, not before `now`. Returns its id. */
  push(at: number, actor: Actor, kind: number, a: number, b: number, payload: unknown): number {
    assert(at >= this.now, 'an event was scheduled in the past');
    if (this.#size === this.#capacity) this.#grow();
    const slot =
      this.#freeCount > 0 ? (this.#free[--this.#freeCount] as number) : this.#slotCount++;
    const whom = this.#whom;
    whom[slot * 2] = actor;
    whom[slot * 2 + 1] = payload;
    const what = this.#what;
    const word = slot * WORDS;
    what[word] = kind;
    what[word + 1] = a;
    what[word + 2] = b;
    this.#siftUp(this.#size++, at, this.#sequence++, slot);
    return (what[word + 3] as number) * SLOTS_MAX + slot;
  }

  /** The event will not happen. Harmless when it has happened already. */
  cancel(id: number): void {
    const slot = id % SLOTS_MAX;
    if (this.#what[slot * WORDS + 3] !== (id - slot) / SLOTS_MAX) return;
    if (this.#whom[slot * 2] === undefined) return;
    this.#whom[slot * 2] = undefined;
    this.#whom[slot * 2 + 1] = undefined;
    this.#cancelled++;
    if (this.#cancelled > REBUILD_MIN && this.#cancelled * 2 > this.#size) this.#rebuild();
  }

  /** The time of the next event, infinite when there is none. */
  peek(): number {
    while (this.#size > 0) {
      const slot = this.#slots[0] as number;
      if (this.#whom[slot * 2] !== undefined) return this.#times[0] as number;
      this.#cancelled--;
      this.#release(slot);
      this.#removeTop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Moves on to the next event and leaves it in `actor`, `kind`, `a`, `b`, `payload`. */
  take(): boolean {
    const at = this.peek();
    if (this.#size === 0) return false;
    const slot = this.#slots[0] as number;
    this.now = at;
    this.executed++;
    this.actor = this.#whom[slot * 2] as Actor;
    this.payload = this.#whom[slot * 2 + 1];
    const what = this.#what;
    const word = slot * WORDS;
    this.kind = what[word] as number;
    this.a = what[word + 1] as number;
    this.b = what[word + 2] as number;
    this.#release(slot);
    this.#removeTop();
    return true;
  }

  /** Takes the next event and lets it happen. False when there is none. */
  runNext(): boolean {
    if (!this.take()) return false;
    const payload = this.payload;
    this.payload = undefined;
    this.actor?.fire(this.kind, this.a, this.b, payload);
    return true;
  }

  /** Moves time forward to `at` when nothing is due before. */
  advance(at: number): void {
    assert(at <= this.peek(), 'time would pass over an event');
    if (at > this.now) this.now = at;
  }

  #release(slot: number): void {
    this.#whom[slot * 2] = undefined;
    this.#whom[slot * 2 + 1] = undefined;
    const generation = slot * WORDS + 3;
    this.#what[generation] = ((this.#what[generation] as number) + 1) & 0x3fffffff;
    this.#free[this.#freeCount++] = slot;
  }

  #removeTop(): void {
    const last = --this.#size;
    if (last === 0) return;
    this.#siftDown(
      0,
      this.#times[last] as number,
      this.#sequences[last] as number,
      this.#slots[last] as number,
    );
  }

  #siftUp(index: number, time: number, sequence: number, slot: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    while (index > 0) {
      const parent = (index - 1) >> 2;
      const parentTime = times[parent] as number;
      // A new event is the last of its time, so equal times never move.
      if (parentTime <= time) break;
      times[index] = parentTime;
      sequences[index] = sequences[parent] as number;
      slots[index] = slots[parent] as number;
      index = parent;
    }
    times[index] = time;
    sequences[index] = sequence;
    slots[index] = slot;
  }

  #siftDown(index: number, time: number, sequence: number, slot: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    const size = this.#size;
    for (;;) {
      const first = index * 4 + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastTime = times[first] as number;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child] as number;
        if (
          childTime < leastTime ||
          (childTime === leastTime && (sequences[child] as number) < (sequences[least] as number))
        ) {
          least = child;
          leastTime = childTime;
        }
      }
      if (leastTime > time) break;
      if (leastTime === time && (sequences[least] as number) > sequence) break;
      times[index] = leastTime;
      sequences[index] = sequences[least] as number;
      slots[index] = slots[least] as number;
      index = least;
    }
    times[index] = time;
    sequences[index] = sequence;
    slots[index] = slot;
  }

  /** Drops the cancelled events and makes a heap of the rest, which keeps its order. */
  #rebuild(): void {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      const slot = this.#slots[i] as number;
      if (this.#whom[slot * 2] === undefined) {
        this.#release(slot);
        continue;
      }
      this.#times[kept] = this.#times[i] as number;
      this.#sequences[kept] = this.#sequences[i] as number;
      this.#slots[kept] = slot;
      kept++;
    }
    this.#size = kept;
    this.#cancelled = 0;
    for (let i = (kept - 2) >> 2; i >= 0; i--) {
      this.#siftDown(
        i,
        this.#times[i] as number,
        this.#sequences[i] as number,
        this.#slots[i] as number,
      );
    }
  }

  #grow(): void {
    assert(this.#capacity < SLOTS_MAX, 'too many events wait at once');
    this.#capacity *= 2;
    this.#times = grown(this.#times, new Float64Array(this.#capacity));
    this.#sequences = grown(this.#sequences, new Float64Array(this.#capacity));
    this.#slots = grown(this.#slots, new Int32Array(this.#capacity));
    this.#what = grown(this.#what, new Int32Array(this.#capacity * WORDS));
    this.#free = grown(this.#free, new Int32Array(this.#capacity));
  }
}

function grown<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
