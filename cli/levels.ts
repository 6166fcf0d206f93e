import type { Level } from '../src/index.ts';

/** The levels of the log, the chattiest first. */
export const levels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies Level[];
