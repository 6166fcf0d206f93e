/**
 * Time inside src/ and sim/ is an integer number of microseconds: a sum of integers is exact, so a
 * deadline is never missed by a rounding error, and a trace is the same on every machine.
 */

/** Microseconds in one millisecond. */
export const MS = 1_000;

/** Microseconds in one second. */
export const SECOND = 1_000_000;

/** A moment that never comes: the deadline of a machine that waits for nothing. */
export const NEVER = Number.POSITIVE_INFINITY;
