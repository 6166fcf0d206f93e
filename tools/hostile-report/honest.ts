/**
 * A program: honest clients at work. Arguments: the URL of the server that they dial, its id, the id
 * of another server, and a key file if there is one. They send and receive at a channel of the first
 * server, ask the other one through it, and connect anew ten times a second. Says `ready`; each line
 * of its standard input is answered with an `HonestWork` in JSON: what was done since the last.
 */

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../src/index.ts';
import { nodeHost, readKeys } from '../../transport/index.ts';

/** What honest clients did for some time. */
export interface HonestWork {
  readonly seconds: number;
  readonly messages: Done;
  readonly calls: Done;
  readonly connects: Done;
  /** Of what failed: each only once. */
  readonly errors: readonly string[];
}

/** How often something was done, what it took, and how often it failed. */
export interface Done {
  readonly count: number;
  readonly failed: number;
  readonly ms: readonly number[];
}

const workers = 4;
const connectEveryMs = 100;
/** Of one who tries anew; a connection that takes longer counts as failed. */
const patienceMs = 10_000;

const [url = '', near = '', far = '', keyFile] = process.argv.slice(2);
const keys = keyFile === undefined ? {} : { keys: await readKeys(keyFile) };
const host = await nodeHost({ client: true, ...keys });
const waiting = { timeoutMs: patienceMs };
const clients = await Promise.all(
  Array.from({ length: workers }, () => connect(host, url, waiting)),
);

class Tally {
  #ms: number[] = [];
  #failed = 0;

  async do(act: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    try {
      await act();
      this.#ms.push(performance.now() - began);
    } catch (error) {
      this.#failed++;
      if (errors.size < 20) errors.add(String(error));
      await sleep(50);
    }
  }

  take(): Done {
    const done = { count: this.#ms.length, failed: this.#failed, ms: this.#ms };
    this.#ms = [];
    this.#failed = 0;
    return done;
  }
}

const errors = new Set<string>();
const messages = new Tally();
const calls = new Tally();
const connects = new Tally();

async function exchange(index: number): Promise<never> {
  const client = clients[index] ?? (await connect(host, url, waiting));
  const chan = await client.walk(`/${near}/honest/${index}`).makeChan(1, waiting);
  for (;;) {
    await messages.do(async () => {
      await chan.send('an honest message', waiting);
      await chan.receive(waiting);
    });
  }
}

async function ask(index: number): Promise<never> {
  const client = clients[index] ?? (await connect(host, url, waiting));
  const chan = await client.walk(`/${far}/honest/${index}`).makeChan(1, waiting);
  for (;;) await calls.do(() => chan.peek(waiting));
}

async function dial(): Promise<never> {
  for (;;) {
    const began = performance.now();
    await connects.do(async () => {
      await using client = await connect(host, url, waiting);
      await client.servers(waiting);
    });
    await sleep(Math.max(0, connectEveryMs - (performance.now() - began)));
  }
}

for (let i = 0; i < workers; i++) {
  void exchange(i);
  void ask(i);
}
void dial();
console.log('ready');
let since = performance.now();
for await (const _ of createInterface({ input: process.stdin })) {
  const now = performance.now();
  const work: HonestWork = {
    seconds: (now - since) / 1_000,
    messages: messages.take(),
    calls: calls.take(),
    connects: connects.take(),
    errors: [...errors],
  };
  since = now;
  errors.clear();
  console.log(JSON.stringify(work));
}
process.exit(0);
