/**
 * `npm run soak:processes`: makes many processes on a real server, and looks whether descriptors,
 * zombies, threads or processes are left behind.
 *
 *     --count 100000      how many processes
 *     --parallel 8        how many at once
 *     --out FILE          FILE.md and FILE.json; printed only when left out
 *
 * Exit codes: 0 nothing grew; 1 something did, or went wrong; 2 usage.
 */

import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { StatusLine, timeOf } from '../../cli/sim/status-line.ts';
import { commit, machineName } from '../circumstances.ts';
import { markdown } from './markdown.ts';
import { startServer } from './server.ts';
import { growth, soak } from './soak.ts';

const LOOKS_MAX = 25;
const { count, parallel, out } = typed();
const circumstances = {
  command: `npm run soak:processes -- --count ${count} --parallel ${parallel}`,
  commit: commit(),
  date: new Date().toISOString().slice(0, 10),
  machine: machineName(),
  load: loadavg()[0] ?? 0,
  parallel,
};
const line = new StatusLine({ quiet: false });
const server = await startServer();
const soaked = await soak(server, {
  ...{ count, parallel, looks: Math.min(LOOKS_MAX, Math.ceil(count / 100)) },
  progress: (done) => line.show(() => status(done)),
});
line.end();
const exitCode = await server.end();
const grown = growth(soaked);
if (exitCode !== 0) grown.push(`the server ended with ${exitCode}`);
const text = markdown(soaked, grown, circumstances);
process.stdout.write(text);
if (out !== undefined) {
  const json = { ...circumstances, ...soaked, kinds: Object.fromEntries(soaked.kinds), grown };
  writeFileSync(`${out}.md`, text);
  writeFileSync(`${out}.json`, `${JSON.stringify(json, null, 2)}\n`);
}
process.exit(grown.length > 0 || soaked.failures.length > 0 ? 1 : 0);

function status(done: number): string {
  const rate = done / line.seconds;
  const left = timeOf((count - done) / rate);
  return `soak: ${done} of ${count} processes, ${rate.toFixed(0)} a second, ${left} left`;
}

function typed() {
  try {
    const { values } = parseArgs({
      options: {
        count: { type: 'string', default: '100000' },
        parallel: { type: 'string', default: '8' },
        out: { type: 'string' },
      },
    });
    const number = (name: 'count' | 'parallel', min: number) => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= min) return value;
      throw new Error(`--${name} is a whole number from ${min} on`);
    };
    return { count: number('count', 100), parallel: number('parallel', 1), out: values.out };
  } catch (error) {
    process.stderr.write(`soak: ${(error as Error).message}\n`);
    process.exit(2);
  }
}
