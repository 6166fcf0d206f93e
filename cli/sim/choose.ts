/** `circuit sim trace` is a command of its own, and loads nothing of what runs scenarios. */

import type { CommandClass } from 'clipanion';
import type { Context } from '../usage.ts';

/** The one that these arguments ask for; a scenario of that name is `./trace`. */
export async function simCommand([first]: readonly string[] = []): Promise<CommandClass<Context>> {
  return first === 'trace'
    ? (await import('../commands/sim-trace.ts')).SimTraceCommand
    : (await import('../commands/sim.ts')).SimCommand;
}
