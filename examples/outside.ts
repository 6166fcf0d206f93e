/**
 * What an example asks of the outside besides a circuit: chance, time and a place to print to. The
 * logic of each example takes it as an argument, so that the simulator can run the same code.
 */

import { type Client, connect } from 'circuit';
import { nodeHost } from 'circuit/transport';

export interface Outside {
  /** Dials a server. */
  connect(url: string): Promise<Client>;
  /** One of them, by chance; undefined when there is none. */
  pick<T>(from: readonly T[]): T | undefined;
  sleep(ms: number): Promise<void>;
  /** Prints a line. */
  say(line: string): void;
}

/** The outside of a program on Node. Disposing of it closes every connection. */
export async function nodeOutside(): Promise<Outside & AsyncDisposable> {
  const host = await nodeHost({ client: true });
  return {
    connect: (url) => connect(host, url),
    pick: (from) => from[Math.floor(Math.random() * from.length)],
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    say: (line) => console.log(line),
    [Symbol.asyncDispose]: () => host.close(),
  };
}

/** Runs a program with its arguments; an error is a sentence on standard error and exit code 1. */
export async function main(
  program: (outside: Outside, ...args: string[]) => Promise<boolean>,
): Promise<void> {
  await using outside = await nodeOutside();
  try {
    if (!(await program(outside, ...process.argv.slice(2)))) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
