/**
 * `npm run report:simulator`: measures the simulator, and writes reports/simulator.md and
 * reports/simulator.json.
 *
 *     --only NAME     1000, 5000, 10000, small, shrink, proof; may be repeated
 *     --out FOLDER    where to write instead
 *
 * Rows that are not run again stay as they are, and each is written as soon as it is known. Exit
 * codes: 0 all is measured and nothing broke; 1 something broke; 2 usage. A goal that is not reached
 * is told in the report, and is no failure of the measurement.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../../tools/circuit-sim.ts';
import { commit, machineName } from '../../../tools/circumstances.ts';
import { type Case, cases, type Outcome } from './cases.ts';
import { isReached, markdown, type Results, type Row } from './row.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: join(root, 'reports') },
  },
});
const strange = values.only.find((name) => !Object.hasOwn(cases, name));
if (strange !== undefined) {
  process.stderr.write(`no case is "${strange}"; there are ${Object.keys(cases).join(', ')}\n`);
  process.exit(2);
}

const everyMs = 15_000;
const file = join(values.out, 'simulator.json');
const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results).rows : [];
const rows = new Map(before.map((row) => [row.name, row]));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const chosen = Object.entries(cases).filter(
  ([name]) => values.only.length === 0 || values.only.includes(name),
);
for (const [index, [, each]] of chosen.entries()) {
  if (stop.signal.aborted) break;
  const row = await measured(each, `[${index + 1}/${chosen.length}]`);
  if (stop.signal.aborted) break;
  rows.set(row.name, row);
  write();
  process.stdout.write(`  ${told(row)}\n`);
}
const done = chosen.map(([, { name }]) => rows.get(name));
process.exitCode = stop.signal.aborted
  ? 130
  : done.some((row) => row === undefined || row.error !== undefined)
    ? 1
    : 0;

async function measured(each: Case, count: string): Promise<Row> {
  const { name, command } = each;
  process.stdout.write(`${count} ${name}\n`);
  const from = performance.now();
  const ticking = setInterval(() => {
    const seconds = ((performance.now() - from) / 1000).toFixed(0);
    process.stdout.write(`  ${seconds} s\n`);
  }, everyMs);
  const outcome = await each.run(stop.signal).catch((error: Error): Outcome => {
    return { figures: [], notes: [], error: error.message };
  });
  clearInterval(ticking);
  return { name, command, ...outcome, commit: commit(), date: new Date().toISOString() };
}

function told({ figures, error }: Row): string {
  const parts = figures.map((figure) => {
    const { name, value, unit } = figure;
    return `${name} ${Number(value.toPrecision(4))} ${unit}${isReached(figure) ? '' : ' (NOT reached)'}`;
  });
  return [...parts, ...(error === undefined ? [] : [`FAILED: ${error}`])].join(', ');
}

function write(): void {
  const names = Object.values(cases).map(({ name }) => name);
  const results: Results = {
    command: 'npm run report:simulator',
    machine: machineName(),
    node: process.version,
    rows: names.flatMap((name) => rows.get(name) ?? []),
  };
  mkdirSync(values.out, { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(values.out, 'simulator.md'), markdown(results));
}
