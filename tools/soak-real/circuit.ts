/** The servers of a soak, as the stage of random operations, and what their views must be. */

import { setTimeout as wait } from 'node:timers/promises';
import { SECOND, type SimRandom, type Stage, type Teller } from '../../sim/index.ts';
import { type Client, connect } from '../../src/index.ts';
import type { NodeHost } from '../../transport/index.ts';
import { ClientHost } from './client-host.ts';
import { numberOf, type SoakOptions } from './options.ts';
import { ServerProcess, type Telling } from './server-process.ts';
import type { Violations } from './violations.ts';

export type Hears = (teller: Teller, change: 'join' | 'leave', path: string) => void;

/** A condition that does not come to hold for so long never will. */
const UNTIL_MS = 120_000;
const LOOK_MS = 25;
const AGREE_LOOK_MS = 150;
const ANSWER_MS = 10_000;

export class Circuit implements Stage {
  readonly world;
  /** Host name => the server that was started there last. */
  readonly servers = new Map<string, ServerProcess>();
  /** How many servers were ever started. */
  started = 0;
  /** When somebody was found to have left or joined by all, after each disturbance, in seconds. */
  readonly agreedAfter: number[] = [];
  /** Anchors that no history is kept of, and somebody is at work with. */
  readonly inUse = new Set<string>();
  /** Hears what servers tell. */
  hears: Hears = () => {};
  readonly #options: SoakOptions;
  readonly #host: NodeHost;
  readonly #violations: Violations;
  readonly #extraArgs: readonly string[];
  readonly #subnet: number;
  /** Server id => when it was last in no state to be heard; kept for those that are up. */
  readonly #disturbedAt = new Map<string, number>();
  /** Those that one who was in no state to hear told of: others may take its word for it. */
  readonly #accused = new Set<string>();
  /** Server id => what was told of it, though it is up; judged once all is well again. */
  readonly #givenUp = new Map<string, string>();
  /** When something was last wrong with any server; infinite while it is. */
  #calmSince = 0;
  #disturbances = 0;

  constructor(
    options: SoakOptions,
    own: { host: NodeHost; violations: Violations; random: SimRandom; args: readonly string[] },
  ) {
    this.#options = options;
    this.#host = own.host;
    this.#violations = own.violations;
    this.#extraArgs = own.args;
    // Two soaks on one machine have addresses of their own.
    this.#subnet = 1 + (process.pid % 250);
    this.world = {
      random: own.random,
      after: (us: number, run: () => void) => void setTimeout(run, us / 1000),
    };
  }

  get now(): number {
    return this.#host.clock.now();
  }

  get present(): readonly ServerProcess[] {
    return [...this.servers.values()].filter(({ endedAt }) => endedAt === undefined);
  }

  /** The servers that serve. */
  get joined(): readonly ServerProcess[] {
    return this.present.filter(({ joinedAt }) => joinedAt !== undefined);
  }

  async sleep(us: number): Promise<void> {
    await wait(us / 1000);
  }

  async until(condition: () => boolean): Promise<void> {
    await this.#until(async () => condition(), LOOK_MS, `the story waits until ${condition}`);
  }

