/** Undirected graphs of vertices 0 to n - 1, and how far apart things are in them. */

export interface Graph {
  /** How many vertices there are. */
  readonly size: number;
  /** vertex => where its neighbours begin in `targets`; one more entry than vertices, for the end. */
  readonly starts: Int32Array;
  /** The neighbours of all vertices, one vertex after the other. */
  readonly targets: Int32Array;
}

/** A graph of these edges, each named once, in either direction; two alike count twice. */
export function graphOf(size: number, edges: Iterable<readonly [number, number]>): Graph {
  const list = [...edges];
  const starts = new Int32Array(size + 1);
  for (const [a, b] of list) {
    starts[a + 1] = (starts[a + 1] as number) + 1;
    starts[b + 1] = (starts[b + 1] as number) + 1;
  }
  for (let i = 0; i < size; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number);
  const next = starts.slice(0, size);
  const targets = new Int32Array(list.length * 2);
  const put = (from: number, to: number) => {
    const at = next[from] as number;
    targets[at] = to;
    next[from] = at + 1;
  };
  for (const [a, b] of list) {
    put(a, b);
    put(b, a);
  }
  return { size, starts, targets };
}

/** How many neighbours a vertex has. */
export function degreeOf({ starts }: Graph, vertex: number): number {
  return (starts[vertex + 1] as number) - (starts[vertex] as number);
}

/** The mean degree; 0 of a graph without vertices. */
export function meanDegree({ size, targets }: Graph): number {
  return size === 0 ? 0 : targets.length / size;
}

/** The connected components, each a list of its vertices; the largest first. */
export function components(graph: Graph): number[][] {
  const seen = new Uint8Array(graph.size);
  const found: number[][] = [];
  for (let start = 0; start < graph.size; start++) {
    if (seen[start] === 1) continue;
    const component = [start];
    seen[start] = 1;
    // The list grows while it is walked: breadth first.
    for (const vertex of component) {
      const end = graph.starts[vertex + 1] as number;
      for (let i = graph.starts[vertex] as number; i < end; i++) {
        const target = graph.targets[i] as number;
        if (seen[target] === 1) continue;
        seen[target] = 1;
        component.push(target);
      }
    }
    found.push(component);
  }
  return found.sort((a, b) => b.length - a.length || (a[0] as number) - (b[0] as number));
}

/** The part of a graph between these vertices, which are numbered anew in this order. */
export function inducedBy(graph: Graph, vertices: readonly number[]): Graph {
  const numbers = new Int32Array(graph.size).fill(-1);
  for (const [index, vertex] of vertices.entries()) numbers[vertex] = index;
  const edges: [number, number][] = [];
  for (const [index, vertex] of vertices.entries()) {
    const end = graph.starts[vertex + 1] as number;
    for (let i = graph.starts[vertex] as number; i < end; i++) {
      const other = numbers[graph.targets[i] as number] as number;
      if (other >= 0 && index < other) edges.push([index, other]);
    }
  }
  return graphOf(vertices.length, edges);
}

/** How far apart the vertices of a graph are, in hops. */
export interface Distances {
  /** The most hops between two vertices that can reach each other. */
  readonly diameter: number;
  /** The mean number of hops between two different ones that can. */
  readonly mean: number;
}

/**
 * How many hops apart the vertices are: O(n * m), for graphs of some thousands. For larger ones,
 * `from` says whose distances to all others are enough: the diameter is then a lower bound.
 */
export function distances(graph: Graph, from: Iterable<number> = vertices(graph)): Distances {
  const hops = new Int32Array(graph.size);
  const queue = new Int32Array(graph.size);
  let diameter = 0;
  let sum = 0;
  let pairs = 0;
  for (const start of from) {
    const reached = spread(graph, start, hops, queue);
    for (let i = 1; i < reached; i++) sum += hops[queue[i] as number] as number;
    pairs += reached - 1;
    diameter = Math.max(diameter, hops[queue[reached - 1] as number] as number);
  }
  return { diameter, mean: pairs === 0 ? 0 : sum / pairs };
}

function* vertices({ size }: Graph): Iterable<number> {
  for (let vertex = 0; vertex < size; vertex++) yield vertex;
}

/** Fills `queue` with those that `start` reaches, the nearest first, and `hops` with how far. */
function spread(graph: Graph, start: number, hops: Int32Array, queue: Int32Array): number {
  hops.fill(-1);
  hops[start] = 0;
  queue[0] = start;
  let count = 1;
  for (let next = 0; next < count; next++) {
    const vertex = queue[next] as number;
    const end = graph.starts[vertex + 1] as number;
    for (let i = graph.starts[vertex] as number; i < end; i++) {
      const target = graph.targets[i] as number;
      if ((hops[target] as number) >= 0) continue;
      hops[target] = (hops[vertex] as number) + 1;
      queue[count++] = target;
    }
  }
  return count;
}
