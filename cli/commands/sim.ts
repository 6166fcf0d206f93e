/** `circuit sim`: runs a scenario in the simulated world. */

import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'clipanion';
import type { Progress } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import { print } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { assertWritable, type Found, traced, tracedBroken } from '../sim/counter-example.ts';
import { parametersFrom } from '../sim/figures.ts';
import { brokenExitCode, differentExitCode, mergeFiles, runMany, whole } from '../sim/many.ts';
import { progressText } from '../sim/progress.ts';
import { ReportFolder, sampleEveryUs } from '../sim/report-folder.ts';
import { type History, holds, type Request, type Run } from '../sim/request.ts';
import { loadScenario } from '../sim/scenario-file.ts';
import { type Smaller, shrinkTo, shrunkText } from '../sim/shrink/outcome.ts';
import { runOnce, type Watching } from '../sim/single.ts';
import { StatusLine } from '../sim/status-line.ts';
import { asJson, asText } from '../sim/text.ts';
import { Recording } from '../sim/trace/recording.ts';
import { stuckSecondsDefault, Watchdog } from '../sim/watchdog.ts';
import type { Context } from '../usage.ts';

const stuckSecondsMax = 1_000_000;

export class SimCommand extends Command<Context> {
  static override paths = [['sim']];
  static override usage = Command.Usage({
    category: 'Simulation',
    description: 'run a scenario in the simulated world, and check every guarantee on the way',
    details: `
      SCENARIO is a TypeScript file, one of scenarios/ or your own in any folder. The whole run is a
      function of the seed: the same code, file and seed give the same trace hash on every machine.

      A scenario may have parameters, such as how many servers there are: --set changes them.

      When a guarantee breaks, what led there is printed, and everything that happened is written to
      a file in circuit-traces/, for "circuit sim trace". --shrink then leaves out what is not needed
      for the same guarantee to break, and writes a scenario of the rest into regressions/.

      Exit codes: 0 every guarantee held; 1 one was broken, or with --goals a goal was not reached;
      2 the scenario file is at fault; 4 two runs of one seed differed.
    `,
    examples: [
      ['200 servers under churn', '$0 sim scenarios/churn.ts'],
      ['Another history of it', '$0 sim scenarios/churn.ts --seed 7'],
      ['Smaller and shorter', '$0 sim scenarios/churn.ts --set servers=40 --set minutes=1'],
      ['A thousand histories of it, on all cores', '$0 sim scenarios/churn.ts --seeds 1000'],
      [
        'A third of them, on one of three machines',
        '$0 sim scenarios/churn.ts --seeds 1000 --shard 1/3 --json > 1.json',
      ],
      ['What all three came to', '$0 sim --merge 1.json 2.json 3.json'],
      ['With plots and a drawing of the overlay', '$0 sim scenarios/churn.ts --report churn'],
      ['The few faults that break it', '$0 sim scenarios/churn.ts --seed 7 --shrink'],
      ['Twice, comparing the two', '$0 sim scenarios/churn.ts --check-determinism'],
    ],
  });

  seed = Option.String('--seed', '1', { description: 'Any text; decides everything' });
  noise = Option.String('--noise', {
    description: 'Any text; decides loss, latency and their like alone, instead of the seed',
  });
  twice = Option.Boolean('--check-determinism', false, {
    description: 'Run twice and compare the trace hashes',
  });
  set = Option.Array('--set', [], {
    description: 'A parameter of the scenario, as name=number; may be repeated',
  });
  goals = Option.Boolean('--goals', false, {
    description: 'Fail when a goal of the scenario is not reached',
  });
  seeds = Option.String('--seeds', {
    description: 'Run so many seeds, counted on from --seed, and tell what they came to together',
  });
  jobs = Option.String('--jobs', {
    description: 'With --seeds: so many processes at a time; one a core when left out',
  });
  shard = Option.String('--shard', {
    description: 'With --seeds: run the i-th of n parts of them, as i/n, for --merge later',
  });
  merge = Option.Boolean('--merge', false, {
    description: 'Put together what all shards printed with --json: FILEs instead of SCENARIO',
  });
  stuck = Option.String('--stuck-seconds', String(stuckSecondsDefault), {
    description: 'Give up when nothing has happened in the run for so long',
  });
  report = Option.String('--report', {
    description: 'Write report.html, report.md and report.json into this folder',
  });
  trace = Option.String('--trace', {
    description: 'Write everything that happens into this file, for "circuit sim trace FILE"',
  });
  shrink = Option.Boolean('--shrink', false, {
    description: 'When a guarantee breaks, search for few faults that break it; write a scenario',
  });
  shrinkSeconds = Option.String('--shrink-seconds', '60', {
    description: 'With --shrink: search for so long, and take the smallest that was found',
  });
  json = Option.Boolean('--json', false, { description: 'Print the report as one line of JSON' });
  scenario = Option.String({ name: 'SCENARIO', required: true });
  more = Option.Rest({ name: 'FILE' });

