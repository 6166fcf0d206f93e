/** A shrunk run as a scenario file: it imports the original and plays what broke it. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Parameters } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/index.ts';
import { nameOf } from '../counter-example.ts';
import { type Request, replayLine } from '../request.ts';
import { literal } from './literal.ts';
import type { Shrunk } from './search.ts';

const FOLDER = 'regressions';
/** Files for one seed of one scenario; more than that nobody reads. */
const FILES_MAX = 100;

/** Writes it, and returns where. Throws BAD_ARGUMENT. */
export function writeRegression(request: Request, shrunk: Shrunk): string {
  const folder = folderFor(request.file);
  const name = nameOf(request.file, shrunk.seed);
  for (let i = 1; i <= FILES_MAX; i++) {
    const file = join(folder, `${name}${i === 1 ? '' : `-${i}`}.ts`);
    const text = regressionText(request, shrunk, folder);
    try {
      if (existsSync(file)) {
        if (readFileSync(file, 'utf8') === text) return file;
        continue;
      }
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
    } catch (error) {
      const why = (error as Error).message;
      throw new CircuitError('BAD_ARGUMENT', `cannot write the regression to ${file}: ${why}`);
    }
    return file;
  }
  throw new CircuitError('BAD_ARGUMENT', `there are ${FILES_MAX} regressions of ${name} already`);
}

/** In the folder `scenarios` that the scenario lies in, or else next to it. */
export function folderFor(file: string): string {
  const parents = dirname(file).split(sep);
  if (parents.at(-1) === FOLDER) return dirname(file);
  const at = parents.lastIndexOf('scenarios');
  return join(at < 0 ? dirname(file) : parents.slice(0, at + 1).join(sep), FOLDER);
}

/** The whole file. */
export function regressionText(request: Request, shrunk: Shrunk, folder: string): string {
  const { seed, noise, schedule, breaks, faultsBefore } = shrunk;
  const set = differing(shrunk.set, request.scenario.parameters ?? {});
  const path = relative(folder, request.file).split(sep).join('/');
  const example = {
    ...{ seed, ...(noise === seed ? {} : { noise }) },
    ...(Object.keys(set).length === 0 ? {} : { set }),
    ...{ schedule, breaks },
  };
  const from = path.startsWith('.') ? path : `./${path}`;
  const found = replayLine(request, { seed }).replaceAll('*/', '* /');
  return `/**
 * ${breaks.replaceAll('*/', '* /')} broke in ${basename(request.file)}, with ${schedule.length} of ${faultsBefore} faults. Found by
 * \`${found} --shrink\`.
 */

import { replayed } from 'circuit/sim';
import original from ${literal(from)};

export default replayed(original, ${literal(example)});
`;
}

function differing(set: Parameters, defaults: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(set).filter(([name, value]) => defaults[name] !== value),
  );
}
