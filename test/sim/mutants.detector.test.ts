/**
 * Bugs in finding out who has gone, each of which a checker must find; see mutants.test.ts. Every
 * story holds without a bug.
 */

import { describe, expect, test } from 'vitest';
import {
  accuracy,
  agreement,
  completeness,
  massFailure,
  order,
  partition,
  type Scenario,
  SECOND,
  scenario,
} from '../../sim/index.ts';
import { Detector } from '../../src/detector/detector.ts';
import { Health } from '../../src/detector/health.ts';
import { Probes } from '../../src/detector/probes.ts';
import { Votes } from '../../src/detector/votes.ts';
import type { ServerId } from '../../src/id.ts';
import { Beliefs } from '../../src/membership/beliefs.ts';
import { Neighbourhood } from '../../src/membership/neighbourhood.ts';
import type { Parts } from '../../src/server/parts.ts';
import { broken, membershipMutant, patched, profileMutant } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

/** Four in five die at once, so most of the observers of the dead are dead. */
const massDeath = scenario({
  claim: 'few that are left find out that the many are gone',
  checks: [completeness()],
  async run(cluster) {
    const nodes = await cluster.startMany(40);
    await cluster.sleep(12 * SECOND);
    cluster.play(
      massFailure(cluster.world.random.fork('mass'), {
        hosts: nodes.map(({ host }) => host.name),
        atUs: cluster.now,
        share: 0.8,
        way: 'dark',
      }),
    );
    await cluster.sleep(40 * SECOND);
  },
});

