/**
 * Looks at a cluster again and again, for plots and pictures. It only reads, and it is asked between
 * two events instead of by one: a run that is sampled is the same run, with the same trace hash.
 *
 * What every pair of servers thinks of each other is looked at for some of them, as observers, and
 * what takes long to compute about the overlay only while it is small, or for a picture.
 */

import type { ServerId } from '../../src/id.ts';
import { SECOND } from '../../src/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Sent } from '../host.ts';
import type { ClusterEvent, Node } from '../node.ts';
import { SimRandom } from '../random.ts';
import { FRAME_SERVERS_MAX, FrameBook, type FrameState, type OverlayFrame } from './frames.ts';
import { distances } from './graph.ts';
import { MishapBook } from './mishaps.ts';
import { type Overlay, overlayOf } from './overlay.ts';
import { spectrumOf } from './spectrum.ts';
import { clusteringOf, degreesOf, largestPartOf, mixingOf } from './structure.ts';

/** Servers whose views are looked at; more take longer, and the shares hardly change. */
const OBSERVERS_MAX = 64;
/** Servers from which distances are counted. */
const SOURCES_MAX = 32;
/** Up to so many servers, the spectrum is computed for every sample. */
const SPECTRUM_ALWAYS_MAX = 250;
/** Up to so many, their edges are looked at for every sample; of twice as many every second time. */
const EDGES_ALWAYS_MAX = 500;

type Shape = Readonly<Record<'ratio' | 'normalGap' | 'mean' | 'diameter' | 'clustering', number>>;

/** Fills the series of a cluster, and draws its overlay. */
export class Sampler {
  readonly frames = new FrameBook();
  readonly mishaps: MishapBook;
  /** From when on `look` is due. */
  dueAt = 0;

  readonly #cluster: Cluster;
  readonly #everyUs: number;
  readonly #random: SimRandom;
  /** Names of the hosts on which a server was ever started, in that order. */
  readonly #hosts = new Set<string>();
  /** node => what it had sent at the last look. */
  #sent = new Map<Node, Sent>();
  #lookedAt = 0;
  #looks = 0;
  /** How long each departure that was told since the last look had been true. */
  #detections: number[] = [];
  /** The overlay of which the shape was computed last. */
  #known: { readonly mark: number; readonly shape: Shape } | undefined;

