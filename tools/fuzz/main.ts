/**
 * `npm run fuzz`: feeds every decoder with what it does not expect, for as long as told.
 *
 *     --minutes 1         how long
 *     --target NAME       only that one; may be repeated
 *     --jobs 1            how many threads, each with its share of the targets
 *     --seed TEXT         decides what is tried; the time of day when left out
 *     --minimize          leaves in the corpus the fewest inputs that reach as much
 *     --replay FILE       tries one input, as saved by a find; its folder names the target
 *     --failures FOLDER   where inputs are saved that are not taken as they must be
 *
 * What does something new is added to the corpus, test/fuzz/corpus. Exit codes: 0 all was taken as
 * it must be; 1 something was not, or nothing was tried; 2 usage.
 */

import { readFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Corpus, corpusFolder } from './corpus.ts';
import { fuzz } from './fuzzing.ts';
import { Tally } from './tally.ts';
import { targetNamed, targets } from './targets/index.ts';
import { tried } from './trial.ts';

const options = {
  minutes: { type: 'string', default: '1' },
  target: { type: 'string', multiple: true },
  jobs: { type: 'string', default: '1' },
  seed: { type: 'string', default: new Date().toISOString().replace(/[-:]|\..*/g, '') },
  minimize: { type: 'boolean', default: false },
  replay: { type: 'string' },
  failures: { type: 'string', default: 'fuzz-failures' },
} as const;
const values = typed();
const seconds = 60 * Number(values.minutes);
const jobs = Number(values.jobs);
if (!(seconds > 0)) usage('--minutes is a number above 0');
if (!Number.isInteger(jobs) || jobs < 1) usage('--jobs is a number from 1 on');
const names = values.target ?? targets.map(({ name }) => name);
for (const name of names) if (targetNamed(name) === undefined) noSuchTarget(name);

process.exit(values.replay === undefined ? await run() : await replay(values.replay));

async function run(): Promise<number> {
  const corpus = new Corpus(corpusFolder);
  const failures = new Corpus(values.failures);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const timer = setTimeout(() => stop.abort(), seconds * 1_000);
  const tally = new Tally(seconds);
  process.stdout.write(`fuzz: seed ${values.seed}, ${names.length} targets\n`);
  await fuzz({
    ...{ targets: names, seed: values.seed, folder: corpusFolder, coverage: true },
    ...{ executions: undefined, minimize: values.minimize, jobs, signal: stop.signal },
    kept: (name, input) => corpus.add(known(name), input),
    minimised: (name, inputs) => corpus.replace(known(name), inputs),
    figures: (figures) => tally.figures(figures),
    found: (name, { input, failure }) => {
      const file = relative(process.cwd(), failures.add(known(name), input));
      tally.found(
        `${name}: ${failure.kind}\n${failure.message}\n  replay: npm run fuzz -- --replay ${file}`,
      );
    },
  });
  clearTimeout(timer);
  process.stdout.write(tally.summary());
  return tally.finds > 0 || tally.executions === 0 ? 1 : 0;
}

async function replay(file: string): Promise<number> {
  const name = basename(dirname(resolve(file)));
  const target = targetNamed(values.target?.[0] ?? name);
  if (target === undefined) return noSuchTarget(name);
  let input: Uint8Array;
  try {
    input = new Uint8Array(readFileSync(file));
  } catch (error) {
    return usage((error as Error).message);
  }
  const trial = await tried(target, input);
  if ('outcome' in trial) {
    process.stdout.write(`${target.name}: ${trial.outcome}\n`);
    return 0;
  }
  process.stdout.write(`${target.name}: ${trial.failure.kind}\n${trial.failure.message}\n`);
  return 1;
}

function known(name: string) {
  return targetNamed(name) ?? noSuchTarget(name);
}

/** A mistake in what was typed is one of usage. */
function typed() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const all = Object.keys(options).map((name) => `--${name}`);
    return usage(`${(error as Error).message}; there are ${all.join(', ')}`);
  }
}

function noSuchTarget(name: string): never {
  return usage(
    `no target is called "${name}"; there are ${targets.map((it) => it.name).join(', ')}`,
  );
}

function usage(message: string): never {
  process.stderr.write(`fuzz: ${message}\n`);
  process.exit(2);
}
