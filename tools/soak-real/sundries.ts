/**
 * What no history is kept of: each such operation has one right outcome, or an error because its
 * server, or the one in between, was disturbed. An error while nothing was wrong is a violation.
 */

import { Resolver } from 'node:dns/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { pick, type SimRandom } from '../../sim/index.ts';
import { CircuitError, type Client, type ProcState } from '../../src/index.ts';
import type { Circuit } from './circuit.ts';
import type { ServerProcess } from './server-process.ts';
import type { Tally } from './tally.ts';
import type { Violations } from './violations.ts';

/** What one of them works with. */
interface Task {
  readonly client: Client;
  readonly target: ServerProcess;
  /** An anchor that nobody else uses. */
  readonly path: string;
  readonly random: SimRandom;
}

const ANSWER_MS = 30_000;
const waiting = { timeoutMs: ANSWER_MS };

/** Throws what is wrong, but a CircuitError where it could not be done. */
const tasks = {
  async list({ client, target }: Task) {
    for (const { path } of await client.walk(`/${target.id}`).view({ recursive: true, ...waiting }))
      expected(path.startsWith(`/${target.id}/`), `a listing of ${target.id} has ${path}`);
  },

  async peek({ client, target }: Task) {
    const handle = client.walk(`/${target.id}`).server();
    const { Addr } = await handle.peek(waiting);
    expected(Addr === target.server.url, `${target.id} says that it is at ${Addr}`);
    const { Id, Members } = await handle.stats(waiting);
    expected(Id === target.id && Members >= 1, `${target.id} has the statistics of ${Id}`);
    const own = (await client.members(waiting)).find(({ id }) => id === client.server);
    expected(own !== undefined, `${client.server} does not list itself`);
  },

  async exit({ client, path, random }: Task) {
    const code = random.below(200);
    const proc = await client
      .walk(path)
      .makeProc({ Path: '/bin/sh', Args: ['-c', `exit ${code}`] }, waiting);
    const ended = await proc.wait(waiting);
    expected(codeOf(ended) === code, `exit ${code} is told as ${JSON.stringify(ended)}`);
    await proc.scrub(waiting);
  },

  async sleep({ client, path, random }: Task) {
    const signal = ['TERM', 'INT', 'KILL'][random.below(3)] as string;
    const proc = await client.walk(path).makeProc({ Path: '/bin/sleep', Args: ['1000'] }, waiting);
    await proc.signal(signal, waiting);
    const { Exit } = await proc.wait(waiting);
    expected(Exit?.Signal === signal, `${signal} is told as ${JSON.stringify(Exit)}`);
    await proc.scrub(waiting);
  },

  async output({ client, path, random }: Task) {
    const kib = 1 + random.below(2_000);
    const proc = await client
      .walk(path)
      .makeProc({ Path: '/usr/bin/head', Args: ['-c', String(kib * 1024), '/dev/zero'] }, waiting);
    let bytes = 0;
    for await (const chunk of proc.stdout(waiting)) bytes += chunk.length;
    expected(bytes === kib * 1024, `of ${kib} KiB of output ${bytes} bytes came`);
    const ended = await proc.wait(waiting);
    expected(codeOf(ended) === 0, `it ended as ${JSON.stringify(ended)}`);
    await proc.scrub(waiting);
  },

  async message({ client, path, random }: Task) {
    const text = 'x'.repeat(random.below(200_000));
    const chan = await client.walk(path).makeChan(0, waiting);
    const [got] = await Promise.all([chan.receiveText(waiting), chan.send(text, waiting)]);
    expected(got === text, `of a message of ${text.length} bytes ${got.length} came`);
    await chan.scrub(waiting);
  },

  async names({ client, path, random }: Task) {
    const dns = await client.walk(path).makeDns('', waiting);
    const address = `192.0.2.${random.below(256)}`;
    await dns.set(`soak.example. 60 IN A ${address}`, waiting);
    await dns.set('gone.example. 60 IN A 192.0.2.1', waiting);
    await dns.unset('gone.example.', waiting);
    const { Address, Records } = await dns.peek(waiting);
    expected(Object.keys(Records).length === 1, `its records are ${JSON.stringify(Records)}`);
    const resolver = new Resolver({ timeout: 2_000, tries: 10 });
    resolver.setServers([Address]);
    const found = await resolver.resolve4('soak.example').catch(async (error: Error) => {
      // Its server may have gone; then this says so.
      await dns.peek(waiting);
      return [error.message];
    });
    expected(found.join() === address, `${address} is told as ${found}`);
    await dns.scrub(waiting);
  },

  async journal({ client, target, random }: Task) {
    const handle = client.walk(`/${target.id}`).server();
    let last = 0;
    let stamp = '';
    let left = 1 + random.below(500);
    for await (const entry of handle.journal()) {
      const { number, event } = entry;
      if (last > 0 && event !== 'lost')
        expected(number === last + 1, `entry ${number} of ${target.id} comes after ${last}`);
      expected(
        entry.stamp > stamp,
        `entry ${number} of ${target.id}, ${event} ${entry.method}, is stamped ${entry.stamp}, and the one before it ${stamp}`,
      );
      last = number;
      // What tells of lost entries is stamped as the one after it.
      stamp = event === 'lost' ? '' : entry.stamp;
      if (--left === 0) break;
    }
  },
} as const;

export type Sundry = keyof typeof tasks;

const weights: Readonly<Record<Sundry, number>> = {
  ...{ list: 3, peek: 3, exit: 2, sleep: 2, output: 1, message: 2, names: 1, journal: 1 },
};

/** Of one that ended in order; there is nothing to tell of one that ended with 0. */
function codeOf({ Phase, Exit }: ProcState): number | undefined {
  return Phase === 'exited' && Exit?.Signal === undefined ? (Exit?.Code ?? 0) : undefined;
}

class Unexpected extends Error {}

function expected(condition: boolean, what: string): void {
  if (!condition) throw new Unexpected(what);
}

export interface SundriesOptions {
  /** Of all that are at work at a time another one. */
  readonly name: string;
  readonly random: SimRandom;
  readonly tally: Tally;
  readonly violations: Violations;
  /** Between two of them, on average. */
  readonly pauseMs: number;
}

/** One after another, until it is aborted. */
export async function sundries(
  circuit: Circuit,
  signal: AbortSignal,
  { name, random, tally, violations, pauseMs }: SundriesOptions,
): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    await wait(random.below(2 * pauseMs + 1));
    const { joined } = circuit;
    const target = joined[random.below(joined.length)] as ServerProcess;
    const through = joined[random.below(joined.length)] as ServerProcess;
    const kind = pick(random, weights);
    const path = `/${target.id}/sundries/${name}-${number}`;
    const from = circuit.now;
    circuit.inUse.add(path);
    const host = circuit.clientHost();
    try {
      const client = await circuit.client(through, host);
      await tasks[kind]({ client, target, path, random });
      tally.add(`sundry ${kind}`, 'done');
      await client.close();
    } catch (error) {
      const { message } = error as Error;
      const isOurs = error instanceof CircuitError;
      tally.add(`sundry ${kind}`, isOurs ? error.code : 'wrong');
      const where = `${kind} at ${path} through ${through.host.name}`;
      if (!isOurs) {
        const text = error instanceof Unexpected ? message : (error as Error).stack;
        violations.add('sundries', `${where}: ${text}`);
      } else if (circuit.isCalm(from)) {
        violations.add('sundries', `${where} failed while all was well: ${error.code}, ${message}`);
      }
    }
    host.crash();
    circuit.inUse.delete(path);
  }
}
