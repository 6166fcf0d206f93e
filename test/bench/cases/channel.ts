/** Messages of 16 bytes through one channel. */

import type { Chan, Client } from '../../../src/index.ts';
import type { Bench, Case } from '../bench.ts';
import { type ServerProcess, startServer } from '../children.ts';
import type { Contest } from '../figure.ts';
import { inLanes, rate } from '../lanes.ts';

const message = new Uint8Array(16).fill(7);
/** Sends, and receives, under way at once when they are pipelined. */
const window = 512;

export const channel: Case = {
  name: 'channel',
  claim: 'messages of 16 bytes; the server is a process, senders and receivers are here',
  async run(bench) {
    const server = await startServer();
    const pids = [server.pid];
    const common = { unit: 'messages/s', better: 'more', cpuUnit: 'us per message' } as const;

    const pipelined = async (over: ServerProcess, owner: ServerProcess, all: readonly number[]) => {
      const [sender, receiver] = [await over.connect(), await over.connect()];
      const path = await makeChannel(owner, 1000);
      const count = 40_000;
      const contest = {
        ...common,
        repetitions: 7,
        withinMs: 8_000,
        measure: () =>
          rate(count, all, () =>
            flow([chan(sender, path)], [chan(receiver, path)], { count, lanes: window }),
          ),
      };
      return { contest, close: () => Promise.all([sender.close(), receiver.close()]) };
    };

    const direct = await pipelined(server, server, pids);
    await bench.contest({
      ...direct.contest,
      name: 'one sender, one receiver',
      goal: { value: 50_000, of: 'figure' },
      original: 1_127,
      note: `a connection each, ${window} sends and receives under way, capacity 1,000`,
    });
    await direct.close();

    await sequential(bench, server, common);
    await eightAndEight(bench, server, common);

    const other = await startServer([server.url]);
    const relayed = await pipelined(other, server, [...pids, other.pid]);
    await bench.contest({
      ...relayed.contest,
      name: 'one sender, one receiver, through a relay',
      note: 'both dial another server than the one that has the channel',
    });
    await relayed.close();
  },
};

type Common = Pick<Contest, 'unit' | 'better' | 'cpuUnit'>;

/** A message is sent when the one before has been received. */
async function sequential(bench: Bench, server: ServerProcess, common: Common): Promise<void> {
  const count = 2_000;
  const [sender, receiver] = [await server.connect(), await server.connect()];
  const path = await makeChannel(server, 1);
  const [to, from] = [chan(sender, path), chan(receiver, path)];
  await bench.contest({
    ...common,
    name: 'strictly one after the other',
    original: 1_018,
    repetitions: 7,
    withinMs: 5_000,
    note: 'send, await, receive, await',
    measure: () =>
      rate(count, [server.pid], async () => {
        for (let i = 0; i < count; i++) {
          await to.send(message);
          await from.receive();
        }
      }),
  });
  await Promise.all([sender.close(), receiver.close()]);
}

/** Each of the sixteen waits for its own operation before the next. */
async function eightAndEight(bench: Bench, server: ServerProcess, common: Common): Promise<void> {
  const count = 8_000;
  const path = await makeChannel(server, 1000);
  const clients = await Promise.all(Array.from({ length: 16 }, () => server.connect()));
  const chans = clients.map((client) => chan(client, path));
  const [senders, receivers] = [chans.slice(0, 8), chans.slice(8)];
  const contest = { ...common, repetitions: 5, withinMs: 5_000 };
  await bench.contest({
    ...contest,
    name: '8 senders, 8 receivers',
    original: 2_227,
    note: 'a connection each, one operation under way on each, capacity 1,000',
    measure: () => rate(count, [server.pid], () => flow(senders, receivers, { count, lanes: 1 })),
  });
  await bench.contest({
    ...contest,
    name: '8 senders, 8 receivers, pipelined',
    note: 'as before, 64 operations under way on each',
    measure: () => rate(count, [server.pid], () => flow(senders, receivers, { count, lanes: 64 })),
  });
  await Promise.all(clients.map((client) => client.close()));
}

async function makeChannel(server: ServerProcess, capacity: number): Promise<string> {
  const client = await server.connect();
  const path = `/${server.id}/bench${made++}`;
  await client.walk(path).makeChan(capacity);
  await client.close();
  return path;
}

let made = 0;

function chan(client: Client, path: string): Chan {
  return client.walk(path).chan();
}

/** Moves `count` messages, split evenly; each end has `lanes` operations under way. */
async function flow(
  senders: readonly Chan[],
  receivers: readonly Chan[],
  options: { count: number; lanes: number },
): Promise<void> {
  const { count, lanes } = options;
  await Promise.all([
    ...senders.map((each) => inLanes(lanes, count / senders.length, () => each.send(message))),
    ...receivers.map((each) => inLanes(lanes, count / receivers.length, () => each.receive())),
  ]);
}
