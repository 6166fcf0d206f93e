/** `circuit sim --report DIR`: what is sampled for it, and where it is written to. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CircuitError } from '../../src/index.ts';
import type { Request, Run } from './request.ts';

/** Samples of a run whose length is known; a plot is no wider in pixels. */
const SAMPLES = 400;
const SAMPLE_DEFAULT_US = 500_000;
/** More often, and sampling takes longer than running. */
const SAMPLE_MIN_US = 50_000;

/** A folder that gets the report of one run. */
export class ReportFolder {
  readonly #path: string;

  /** Creates it where it is not there. Throws BAD_ARGUMENT, before anybody has waited for a run. */
  constructor(path: string) {
    this.#path = path;
    this.#attempt(() => mkdirSync(path, { recursive: true }));
  }

  /** Writes all its files, over those of a report before. Throws BAD_ARGUMENT. */
  async write(request: Request, run: Run): Promise<void> {
    const { reportFiles } = await import('./report/files.ts');
    const files = Object.entries(reportFiles(request, run));
    this.#attempt(() => {
      for (const [name, text] of files) writeFileSync(join(this.#path, name), text);
    });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const why = (error as Error).message;
      throw new CircuitError('BAD_ARGUMENT', `cannot write the report to ${this.#path}: ${why}`);
    }
  }
}

/** How often a run is sampled for its report. */
export function sampleEveryUs({ scenario, set }: Request): number {
  const { lengthUs, parameters } = scenario;
  const all = { ...parameters, ...set };
  const length = typeof lengthUs === 'function' ? lengthUs(all) : lengthUs;
  if (length === undefined || !Number.isFinite(length)) return SAMPLE_DEFAULT_US;
  return Math.max(SAMPLE_MIN_US, Math.round(length / SAMPLES));
}