  async execute(): Promise<number> {
    if (this.merge) {
      if ((this.seeds ?? this.report ?? this.trace) !== undefined || this.shrink) {
        throw new CircuitError('BAD_ARGUMENT', '--merge only puts together what was run');
      }
      return await mergeFiles([this.scenario, ...this.more], this.json);
    }
    if (this.more.length > 0) {
      throw new CircuitError('BAD_ARGUMENT', 'one scenario at a time; several FILEs with --merge');
    }
    if (this.seeds !== undefined && (this.report ?? this.trace) !== undefined) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        '--report and --trace are of one run: leave out --seeds',
      );
    }
    if (this.seeds !== undefined && this.shrink) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        '--shrink takes one seed that fails: leave out --seeds',
      );
    }
    if (this.seeds === undefined && (this.jobs ?? this.shard) !== undefined) {
      throw new CircuitError('BAD_ARGUMENT', '--jobs and --shard are of many seeds: add --seeds');
    }
    this.#shrinkSeconds();
    if (this.trace !== undefined) assertWritable(this.trace);
    const request = await this.#request();
    if (this.seeds !== undefined) {
      return await this.#many(request, this.seeds);
    }
    const history = {
      seed: this.seed,
      ...(this.noise === undefined ? {} : { noise: this.noise }),
    };
    const folder = this.report === undefined ? undefined : new ReportFolder(this.report);
    const sink = this.trace === undefined ? undefined : new Recording();
    const watching = {
      ...(folder === undefined ? {} : { sampleEveryUs: sampleEveryUs(request) }),
      ...(sink === undefined ? {} : { sink }),
    };
    const first = await this.#run(request, history, watching);
    await folder?.write(request, first);
    const found = await this.#lookInto(request, first, sink);
    if (!this.json) await print(asText(request, first, found));
    const isSame = first.report.ok || found !== undefined;
    const smaller = isSame ? await this.#smaller(request, first) : undefined;
    if (this.json) await print(asJson(request, first, { ...found, ...smaller }));
    if (!isSame) return differentExitCode;
    if (!holds(request, first.report)) return brokenExitCode;
    return this.twice ? this.#compare(first, await this.#run(request, history)) : 0;
  }

  /** Its trace, when it was asked for, or when it broke: then it is run again. */
  async #lookInto(request: Request, run: Run, sink?: Recording): Promise<Found | undefined> {
    if (sink !== undefined && this.trace !== undefined) {
      return await traced(sink, this.trace, { request, run });
    }
    if (run.report.ok) return undefined;
    const recording = new Recording();
    const again = await this.#run(request, run.history, { sink: recording });
    if ((await this.#compare(run, again, true)) !== 0) return undefined;
    return await tracedBroken(recording, { request, run: again });
  }

  /** With --shrink: the smallest run that breaks alike, and the file that plays it. */
  async #smaller(request: Request, run: Run): Promise<Smaller | undefined> {
    if (!this.shrink || run.report.ok) return undefined;
    const how = { seconds: this.#shrinkSeconds(), quiet: this.json };
    try {
      const smaller = await shrinkTo(request, run, how);
      if (!this.json) await print(await shrunkText(smaller));
      return smaller;
    } catch (error) {
      // The run was broken all the same, and its report is to be had.
      if (!(error instanceof CircuitError)) throw error;
      process.stderr.write(`circuit: cannot shrink it: ${error.message}\n`);
      return undefined;
    }
  }

  #shrinkSeconds(): number {
    return secondsOf(this.shrinkSeconds, { name: '--shrink-seconds', min: 1, max: 86_400 });
  }

  async #request(): Promise<Request> {
    const file = resolve(this.scenario);
    if (!existsSync(file) || !statSync(file).isFile()) {
      throw new CircuitError('BAD_ARGUMENT', `there is no scenario file ${this.scenario}`);
    }
    const set = parametersFrom(this.set);
    const stuckSeconds = this.#stuckSeconds;
    const scenario = await loadScenario(file);
    if (scenario.replay !== undefined && (this.seeds !== undefined || this.set.length > 0)) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        'this scenario replays one history: --seeds and --set change nothing of it',
      );
    }
    const watchdog = new Watchdog({ file, stuckSeconds, json: this.json, endsWithParent: false });
    return { typed: this.scenario, file, scenario, set, goals: this.goals, watchdog };
  }

  get #stuckSeconds(): number {
    return whole('--stuck-seconds', this.stuck, stuckSecondsMax);
  }

  #many(request: Request, seeds: string): Promise<number> {
    const { seed, jobs, shard, twice, noise, json } = this;
    return runMany(request, {
      seed,
      seeds,
      jobs,
      shard,
      twice,
      noise,
      stuckSeconds: this.#stuckSeconds,
      json,
    });
  }

  async #run(request: Request, history: History, watching: Watching = {}): Promise<Run> {
    const line = new StatusLine({ quiet: this.json });
    const onProgress = (progress: Progress) =>
      line.show(() => progressText(progress, line.seconds));
    try {
      return await runOnce(request, history, { ...watching, onProgress });
    } finally {
      line.end();
    }
  }

  async #compare(first: Run, second: Run, quiet = this.json): Promise<number> {
    const { hash } = first.report;
    if (second.report.hash === hash) {
      if (!quiet) await print(`the second run gave the same trace hash ${hash}\n`);
      return 0;
    }
    const block = first.trace.firstDifference(second.trace) ?? 0;
    process.stderr.write(
      `circuit: two runs of seed ${this.seed} differ: trace hash ${hash} and ` +
        `${second.report.hash}, first in block ${block} of 1024 events\n`,
    );
    return differentExitCode;
  }
}