/** Between two servers nothing comes through, one way or both; all others reach both. */
const badLinks = scenario({
  claim: 'who is not reached by one neighbour alone stays',
  checks: [accuracy(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(5 * SECOND);
    const [n2, n3, n4, n5] = ['n2', 'n3', 'n4', 'n5'].map((name) => cluster.on(name)!);
    const pairs = [n2, n3, n4, n5].map((node) => {
      const [neighbour] = node!.server.membership().neighbours();
      return [node!.host.name, cluster.node(neighbour!)!.host.name] as const;
    });
    for (const [from, to] of pairs.slice(0, 2)) cluster.impose(partition([from], [to]));
    for (const [from, to] of pairs.slice(2))
      cluster.impose({ type: 'cut', from: [from], to: [to] });
    await cluster.sleep(30 * SECOND);
  },
});

/** One server hears nobody, while all hear it. */
const deafHost = scenario({
  claim: 'a host to which nothing comes is given up, and gives up nobody for others',
  checks: [completeness(), accuracy(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(12 * SECOND);
    cluster.impose({ type: 'cut', from: 'any', to: ['n5'] }, 15 * SECOND);
    await cluster.sleep(60 * SECOND);
  },
});

/** The answers of some take long, and all stand still for less than anybody may be given up. */
const slowSite = scenario({
  claim: 'far hosts stay though all stand still now and then',
  checks: [accuracy(), agreement()],
  async run(cluster) {
    const nodes = await cluster.startMany(20);
    const far = ['n5', 'n6', 'n7', 'n8'];
    const delay = { type: 'delay', minUs: 1.25 * SECOND, maxUs: 1.25 * SECOND } as const;
    cluster.impose({ ...delay, from: 'any', to: far, bothWays: true });
    await cluster.sleep(20 * SECOND);
    for (let i = 0; i < 10; i++) {
      for (const { host } of nodes) cluster.pause(host.name, 1.9 * SECOND);
      await cluster.sleep(6.3 * SECOND);
    }
  },
});

/** A server is killed, and another one started at its address at once. */
const replacement = scenario({
  claim: 'a server that was restarted at once is known to be another one',
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster) {
    await cluster.startMany(20);
    await cluster.sleep(12 * SECOND);
    cluster.crash('n5');
    cluster.start('n5');
    await cluster.sleep(10 * SECOND);
  },
});

/** At one server a firewall refuses the connections with another; see `firewalled`. */
const firewall = scenario({
  claim: 'a server stays that refuses the connections of one neighbour alone',
  checks: [accuracy(), agreement()],
  async run(cluster) {
    cluster.start();
    // Who is given the one for a seed that refuses it does not join at all.
    await cluster.startMany(9, { through: 'n1' });
    await cluster.sleep(40 * SECOND);
  },
});

/** Servers of which the second refuses, or is refused by, the third; datagrams pass. */
function firewalled(): Parts {
  const refused = new Set<ServerId>();
  return membershipMutant({
    event: (event, { address }) => {
      if (address !== '10.0.0.2:11022') return [event];
      if (event.type === 'edgeUp' && event.address === '10.0.0.3:11022') {
        refused.add(event.peer);
        return [{ ...event, type: 'dialFailed', reason: 'refused' }];
      }
      const isOver = event.type === 'edgeMessage' || event.type === 'edgeDown';
      return isOver && refused.has(event.peer) ? [] : [event];
    },
  });
}

test.each<[string, Scenario, Parts?]>([
  ['four in five die', massDeath],
  ['links are bad', badLinks],
  ['a host is deaf', deafHost],
  ['hosts are far and all stand still', slowSite],
  ['a server is replaced', replacement],
  ['there is a firewall', firewall, firewalled()],
])('without a planted bug, nothing breaks where %s', async (_, scene, parts) => {
  const report = await simulate(scene, { seed: '1', ...(parts && { parts }) });
  expect(report.ok, told(report)).toBe(true);
});

describe('G1 completeness breaks when', () => {
  test('a majority is counted over all observers, and not over those that answer', async () => {
    const silentAreFor = patched(Votes, 'tally', (tally, _votes, observers, staleAt) => {
      const { against, isDenied } = tally(observers, staleAt);
      const { length } = observers;
      return { against, alive: length - against, answered: length, isDenied };
    });
    expect(await broken(massDeath, { patches: [silentAreFor] })).toBe('G1 completeness');
  });

  test('what a suspect merely sends counts as a sign of life', async () => {
    const anyAnswer = patched(Probes, 'isAnswer', (_isAnswer, { unanswered }) => unanswered > 0);
    const probed = patched(Neighbourhood, 'turnFor', (turnFor, self, now, peer) => {
      self.detect(now, { type: 'acked', peer, seq: 0, turnUs: undefined }, []);
      return turnFor(now, peer);
    });
    expect(await broken(deafHost, { patches: [anyAnswer, probed] })).toBe('G1 completeness');
  });

  test('a server that answers in place of another one proves nothing', async () => {
    const parts = membershipMutant({
      event: (event) =>
        event.type === 'dialFailed' && event.reason === 'mismatch'
          ? [{ ...event, reason: 'timeout' }]
          : [event],
    });
    expect(await broken(replacement, { parts })).toBe('G1 completeness');
  });
});

describe('G2 accuracy breaks when', () => {
  test('the word of one observer suffices', async () => {
    const allAgree = patched(Votes, 'tally', (_tally, _votes, { length }) => {
      return { against: length, alive: 0, answered: length, isDenied: false };
    });
    expect(await broken(badLinks, { patches: [allAgree] })).toBe('G2 accuracy');
  });

  test('a refused dial is decided upon without a vote', async () => {
    const convict = patched(Detector, 'step', (step, _detector, now, event, out) => {
      if (event.type !== 'refused') return step(now, event, out);
      step(now, { type: 'unwatch', peer: event.peer }, out);
      out.push({ type: 'gone', peer: event.peer, proof: 'refused', spread: true });
    });
    const bug = { parts: firewalled(), patches: [convict] };
    expect(await broken(firewall, bug)).toBe('G2 accuracy');
  });

  test('a server that hears nobody does not doubt itself, and tells all that they are gone', async () => {
    const noDoubt = patched(Health, 'worse', () => false);
    const aloud = patched(Beliefs, 'gone', (gone, _beliefs, now, record, _unsaid, out) => {
      gone(now, record, false, out);
    });
    // Chance decides whether it or the others find out first.
    const bug = { patches: [noDoubt, aloud] };
    expect(await broken(deafHost, bug, ['1', '2', '3', '4', '5'])).toBe('G2 accuracy');
  });

  test('a server does not forgive the time for which it stood still', async () => {
    const parts = profileMutant((profile) => ({
      ...profile,
      detector: { ...profile.detector, stallMs: 3_600_000 },
    }));
    // Chance decides how much of the silence came before.
    expect(await broken(slowSite, { parts }, ['1', '2', '3', '4', '5', '6'])).toBe('G2 accuracy');
  });
});
