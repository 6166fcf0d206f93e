/**
 * G7: the overlay of the live servers is connected, each side of a cut in itself; no degree exceeds
 * its bound; and it is nearly as good an expander as any graph of its degree can be: of those with
 * mean degree d, the second eigenvalue is hardly below 2 sqrt(d - 1) (Alon and Boppana; Friedman for
 * random graphs).
 *
 * Looked at every virtual second. What counts are edges that stand at both ends and that one of the
 * two wants. Whoever joined a moment ago, or is cut off alone, need not be connected yet; and after many
 * came or went at once, all have a grace.
 */

import { SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import { components, degreeOf, type Graph, meanDegree } from '../measure/graph.ts';
import { overlayOf } from '../measure/overlay.ts';
import { spectrumOf } from '../measure/spectrum.ts';
import type { ClusterEvent, Node } from '../node.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** What the overlay must come to. */
export interface ExpanderOptions {
  /** Between two looks. Default: 1 s. */
  readonly everyUs?: number;
  /** After a mass of changes, and after each join for the one that joined. Default: 5 s. */
  readonly graceUs?: number;
  /** Neighbours beyond twice the rings, while two views differ for a moment. Default: 4. */
  readonly spareDegree?: number;
  /** The second eigenvalue, as a share of the best there can be. Default: 1.05. */
  readonly gapRatio?: number;
  /** From how many servers on it is held to that. Default: 500. */
  readonly spectrumFrom?: number;
}

/** G7: the overlay of the live servers is connected, of bounded degree, and a good expander. */
export function expander(options: ExpanderOptions = {}): CheckerFactory {
  return (cluster) => new Expander(cluster, options);
}

/** What changes the overlay of many at once. */
const graced: ReadonlySet<ClusterEvent['type']> = new Set(['merged', 'faulted', 'healed']);
/** Changes that make a mass, as a share of the servers. */
const MASS_SHARE = 0.05;
const MASS_MIN = 3;

class Expander implements Checker {
  readonly guarantee = 'G7 expander';
  observed = 0;
  readonly #cluster: Cluster;
  readonly #options: Required<ExpanderOptions>;
  #changes = 0;
  #graceUntil = 0;
  /** circuit => the graph of which the spectrum was computed last, as a number, and what it was. */
  readonly #spectra = new Map<string, { readonly mark: number; readonly second: number }>();

  constructor(cluster: Cluster, options: ExpanderOptions) {
    this.#cluster = cluster;
    this.#options = {
      everyUs: options.everyUs ?? SECOND,
      graceUs: options.graceUs ?? 5 * SECOND,
      spareDegree: options.spareDegree ?? 4,
      gapRatio: options.gapRatio ?? 1.05,
      spectrumFrom: options.spectrumFrom ?? 500,
    };
    cluster.observe((event) => {
      if (event.type === 'ended' || event.type === 'joined') this.#changes++;
      else if (graced.has(event.type)) this.#grace();
    });
    this.#lookLater();
  }

  atEnd(): void {}

  #grace(): void {
    this.#graceUntil = this.#cluster.now + this.#options.graceUs;
  }

  #lookLater(): void {
    this.#cluster.world.after(this.#options.everyUs, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const { present, now } = this.#cluster;
    if (this.#changes >= MASS_MIN && this.#changes > MASS_SHARE * present.length) this.#grace();
    this.#changes = 0;
    const circuits = new Map<string, Node[]>();
    for (const node of present) {
      const nodes = circuits.get(node.circuit);
      if (nodes === undefined) circuits.set(node.circuit, [node]);
      else nodes.push(node);
    }
    for (const [name, nodes] of circuits) {
      const { graph, mark } = overlayOf(nodes);
      this.#lookAt(name, nodes, graph, mark, now < this.#graceUntil);
    }
  }

  #lookAt(name: string, nodes: readonly Node[], graph: Graph, mark: number, grace: boolean): void {
    const parts = components(graph);
    this.#cluster.measure(
      'overlay: share in the largest part',
      (parts[0]?.length ?? 0) / nodes.length,
    );
    if (grace) return;
    this.observed++;
    this.#connected(nodes, parts);
    this.#degrees(nodes, graph);
    if (nodes.length >= this.#options.spectrumFrom && parts.length === 1) {
      this.#gap(name, graph, mark);
    }
  }

  /** Those on one side of every cut are in one component. */
  #connected(nodes: readonly Node[], found: readonly (readonly number[])[]): void {
    const { now, truth } = this.#cluster;
    /** side => the component that most of it, the largest first, is in */
    const expected = new Map<string, number>();
    for (const [component, members] of found.entries()) {
      for (const index of members) {
        const node = nodes[index] as Node;
        const isNew = node.joinedAt === undefined || node.joinedAt + this.#options.graceUs > now;
        const side = isNew ? undefined : truth.partOf(node);
        if (side === undefined) continue;
        if (!expected.has(side)) expected.set(side, component);
        if (expected.get(side) === component) continue;
        this.#violate(`${node.host.name} is in a part of ${members.length} servers on its own`);
      }
    }
  }

  #degrees(nodes: readonly Node[], graph: Graph): void {
    for (const [index, { host, profile }] of nodes.entries()) {
      const degree = degreeOf(graph, index);
      const bound = 2 * profile.overlay.rings + this.#options.spareDegree;
      if (degree > bound)
        this.#violate(`${host.name} has ${degree} neighbours, more than ${bound}`);
    }
    this.#cluster.measure('overlay: mean degree', meanDegree(graph));
  }

  #gap(name: string, graph: Graph, mark: number): void {
    let known = this.#spectra.get(name);
    if (known?.mark !== mark) {
      known = { mark, second: spectrumOf(graph).second };
      this.#spectra.set(name, known);
    }
    const best = 2 * Math.sqrt(meanDegree(graph) - 1);
    const ratio = known.second / best;
    this.#cluster.measure('overlay: second eigenvalue to the best', ratio);
    if (ratio <= this.#options.gapRatio) return;
    this.#violate(
      `the second eigenvalue of ${graph.size} servers is ${known.second.toFixed(3)}, ` +
        `${ratio.toFixed(3)} times the best of degree ${meanDegree(graph).toFixed(2)}`,
    );
  }

  #violate(message: string): void {
    this.#cluster.violate(this.guarantee, message);
  }
}
