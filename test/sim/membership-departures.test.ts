/** The scenarios of membership in which servers end, small. */

import { testSmall } from '../support/membership-scenarios.ts';

await testSmall([
  {
    file: 'kill',
    set: { servers: 60, kills: 20 },
    seen: {
      'G1 completeness': 900,
      'last told of a crash': 20,
      'times told of one departure': 800,
    },
  },
  {
    file: 'silence',
    set: { servers: 60, silences: 5 },
    seen: { 'last told of a silence': 5, 'times told of one departure': 270 },
  },
  {
    file: 'ten-silent',
    set: { servers: 60, rounds: 2 },
    seen: { 'G1 completeness': 400, 'last told of all that fell silent': 2 },
  },
  {
    file: 'mass-failure',
    set: { servers: 60, percent: 10 },
    seen: { 'times told of one departure': 300 },
  },
  {
    file: 'mass-failure',
    set: { servers: 60, percent: 50 },
    seen: { 'times told of one departure': 900 },
  },
  {
    file: 'mass-failure',
    set: { servers: 60, percent: 80 },
    seen: { 'times told of one departure': 500 },
  },
  {
    file: 'mass-failure',
    set: { servers: 60, percent: 80, silent: 0 },
    seen: { 'times told of one departure': 500 },
  },
  {
    file: 'majority-lost',
    set: { servers: 60, newcomers: 10, minutes: 1 },
    seen: { 'G1 completeness': 1_000, 'told of a silence': 500 },
  },
  {
    file: 'same-address',
    set: { servers: 60, replacements: 30 },
    seen: { 'last told of a crash': 15, 'last told of a silence': 8 },
  },
  {
    file: 'leave-under-churn',
    set: { servers: 60, medianMinutes: 2, minutes: 1, leaves: 20 },
    seen: { 'last told of a leave': 15, 'last told of a crash': 5 },
  },
  {
    file: 'session-churn',
    set: { servers: 60, medianMinutes: 1, minutes: 2 },
    seen: { 'stale part of a view': 110, 'told of a crash': 1_000, 'told of a silence': 500 },
  },
  {
    file: 'restart-all',
    set: { servers: 60, seconds: 5 },
    seen: { 'G1 completeness': 3_000, 'told of a crash': 2_000 },
  },
  {
    // Who joins meets servers that its seed already knows to be gone.
    file: 'restart-all',
    set: { servers: 80, seconds: 1 },
    seen: { 'G1 completeness': 5_000, 'told of a crash': 3_000 },
  },
  {
    file: 'wan',
    set: { servers: 60, departures: 5 },
    seen: { 'last told of a crash': 5, 'last told of a silence': 5 },
  },
  {
    file: 'one-event',
    set: { servers: 100, events: 3 },
    seen: { 'last told of one join': 3, 'last told of one leave': 3, 'last told of one crash': 3 },
  },
]);
