/** Where a core puts what it wants done, in order: an array of these effects, or of more kinds. */
export interface Effects<T> {
  push(effect: T): unknown;
}
