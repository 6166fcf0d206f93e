/** The program that is soaked: built now, and kept apart from what is built or changed meanwhile. */

import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../circuit-sim.ts';

/** Puts it into the folder; what to run, before the arguments. */
export function programIn(folder: string): readonly string[] {
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), '--cli'], { stdio: 'ignore' });
  cpSync(join(root, 'dist/cli'), join(folder, 'dist/cli'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  return [process.execPath, join(folder, 'dist/cli/main.js')];
}
