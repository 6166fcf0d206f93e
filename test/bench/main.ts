/**
 * `npm run bench [-- CASE...]`: measures, and writes reports/bench.md and reports/bench.json.
 *
 * Runs of single cases print, but write no report: it shall be of one run.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { machineName } from '../../tools/circumstances.ts';
import { Bench, type Case } from './bench.ts';
import { calls } from './cases/calls.ts';
import { channel } from './cases/channel.ts';
import { listing } from './cases/listing.ts';
import { memory } from './cases/memory.ts';
import { mkproc } from './cases/mkproc.ts';
import { sealing } from './cases/sealing.ts';
import { simulator } from './cases/simulator.ts';
import { startup } from './cases/startup.ts';
import { stdio } from './cases/stdio.ts';
import { stdout } from './cases/stdout.ts';
import { tls } from './cases/tls.ts';
import { endChildren, root } from './children.ts';
import { type Circumstances, json, markdown } from './report.ts';

/** After it the benchmark is given up: something hangs. */
const patienceMs = 10 * 60_000;

const cases: readonly Case[] = [
  channel,
  calls,
  mkproc,
  stdio,
  stdout,
  tls,
  listing,
  startup,
  memory,
  sealing,
  simulator,
];

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !cases.some((each) => each.name === name));
if (unknown.length > 0) {
  const names = cases.map((each) => each.name).join(', ');
  process.stderr.write(`there is no case "${unknown.join('", "')}"; there are: ${names}\n`);
  process.exit(2);
}

const began = performance.now();
const loadBefore = loadavg()[0] as number;
const date = new Date().toISOString();
const bench = new Bench((text) => process.stdout.write(text));
const watchdog = setTimeout(() => {
  process.stderr.write('the benchmark takes too long and is given up\n');
  void endChildren().finally(() => process.exit(1));
}, patienceMs);

process.stdout.write(`${machineName()}, node ${process.version}\n`);
for (const each of cases) {
  if (chosen.length > 0 && !chosen.includes(each.name)) continue;
  try {
    await bench.run(each);
  } finally {
    await endChildren();
  }
}
clearTimeout(watchdog);

if (chosen.length === 0) {
  const how: Circumstances = {
    date,
    node: process.version,
    machine: machineName(),
    loadBefore,
    command: 'npm run bench',
    seconds: (performance.now() - began) / 1000,
  };
  const directory = join(root, 'reports');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'bench.md'), markdown(bench.figures, how));
  writeFileSync(join(directory, 'bench.json'), json(bench.figures, how));
  process.stdout.write('\nwritten: reports/bench.md, reports/bench.json\n');
}
process.exit(0);
