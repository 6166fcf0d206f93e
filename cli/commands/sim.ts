/** `circuit sim`: runs a scenario in the simulated world. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'clipanion';
import type { Progress, Report, Scenario, Trace } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import { guarded } from '../guard.ts';
import { inMacrotask, runPromises } from '../macrotask.ts';
import { print } from '../output.ts';
import { loadScenario, mistake } from '../scenario-file.ts';
import { ProgressLine } from '../sim-progress.ts';
import type { Context } from '../usage.ts';

/** A guarantee is broken. */
const brokenExitCode = 1;
/** Two runs of one seed differed. */
const differentExitCode = 4;

export class SimCommand extends Command<Context> {
  static override paths = [['sim']];
  static override usage = Command.Usage({
    category: 'Simulation',
    description: 'run a scenario in the simulated world, and check every guarantee on the way',
    details: `
      SCENARIO is a TypeScript file, one of scenarios/ or your own in any folder. The whole run is a
      function of the seed: the same code, file and seed give the same trace hash on every machine.

      Exit codes: 0 every guarantee held; 1 one was broken; 2 the scenario file is at fault; 4 two
      runs of one seed differed.
    `,
    examples: [
      ['200 servers under churn', '$0 sim scenarios/churn.ts'],
      ['Another history of it', '$0 sim scenarios/churn.ts --seed 7'],
      ['Twice, comparing the two', '$0 sim scenarios/churn.ts --check-determinism'],
    ],
  });

  seed = Option.String('--seed', '1', { description: 'Any text; decides everything' });
  twice = Option.Boolean('--check-determinism', false, {
    description: 'Run twice and compare the trace hashes',
  });
  json = Option.Boolean('--json', false, { description: 'Print the report as one line of JSON' });
  scenario = Option.String({ name: 'SCENARIO', required: true });

  async execute(): Promise<number> {
    const file = resolve(this.scenario);
    if (!existsSync(file)) {
      throw new CircuitError('BAD_ARGUMENT', `there is no scenario file ${this.scenario}`);
    }
    const loaded = await loadScenario(file);
    const first = await this.#run(file, loaded);
    await print(this.json ? this.#asJson(first) : this.#asText(first));
    if (!first.report.ok) return brokenExitCode;
    return this.twice ? this.#compare(first, await this.#run(file, loaded)) : 0;
  }

  async #run(file: string, loaded: Scenario): Promise<Run> {
    // The scenario must meet the very classes that run it: both come through the same door.
    const { play } = (await import('circuit/sim')) as typeof import('../../sim/index.ts');
    const line = new ProgressLine(this.json);
    try {
      const onProgress = (progress: Progress) => line.show(progress);
      const { report, world } = await inMacrotask(() =>
        guarded(() => play(loaded, { seed: this.seed, drain: runPromises, onProgress })),
      );
      return { report, seconds: line.seconds, trace: world.trace };
    } catch (error) {
      throw mistake(file, error);
    } finally {
      line.end();
    }
  }

  async #compare(first: Run, second: Run): Promise<number> {
    const { hash } = first.report;
    if (second.report.hash === hash) {
      if (!this.json) await print(`the second run gave the same trace hash ${hash}\n`);
      return 0;
    }
    const block = first.trace.firstDifference(second.trace) ?? 0;
    process.stderr.write(
      `circuit: two runs of seed ${this.seed} differ: trace hash ${hash} and ` +
        `${second.report.hash}, first in block ${block} of 1024 events\n`,
    );
    return differentExitCode;
  }

  #asJson(run: Run): string {
    return `${JSON.stringify({ ...run.report, ...rates(run), replay: this.#replay })}\n`;
  }

  #asText(run: Run): string {
    const { report, seconds } = run;
    const { virtualSecondsPerSecond, eventsPerSecond } = rates(run);
    const lines = [
      report.claim,
      ...report.checks.map(
        ({ guarantee, observed }) => `  ${guarantee.padEnd(18)} checked ${observed} times`,
      ),
      `  ${report.virtualSeconds.toFixed(1)} virtual seconds in ${seconds.toFixed(1)} s ` +
        `(${virtualSecondsPerSecond} times real time), ${report.events} events ` +
        `(${eventsPerSecond} a second), ${report.serversStarted} servers started`,
      `  seed ${report.seed}, trace hash ${report.hash}`,
      report.ok ? 'ok: every guarantee held' : 'BROKEN',
    ];
    if (!report.ok) {
      lines.push('', 'the last events:', ...report.tail.map((event) => `  ${event}`), '');
      for (const { guarantee, at, message } of report.violations) {
        lines.push(`${guarantee} is broken at ${(at / 1e6).toFixed(6)} s: ${message}`);
      }
      lines.push(`replay: ${this.#replay}`);
    }
    return `${lines.join('\n')}\n`;
  }

  get #replay(): string {
    return `circuit sim ${quoted(this.scenario)} --seed ${quoted(this.seed)}`;
  }
}

interface Run {
  readonly report: Report;
  readonly seconds: number;
  readonly trace: Trace;
}

function rates({ report, seconds }: Run) {
  return {
    wallSeconds: Number(seconds.toFixed(3)),
    eventsPerSecond: Math.round(report.events / seconds),
    virtualSecondsPerSecond: Number((report.virtualSeconds / seconds).toFixed(2)),
  };
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
