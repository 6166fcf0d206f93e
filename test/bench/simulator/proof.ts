/**
 * What it costs that a run can prove to be the same as another: the hash of its trace, and the guard
 * that keeps the real world out. The same scenario is run in turns with both and without either.
 */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../../../tools/circuit-sim.ts';

/** What the proof costs. */
export interface Price {
  /** Of the CPU time of a run with it. */
  readonly share: number;
  /** CPU time, medians. */
  readonly withSeconds: number;
  readonly withoutSeconds: number;
  readonly rounds: number;
}

const ROUNDS = 7;

export async function priceOfProof(signal: AbortSignal): Promise<Price> {
  const times: { with: number[]; without: number[] } = { with: [], without: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const how of round % 2 === 0
      ? (['with', 'without'] as const)
      : (['without', 'with'] as const)) {
      times[how].push(await cpuSeconds(how, signal));
    }
  }
  const withSeconds = median(times.with);
  const withoutSeconds = median(times.without);
  const share = (withSeconds - withoutSeconds) / withSeconds;
  return { share, withSeconds, withoutSeconds, rounds: ROUNDS };
}

function cpuSeconds(how: string, signal: AbortSignal): Promise<number> {
  const file = join(import.meta.dirname, 'proof-run.ts');
  const child = spawn(process.execPath, [file, how], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'], signal, cwd: root },
  });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Number(out));
      else reject(new Error(`a run ${how} the proof ended with ${code}`));
    });
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
