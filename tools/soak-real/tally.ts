/** What was done how often, and what came of it. */

/** Kind of operation => outcome => how often. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();
  total = 0;

  add(operation: string, outcome: string, count = 1): void {
    if (count === 0) return;
    const outcomes = this.#counts.get(operation) ?? new Map<string, number>();
    this.#counts.set(operation, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count));
    this.total += count;
  }

  /** By names. */
  get table(): Readonly<Record<string, Readonly<Record<string, number>>>> {
    const sorted = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([name, outcomes]) => [
        name,
        Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
      ]),
    );
  }
}
