/** What the tests of the real world share: waiting for a condition, and running a program. */

import type { ExitStatus, ProgramCommand, Spawner } from '../../../src/host/index.ts';

/** Waits for the condition itself, for no fixed time; gives up after a minute. */
export async function until(condition: () => boolean): Promise<void> {
  const patience = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > patience)
      throw new Error('the condition did not become true in a minute');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export interface Ran {
  readonly stdout: string;
  readonly status: ExitStatus | undefined;
  /** Why it could not be started. */
  readonly failed: string | undefined;
}

/** Runs a program to its end, without any input. */
export function run(
  spawner: Spawner,
  command: Pick<ProgramCommand, 'path'> & Partial<ProgramCommand>,
): Promise<Ran> {
  return new Promise((resolve) => {
    let stdout = '';
    let status: ExitStatus | undefined;
    let ended = false;
    const check = () => {
      if (ended && status !== undefined) resolve({ stdout, status, failed: undefined });
    };
    const child = spawner.spawn(
      { args: [], dir: undefined, env: undefined, ...command },
      {
        started: () => child.endStdin(),
        failed: (failed) => resolve({ stdout, status, failed }),
        readable(output) {
          for (;;) {
            const bytes = child.read(output, 65_536);
            if (bytes === undefined) return;
            if (output === 'stdout') stdout += new TextDecoder().decode(bytes);
          }
        },
        ended(output) {
          if (output === 'stdout') ended = true;
          check();
        },
        drained() {},
        stdinClosed() {},
        exited(exit) {
          status = exit;
          check();
        },
      },
    );
  });
}
