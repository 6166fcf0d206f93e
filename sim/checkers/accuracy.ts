/**
 * G2: a server that is alive and reachable is not announced as gone, by anybody, ever. Only what is
 * cut off or stands still may be, and only by those on the other side (see truth.ts).
 */

import type { Cluster } from '../cluster.ts';
import type { Checker, CheckerFactory } from './checker.ts';

/** G2: a server that is up and reachable is never announced as gone. */
export function accuracy(): CheckerFactory {
  return (cluster) => new Accuracy(cluster);
}

class Accuracy implements Checker {
  readonly guarantee = 'G2 accuracy';
  observed = 0;
  readonly #cluster: Cluster;
  /** How often it was told of a server that it left. */
  #judged = 0;
  /** How often of one that was up, which something that was wrong excused. */
  #excused = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.observe((event) => {
      // Each server that is up, and each that starts, could be slandered from here on.
      if (event.type === 'joined') this.observed++;
      if (event.type !== 'told' || event.event.type !== 'left') return;
      const { subject, node: observer } = event;
      if (subject === undefined) return;
      this.#judged++;
      if (subject.endedAt !== undefined) return;
      // Given up too soon is a matter of G1.
      if (cluster.truth.excuse(observer, subject) !== 'none') {
        this.#excused++;
        return;
      }
      cluster.violate(
        this.guarantee,
        `${observer.host.name} announced that ${subject.host.name} (${subject.id}) left, ` +
          'which is up and reachable',
      );
    });
  }

  /** A run in which all is excused, or nothing judged, shows it here. */
  atEnd(): void {
    this.#cluster.measure('departures judged', this.#judged);
    this.#cluster.measure('departures excused', this.#excused);
  }
}