  clientHost(): ClientHost {
    return new ClientHost(this.#host);
  }

  /** A client of that server; on a host of its own when none is given. */
  client(server: ServerProcess, host = this.clientHost()): Promise<Client> {
    return connect(host, server.server.url, { timeoutMs: ANSWER_MS });
  }

  /** Starts a server on the host, which joins any that is up. */
  async start(name: string, random: SimRandom): Promise<ServerProcess | undefined> {
    const others = this.joined.filter(({ paused }) => !paused);
    const through = others[random.below(Math.max(1, others.length))];
    const address = `127.77.${this.#subnet}.${1 + numberOf(name)}:11022`;
    const join = through === undefined ? [] : ['-j', through.server.url];
    this.started++;
    this.#violations.note(`${name} starts, to join ${through?.host.name ?? 'nobody'}`);
    const server = new ServerProcess({
      name,
      program: this.#options.program,
      args: ['-a', address, ...join, ...this.#extraArgs],
      env: { CIRCUIT_SOAK: this.mark },
      now: () => this.now,
      told: (teller, telling) => this.#told(teller, telling),
      died: (dead, how) => {
        this.#violations.add('stays up', `${name} (${dead.id}) ended by itself with ${how}`);
      },
    });
    this.servers.set(name, server);
    try {
      await server.started();
      this.#violations.note(`${name} (${server.id}) has joined`);
      return server;
    } catch (error) {
      if (server.endedAt === undefined) {
        const words = `${(error as Error).message}\n${server.lastWords}`;
        this.#violations.add('starts', `${name} did not start: ${words}`);
      }
      await this.end(server, 'SIGKILL');
      return undefined;
    }
  }

  /** What all processes of this soak have in their environment. */
  get mark(): string {
    return `${this.#options.seed}-${process.pid}`;
  }

  end(server: ServerProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    this.#disturbedAt.delete(server.id);
    const { name } = server.host;
    this.#violations.note(`${signal} to ${name} (${server.id})`);
    void server.exited.then((how) => this.#violations.note(`${name} ended with ${how}`));
    return server.end(signal);
  }

  /** It stands still for so long; it is excused until all agree again. */
  async pause(server: ServerProcess, ms: number): Promise<void> {
    const who = `${server.host.name} (${server.id})`;
    this.#violations.note(`${who} stands still for ${ms} ms`);
    this.#disturbedAt.set(server.id, Number.POSITIVE_INFINITY);
    server.pause();
    await wait(ms);
  }

  resume(server: ServerProcess): void {
    server.resume();
    this.#violations.note(`${server.host.name} (${server.id}) goes on`);
  }

  /** Something is wrong from here on, until `isOver`, and all see the same again. */
  async disturbed(work: () => Promise<void>): Promise<void> {
    this.#disturbances++;
    this.#calmSince = Number.POSITIVE_INFINITY;
    await work();
    const seconds = await this.agree();
    if (seconds !== undefined) this.agreedAfter.push(seconds);
    this.#violations.note(`all agree, after ${seconds} s`);
    for (const [id, at] of this.#disturbedAt) {
      if (at === Number.POSITIVE_INFINITY) this.#disturbedAt.set(id, this.now);
    }
    this.#disturbances--;
    if (this.#disturbances === 0) this.#calmSince = this.now;
    this.#judge();
  }

  /** Whether nothing was wrong with any server since then. */
  isCalm(sinceUs: number): boolean {
    return this.#calmSince <= sinceUs;
  }

  /** Waits until all servers see all that are up and nobody else; how many seconds it took. */
  async agree(): Promise<number | undefined> {
    const from = this.now;
    const clients = new Map<ServerProcess, Client>();
    let why = '';
    const agreed = await this.#until(
      async () => {
        why = (await this.#disagreement(clients)) ?? '';
        return why === '';
      },
      AGREE_LOOK_MS,
      () => `all see the same servers: ${why}`,
    );
    await Promise.all([...clients.values()].map((client) => client.close()));
    return agreed ? (this.now - from) / SECOND : undefined;
  }

  /** What is not as it should be; undefined when all is. */
  async #disagreement(clients: Map<ServerProcess, Client>): Promise<string | undefined> {
    const servers = this.joined;
    const wanted = servers.map(({ id }) => id).sort();
    const views = await Promise.all(servers.map((server) => this.#view(server, clients)));
    for (const [at, server] of servers.entries()) {
      const { name } = server.host;
      const seen = views[at];
      if (seen === undefined) return `${name} does not answer`;
      const answered = difference(seen, wanted);
      if (answered !== '') return `${name} sees ${answered}`;
      const told = difference(server.present.toSorted(), wanted);
      if (told !== '') return `${name} told ${told}`;
    }
    return undefined;
  }

  async #view(
    server: ServerProcess,
    clients: Map<ServerProcess, Client>,
  ): Promise<readonly string[] | undefined> {
    try {
      const known = clients.get(server);
      const client = known?.connected === true ? known : await this.client(server);
      clients.set(server, client);
      return await client.servers({ timeoutMs: ANSWER_MS });
    } catch {
      return undefined;
    }
  }

  #told(teller: ServerProcess, { change, id }: Telling): void {
    const { present } = teller;
    const at = present.indexOf(id);
    const who = `${teller.host.name} (${teller.id}) tells ${change} of ${id}`;
    this.#violations.note(who);
    if ((change === 'join') === at >= 0) {
      this.#violations.add('G2 order', `${who} twice`);
      return;
    }
    if (change === 'join') present.push(id);
    else present.splice(at, 1);
    if (change === 'leave') this.#suspect(teller, id, who);
    this.hears(teller, change, `/${id}`);
  }

  /** Who lives and could be heard may not be given up, but by who could not hear. */
  #suspect(teller: ServerProcess, id: string, who: string): void {
    const subject = this.present.find((server) => server.id === id);
    if (subject === undefined) return;
    subject.givenUp = true;
    if (teller.endedAt !== undefined || this.#wasDisturbed(id)) return;
    if (this.#wasDisturbed(teller.id)) this.#accused.add(id);
    else this.#givenUp.set(id, `${who} (${subject.host.name}), which is up`);
    if (this.#disturbances === 0) this.#judge();
  }

  #judge(): void {
    for (const [id, what] of this.#givenUp) {
      if (!this.#accused.has(id)) this.#violations.add('G2 accuracy', what);
    }
    this.#givenUp.clear();
    this.#accused.clear();
  }

  /** Whether it stood still, and that may still be on its way. */
  #wasDisturbed(id: string): boolean {
    return (this.#disturbedAt.get(id) ?? 0) > this.now - SECOND;
  }

  async #until(
    condition: () => Promise<boolean>,
    everyMs: number,
    what: string | (() => string),
  ): Promise<boolean> {
    const end = this.now + UNTIL_MS * 1000;
    while (!(await condition())) {
      if (this.now > end) {
        const text = typeof what === 'string' ? what : what();
        this.#violations.add('progress', `not within ${UNTIL_MS / 1000} s: ${text}`);
        return false;
      }
      await wait(everyMs);
    }
    return true;
  }
}

function difference(has: readonly string[], wanted: readonly string[]): string {
  const more = has.filter((each) => !wanted.includes(each)).map((each) => `${each} still`);
  const less = wanted.filter((each) => !has.includes(each)).map((each) => `${each} not`);
  return [...more, ...less].join(', ');
}
