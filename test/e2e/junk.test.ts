/**
 * A server of three under a flood of what no server would send, by datagram and on connections,
 * while a client works with it. A fourth server, which listened in and has left, gives the flood
 * datagrams that were real once.
 */

import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { SimRandom } from '../../sim/index.ts';
import { parseCircuitUrl, type ServerId } from '../../src/id.ts';
import type { Client } from '../../src/index.ts';
import type { Member } from '../../src/membership/member.ts';
import { endAll, output, startServer, type TestServer } from '../support/circuit.ts';
import { Forger, isUnreadable } from '../support/junk.ts';
import { hello, note, say } from '../support/junk-frames.ts';
import { listenIn } from '../support/listen-in.ts';
import { Stage, until } from '../support/programs.ts';
import { allSee, idsOf, saidGone, toldBy } from '../support/told.ts';

const perSecond = 10_000;
const floodMs = 4_000;
const patienceMs = 120_000;

afterEach(endAll);

test('10,000 forged, damaged and repeated datagrams a second change nothing', async () => {
  await using scene = await Scene.open();
  const { victim, forger } = scene;
  const port = Number(parseCircuitUrl(victim.url).address.split(':')[1]);
  const socket = createSocket('udp4').on('error', () => {});
  let unreadable = 0;
  // The system may lose any of them before the server sees them: until enough were counted. Some are
  // answers to what nobody asked.
  const { Dropped, Status } = await scene.flood(
    () => {
      const bytes = forger.datagram();
      if (isUnreadable(bytes)) unreadable++;
      socket.send(bytes, port, '127.0.0.1');
    },
    ({ Dropped, Status }) =>
      Dropped.datagrams > 10_000 && Number(Status.membership['unasked']) > 100,
  );
  socket.close();
  console.log(
    `of ${unreadable} datagrams that could not be read, ${Dropped.datagrams} were counted`,
  );
  expect(Status.membership).toMatchObject({ accused: 0, refused: 0, silent: 0 });
  await scene.isUnchanged();
});

test('10,000 messages a second that no server would send, on edges, change nothing', async () => {
  await using scene = await Scene.open();
  const { victim, peers, forger } = scene;
  const url = 'circuit://127.0.0.1:1';
  // Strangers, and one that calls itself what another server is called.
  const names = ['X00000000000000aa', 'X00000000000000bb', peers[0]?.id] as ServerId[];
  const sockets = await Promise.all(
    names.map((server) =>
      say(victim, hello({ server, url: server === peers[0]?.id ? peers[0].url : url })),
    ),
  );
  const { Dropped, Status } = await scene.flood(
    (turn) => {
      const socket = sockets[turn % sockets.length];
      socket?.write(note(forger.edgeMessage()));
    },
    ({ Dropped }) => Dropped.datagrams > (perSecond * floodMs) / 1_000 / 4,
  );
  console.log(`${Dropped.datagrams} messages were counted as junk`);
  expect(Status.membership).toMatchObject({ accused: 0, refused: 0, silent: 0 });
  for (const socket of sockets) socket.destroy();
  await scene.isUnchanged();
});

interface Peeked {
  readonly Dropped: { readonly datagrams: number };
  readonly Status: { readonly membership: Readonly<Record<string, number>> };
}

/** Three servers, one of which is the victim, and a forger who knows them. */
class Scene implements AsyncDisposable {
  readonly victim: TestServer;
  readonly peers: readonly TestServer[];
  readonly forger: Forger;
  readonly #stage: Stage;
  readonly #servers: readonly TestServer[];
  readonly #before: unknown;

  private constructor(servers: readonly TestServer[], recorded: readonly Uint8Array[]) {
    [this.victim, ...this.peers] = servers as [TestServer, ...TestServer[]];
    this.forger = new Forger(new SimRandom('a forger'), {
      victim: memberOf(this.victim),
      peers: this.peers.map(memberOf),
      recorded,
    });
    this.#stage = new Stage();
    this.#servers = servers;
    this.#before = servers.map(toldBy);
  }

  static async open(): Promise<Scene> {
    const victim = await startServer(['--log', 'info']);
    const joining = [1, 2].map(() => startServer(['--log', 'info', '-j', victim.url]));
    const servers = [victim, ...(await Promise.all(joining))];
    await until('all see all', () => allSee(servers, servers), patienceMs);
    return new Scene(servers, await recordedBy(servers));
  }

  /**
   * Does it at that rate while a client works, for some time, and until the client was served and
   * the victim says of itself that it was enough.
   */
  async flood(act: (turn: number) => void, isEnough: (peeked: Peeked) => boolean): Promise<Peeked> {
    const client = await this.#stage.client(this.victim);
    const stop = new AbortController();
    const flooded = flood(act, stop.signal);
    try {
      const end = performance.now() + floodMs;
      let [served, peeked] = [0, await this.peeked()];
      await until('it is enough', async () => {
        await this.#work(client);
        served++;
        if (served <= 10 || performance.now() < end) return false;
        peeked = await this.peeked();
        return isEnough(peeked);
      });
      stop.abort();
      console.log(`${await flooded}; a client was served ${served} times meanwhile`);
      return peeked;
    } finally {
      stop.abort();
    }
  }

  /** What the victim says of itself to people. */
  async peeked(): Promise<Peeked> {
    return JSON.parse(await output(['peek', this.victim.path, '-d', this.victim.url])) as Peeked;
  }

  /** Nobody came or went, nor does for some time; and one that is killed is still missed. */
  async isUnchanged(): Promise<void> {
    // Longer than it takes to suspect somebody and to be sure.
    await sleep(6_000);
    expect(this.#servers.map(toldBy)).toEqual(this.#before);
    for (const server of this.#servers) expect(server.running.over()).toBe(false);
    const [victim, killed, other] = this.#servers as [TestServer, TestServer, TestServer];
    killed.running.process.kill('SIGKILL');
    const rest = [victim, other];
    await until('it is gone', () => allSee(rest, rest), patienceMs);
    await this.#work(await this.#stage.client(victim), rest);
  }

  async #work(client: Client, members: readonly TestServer[] = this.#servers): Promise<void> {
    expect(await client.servers()).toEqual(idsOf(members));
    const chan = await client.walk(`/${members.at(-1)?.id}/c`).makeChan(1);
    await chan.send('still here');
    expect(await chan.receiveText()).toBe('still here');
    await client.walk(chan.path).scrub();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage[Symbol.asyncDispose]();
  }
}

/** What a fourth server heard, which has left. */
async function recordedBy(servers: readonly TestServer[]): Promise<Uint8Array[]> {
  const recorded = await listenIn(servers[0]?.url as string);
  await until('it is gone', () => allSee(servers, servers), patienceMs);
  expect(saidGone(servers)).toHaveLength(1);
  return recorded;
}

async function flood(act: (turn: number) => void, signal: AbortSignal): Promise<string> {
  const began = performance.now();
  let turn = 0;
  while (!signal.aborted) {
    await sleep(5);
    const due = ((performance.now() - began) / 1_000) * perSecond;
    // What was missed because this process stood still is made up for, but not all at once.
    for (const end = Math.min(due, turn + 200); turn < end; turn++) act(turn);
  }
  return `${turn} in ${Math.round(performance.now() - began)} ms`;
}

function memberOf({ id, url }: TestServer): Member {
  const { address } = parseCircuitUrl(url);
  const joined = Date.now();
  return { id: id as ServerId, url, address, incarnation: 0, joined, left: false, final: false };
}