  constructor(cluster: Cluster, everyUs: number) {
    this.#cluster = cluster;
    this.#everyUs = everyUs;
    this.mishaps = new MishapBook(cluster);
    this.#random = new SimRandom('sampler');
    cluster.observe((event) => this.#hear(event));
  }

  /** Takes a sample of this moment. */
  look(): void {
    const { present, now } = this.#cluster;
    this.dueAt = (Math.floor(now / this.#everyUs) + 1) * this.#everyUs;
    if (present.length === 0) return;
    this.#add('servers up', present.length);
    this.#traffic(present, now);
    this.#views(present);
    this.#detected();
    const isDrawn = this.frames.offer(() => this.#frame());
    const every = Math.ceil(present.length / EDGES_ALWAYS_MAX);
    if (isDrawn || this.#looks % every === 0) this.#overlay(present, isDrawn);
    this.#looks++;
    this.#lookedAt = now;
  }

  /** The run is over: how it stood then is among the pictures. */
  end(): void {
    const { now } = this.#cluster;
    if (this.frames.list().at(-1)?.at !== now) this.frames.end(this.#frame());
  }

  #add(name: string, value: number, unit = ''): void {
    this.#cluster.series.add(name, this.#cluster.now, value, unit);
  }

  #hear(event: ClusterEvent): void {
    if (event.type === 'started') this.#hosts.add(event.node.host.name);
    if (event.type !== 'told' || event.event.type !== 'left') return;
    const endedAt = this.#cluster.node(event.event.member.id)?.endedAt;
    if (endedAt !== undefined) this.#detections.push((this.#cluster.now - endedAt) / SECOND);
  }

  #traffic(present: readonly Node[], now: number): void {
    const before = this.#sent;
    this.#sent = new Map(present.map((node) => [node, { ...node.host.sent }]));
    const seconds = (now - this.#lookedAt) / SECOND;
    if (seconds === 0) return;
    let [bytes, messages] = [0, 0];
    for (const [node, sent] of this.#sent) {
      const then = before.get(node);
      bytes += bytesOf(sent) - (then === undefined ? 0 : bytesOf(then));
      messages += messagesOf(sent) - (then === undefined ? 0 : messagesOf(then));
    }
    this.#add('bytes sent per server', bytes / seconds / present.length, 'B/s');
    this.#add('messages sent per server', messages / seconds / present.length, '1/s');
  }

  /** Shares of what some servers tell that is not so, and of what is so that they do not tell. */
  #views(present: readonly Node[]): void {
    const { told } = this.#cluster;
    const members = present.filter(({ joinedAt }) => joinedAt !== undefined);
    const every = Math.max(1, Math.ceil(members.length / OBSERVERS_MAX));
    let [entries, stale, expected, missing] = [0, 0, 0, 0];
    for (let i = 0; i < members.length; i += every) {
      const observer = members[i] as Node;
      let right = 0;
      for (const subject of present) {
        const isTold = told.has(observer, subject);
        if (isTold) right++;
        if (subject.joinedAt === undefined || subject.circuit !== observer.circuit) continue;
        expected++;
        if (!isTold) missing++;
      }
      const count = told.count(observer);
      entries += count;
      stale += count - right;
    }
    this.#add('stale share of views', entries === 0 ? 0 : stale / entries);
    this.#add('missing share of views', expected === 0 ? 0 : missing / expected);
  }

  #detected(): void {
    const detections = this.#detections;
    this.#detections = [];
    if (detections.length === 0) return;
    let [sum, max] = [0, 0];
    for (const each of detections) {
      sum += each;
      max = Math.max(max, each);
    }
    this.#add('departures told after, mean', sum / detections.length, 's');
    this.#add('departures told after, longest', max, 's');
  }

  #overlay(present: readonly Node[], isDrawn: boolean): void {
    const overlay = overlayOf(present);
    const { min, mean, max } = degreesOf(overlay.graph);
    this.#add('servers suspected', suspectedOf(present).size);
    this.#add('degree, least', min);
    this.#add('degree, mean', mean);
    this.#add('degree, most', max);
    this.#add('share in the largest part', largestPartOf(overlay.graph));
    if (!isDrawn && present.length > SPECTRUM_ALWAYS_MAX) return;
    const shape = this.#shapeOf(overlay, mean);
    this.#add('second eigenvalue to the best', shape.ratio);
    this.#add('spectral gap, share of the degree', shape.normalGap);
    this.#add('hops, mean', shape.mean);
    this.#add('hops, most', shape.diameter);
    this.#add('clustering', shape.clustering);
  }

  #shapeOf({ graph, mark }: Overlay, degree: number): Shape {
    if (this.#known?.mark === mark) return this.#known.shape;
    const { ratio, normalGap } = mixingOf(spectrumOf(graph), degree);
    const draws = Array.from({ length: SOURCES_MAX }, () => this.#random.below(graph.size));
    const { mean, diameter } = distances(graph, graph.size <= SOURCES_MAX ? undefined : draws);
    const shape = { ratio, normalGap, mean, diameter, clustering: clusteringOf(graph) };
    this.#known = { mark, shape };
    return shape;
  }

  #frame(): OverlayFrame {
    const cluster = this.#cluster;
    const servers = [...this.#hosts].slice(0, FRAME_SERVERS_MAX);
    /** host => its number among those drawn */
    const numbers = new Map(servers.map((name, index) => [name, index]));
    const up = cluster.present.filter(({ host }) => numbers.has(host.name));
    const numberOf = (vertex: number) => numbers.get((up[vertex] as Node).host.name) as number;
    const edges = overlayOf(up).edges.map(([a, b]): [number, number] => {
      const [one, other] = [numberOf(a), numberOf(b)];
      return one < other ? [one, other] : [other, one];
    });
    const suspected = suspectedOf(cluster.present);
    const cut = cutOf(cluster);
    const states = servers.map((name): FrameState => {
      const node = cluster.on(name);
      if (node === undefined) return 'down';
      if (node.host.paused) return 'paused';
      if (cut.has(name)) return 'cut';
      if (suspected.has(node.id)) return 'suspected';
      return node.joinedAt === undefined ? 'joining' : 'up';
    });
    return { at: cluster.now, servers, states, edges, hosts: this.#hosts.size };
  }
}

/** Whom some neighbour suspects. */
function suspectedOf(nodes: readonly Node[]): Set<ServerId> {
  const suspected = new Set<ServerId>();
  for (const { server } of nodes) {
    const membership = server.membership();
    for (const id of membership.neighbours()) if (membership.isSuspected(id)) suspected.add(id);
  }
  return suspected;
}

/** The hosts that are on a lesser side of a fault. */
function cutOf({ truth, present }: Cluster): Set<string> {
  const cut = new Set<string>();
  for (const { groups } of truth.faults) {
    const named = groups.reduce((sum, group) => sum + group.length, 0);
    let largest: readonly string[] | undefined;
    let size = present.length - named;
    for (const group of groups) {
      if (group.length <= size) continue;
      largest = group;
      size = group.length;
    }
    for (const group of groups) if (group !== largest) for (const host of group) cut.add(host);
  }
  return cut;
}

function bytesOf({ datagramBytes, streamBytes }: Sent): number {
  return datagramBytes + streamBytes;
}

function messagesOf({ datagrams, streamWrites, multicasts }: Sent): number {
  return datagrams + streamWrites + multicasts;
}
