/**
 * What a server has of one thing for all of its peers together, such as bytes: taken before it is
 * used, and given back exactly once.
 */

import { assert } from './assert.ts';

export class Budget {
  readonly max: number;
  #used = 0;

  /** `max` may be infinity. */
  constructor(max: number) {
    this.max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** Nothing more is to be had. */
  get isSpent(): boolean {
    return this.#used >= this.max;
  }

  /** False, and nothing is taken, where there is not so much left. */
  take(amount: number): boolean {
    if (this.#used + amount > this.max) return false;
    this.#used += amount;
    return true;
  }

  /** Takes what is used already, however little is left. */
  overdraw(amount: number): void {
    this.#used += amount;
  }

  give(amount: number): void {
    this.#used -= amount;
    assert(this.#used >= 0, 'no more is given back than was taken');
  }
}

/** The share of one element or transfer, which gives back what is left of it when it is over. */
export class Share {
  readonly budget: Budget;
  #amount = 0;
  #over = false;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  get amount(): number {
    return this.#amount;
  }

  /** False, and nothing is taken, where there is not so much left, or the share is over. */
  take(amount: number): boolean {
    if (this.#over || !this.budget.take(amount)) return false;
    this.#amount += amount;
    return true;
  }

  /** Nothing happens once the share is over: then all of it was given back. */
  give(amount: number): void {
    if (this.#over) return;
    assert(amount <= this.#amount, 'no more is given back than the share holds');
    this.#amount -= amount;
    this.budget.give(amount);
  }

  /** From now on the share is so large, however little is left. */
  resize(amount: number): void {
    if (this.#over) return;
    if (amount > this.#amount) this.budget.overdraw(amount - this.#amount);
    else this.budget.give(this.#amount - amount);
    this.#amount = amount;
  }

  /** Gives all of it back, once. */
  close(): void {
    this.resize(0);
    this.#over = true;
  }
}
