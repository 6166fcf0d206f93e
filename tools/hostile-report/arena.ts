/** Three real servers, honest clients at work, and an attacker, for as long as one case takes. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  output,
  type RunOptions,
  startServer,
  type TestServer,
  until,
} from '../../test/support/circuit.ts';
import { Network } from '../../test/support/netns.ts';
import { allSee, toldBy } from '../../test/support/told.ts';
import { readKeyFile } from '../../transport/security/keys.ts';
import { packetKeys } from '../../transport/security/seal.ts';
import type { Orders } from './attacker.ts';
import type { SeenKey } from './attacks/attack.ts';
import type { Case } from './cases.ts';
import type { HonestWork } from './honest.ts';
import { Program } from './program.ts';

const here = import.meta.dirname;

/** How the attacked server is at a moment. */
export interface Sample {
  /** Seconds since the arena was open. */
  readonly at: number;
  readonly mib: number;
  readonly descriptors: number;
  /** Whether it was attacked then. */
  readonly attacked: boolean;
}

/** What a server says of itself, as far as the report needs it. */
export interface Peeked {
  readonly Dropped: Readonly<Record<string, number>>;
  readonly Status: {
    readonly membership: Readonly<Record<string, number>>;
    readonly security?: { readonly refused: Readonly<Record<string, number>> };
  };
}

export class Arena implements AsyncDisposable {
  readonly victim: TestServer;
  readonly samples: Sample[] = [];
  readonly #servers: readonly TestServer[];
  readonly #honest: Program;
  readonly #attacker: Program;
  readonly #network: Network | undefined;
  readonly #keyFile: string | undefined;
  readonly #through: RunOptions;
  readonly #began = performance.now();
  readonly #sampling: NodeJS.Timeout;
  #told: readonly unknown[] = [];
  #attacked = false;

  private constructor(
    servers: readonly TestServer[],
    programs: { readonly honest: Program; readonly attacker: Program },
    setting: {
      readonly network: Network | undefined;
      readonly keyFile: string | undefined;
      readonly through: RunOptions;
    },
  ) {
    [this.victim] = servers as [TestServer];
    this.#servers = servers;
    this.#honest = programs.honest;
    this.#attacker = programs.attacker;
    this.#network = setting.network;
    this.#keyFile = setting.keyFile;
    this.#through = setting.through;
    this.#sampling = setInterval(() => this.#sample(), 250);
  }

  static async open(which: Case, { seed, keyFile }: { seed: string; keyFile: string | undefined }) {
    const network = which.deaf === true ? await Network.create(2) : undefined;
    const through = network === undefined ? {} : { through: network.on(0) };
    const listen = network === undefined ? [] : ['-a', `${network.address(0)}:0`];
    const hmac = keyFile === undefined ? [] : ['-hmac', keyFile];
    const start = (...more: string[]) =>
      startServer(['--log', 'info', ...listen, ...hmac, ...more], through);
    const first = await start();
    const joined = [start('-j', first.url), start('-j', first.url)];
    const servers = [first, ...(await Promise.all(joined))];
    await until(() => allSee(servers, servers), 'all see all');
    const [victim, ...peers] = servers.map(({ url, id }) => ({ url, id }));
    const orders: Orders = {
      victim: victim as Orders['victim'],
      peers,
      attacks: which.attacks,
      seed,
      ...(keyFile === undefined ? {} : { key: await seenKey(keyFile) }),
      ...(which.keys === 'attacker' && keyFile !== undefined ? { keyFile } : {}),
    };
    const attacker = new Program(
      join(here, 'attacker.ts'),
      [JSON.stringify(orders)],
      network?.on(1),
    );
    await attacker.line();
    await network?.lose(1, 'to', 100);
    const ids = [first.id, (servers[1] as TestServer).id];
    const honestArgs = [first.url, ...ids, ...(keyFile === undefined ? [] : [keyFile])];
    const honest = new Program(join(here, 'honest.ts'), honestArgs, network?.on(0));
    await honest.line();
    await until(() => allSee(servers, servers), 'all see all');
    const arena = new Arena(servers, { honest, attacker }, { network, keyFile, through });
    return arena;
  }

  /** Lets it run for so long; what the honest clients did. */
  async phase(seconds: number, attacked: boolean): Promise<HonestWork> {
    if (attacked) await this.#attacker.ask('on');
    await this.#honest.ask('take');
    this.#attacked = attacked;
    await sleep(seconds * 1_000);
    this.#attacked = false;
    const work = JSON.parse(await this.#honest.ask('take')) as HonestWork;
    if (attacked) await this.#attacker.ask('off');
    return work;
  }

  /** What the attacker has done. */
  async attacks(): Promise<Readonly<Record<string, number>>> {
    return JSON.parse(await this.#attacker.ask('off')) as Record<string, number>;
  }

  /** From now on nobody is to come or go. */
  settled(): void {
    this.#told = this.#servers.map(toldBy);
  }

  /** How many lines told of somebody who came or went since. */
  viewChanges(): number {
    const before = this.#told as readonly (readonly unknown[])[];
    const counts = this.#servers.map(
      (server, i) => toldBy(server).length - (before[i]?.length ?? 0),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many of the servers are no more. */
  crashed(): number {
    return this.#servers.filter(({ running }) => running.over()).length;
  }

  logLines(): number {
    return this.victim.running.errors().split('\n').length - 1;
  }

  async peeked(): Promise<Peeked> {
    const hmac = this.#keyFile === undefined ? [] : ['-hmac', this.#keyFile];
    const args = ['peek', this.victim.path, '-d', this.victim.url, ...hmac];
    return JSON.parse(await output(args, this.#through)) as Peeked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sampling);
    await this.#attacker[Symbol.asyncDispose]();
    await this.#honest[Symbol.asyncDispose]();
    for (const { running } of this.#servers) running.process.kill('SIGKILL');
    await Promise.all(this.#servers.map(({ running }) => running.ended));
    await this.#network?.[Symbol.asyncDispose]();
  }

  #sample(): void {
    const { pid } = this.victim.running;
    if (this.victim.running.over()) return;
    this.samples.push({
      at: Math.round((performance.now() - this.#began) / 10) / 100,
      mib: Math.round(residentMib(pid) * 100) / 100,
      descriptors: descriptorsOf(pid),
      attacked: this.#attacked,
    });
  }
}

/** What anybody sees of the first key of that file who watches the wire. */
export async function seenKey(keyFile: string): Promise<SeenKey> {
  const ring = await readKeyFile(keyFile);
  const [key] = packetKeys(ring, 'datagram');
  return key as SeenKey;
}

/** Memory that a process has in use, in MiB. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
