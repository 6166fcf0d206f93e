/**
 * How well a graph mixes: the eigenvalues of its adjacency matrix next to the largest.
 *
 * Lanczos iteration with full reorthogonalisation (Golub and Van Loan, Matrix Computations, 10.3)
 * turns the matrix into a small tridiagonal one, whose ends of the spectrum soon are those of the
 * matrix; bisection by Sturm sequences (8.4) reads them off. A component is taken at a time, so that
 * the largest eigenvalue of each is simple. Only operations that every machine rounds alike are
 * used: plus, minus, times, divided by, and the square root.
 *
 * Where the eigenvalues lie as close as on a long cycle, more steps are needed than in an expander;
 * too few make the second one too small, never too large.
 */

import { components, type Graph, inducedBy } from './graph.ts';

/** The eigenvalues of a graph that say how well it expands. */
export interface Spectrum {
  /** The largest eigenvalue: the degree, in a regular graph. */
  readonly first: number;
  /** The second largest, counted with its multiplicity. */
  readonly second: number;
  /** The least, below zero unless there are no edges. */
  readonly least: number;
  /** The larger of |second| and |least|: what a walk on the graph needs to forget where it began. */
  readonly modulus: number;
}

/** Steps between two looks at whether the second eigenvalue has settled. */
const LOOK_EVERY = 16;
/** It has when it moved by less than this share of the first. */
const SETTLED = 1e-4;
const STEPS_MAX = 400;

/** Of a graph with at least one vertex. */
export function spectrumOf(graph: Graph): Spectrum {
  const parts = components(graph).map((part) =>
    part.length === 1 ? single : spectrumOfPart(inducedBy(graph, part)),
  );
  const values = parts.flatMap(({ first, second }) => [first, second]).sort((a, b) => b - a);
  const least = Math.min(...parts.map((part) => part.least));
  const [first = 0, second = Number.NEGATIVE_INFINITY] = values;
  const next = second === Number.NEGATIVE_INFINITY ? first : second;
  return { first, second: next, least, modulus: Math.max(Math.abs(next), Math.abs(least)) };
}

const single = { first: 0, second: Number.NEGATIVE_INFINITY, least: 0 };

/** Of a connected graph with at least two vertices. */
function spectrumOfPart(graph: Graph): typeof single {
  const lanczos = new Lanczos(graph);
  const stepsMax = Math.min(graph.size, STEPS_MAX);
  let before = Number.NaN;
  for (;;) {
    const goesOn = lanczos.run(Math.min(LOOK_EVERY, stepsMax - lanczos.steps));
    const second = lanczos.steps > 1 ? lanczos.eigenvalue(1) : Number.NEGATIVE_INFINITY;
    const first = lanczos.eigenvalue(0);
    const settled = Math.abs(second - before) < SETTLED * first;
    if (!goesOn || lanczos.steps === stepsMax || settled) {
      return { first, second, least: lanczos.eigenvalue(lanczos.steps - 1) };
    }
    before = second;
  }
}

class Lanczos {
  readonly #graph: Graph;
  /** Orthonormal vectors, one a step. */
  readonly #basis: Float64Array[] = [];
  readonly #diagonal: number[] = [];
  /** The square of what stands beside the diagonal. */
  readonly #besides: number[] = [];
  #next: Float64Array;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#next = startVector(graph.size);
    scale(this.#next, 1 / Math.sqrt(dot(this.#next, this.#next)));
  }

  get steps(): number {
    return this.#diagonal.length;
  }

  /** Goes on by so many steps. False when the matrix has nothing more to give. */
  run(steps: number): boolean {
    for (let i = 0; i < steps; i++) {
      const vector = this.#next;
      this.#basis.push(vector);
      const product = times(this.#graph, vector);
      this.#diagonal.push(dot(vector, product));
      let before = dot(product, product);
      let square = this.#orthogonalise(product);
      // Once more where much cancelled, which leaves little but errors: twice is enough (Parlett).
      while (square < before / 2 && square > 1e-18) {
        before = square;
        square = this.#orthogonalise(product);
      }
      if (square < 1e-18) return false;
      this.#besides.push(square);
      scale(product, 1 / Math.sqrt(square));
      this.#next = product;
    }
    return true;
  }

  /** Takes out of a vector what lies along the basis; returns the square of its length. */
  #orthogonalise(vector: Float64Array): number {
    for (const earlier of this.#basis) subtract(vector, earlier, dot(earlier, vector));
    return dot(vector, vector);
  }

  /** The largest for `rank` 0, and so on, of the tridiagonal matrix. */
  eigenvalue(rank: number): number {
    let radius = 0;
    for (let i = 0; i < this.steps; i++) {
      const left = i === 0 ? 0 : Math.sqrt(this.#besides[i - 1] as number);
      const right = i === this.steps - 1 ? 0 : Math.sqrt(this.#besides[i] as number);
      radius = Math.max(radius, Math.abs(this.#diagonal[i] as number) + left + right);
    }
    let low = -radius - 1;
    let high = radius + 1;
    // Each halves the interval: in the end it is as narrow as doubles are.
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (this.#above(middle) > rank) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** How many eigenvalues are larger than `value`: the signs of a Sturm sequence. */
  #above(value: number): number {
    let count = 0;
    let pivot = 1;
    for (let i = 0; i < this.steps; i++) {
      const beside = i === 0 ? 0 : (this.#besides[i - 1] as number);
      pivot = (this.#diagonal[i] as number) - value - beside / pivot;
      if (pivot === 0) pivot = 1e-300;
      if (pivot > 0) count++;
    }
    return count;
  }
}

/** Numbers from -1 to 1 without a pattern that a graph could share. */
function startVector(size: number): Float64Array {
  const vector = new Float64Array(size);
  let state = 0x9e3779b9;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    vector[i] = state / 2 ** 31 - 1;
  }
  return vector;
}

function times({ size, starts, targets }: Graph, vector: Float64Array): Float64Array {
  const product = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    const end = starts[row + 1] as number;
    let sum = 0;
    for (let i = starts[row] as number; i < end; i++) {
      sum += vector[targets[i] as number] as number;
    }
    product[row] = sum;
  }
  return product;
}

/** In four sums, of which none waits for the other. */
function dot(a: Float64Array, b: Float64Array): number {
  const whole = a.length - (a.length % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    first += (a[i] as number) * (b[i] as number);
    second += (a[i + 1] as number) * (b[i + 1] as number);
    third += (a[i + 2] as number) * (b[i + 2] as number);
    fourth += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (let i = whole; i < a.length; i++) first += (a[i] as number) * (b[i] as number);
  return first + second + (third + fourth);
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) {
    from[i] = (from[i] as number) - factor * (vector[i] as number);
  }
}

function scale(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * factor;
}
