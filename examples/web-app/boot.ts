/**
 * A web application of two tiers, on two servers that are picked by chance: a database on one, and
 * on the other a web server that finds it by its name. (The tutorial of the original has MySQL and
 * an app for node.js, and tells the app the address of the database when it starts.)
 *
 *     npm run -s example examples/web-app/boot.ts URL
 *
 * It prints the URL of the application once that answers, and takes everything down again when its
 * standard input ends.
 */

import { once } from 'node:events';
import { join } from 'node:path';
import type { Anchor, ByteSource, Client, CommandInput } from 'circuit';
import { main, type Outside } from '../outside.ts';
import { recordsOf, splitAddress } from './names.ts';

/** How the two programs are run, each with its arguments. */
export interface Programs {
  database(...args: string[]): CommandInput;
  app(...args: string[]): CommandInput;
}

/** Asks the web server at an address for a path; rejects unless it answers well. */
export type Get = (address: string, path: string) => Promise<string>;

export interface WebApp {
  /** Of its web server. */
  readonly address: string;
  /** Kills both processes, and removes all elements. */
  end(): Promise<void>;
}

/** How often a web server that has just been started is asked before it counts as broken. */
const TRIES = 20;
const TRY_AGAIN_MS = 250;

/** Starts the application; when that fails, nothing of it is left. */
export async function boot(
  client: Client,
  outside: Outside,
  programs: Programs,
  get: Get,
): Promise<WebApp> {
  const members = await client.members();
  const lower = outside.pick(members);
  const others = members.filter(({ id }) => id !== lower?.id);
  const upper = outside.pick(others.length > 0 ? others : members);
  if (lower === undefined || upper === undefined) throw new Error('the circuit has no servers');

  const names = client.walk(`/${lower.id}/shop/names`);
  const database = client.walk(`/${lower.id}/shop/database`);
  const app = client.walk(`/${upper.id}/shop/app`);
  const made: Anchor[] = [];
  const end = async () => {
    // What is on a server that has gone is gone as well.
    await Promise.allSettled(made.map((anchor) => anchor.scrub({ kill: true })));
  };
  try {
    const dns = await names.makeDns();
    made.push(names);
    const below = await database.makeProc(programs.database(splitAddress(lower.address).host));
    made.push(database);
    const at = await firstLine(below.stdout());
    for (const record of recordsOf(at)) await dns.set(record);
    outside.say(`database at ${at}, on ${lower.id}`);

    const { Address } = await dns.peek();
    const above = await app.makeProc(programs.app(splitAddress(upper.address).host, Address));
    made.push(app);
    const address = await firstLine(above.stdout());
    await untilHealthy(outside, address, get);
    outside.say(`web server at http://${address}/, on ${upper.id}`);
    return { address, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The first line of a program that has not ended; what follows stays for the next reader. */
async function firstLine(output: ByteSource): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of output) {
    text += decoder.decode(chunk, { stream: true });
    const [line = '', ...rest] = text.split('\n');
    if (rest.length > 0) return line;
  }
  throw new Error(`the program ended, and had said only ${JSON.stringify(text)}`);
}

/** Goes once around: what is put can be got, and is gone when it was deleted. */
async function untilHealthy(outside: Outside, address: string, get: Get): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await get(address, '/put/health/well');
      const health = await get(address, '/get/health');
      if (health.trim() !== 'well') throw new Error(`its health is ${JSON.stringify(health)}`);
      await get(address, '/del/health');
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await outside.sleep(TRY_AGAIN_MS);
    }
  }
}

async function getByHttp(address: string, path: string): Promise<string> {
  const response = await fetch(`http://${address}${path}`);
  const body = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${body.trim()}`);
  return body;
}

/** Programs of this folder, which must be at the same place on every host. */
function program(name: string): (...args: string[]) => CommandInput {
  return (...args) => ({
    Path: process.execPath,
    Args: [join(import.meta.dirname, `${name}.ts`), ...args],
  });
}

if (import.meta.main) {
  await main(async (outside, url = '') => {
    await using client = await outside.connect(url);
    const programs = { database: program('database'), app: program('app') };
    const app = await boot(client, outside, programs, getByHttp);
    await once(process.stdin.resume(), 'end');
    await app.end();
    outside.say('all is taken down');
    return true;
  });
}
