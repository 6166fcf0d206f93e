/**
 * Servers of any overlay in a simulated world, what happens to them, and the truth about them: the
 * same schedule can be played to each overlay, and the same things are measured of each.
 *
 * An edge is one that either end holds. What is measured of views compares what servers hold with
 * who is up at that moment.
 */

import { assert } from '../../src/assert.ts';
import type { Random } from '../../src/host/random.ts';
import type { ServerId } from '../../src/id.ts';
import { SECOND } from '../../src/time.ts';
import type { SimHost } from '../host.ts';
import type { Incident } from '../incident.ts';
import { type Graph, graphOf } from '../measure/graph.ts';
import { ScenarioError } from '../scenario.ts';
import type { World } from '../world.ts';
import type { OverlayProtocol, OverlayServer } from './protocol.ts';

/** How often one that has not joined tries again, through another. */
const JOIN_EVERY_US = SECOND;

/** One run of a server. */
interface Run {
  readonly host: SimHost;
  readonly server: OverlayServer;
  readonly startedAt: number;
  endedAt: number | undefined;
}

/** What all servers of a laboratory sent so far, and for how long they were up, together. */
export interface LabTraffic {
  readonly bytes: number;
  /** Datagrams, and writes to connections. */
  readonly messages: number;
  readonly serverSeconds: number;
}

/** What servers hold of each other at one moment. */
export interface LabViews {
  /** Pairs of one that is up and another that it holds to be there. */
  readonly entries: number;
  /** Those of them in which the other has gone. */
  readonly stale: number;
  /** Pairs of one that is up and another that is up and not held to be there by it. */
  readonly missing: number;
  /** Pairs of two that are up. */
  readonly expected: number;
}

/** Servers of one overlay in a world, and the truth about them. */
export class OverlayLab {
  readonly protocol: OverlayProtocol;
  /** How long after the end of a server each other that took it for gone did so, in seconds. */
  readonly detections: number[] = [];
  /** How often a server that was up was taken for gone. */
  falseRemovals = 0;

  readonly #world: World;
  readonly #random: Random;
  readonly #runs: Run[] = [];
  readonly #byId = new Map<ServerId, Run>();
  /** host => the server that is up there */
  readonly #up = new Map<string, Run>();

  /** `random` draws through whom servers join. */
  constructor(world: World, protocol: OverlayProtocol, random: Random) {
    this.#world = world;
    this.#random = random;
    this.protocol = protocol;
  }

  /** The hosts on which a server is up, in the order of their start. */
  get hosts(): readonly string[] {
    return [...this.#up.keys()];
  }

  /** Starts a server on a host that has none, which joins through any other until it has. */
  start(host: string): void {
    if (this.#up.has(host)) return;
    const simHost = this.#world.addHost(host);
    const server = this.protocol.start(simHost, (id) => this.#gone(run, id));
    const run: Run = { host: simHost, server, startedAt: this.#world.now, endedAt: undefined };
    this.#runs.push(run);
    this.#byId.set(server.id, run);
    this.#up.set(host, run);
    this.#join(run);
  }

  /** Plays a schedule; returns at once. It plays what ends and starts servers, pauses, and rules. */
  play(schedule: readonly Incident[]): void {
    for (const incident of schedule) {
      this.#world.at(Math.max(incident.at, this.#world.now), () => this.#happen(incident));
    }
  }

  /** Kills all that are up: what they say no more is heard of by nobody. */
  end(): void {
    for (const host of this.hosts) this.#kill(host, false);
    this.#world.rules.clear();
  }

  /** The servers that are up as vertices, in the order of `hosts`. */
  graph(): Graph {
    const runs = [...this.#up.values()];
    const numbers = new Map(runs.map(({ server }, index) => [server.id, index]));
    const edges = new Map<number, readonly [number, number]>();
    for (const [index, { server }] of runs.entries()) {
      for (const id of server.neighbours()) {
        const other = numbers.get(id);
        if (other === undefined || other === index) continue;
        const [low, high] = index < other ? [index, other] : [other, index];
        edges.set(low * runs.length + high, [low, high]);
      }
    }
    return graphOf(runs.length, edges.values());
  }

  /** What the servers that are up hold of each other. */
  views(): LabViews {
    let [entries, stale, expected] = [0, 0, 0];
    for (const { server } of this.#up.values()) {
      for (const id of new Set(server.known())) {
        entries++;
        if (this.#byId.get(id)?.endedAt !== undefined) stale++;
      }
      expected += this.#up.size - 1;
    }
    return { entries, stale, missing: expected - (entries - stale), expected };
  }

  /** What was sent so far. */
  traffic(): LabTraffic {
    let [bytes, messages, us] = [0, 0, 0];
    for (const { host, startedAt, endedAt } of this.#runs) {
      const { datagrams, datagramBytes, streamBytes, streamWrites } = host.sent;
      bytes += datagramBytes + streamBytes;
      messages += datagrams + streamWrites;
      us += (endedAt ?? this.#world.now) - startedAt;
    }
    return { bytes, messages, serverSeconds: us / SECOND };
  }

  #happen(incident: Incident): void {
    switch (incident.type) {
      case 'start':
        this.start(incident.host);
        break;
      case 'crash':
      case 'dark':
        this.#kill(incident.host, incident.type === 'dark');
        break;
      case 'leave':
        this.#leave(incident.host);
        break;
      case 'pause':
        this.#up.get(incident.host)?.host.pause(incident.forUs);
        break;
      case 'rule': {
        const { rule, forUs } = incident;
        this.#world.rules.add(rule);
        this.#world.after(forUs, () => this.#world.rules.remove(rule));
        break;
      }
      default:
        throw new ScenarioError(`the overlay laboratory does not play "${incident.type}"`);
    }
  }

  #kill(host: string, silent: boolean): void {
    this.#ended(host)?.host.crash({ silent });
  }

  #leave(host: string): void {
    if (!this.protocol.saysGoodbye) this.#kill(host, false);
    else this.#ended(host)?.server.leave();
  }

  #ended(host: string): Run | undefined {
    const run = this.#up.get(host);
    if (run === undefined) return undefined;
    this.#up.delete(host);
    run.endedAt = this.#world.now;
    return run;
  }

  #join(run: Run): void {
    if (run.endedAt !== undefined) return;
    const others = [...this.#up.values()].filter((each) => each !== run);
    const [known] = run.server.known();
    if (known !== undefined || others.length === 0) return;
    const seed = others[this.#random.below(others.length)] as Run;
    run.server.join(seed.host.streams.address);
    this.#world.after(JOIN_EVERY_US, () => this.#join(run));
  }

  /** `observer` took a server for gone. */
  #gone(observer: Run, id: ServerId): void {
    if (observer.endedAt !== undefined) return;
    const subject = this.#byId.get(id);
    assert(subject !== undefined, 'only what was started is known');
    if (subject.endedAt === undefined) this.falseRemovals++;
    else this.detections.push((this.#world.now - subject.endedAt) / SECOND);
  }
}
