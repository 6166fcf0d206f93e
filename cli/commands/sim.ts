/** `circuit sim`: runs a scenario in the simulated world. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'clipanion';
import type { Parameters, Progress, Report, Scenario, Trace } from '../../sim/index.ts';
import { CircuitError } from '../../src/index.ts';
import { guarded } from '../guard.ts';
import { inMacrotask, runPromises } from '../macrotask.ts';
import { print } from '../output.ts';
import { loadScenario, mistake } from '../scenario-file.ts';
import { ProgressLine } from '../sim-progress.ts';
import { goalLines, measureLines, parametersFrom } from '../sim-report.ts';
import type { Context } from '../usage.ts';

/** A guarantee is broken, or a goal that counts is not reached. */
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

      A scenario may have parameters, such as how many servers there are: --set changes them.

      Exit codes: 0 every guarantee held; 1 one was broken, or with --goals a goal was not reached;
      2 the scenario file is at fault; 4 two runs of one seed differed.
    `,
    examples: [
      ['200 servers under churn', '$0 sim scenarios/churn.ts'],
      ['Another history of it', '$0 sim scenarios/churn.ts --seed 7'],
      ['Smaller and shorter', '$0 sim scenarios/churn.ts --set servers=40 --set minutes=1'],
      ['Twice, comparing the two', '$0 sim scenarios/churn.ts --check-determinism'],
    ],
  });

  seed = Option.String('--seed', '1', { description: 'Any text; decides everything' });
  twice = Option.Boolean('--check-determinism', false, {
    description: 'Run twice and compare the trace hashes',
  });
  set = Option.Array('--set', [], {
    description: 'A parameter of the scenario, as name=number; may be repeated',
  });
  goals = Option.Boolean('--goals', false, {
    description: 'Fail when a goal of the scenario is not reached',
  });
  json = Option.Boolean('--json', false, { description: 'Print the report as one line of JSON' });
  scenario = Option.String({ name: 'SCENARIO', required: true });

  async execute(): Promise<number> {
    const file = resolve(this.scenario);
    if (!existsSync(file)) {
      throw new CircuitError('BAD_ARGUMENT', `there is no scenario file ${this.scenario}`);
    }
    const set = parametersFrom(this.set);
    const loaded = await loadScenario(file);
    const first = await this.#run(file, loaded, set);
    await print(this.json ? this.#asJson(first) : this.#asText(first));
    if (!first.report.ok) return brokenExitCode;
    if (this.goals && first.report.goals.some(({ reached }) => !reached)) return brokenExitCode;
    return this.twice ? this.#compare(first, await this.#run(file, loaded, set)) : 0;
  }

  async #run(file: string, loaded: Scenario, set: Parameters): Promise<Run> {
    // The scenario must meet the very classes that run it: both come through the same door.
    const { play } = (await import('circuit/sim')) as typeof import('../../sim/index.ts');
    const line = new ProgressLine(this.json);
    try {
      const onProgress = (progress: Progress) => line.show(progress);
      const { report, world } = await inMacrotask(() =>
        guarded(() => play(loaded, { seed: this.seed, set, drain: runPromises, onProgress })),
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
      ...measureLines(report.measures),
      ...goalLines(report.goals),
      `  ${report.virtualSeconds.toFixed(1)} virtual seconds in ${seconds.toFixed(1)} s ` +
        `(${virtualSecondsPerSecond} times real time), ${report.events} events ` +
        `(${eventsPerSecond} a second), ${report.serversStarted} servers started`,
      `  seed ${report.seed}, trace hash ${report.hash}`,
      verdict(report),
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
    const set = this.set.map((each) => ` --set ${quoted(each)}`).join('');
    return `circuit sim ${quoted(this.scenario)} --seed ${quoted(this.seed)}${set}`;
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

function verdict({ ok, goals }: Report): string {
  if (!ok) return 'BROKEN';
  const missed = goals.filter(({ reached }) => !reached).length;
  return `ok: every guarantee held${missed === 0 ? '' : `; ${missed} of ${goals.length} goals NOT reached`}`;
}

function quoted(text: string): string {
  return /^[\w./=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
