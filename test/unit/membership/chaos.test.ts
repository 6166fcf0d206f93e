/**
 * Whatever goes wrong, in any mixture: once it is over, all that live see each other and nobody
 * else. The net checks meanwhile what each server is told (G3).
 */

import { expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import { circuit } from '../../support/membership-circuit.ts';
import type { MembershipNet, Server } from '../../support/membership-net.ts';

const COUNT = 16;
const ROUNDS = 12;

/** One fault, for as long as a round lasts or for ever. */
function disturb(net: MembershipNet, random: SimRandom): void {
  const { live } = net;
  const any = () => live[random.below(live.length)] as Server;
  const some = new Set(live.filter(() => random.below(3) === 0));
  const one = any();
  switch (random.below(10)) {
    case 0:
      net.isCut = (from, to) => some.has(from) !== some.has(to);
      break;
    case 1:
      net.isCut = (from, to) => some.has(from) && !some.has(to);
      break;
    case 2:
      net.isCut = (from, to) => from === one || to === one;
      break;
    case 3:
      net.lossOf = (_, to) => (some.has(to) ? 0.7 : 0.1);
      net.edgeLossOf = net.lossOf;
      break;
    case 4:
      for (const each of some) net.stall(each, random.below(20_000));
      break;
    case 5:
      if (live.length > COUNT / 2) net.crash(one);
      break;
    case 6:
      if (live.length > COUNT / 2) net.step(one, { type: 'leave' });
      break;
    case 7:
      if (live.length > COUNT / 2) net.silence(one);
      break;
    case 8:
      for (const peer of [...one.sessions.keys()]) if (peer.isUp) net.breakEdge(one, peer);
      break;
    default: {
      // By a member of most: who joins by a lone one, which then goes, is lost for ever.
      const seed = live.find(({ membership }) => 2 * membership.size > live.length);
      if (seed !== undefined) net.start(seed);
    }
  }
}

function calm(net: MembershipNet): void {
  net.isCut = () => false;
  net.lossOf = () => 0;
  net.edgeLossOf = () => 0;
}

/** A server that could not join is no member, and who joined by it neither: it tries again. */
function joinAgain(net: MembershipNet): void {
  const [first] = net.servers.slice(0, COUNT).filter(({ isUp }) => isUp);
  for (const one of net.live) {
    if (one.seeds.length === 0 || one.seeds.some(({ type }) => type === 'seedJoined')) continue;
    net.step(one, { type: 'join', address: (first as Server).address });
  }
}

test.each(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])('after chaos %s all is well', (seed) => {
  const random = new SimRandom(`chaos ${seed}`);
  const net = circuit(COUNT, { seed });
  for (let round = 0; round < ROUNDS; round++) {
    for (let faults = random.below(3); faults >= 0; faults--) disturb(net, random);
    net.runMs(random.below(20_000));
    if (random.below(2) === 0) calm(net);
  }
  calm(net);
  net.runMs(15_000);
  joinAgain(net);
  // Who was declared gone several times stays away for ten minutes at most.
  net.until(() => net.isAgreed(), 1_000_000);
  net.runMs(60_000);
  expect(net.isAgreed()).toBe(true);
});
