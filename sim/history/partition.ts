/**
 * A history is linearizable if that of each element is (locality, Herlihy & Wing 1990), and the
 * search is exponential: so each element is searched by itself. Elements of which one operation may
 * have touched either go together.
 */

/** Splits operations by what they touch; groups and their operations stay in order. */
export function partition<T>(
  operations: readonly T[],
  touches: (operation: T) => readonly string[],
): readonly (readonly T[])[] {
  const leader = new Map<string, string>();
  const find = (key: string): string => {
    let at = key;
    for (let up = leader.get(at); up !== undefined && up !== at; up = leader.get(at)) at = up;
    leader.set(key, at);
    return at;
  };
  for (const operation of operations) {
    const [first, ...others] = touches(operation);
    if (first === undefined) continue;
    const at = find(first);
    for (const other of others) leader.set(find(other), at);
  }
  const groups = new Map<string, T[]>();
  for (const operation of operations) {
    const [first] = touches(operation);
    if (first === undefined) continue;
    const at = find(first);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [operation]);
    else group.push(operation);
  }
  return [...groups.values()];
}
