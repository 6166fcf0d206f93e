/**
 * `npm run report:hostile`: attacks real servers on the loopback interface, and writes
 * reports/hostile.md, hostile.json and hostile.svg.
 *
 *     --only CASE     this case; may be repeated
 *     --seconds N     of attack in each case, instead of what the case says
 *     --quick         2 s of attack each: nothing is written, unless --out says where
 *     --seed TEXT     of all that the attackers draw
 *     --out FOLDER    where to write instead
 *
 * Cases that are not run again stay as they are in the report. Exit codes: 0 every goal was reached;
 * 1 one was not, or a case broke off; 2 usage.
 */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StatusLine } from '../../cli/sim/status-line.ts';
import { endAll } from '../../test/support/circuit.ts';
import { netnsMissing } from '../../test/support/netns.ts';
import { root } from '../circuit-sim.ts';
import { commit, machineName } from '../circumstances.ts';
import { type Case, cases } from './cases.ts';
import { drawing } from './drawing.ts';
import { markdown, type Results, verdictOf } from './markdown.ts';
import { isReached, measure, type Outcome } from './measure.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
  },
});

const folder = values.out ?? (values.quick ? undefined : join(root, 'reports'));
const strange = values.only.find((name) => !cases.some((each) => each.name === name));
if (strange !== undefined) {
  usage(`no case is "${strange}"; there are ${cases.map(({ name }) => name).join(', ')}`);
}
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds > 0)) usage('--seconds is a number above 0');

const chosen = cases.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
const missing = netnsMissing;
const possible = chosen.filter(({ deaf }) => deaf !== true || missing === undefined);
const before = folder === undefined ? [] : outcomesIn(folder);
const ran: Outcome[] = [];
const keys = mkdtempSync(join(tmpdir(), 'circuit-hostile-'));
const keyFile = join(keys, 'key');
writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

process.stdout.write(`${machineName()}, node ${process.version}, commit ${commit()}\n`);
if (possible.length < chosen.length) {
  process.stdout.write(`without the cases that need a network of their own: ${missing}\n`);
}
for (const [index, which] of possible.entries()) {
  const outcome = await run(which, `[${index + 1}/${possible.length}] ${which.name}`);
  ran.push(outcome);
  process.stdout.write(`[${index + 1}/${possible.length}] ${which.name}: ${verdictOf(outcome)}\n`);
  if (folder !== undefined) write(folder);
}
rmSync(keys, { recursive: true });
if (folder === undefined) process.stdout.write(`\n${markdown(results())}`);
else process.stdout.write(`written: ${join(folder, 'hostile.md')}, hostile.json, hostile.svg\n`);
const isWell = ran.every(
  ({ failure, figures }) => failure === undefined && !figures.some((it) => isReached(it) === false),
);
process.exit(isWell ? 0 : 1);

async function run(which: Case, title: string): Promise<Outcome> {
  const all = seconds ?? (values.quick ? 2 : which.seconds);
  const phases = values.quick ? 1 : 4;
  const status = new StatusLine({ quiet: false });
  let stage = '';
  const showing = setInterval(() => status.show(() => `${title}: ${stage}`), 1_000);
  const plan = {
    ...{ seed: values.seed, commit: commit(), phases, phaseSeconds: all / phases },
    warmSeconds: values.quick ? 1 : 2,
    keyFile: which.keys === undefined ? undefined : keyFile,
    say: (what: string) => {
      stage = what;
    },
  };
  try {
    return await measure(which, plan);
  } catch (error) {
    const { name, what } = which;
    const { seed, phaseSeconds } = plan;
    const none = { figures: [], attacked: {}, counted: {}, errors: [], samples: [] };
    const date = new Date().toISOString();
    const failure = String(error);
    return { name, what, seed, commit: plan.commit, date, phaseSeconds, phases, ...none, failure };
  } finally {
    clearInterval(showing);
    status.end();
    await endAll();
  }
}

function results(): Results {
  const args = process.argv.slice(2);
  const all = new Map([...before, ...ran].map((each) => [each.name, each]));
  return {
    command: ['npm run report:hostile', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    commit: commit(),
    date: new Date().toISOString(),
    machine: machineName(),
    node: process.version,
    outcomes: cases.flatMap(({ name }) => all.get(name) ?? []),
  };
}

function write(to: string): void {
  mkdirSync(to, { recursive: true });
  const all = results();
  writeFileSync(join(to, 'hostile.md'), markdown(all));
  writeFileSync(join(to, 'hostile.svg'), drawing(all.outcomes));
  writeFileSync(join(to, 'hostile.json'), `${JSON.stringify(all)}\n`);
}

function outcomesIn(from: string): readonly Outcome[] {
  const file = join(from, 'hostile.json');
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as Results).outcomes;
}

function usage(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
