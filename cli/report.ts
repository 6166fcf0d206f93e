/**
 * What went wrong, as one line on standard error and an exit code. Three kinds: what the caller can
 * do something about, which has a code; a reader of ours that went away, which is no error of
 * anybody; and our own bugs.
 */

import { constants, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { CircuitError, errorCodes } from '../src/index.ts';

/** As of a program that SIGPIPE ended. */
const pipeExitCode = 141;
/** EX_SOFTWARE of sysexits.h. */
const bugExitCode = 70;

/** Tells the error and returns the exit code for it. */
export function report(error: unknown, options: { json: boolean }): number {
  if (isBrokenPipe(error)) return pipeExitCode;
  const known = isCircuitError(error) ? error : usageError(error);
  if (known === undefined) return reportBug(error, options);
  const { code, message, outcomeUnknown } = known;
  const unknown = outcomeUnknown ? '; it may or may not have been done' : '';
  say(
    options.json
      ? { code, message: oneLine(message), outcomeUnknown }
      : `${oneLine(message)}${unknown}`,
  );
  return errorCodes[code];
}

/** Tells of something that is no error, on standard error. */
export function warn(message: string, options: { json: boolean }): void {
  if (!options.json) sayLine(`circuit: warning: ${message}`);
  else sayLine(JSON.stringify({ warning: { message } }));
}

/** A line to standard error: a sentence, or with --json an error object. */
function say(what: string | object): void {
  sayLine(typeof what === 'string' ? `circuit: ${what}` : JSON.stringify({ error: what }));
}

function sayLine(line: string): void {
  try {
    writeSync(isatty(2) ? terminal() : 2, `${line}\n`);
  } catch {
    // Nobody listens, or the terminal was stopped; the exit code has to do.
  }
}

/** Standard error, so that a terminal that was stopped does not hold up our end. */
function terminal(): number {
  try {
    return openSync('/dev/fd/2', constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return 2; // It is somebody else's.
  }
}

function reportBug(error: unknown, options: { json: boolean }): number {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const message = oneLine(
    `this is a bug in circuit, please report it with the command and this line: ${what}` +
      '; CIRCUIT_TRACE=1 shows where it happened',
  );
  say(options.json ? { code: 'BUG', message, outcomeUnknown: true } : message);
  if (process.env['CIRCUIT_TRACE'] && error instanceof Error) writeSync(2, `${error.stack}\n`);
  return bugExitCode;
}

/** By name: a scenario may bring a copy of our classes that is not ours. */
function isCircuitError(error: unknown): error is CircuitError {
  return error instanceof Error && error.name === 'CircuitError' && 'code' in error;
}

export function isBrokenPipe(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'EPIPE';
}

/** What the parser of the options says, in our words. */
function usageError(error: unknown): CircuitError | undefined {
  if (!(error instanceof Error) || !('clipanion' in error)) return undefined;
  const { candidates } = error as { candidates?: { usage: string; reason: string | null }[] };
  const reason = candidates?.[0]?.reason ?? error.message.split('\n')[0] ?? '';
  const sentence = reason.replace(/[.:]$/, '').replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
  const command = /^circuit (\S+)/.exec(candidates?.[0]?.usage ?? '')?.[1] ?? '';
  const see = command === '' ? 'circuit help' : `circuit ${command} --help`;
  return new CircuitError('BAD_ARGUMENT', `${sentence}; see "${see}"`);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
