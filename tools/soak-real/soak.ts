/** One soak, from the first server to the last. */

import { StatusLine, timeOf } from '../../cli/sim/status-line.ts';
import { SimRandom } from '../../sim/index.ts';
import type { KeyRing } from '../../transport/index.ts';
import { nodeHost } from '../../transport/index.ts';
import { Circuit } from './circuit.ts';
import { type DisturbanceCounts, Disturbances } from './disturbances.ts';
import { type SoakOptions, steadyOf } from './options.ts';
import { orphansOf, untilQuiet } from './quiet.ts';
import { type Sample, Sampler } from './sampler.ts';
import { scrubLeft } from './scrubbing.ts';
import { type HistoryCounts, Segments } from './segments.ts';
import { sundries } from './sundries.ts';
import { Tally } from './tally.ts';
import { type Violation, Violations } from './violations.ts';
import { tryAll, untilCompiled, type WarmUp } from './warm-up.ts';

/** What a soak came to. Times are seconds since it began. */
export interface SoakResult {
  /** What came before the load. */
  readonly warmUp: WarmUp;
  readonly loadFrom: number;
  readonly loadTo: number;
  readonly operations: Tally['table'];
  readonly operationCount: number;
  readonly disturbances: DisturbanceCounts;
  /** How long all took to see the same after each round of disturbances. */
  readonly agreedAfter: readonly number[];
  readonly histories: HistoryCounts;
  readonly serversStarted: number;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  /** Idle servers, before anything was done and after all was over. */
  readonly before: readonly Sample[];
  /** The servers that were never killed, by the names of their hosts. */
  readonly steady: readonly string[];
  readonly after: readonly Sample[];
  readonly samples: readonly Sample[];
  /** Elements that clients left behind, and processes that outlived their servers. */
  readonly leftElements: number;
  readonly orphans: readonly string[];
  /** Memory of the driver at its end, in MiB. */
  readonly driverMib: number;
}

/** Clients that do what no history is kept of. */
const SUNDRY_CLIENTS = 2;
const SUNDRY_PAUSE_MS = 150;
/**
 * As many as come together during the warm-up: a journal that still grows, as it may, would hide what
 * grows for ever.
 */
const JOURNAL_ENTRIES = 2_048;
/** As long as a server may take to leave, its drain included. */
const LEAVE_MS = 30_000;

/** With keys, `keys` and the file that they are in. */
export async function soak(
  options: SoakOptions,
  keyed: { readonly keys: KeyRing; readonly file: string } | undefined,
): Promise<SoakResult> {
  const { seed, folder, say } = options;
  const random = new SimRandom(seed).fork('soak');
  const violations = new Violations({ folder, seed, say });
  const host = await nodeHost({ client: true, ...(keyed && { keys: keyed.keys }) });
  const args = [
    ...['--limit', `journalEntriesMax=${JOURNAL_ENTRIES}`],
    ...(keyed === undefined ? [] : ['-hmac', keyed.file]),
  ];
  const circuit = new Circuit(options, { host, violations, random, args });
  const endAll = () => {
    for (const server of circuit.present) void circuit.end(server, 'SIGKILL');
  };
  process.once('exit', endAll);
  try {
    return await story(options, { circuit, violations, random });
  } finally {
    process.off('exit', endAll);
    endAll();
    await host.close();
  }
}

interface Own {
  readonly circuit: Circuit;
  readonly violations: Violations;
  readonly random: SimRandom;
}

async function story(options: SoakOptions, own: Own): Promise<SoakResult> {
  const { circuit, violations, random } = own;
  const { signal } = options;
  const names = Array.from({ length: options.servers }, (_, index) => `s${index + 1}`);
  for (const name of names) await circuit.start(name, random.fork(`start of ${name}`));
  if (circuit.joined.length < options.servers) throw new Error('the servers could not be started');
  await circuit.agree();
  const sampler = new Sampler(circuit);
  await Promise.all(circuit.joined.map((server) => tryAll(circuit, server)));
  const before = await sampler.all();
  const warmUp = options.warmsUp
    ? await untilCompiled(circuit, { options, violations, random: random.fork('warm-up') })
    : { seconds: 0, operations: 0, codeMib: 0, isComplete: false };

  const tally = new Tally();
  const parts = { options, tally, violations };
  const segments = new Segments(circuit, parts);
  const disturbances = new Disturbances(circuit, {
    ...{ options, violations },
    random: random.fork('disturbances'),
  });
  const loadFrom = sampler.seconds;
  const overSeconds = 60 * options.minutes;
  const stop = AbortSignal.any([signal, AbortSignal.timeout(1000 * overSeconds)]);
  const line = new StatusLine({ quiet: false });
  const told = setInterval(() => {
    line.show(() => {
      const left = timeOf(Math.max(0, overSeconds - (sampler.seconds - loadFrom)));
      const { rounds, restarts } = disturbances.counts;
      const what = `${tally.total} operations, ${rounds} disturbances, ${restarts} restarts`;
      return `soak: ${what}, ${violations.count} violations, ${left} left`;
    });
  }, 200);
  const sampling = new AbortController();
  const sampled = sampler.run(options.sampleSeconds, sampling.signal);
  await Promise.all([
    segments.run(stop),
    disturbances.run(stop),
    ...Array.from({ length: SUNDRY_CLIENTS }, (_, index) =>
      sundries(circuit, stop, {
        ...{ name: `d${index}`, random: random.fork(`sundries ${index}`), tally, violations },
        pauseMs: SUNDRY_PAUSE_MS,
      }),
    ),
  ]);
  const loadTo = sampler.seconds;
  sampling.abort();
  await sampled;
  clearInterval(told);
  line.end();

  segments.judge();
  const leftElements = segments.left + (await scrubLeft(circuit));
  const after = await untilQuiet(sampler, {
    ...{ before, violations },
    withinMs: 1000 * options.quietSeconds,
  });
  await leaveAll(circuit, violations);
  const orphans = await orphansOf(circuit.mark);
  if (orphans.length > 0) {
    violations.add('no orphans', `these outlived their servers: ${orphans.join('; ')}`);
  }
  return {
    warmUp,
    ...{ loadFrom, loadTo, before, after, samples: sampler.samples, leftElements, orphans },
    steady: names.slice(0, steadyOf(options.servers)),
    operations: tally.table,
    operationCount: tally.total,
    disturbances: disturbances.counts,
    agreedAfter: circuit.agreedAfter,
    histories: segments.counts,
    serversStarted: circuit.started,
    violationCount: violations.count,
    violations: violations.all,
    driverMib: process.memoryUsage.rss() / 2 ** 20,
  };
}

async function leaveAll(circuit: Circuit, violations: Violations): Promise<void> {
  const leaving = circuit.joined.map(async (server) => {
    const late = setTimeout(() => void server.end('SIGKILL'), LEAVE_MS);
    const how = await circuit.end(server, 'SIGTERM');
    clearTimeout(late);
    if (how === 0) return;
    violations.add('leaves', `${server.host.name} ended with ${how} when all were to leave`);
  });
  await Promise.all(leaving);
}
