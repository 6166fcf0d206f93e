/**
 * `npm run report:membership`: runs the scenarios of membership with several seeds, and writes
 * reports/membership.md and reports/membership.json.
 *
 *     --only NAME     this case, or all of this scenario; may be repeated
 *     --seeds 1,2,3   which seeds
 *     --jobs 2        how many runs at a time
 *     --quick         small sizes: nothing is written, unless --out says where
 *     --out FOLDER    where to write instead
 *
 * Rows that are not run again stay as they are in the report, and each is written as soon as it is
 * complete. Exit codes: 0 every guarantee held; 1 one was broken, or a run failed; 2 usage.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../circuit-sim.ts';
import { commit, machineName } from '../circumstances.ts';
import { allCases, type Case } from './cases.ts';
import { markdown } from './markdown.ts';
import { Progress } from './progress.ts';
import { type Circumstances, merged, type Results, type Row } from './results.ts';
import { type Ended, type Job, runAll } from './running.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '1,2,3' },
    jobs: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

const folder = values.out ?? (values.quick ? undefined : join(root, 'reports'));
const cases = allCases(scenarioNames());
const chosen = cases.filter((each) => isChosen(each, values.only));
const seeds = values.seeds.split(',');
const width = Number(values.jobs);
const strange = values.only.filter((name) => !cases.some((each) => isChosen(each, [name])));
if (strange.length > 0) usage(`no case is "${strange[0]}"; there are ${names(cases)}`);
if (!Number.isInteger(width) || width < 1) usage('--jobs is a number from 1 on');

const before = folder === undefined ? [] : rowsIn(folder);
const how = circumstances();
const jobs = chosen.flatMap(({ name, scenario, set = {}, quick }) =>
  seeds.map((seed): Job => ({ name, scenario, seed, set: values.quick ? quick : set })),
);
const rows: Row[] = [];
/** case => seed => its run. */
const ended = new Map<string, Map<string, Ended>>();
/** Job => the commit of which it is. */
const commits = new Map<Job, string>();
const progress = new Progress(jobs, { width, guess: secondsBefore });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

process.stdout.write(`${how.machine}, node ${how.node}, commit ${how.commit}\n`);
await runAll({
  jobs,
  width,
  signal: stop.signal,
  began: (job) => {
    commits.set(job, commit());
    progress.began(job);
  },
  ended: (job, outcome) => {
    progress.ended(job, outcome.run);
    const runs = ended.get(job.name) ?? new Map<string, Ended>();
    ended.set(job.name, runs.set(job.seed, outcome));
    if (runs.size < seeds.length) return;
    rows.push(rowOf(job, runs));
    if (folder !== undefined) write(folder);
  },
});
progress.stop();

if (folder === undefined) process.stdout.write(`\n${markdown(results())}`);
else if (stop.signal.aborted) process.stdout.write('interrupted: complete rows are written\n');
else process.stdout.write(`written: ${join(folder, 'membership.md')}, membership.json\n`);
const isWhole = rows.every(({ runs }) => runs.every(({ ok }) => ok));
process.exitCode = stop.signal.aborted ? 130 : isWhole ? 0 : 1;

function rowOf({ name, scenario, set }: Job, runs: ReadonlyMap<string, Ended>): Row {
  const all = seeds.map((seed) => runs.get(seed) as Ended);
  const printed = all.find((each) => each.printed !== undefined)?.printed;
  const own = [...commits].filter(([job]) => job.name === name).map(([, commit]) => commit);
  return {
    name,
    scenario,
    claim: printed?.claim ?? '',
    parameters: printed?.parameters ?? set,
    commit: [...new Set(own)].join(', '),
    date: new Date().toISOString(),
    runs: all.map(({ run }) => run),
  };
}

function results(): Results {
  return { ...how, rows: merged(before, rows, cases) };
}

function write(to: string): void {
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, 'membership.md'), markdown(results()));
  writeFileSync(join(to, 'membership.json'), `${JSON.stringify(results(), undefined, 2)}\n`);
}

function rowsIn(from: string): readonly Row[] {
  const file = join(from, 'membership.json');
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as Results).rows;
}

/** What such a run took the last time. */
function secondsBefore({ name, seed }: Job): number | undefined {
  const runs = before.find((row) => row.name === name)?.runs;
  return (runs?.find((run) => run.seed === seed) ?? runs?.[0])?.wallSeconds;
}

function circumstances(): Circumstances {
  const args = process.argv.slice(2);
  return {
    command: ['npm run report:membership', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    commit: commit(),
    date: new Date().toISOString(),
    machine: machineName(),
    node: process.version,
  };
}

function scenarioNames(): string[] {
  const files = readdirSync(join(root, 'scenarios/membership'));
  return files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
}

function isChosen({ name, scenario }: Case, only: readonly string[]): boolean {
  return only.length === 0 || only.includes(name) || only.includes(scenario);
}

function names(all: readonly Case[]): string {
  return all.map(({ name }) => name).join(', ');
}

function usage(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
