/**
 * How long a packet takes from one host to another when nothing is wrong.
 *
 * A link has a base latency, drawn once and the same in both directions, and each packet adds
 * jitter. The jitter is what reorders packets. The draws come from the caller, who keys them by link
 * and packet, so a topology is a pure function and adding a host leaves every other link as it was.
 */

import { assert } from '../src/assert.ts';

/** A host as the topology sees it. */
export interface Place {
  readonly index: number;
  readonly name: string;
}

/** How long a packet takes from host to host. */
export interface Topology {
  /**
   * One-way latency in integer microseconds, at least 1. `link` in [0, 1) belongs to the pair,
   * `packet` in [0, 1) to the packet.
   */
  latencyUs(from: Place, to: Place, link: number, packet: number): number;
}

/** What a packet to the sender's own address takes. */
export const LOOPBACK_US = 20;

/** One local network: 0.25 to 1 ms one way. Two thirds of the range is the link's, the rest jitter. */
export function lan({ minUs = 250, maxUs = 1_000 } = {}): Topology {
  assert(minUs >= 1 && maxUs >= minUs, 'a latency range goes from at least 1 us upwards');
  const baseUs = ((maxUs - minUs) * 2) / 3;
  const jitterUs = (maxUs - minUs) / 3;
  return {
    latencyUs: (_from, _to, link, packet) =>
      minUs + Math.floor(link * baseUs + packet * jitterUs + 0.5),
  };
}

/** Every packet takes the same time: for tests that count. */
export function fixed(latencyUs: number): Topology {
  assert(
    latencyUs >= 1 && Number.isInteger(latencyUs),
    'a latency is an integer from 1 us upwards',
  );
  return { latencyUs: () => latencyUs };
}

/** Sites, and the latencies between them. */
export interface Regions {
  /** Which region a host is in: an index into the matrix. Asked once per host. */
  regionOf(name: string): number;
  /** One-way latency from region to region, by row and column. */
  readonly latencyUs: readonly (readonly number[])[];
  /** Jitter as a share of the latency; 0.1 when left out. */
  readonly jitterRatio?: number;
}

/** Several sites: the latency of a link comes from a matrix, and jitter adds to it. */
export function regions({ regionOf, latencyUs, jitterRatio = 0.1 }: Regions): Topology {
  const regionOfPlace: number[] = [];
  const region = (place: Place): number => {
    let found = regionOfPlace[place.index];
    if (found === undefined) {
      found = regionOf(place.name);
      assert(latencyUs[found] !== undefined, `host ${place.name} is in no region of the matrix`);
      regionOfPlace[place.index] = found;
    }
    return found;
  };
  return {
    latencyUs(from, to, _link, packet) {
      const base = latencyUs[region(from)]?.[region(to)];
      assert(base !== undefined, 'the latency matrix has a hole');
      return Math.max(1, Math.floor(base * (1 + jitterRatio * packet)));
    },
  };
}

/** One way, in ms, between sites on the east coast of America, in Europe, Japan and Brazil. */
const wanMs = [
  [0.5, 40, 78, 58],
  [40, 0.5, 115, 95],
  [78, 115, 0.5, 130],
  [58, 95, 130, 0.5],
] as const;

/** The share of packets that meet a queue on the way. */
const QUEUED = 0.01;

/**
 * Four sites on four continents. A link takes up to a fifth longer than the shortest between its
 * sites; most packets are hardly later than that, and one in a hundred up to half as much again.
 * `siteOf` says where a host is, from 0 to 3; by the number in its name when left out, so that
 * neighbours in number are far from each other.
 */
export function wan({ siteOf = bySerialNumber }: { siteOf?: (name: string) => number } = {}) {
  const latencyUs = wanMs.map((row) => row.map((ms) => ms * 1_000));
  const between = regions({ regionOf: siteOf, latencyUs, jitterRatio: 0 });
  const topology: Topology = {
    latencyUs(from, to, link, packet) {
      const base = between.latencyUs(from, to, link, packet) * (1 + 0.2 * link);
      const queued = packet < QUEUED ? 0.5 * (packet / QUEUED) : 0;
      return Math.floor(base * (1 + 0.03 * packet + queued));
    },
  };
  return topology;
}

function bySerialNumber(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0) % wanMs.length;
}
