/** One run of 200 servers under churn, with the trace hash and the guard or without; prints its CPU time. */

import { pathToFileURL } from 'node:url';
import { guarded } from '../../../cli/guard.ts';
import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import { resolveDoors } from '../../../cli/resolve.ts';
import { root } from '../../../tools/circuit-sim.ts';

resolveDoors();
const { runScenario, Trace } = await import('../../../sim/index.ts');
const file = pathToFileURL(`${root}/scenarios/churn.ts`).href;
const { default: scenario } = (await import(file)) as {
  default: Parameters<typeof runScenario>[0];
};
const isProven = process.argv[2] === 'with';
if (!isProven) {
  const nothing = () => {};
  Object.assign(Trace.prototype, { record: nothing, mix: nothing, note: nothing });
}
const run = () => {
  const before = process.cpuUsage();
  const set = { servers: 200, minutes: 3 };
  const { ok } = runScenario(scenario, { seed: '1', set, drain: runPromises });
  if (!ok) throw new Error('the run broke');
  return process.cpuUsage(before).user / 1e6;
};
process.stdout.write(String(await inMacrotask(() => (isProven ? guarded(run) : run()))));
