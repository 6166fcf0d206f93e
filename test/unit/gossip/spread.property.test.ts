import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Server, SpreadNet } from './net.ts';

/** A connected graph: each server but the first with an earlier one, and some edges more. */
const graph = fc.integer({ min: 2, max: 12 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    parents: fc.array(fc.nat(1_000), { minLength: count - 1, maxLength: count - 1 }),
    more: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 20 }),
    lazy: fc.nat(3),
    seed: fc.string({ minLength: 1, maxLength: 4 }),
  }),
);

/** What is found out: when, by whom. */
const happenings = fc.array(
  fc.record({
    ms: fc.nat(60),
    number: fc.nat(5),
    origins: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

type Graph = typeof graph extends fc.Arbitrary<infer G> ? G : never;
type Happenings = typeof happenings extends fc.Arbitrary<infer H> ? H : never;

function build({ count, parents, more, lazy, seed }: Graph, latencyMs: [number, number]) {
  const net = new SpreadNet({ seed, count, latencyMs });
  const at = (index: number) => net.servers[index % count] as Server;
  for (const [index, parent] of parents.entries())
    net.link(at(index + 1), at(parent % (index + 1)));
  // Some edges are with strangers.
  for (const [index, [a, b]] of more.entries()) net.link(at(a), at(b), index % 4 >= lazy);
  return { net, at };
}

function happen(net: SpreadNet, at: (index: number) => Server, all: Happenings) {
  for (const { ms, number, origins } of all) {
    net.after(ms, () => net.event(number, ...origins.map(at)));
  }
}

describe('on any connected graph', () => {
  test('news comes to all, in whatever order messages arrive', () => {
    fc.assert(
      fc.property(graph, happenings, fc.nat(80), (graph, all, latency) => {
        const { net, at } = build(graph, [0, latency]);
        happen(net, at, all);
        net.run(20_000);
        for (const { number } of all) expect(net.ignorant(net.event(number))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('news comes to all when edges break and come again', () => {
    const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(1_000), fc.nat(1_000)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(graph, happenings, changes, (graph, all, changes) => {
        const { net, at } = build(graph, [0, 20]);
        happen(net, at, all);
        for (const [ms, a, b] of changes) {
          const [one, two] = [at(a), at(b)];
          net.after(ms, () => net.unlink(one, two));
          net.after(ms + 25, () => net.link(one, two));
        }
        net.run(20_000);
        for (const { number } of all) expect(net.ignorant(net.event(number))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('what many events at once do to the tree is mended by two quiet ones', () => {
    fc.assert(
      fc.property(graph, happenings, fc.nat(1_000), (graph, all, origin) => {
        const { net, at } = build(graph, [0.25, 4]);
        happen(net, at, all);
        net.run(5_000);
        for (const quiet of [100, 101, 102, 103]) {
          const before = { ...net.sent };
          const key = net.event(quiet, at(origin));
          net.run(3_000);
          expect(net.ignorant(key)).toEqual([]);
          if (quiet < 102) continue;
          expect(net.tree().pieces).toBe(1);
          expect(net.sent.graft - before.graft).toBe(0);
          expect(net.sent.records - before.records).toBe(net.servers.length - 1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
