import type { LogLevel } from './serve.ts';

/** The levels of the log, the chattiest first. */
export const levels: readonly string[] = ['debug', 'info', 'warn', 'error'] satisfies LogLevel[];
