/** `circuit sim` in a process of its own, for the tools that write reports. */

import { spawn } from 'node:child_process';
import { totalmem } from 'node:os';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** What such a process printed, and how it ended. */
export interface Said<T> {
  /** The JSON on its standard output; undefined when there was none. */
  readonly printed: T | undefined;
  /** How it ended, and the last that it said. */
  readonly why: string;
  readonly seconds: number;
}

export interface SimOptions {
  readonly signal: AbortSignal;
  /** How many such processes share the memory of the machine. */
  readonly width?: number;
  /** Gets each line of its standard error. */
  readonly onLine?: (line: string) => void;
}

/** The last of what a process said that is kept. */
const STDERR_KEPT = 500;

/** Runs `circuit sim ARGS --json`. */
export function circuitSim<T>(args: readonly string[], options: SimOptions): Promise<Said<T>> {
  const { signal, width = 1, onLine } = options;
  const heapMib = Math.floor((totalmem() * 0.8) / width / 2 ** 20);
  const from = performance.now();
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMib}`, join(root, 'cli/main.ts'), 'sim', ...args, '--json'],
    { stdio: ['ignore', 'pipe', 'pipe'], signal, cwd: root },
  );
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_KEPT);
    for (const line of text.split('\n')) if (line !== '') onLine?.(line);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      said = `${said}${error.message}`;
    });
    child.on('close', (code, killed) => {
      const seconds = (performance.now() - from) / 1000;
      resolve({
        printed: parsed<T>(out),
        why: `ended with ${code ?? killed}: ${said.trim()}`,
        seconds,
      });
    });
  });
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
