import type { Address, ServerId } from 'circuit';
import {
  type Checker,
  type CoreOptions,
  circuit,
  largestPartAfter,
  type OverlayCore,
  type OverlayEffect,
  type OverlayEvent,
  OverlayLab,
  type OverlayProtocol,
  runCore,
  SECOND,
  scenario,
} from 'circuit/sim';

const question = new Uint8Array();

/** A state machine: who joined through a server holds on to it, and asks it each second. */
class Star implements OverlayCore {
  readonly #answer: Uint8Array;
  #seed: Address | undefined;
  #centre: ServerId | undefined;
  #heardAt = 0;
  #askAt = Number.POSITIVE_INFINITY;

  constructor({ self }: CoreOptions) {
    this.#answer = new TextEncoder().encode(self.id);
  }

  step(now: number, event: OverlayEvent, out: OverlayEffect[]): void {
    if (event.type === 'join') {
      this.#seed = event.seed;
      this.#askAt = now;
    } else if (event.type === 'datagram' && event.bytes.length === 0) {
      out.push({ type: 'datagram', to: event.from, bytes: this.#answer });
    } else if (event.type === 'datagram') {
      this.#centre = new TextDecoder().decode(event.bytes) as ServerId;
      this.#heardAt = now;
    } else if (event.type === 'tick' && this.#seed !== undefined && now >= this.#askAt) {
      out.push({ type: 'datagram', to: this.#seed, bytes: question });
      this.#askAt = now + SECOND;
      if (this.#centre === undefined || now - this.#heardAt < 3 * SECOND) return;
      out.push({ type: 'gone', id: this.#centre });
      this.#centre = undefined;
    }
  }

  deadline(): number {
    return this.#askAt;
  }

  neighbours(): Iterable<ServerId> {
    return this.#centre === undefined ? [] : [this.#centre];
  }

  known(): Iterable<ServerId> {
    return this.neighbours();
  }
}

const star: OverlayProtocol = {
  ...{ name: 'star', knowsAll: false, saysGoodbye: false },
  start: (host, gone) => runCore(host, (options) => new Star(options), gone),
};

export default scenario({
  claim: 'a tree of those who joined through each other falls apart, where this overlay does not',
  checks: [],

  async run(cluster) {
    const checker: Checker & { observed: number } = {
      ...{ guarantee: 'comparison', observed: 0, atEnd() {} },
    };
    cluster.check(checker);
    const rows: [string, number][] = [];
    for (const protocol of [star, circuit]) {
      const lab = new OverlayLab(cluster.world, protocol, cluster.world.random.fork('joins'));
      for (let i = 1; i <= 60; i++) {
        lab.start(`m${i}`);
        await cluster.sleep(SECOND / 20);
      }
      await cluster.sleep(10 * SECOND);
      // On paper, before anybody could repair anything.
      rows.push([protocol.name, largestPartAfter(lab.graph(), 0.1, { by: 'degree' })]);
      lab.end();
      await cluster.sleep(30 * SECOND);
    }
    cluster.measures.addTable({
      title: 'share in the largest part without the tenth of most edges',
      columns: ['overlay', 'share'],
      rows,
    });
    const [[, ofStar] = ['', 1], [, ofCircuit] = ['', 0]] = rows;
    checker.observed = rows.length;
    if (ofCircuit < 1 || ofStar > 0.5) cluster.violate(checker.guarantee, 'it is not so');
  },
});
