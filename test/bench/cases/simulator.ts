/** How fast simulated time passes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Case } from '../bench.ts';
import { node } from '../children.ts';
import type { Sample } from '../figure.ts';

const program = join(import.meta.dirname, '../programs/simulate.ts');
const churnSeconds = 40;

interface Outcome {
  readonly ok: boolean;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export const simulator: Case = {
  name: 'simulator',
  claim: `200 servers under churn for ${churnSeconds} virtual seconds, then quiet`,
  async run(bench) {
    const outcomes: Outcome[] = [];
    const common = { better: 'more', withinMs: 40_000, warmUp: false } as const;
    await bench.contest({
      ...common,
      name: 'virtual time',
      unit: 'virtual s/s',
      cpuUnit: 'ms per virtual s',
      repetitions: 3,
      note: 'scenarios/churn.ts, shortened; one process, start-up included in the CPU time',
      measure: async () => {
        const outcome = await simulate();
        outcomes.push(outcome);
        const { virtualSeconds, seconds, cpuSeconds } = outcome;
        return { value: virtualSeconds / seconds, cpu: (cpuSeconds * 1000) / virtualSeconds };
      },
    });
    const kept = outcomes.values();
    await bench.contest({
      ...common,
      name: 'events',
      unit: 'events/s',
      cpuUnit: 'us per event',
      repetitions: outcomes.length,
      note: 'of the same runs',
      measure: async (): Promise<Sample> => {
        const { events, seconds, cpuSeconds } = kept.next().value as Outcome;
        return { value: events / seconds, cpu: (cpuSeconds * 1e6) / events };
      },
    });
  },
};

async function simulate(): Promise<Outcome> {
  const child = spawn(node, [program, String(churnSeconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes;
  });
  await once(child, 'close');
  const outcome = JSON.parse(text) as Outcome;
  if (!outcome.ok) throw new Error('a guarantee was broken in the simulation');
  return outcome;
}
