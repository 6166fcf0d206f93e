/** Three servers, one of which is attacked from a process of its own while an honest client works. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Client, connect } from '../../src/index.ts';
import {
  descriptorsOf,
  type Peeked,
  residentMib,
  seenKey,
} from '../../tools/hostile-report/arena.ts';
import type { Order, Orders } from '../../tools/hostile-report/attacker.ts';
import { median } from '../../tools/hostile-report/measure.ts';
import { Program } from '../../tools/hostile-report/program.ts';
import { type NodeHost, nodeHost, readKeys } from '../../transport/index.ts';
import { startServer, type TestServer } from '../support/circuit.ts';
import { until } from '../support/programs.ts';
import { allSee, idsOf, toldBy } from '../support/told.ts';

const attackerProgram = join(import.meta.dirname, '../../tools/hostile-report/attacker.ts');
const patienceMs = 120_000;

export type Counts = Readonly<Record<string, number>>;

export class Siege implements AsyncDisposable {
  readonly victim: TestServer;
  readonly #servers: readonly TestServer[];
  readonly #host: NodeHost;
  readonly #attacker: Program;
  readonly #client: Client;
  readonly #told: unknown;
  readonly #began = performance.now();
  /** Of the victim, when nothing had happened. */
  readonly descriptors: number;

  private constructor(
    servers: readonly TestServer[],
    own: { attacker: Program; host: NodeHost; client: Client },
  ) {
    [this.victim] = servers as [TestServer];
    this.#servers = servers;
    this.#attacker = own.attacker;
    this.#host = own.host;
    this.#client = own.client;
    this.#told = servers.map(toldBy);
    this.descriptors = descriptorsOf(this.victim.running.pid);
  }

  /**
   * `options` are of the command that starts the server that is attacked. With a key file, the servers
   * and the client have its keys, and the attacker has seen how they are called.
   */
  static async lay(
    attack: Order,
    { options = [], keyFile }: { readonly options?: readonly string[]; keyFile?: string } = {},
  ): Promise<Siege> {
    const hmac = keyFile === undefined ? [] : ['-hmac', keyFile];
    const start = (...more: string[]) => startServer(['--log', 'info', ...hmac, ...more]);
    const first = await start(...options);
    const joining = [1, 2].map(() => start('-j', first.url));
    const servers = [first, ...(await Promise.all(joining))];
    await until('all see all', () => allSee(servers, servers), patienceMs);
    const [victim, ...peers] = servers.map(({ url, id }) => ({ url, id }));
    const orders: Orders = {
      victim: victim as Orders['victim'],
      peers,
      attacks: [attack],
      seed: 'hostile',
      ...(keyFile === undefined ? {} : { key: await seenKey(keyFile) }),
    };
    const attacker = new Program(attackerProgram, [JSON.stringify(orders)]);
    await attacker.line();
    // Who listened in has left.
    await until('all see all', () => allSee(servers, servers), patienceMs);
    const keys = keyFile === undefined ? {} : { keys: await readKeys(keyFile) };
    const host = await nodeHost({ client: true, ...keys });
    const client = await connect(host, first.url);
    return new Siege(servers, { attacker, host, client });
  }

  /**
   * Attacks until it was enough, while the honest client works and others connect. The memory of the
   * server meanwhile, in MiB.
   */
  async attack(
    isEnough: (counts: Counts) => boolean | Promise<boolean>,
  ): Promise<{ readonly median: number; readonly most: number; readonly counts: Counts }> {
    const { pid } = this.victim.running;
    const samples: number[] = [];
    let served = 0;
    let counts: Counts = {};
    const deadline = performance.now() + patienceMs;
    await this.#attacker.ask('on');
    for (let is = false; !is || served < 10; ) {
      await this.serves();
      served++;
      samples.push(residentMib(pid));
      counts = JSON.parse(await this.#attacker.ask('look')) as Counts;
      is = await isEnough(counts);
      if (performance.now() > deadline) throw new Error(`not enough: ${JSON.stringify(counts)}`);
      await sleep(10);
    }
    await this.#attacker.ask('off');
    return { median: median(samples), most: Math.max(...samples), counts };
  }

  /** The client does something, and another one connects and asks who is there. */
  async serves(): Promise<void> {
    const wanted = idsOf(this.#servers);
    const chan = await this.#client.walk(`/${this.#servers.at(-1)?.id}/c`).makeChan(1);
    await chan.send('still here');
    expect(await chan.receiveText()).toBe('still here');
    await this.#client.walk(chan.path).scrub();
    const another = await connect(this.#host, this.victim.url);
    expect(await another.servers()).toEqual(wanted);
    await another.close();
  }

  async peeked(): Promise<Peeked> {
    return (await this.#client.walk(this.victim.path).peek()) as Peeked;
  }

  /** Nobody came or went, nobody crashed, and what the attacker held is let go. */
  async isUnharmed(): Promise<void> {
    const { pid } = this.victim.running;
    await until('descriptors are let go', () => descriptorsOf(pid) <= this.descriptors + 4);
    await this.serves();
    expect(this.#servers.map(toldBy)).toEqual(this.#told);
    for (const { running } of this.#servers) expect(running.over()).toBe(false);
  }

  /** Memory of the victim, in MiB. */
  residentMib(): number {
    return residentMib(this.victim.running.pid);
  }

  descriptorsNow(): number {
    return descriptorsOf(this.victim.running.pid);
  }

  /** What the victim has written to its connections so far, in bytes. */
  async bytesOut(): Promise<number> {
    const { Status } = (await this.#client.walk(this.victim.path).peek()) as {
      Status: { streams: { bytesOut: number } };
    };
    return Status.streams.bytesOut;
  }

  /** The log of the victim tells of that event at most so often in ten seconds. */
  isSeldomTold(event: string, most: number): void {
    const tens = Math.ceil((performance.now() - this.#began) / 10_000);
    const lines = this.victim.running.errors().split('\n').slice(0, -1);
    const told = lines.filter((line) => (JSON.parse(line) as { event: string }).event === event);
    expect(told.length).toBeLessThanOrEqual(most * (1 + tens));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#attacker[Symbol.asyncDispose]();
    await this.#client.close();
    await this.#host.close();
  }
}

/** Whether there is as much of everything, beyond what there was. */
export function reaches(enough: Counts, before: Counts = {}): (counts: Counts) => boolean {
  return (counts) =>
    Object.entries(enough).every(
      ([name, least]) => (counts[name] ?? 0) >= (before[name] ?? 0) + least,
    );
}
