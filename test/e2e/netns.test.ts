/**
 * Servers on hosts of their own, with a network between them that fails: hosts die, are unplugged,
 * hear nobody, lose packets. What each server told of the others is read from its log, so that not
 * even a short mistake is missed.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { listingOf, output, startServer, type TestServer } from '../support/circuit.ts';
import { lossMissing, Network, netnsMissing } from '../support/netns.ts';
import { until } from '../support/programs.ts';
import { allSee, saidGone, toldBy } from '../support/told.ts';

const hosts = 5;
/** For what takes seconds when it goes well, on a machine that has other things to do. */
const patienceMs = 90_000;

class Circuit implements AsyncDisposable {
  readonly network: Network;
  readonly servers: readonly TestServer[];
  #carried = 0;

  private constructor(network: Network, servers: readonly TestServer[]) {
    this.network = network;
    this.servers = servers;
  }

  /** One server on each host. */
  static async start(): Promise<Circuit> {
    const network = await Network.create(hosts);
    try {
      const start = (host: number, ...args: string[]) =>
        startServer(['-a', `${network.address(host)}:11022`, '--log', 'info', ...args], {
          through: network.on(host),
        });
      const first = await start(0);
      const others = Array.from({ length: hosts - 1 }, (_, i) => start(i + 1, '-j', first.url));
      const started = new Circuit(network, [first, ...(await Promise.all(others))]);
      await started.untilWhole();
      return started;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  async untilWhole(): Promise<void> {
    await until('all see all', () => allSee(this.servers, this.servers), patienceMs);
  }

  at(host: number): TestServer {
    return this.servers[host] as TestServer;
  }

  except(host: number): TestServer[] {
    return this.servers.filter((_, each) => each !== host);
  }

  /** Runs a command on that host, against the server of that host. */
  async run(host: number, args: readonly string[], input = ''): Promise<string> {
    const options = { through: this.network.on(host), input };
    return await output([...args, '-d', this.at(host).url], options);
  }

  /** A message goes from one host over a channel on the second to the third. */
  async carries(from: number, over: number, to: number): Promise<void> {
    const path = `${this.at(over).path}/c${this.#carried++}`;
    await this.run(from, ['mkchan', path, '1']);
    const message = `from ${from}`;
    const [received] = await Promise.all([
      this.run(to, ['recv', path]),
      this.run(from, ['send', path], message),
    ]);
    expect(received).toBe(message);
    await this.run(from, ['scrub', path]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.network[Symbol.asyncDispose]();
  }
}

/** Prints how long it took. */
async function timed(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now();
  await until(what, holds, patienceMs);
  console.log(`${what}: ${Math.round(performance.now() - began)} ms`);
}

function why(missing: string | undefined): string {
  return missing === undefined ? '' : ` (skipped, because this machine cannot: ${missing})`;
}
if (lossMissing !== undefined) console.warn(`hosts on a network of their own${why(lossMissing)}`);

const hosted = test.skipIf(netnsMissing !== undefined).concurrent;
const lossy = test.skipIf(lossMissing !== undefined).concurrent;

describe(`five hosts${why(netnsMissing)}`, () => {
  hosted(
    'see each other, and one that is killed is gone for the others at once',
    async () => {
      await using five = await Circuit.start();
      for (const host of five.servers.keys()) {
        expect(await five.run(host, ['ls', '/'])).toBe(listingOf(five.servers));
      }
      await five.carries(0, 1, 2);
      five.at(1).running.process.kill('SIGKILL');
      const rest = five.except(1);
      await timed('killed, and gone for all', () => allSee(rest, rest));
      // By what its host says of it, and not because it was silent.
      const peeked = await Promise.all(
        [0, 2, 3, 4].map((host) => five.run(host, ['peek', five.at(host).path])),
      );
      const counts = peeked.map((text) => JSON.parse(text).Status.membership);
      expect(counts.map(({ silent }) => silent)).toEqual([0, 0, 0, 0]);
      for (const host of [0, 2, 3, 4]) {
        expect(await five.run(host, ['ls', '/'])).toBe(listingOf(rest));
      }
      expect(saidGone(rest)).toEqual([five.at(1).id]);
    },
    2 * patienceMs,
  );

  hosted(
    'remove one that is cut off, and are one circuit again when it is back',
    async () => {
      await using five = await Circuit.start();
      const rest = five.except(3);
      const cutAt = performance.now();
      await five.network.unplug(3);
      await timed('cut off, and gone for the others', () => allSee(rest, rest));
      await sleep(cutAt + 20_000 - performance.now());
      expect(five.at(3).running.over()).toBe(false);
      await five.network.plug(3);
      await timed('plugged in again, and one circuit', () => allSee(five.servers, five.servers));
      for (const host of five.servers.keys()) {
        expect(await five.run(host, ['ls', '/'])).toBe(listingOf(five.servers));
      }
      for (const server of rest) {
        const told = toldBy(server).filter((each) => each.server === five.at(3).id);
        expect(told.map(({ event }) => event)).toEqual(['joined', 'left', 'joined']);
        expect(told.at(-1)?.incarnation).toBeGreaterThan(told[0]?.incarnation as number);
      }
      await five.carries(3, 0, 3);
      await five.carries(0, 3, 1);
      expect(saidGone(rest)).toEqual([five.at(3).id]);
    },
    4 * patienceMs,
  );

  lossy(
    'remove nobody while one packet in ten of a host is lost, and channels work',
    async () => {
      await using five = await Circuit.start();
      await five.network.lose(4, 'to', 10);
      await five.network.lose(4, 'from', 10);
      const end = performance.now() + 20_000;
      let carried = 0;
      for (; performance.now() < end; carried++) await five.carries(0, 4, 1 + (carried % 4));
      console.log(`messages that a lossy host carried: ${carried}`);
      expect(saidGone(five.servers)).toEqual([]);
    },
    2 * patienceMs,
  );

  lossy(
    'remove nobody but the one that hears nothing, which comes back',
    async () => {
      await using five = await Circuit.start();
      const rest = five.except(2);
      const cutAt = performance.now();
      await five.network.lose(2, 'to', 100);
      await timed('deaf, and gone for the others', () => allSee(rest, rest));
      await sleep(cutAt + 10_000 - performance.now());
      await five.network.loseNothing(2);
      await timed('hears again, and one circuit', () => allSee(five.servers, five.servers));
      await five.carries(0, 2, 1);
      expect(saidGone(rest)).toEqual([five.at(2).id]);
    },
    4 * patienceMs,
  );
});
