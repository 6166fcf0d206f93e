/**
 * `npm run soak:real`: starts a circuit of real server processes on loopback and drives it with
 * random operations, kills, pauses and restarts; checks what clients saw as the simulator does, that
 * all servers come to see the same, and that memory and descriptors do not rise.
 *
 *     --minutes 30           how long the load goes on
 *     --servers 8            at least 3, of which up to 3 are never killed
 *     --clients 6            random clients whose histories are checked
 *     --seed TEXT            decides what is tried; the time of day when left out
 *     --keyed                all with a key that is made for this run
 *     --kill-every 15        SECONDS from when all is well until the next disturbance, on average
 *     --out DIR              where soak.md, soak.json and soak.svg are written; default: reports
 *     --json                 prints the result as JSON instead of a summary
 *
 * Exit codes: 0 all was well; 1 something was not; 2 usage. An interrupt ends it after the segment
 * that is under way, and a second one at once.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readKeys } from '../../transport/index.ts';
import { root } from '../circuit-sim.ts';
import { commit, machineName } from '../circumstances.ts';
import { chart } from './chart.ts';
import { JUDGED_SECONDS, judge } from './judging.ts';
import { programIn } from './program.ts';
import { type Circumstances, historiesOf, markdown, verdict } from './report.ts';
import { soak } from './soak.ts';

/** How long one set of histories goes on. Longer: fewer ends. Shorter: less to remember. */
const SEGMENT_SECONDS = 30;
const SAMPLE_SECONDS = 10;
/** What was given up takes a while to be gone: children that are ended, offers, connections. */
const QUIET_SECONDS = 60;

const options = {
  minutes: { type: 'string', default: '30' },
  servers: { type: 'string', default: '8' },
  clients: { type: 'string', default: '6' },
  seed: { type: 'string', default: new Date().toISOString().replace(/[-:]|\..*/g, '') },
  keyed: { type: 'boolean', default: false },
  'kill-every': { type: 'string', default: '15' },
  out: { type: 'string', default: join(root, 'reports') },
  json: { type: 'boolean', default: false },
} as const;
const values = typed();
const minutes = positive('minutes');
const servers = whole('servers', 3);
const clients = whole('clients', 1);
const disturbEverySeconds = positive('kill-every');

const scratch = mkdtempSync(join(tmpdir(), 'circuit-soak-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    say('ending; once more ends it at once');
  });
}

const how: Circumstances = {
  command: ['npm run soak:real --', ...process.argv.slice(2)].join(' ').replace(/ --$/, ''),
  commit: commit(),
  date: new Date().toISOString(),
  machine: machineName(),
  node: process.version,
  seed: values.seed,
  keyed: values.keyed,
  program: 'dist/cli/main.js',
  ...{ servers, clients },
};
say(`soak of ${servers} servers, seed ${values.seed}; ${how.machine}, commit ${how.commit}`);
const result = await soak(
  {
    ...{ minutes, servers, clients, disturbEverySeconds, say },
    seed: values.seed,
    segmentSeconds: SEGMENT_SECONDS,
    sampleSeconds: SAMPLE_SECONDS,
    quietSeconds: QUIET_SECONDS,
    // What is too short to be judged needs none.
    warmsUp: minutes * 60 > JUDGED_SECONDS,
    folder: values.out,
    program: programIn(scratch),
    signal: stop.signal,
  },
  values.keyed ? await keyed() : undefined,
);
const judgement = judge(result);
mkdirSync(values.out, { recursive: true });
const { loadFrom, loadTo } = result;
writeFileSync(join(values.out, 'soak.md'), markdown(how, result, judgement));
writeFileSync(join(values.out, 'soak.json'), `${json(2)}\n`);
writeFileSync(
  join(values.out, 'soak.svg'),
  chart(result.samples, [loadFrom, judgement.warmUntil, loadTo]),
);
if (values.json) process.stdout.write(`${json()}\n`);
else {
  process.stdout.write(`histories: ${historiesOf(result)}\n`);
  process.stdout.write(`${verdict(result, judgement)}; see ${join(values.out, 'soak.md')}\n`);
}
process.exit(result.violationCount > 0 || judgement.isFlat === false ? 1 : 0);

/** All but the single samples, which are many. */
function json(indent?: number): string {
  const { samples: _, ...rest } = result;
  return JSON.stringify({ ...how, ...rest, judgement }, undefined, indent);
}

async function keyed() {
  const file = join(scratch, 'keys');
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return { file, keys: await readKeys(file) };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A mistake in what was typed is one of usage. */
function typed() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return usage(`${(error as Error).message}; there are ${known.join(', ')}`);
  }
}

function positive(name: 'minutes' | 'kill-every'): number {
  const value = Number(values[name]);
  return value > 0 && Number.isFinite(value) ? value : usage(`--${name} is a number above 0`);
}

function whole(name: 'servers' | 'clients', least: number): number {
  const value = Number(values[name]);
  const isOne = Number.isInteger(value) && value >= least && value <= 100;
  return isOne ? value : usage(`--${name} is a number from ${least} to 100`);
}

function usage(message: string): never {
  process.stderr.write(`soak:real: ${message}\n`);
  process.exit(2);
}
