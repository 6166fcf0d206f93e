/** The scenarios of membership in which servers live that are hard to reach, or slow; small. */

import { testSmall } from '../support/membership-scenarios.ts';

await testSmall([
  {
    file: 'flip-flop',
    set: { servers: 60, hosts: 2, minutes: 4 },
    seen: { 'G1 completeness': 50, 'G6 merge': 200, 'told again after a cut': 200 },
  },
  {
    file: 'lossy-hosts',
    set: { servers: 60, hosts: 4, minutes: 3 },
    seen: { 'times a faulty server was removed': 4 },
  },
  {
    file: 'lossy-hosts',
    set: { servers: 60, hosts: 4, minutes: 3, bothWays: 1 },
    seen: { 'times a faulty server was removed': 4 },
  },
  { file: 'semi-detached', set: { servers: 60, minutes: 2 }, seen: {} },
  { file: 'loss', set: { servers: 60, percent: 5, minutes: 1 }, seen: {} },
  { file: 'loss', set: { servers: 60, percent: 20, minutes: 2 }, seen: {} },
  { file: 'stalls', set: { servers: 60, minutes: 3 }, seen: {} },
  {
    file: 'long-stalls',
    set: { servers: 60, rounds: 3 },
    seen: { 'G1 completeness': 400, 'G6 merge': 900, 'all are back after a stall': 3 },
  },
  { file: 'one-way-cut', set: { servers: 60, victims: 5, minutes: 1 }, seen: {} },
  { file: 'flapping-link', set: { servers: 60, links: 5, minutes: 2 }, seen: {} },
  { file: 'clock-jumps', set: { servers: 60, minutes: 2 }, seen: {} },
  {
    file: 'sleepers',
    set: { servers: 50, sleepers: 3, dead: 9 },
    seen: { 'told of a crash': 100, 'told of a leave': 100, 'told of a silence': 100 },
  },
]);
