/** The scenarios of membership in which circuits form, part, meet and rest; small. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testSmall } from '../support/membership-scenarios.ts';

await testSmall([
  { file: 'join-storm', set: { servers: 100 }, seen: { 'one has joined': 99 } },
  {
    file: 'partition',
    set: { servers: 60, sides: 2, seconds: 40 },
    seen: { 'G1 completeness': 1_800, 'G6 merge': 1_800 },
  },
  {
    file: 'partition',
    set: { servers: 60, sides: 3, seconds: 40 },
    seen: { 'G1 completeness': 2_400, 'G6 merge': 2_400 },
  },
  {
    file: 'partition',
    set: { servers: 60, sides: 1, seconds: 40 },
    seen: { 'G1 completeness': 59, 'G6 merge': 118 },
  },
  {
    file: 'long-partition',
    set: { servers: 40, minutes: 4 },
    seen: { 'G1 completeness': 800, 'G6 merge': 800 },
  },
  {
    file: 'merge',
    set: { servers: 60, medianMinutes: 2 },
    seen: { 'G6 merge': 1_500, 'told again after circuits met': 1_000, 'told of a crash': 100 },
  },
  {
    file: 'names',
    set: { servers: 60, moves: 6, seconds: 20 },
    seen: { 'circuits stay apart': 2_000, 'told of a crash': 60, 'told of a silence': 60 },
  },
  {
    file: 'known-first',
    set: { servers: 60, newcomers: 60, clients: 10, medianMinutes: 1 },
    seen: { 'G5 known first': 150, 'G5 a path works at once': 150, 'told of a crash': 100 },
  },
  { file: 'idle', set: { servers: 150, seconds: 30 }, seen: { 'G9 footprint': 2 } },
]);

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('every scenario of membership is run for every commit, and is in its README', () => {
  const all = readdirSync(new URL('scenarios/membership/', root)).filter((f) => f.endsWith('.ts'));
  const tests = ['departures', 'ailments', 'circuits'].map((name) =>
    read(`test/sim/membership-${name}.test.ts`),
  );
  const readme = read('scenarios/membership/README.md');
  for (const file of all) {
    expect(tests.join(), file).toContain(`file: '${file.slice(0, -3)}'`);
    expect(readme, file).toContain(`\`${file}\``);
  }
});
