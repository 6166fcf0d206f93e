/**
 * Random clients on channels: they send, receive, try, give up, crash and come back, through any
 * server, on channels whose servers come and go as well. What they see is the history that ChannelChecker
 * checks.
 */

import type { Chan } from '../../src/client/chan.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS, SECOND } from '../../src/time.ts';
import type { ChannelChecker, ChannelHistory } from '../checkers/channels.ts';
import type { SelectChecker } from '../checkers/selects.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { SimRandom } from '../random.ts';
import { dialAny, pickNode } from './dialling.ts';
import { select } from './selects.ts';

/** How many clients use how many channels, and for how long. */
export interface TrafficOptions {
  /** Channels in use at a time, of capacities 0, 1, 2, 5, 0, 1, ... */
  readonly channels: number;
  readonly clients: number;
  readonly untilUs: number;
  /** A channel is closed and replaced after so long. */
  readonly channelLifeUs: number;
  /** Chance that a client crashes in the middle of an operation instead of finishing it. */
  readonly crashRatio: number;
  /** Chance that an operation does not wait: it is done at once, or has no effect. Default: 0. */
  readonly tryRatio?: number;
  /** Chance that a client selects instead, on several channels. Default: none does. */
  readonly selects?: { readonly ratio: number; readonly checker: SelectChecker };
}

const capacities = [0, 1, 2, 5] as const;
const decoder = new TextDecoder();

/** One channel in use. */
export interface Lane {
  path: string;
  node: Node;
  history: ChannelHistory;
  /** No operations are begun any more. */
  retired: boolean;
  running: number;
}

/** Runs until `untilUs`; then every channel whose server lives is closed and received empty. */
export async function channelTraffic(
  cluster: Cluster,
  checker: ChannelChecker,
  options: TrafficOptions,
): Promise<void> {
  const random = cluster.world.random.fork('channels');
  const lanes: Lane[] = [];
  const keepers = Array.from({ length: options.channels }, (_, i) =>
    keepLane(cluster, checker, options, { index: i, lanes, random: random.fork(`lane ${i}`) }),
  );
  const clients = Array.from({ length: options.clients }, (_, i) =>
    runClient(cluster, options, { name: `c${i}`, lanes, random: random.fork(`client ${i}`) }),
  );
  await Promise.all([...clients, ...keepers]);
}

/** Keeps one channel in use, and replaces it when its time is over or its server gone. */
async function keepLane(
  cluster: Cluster,
  checker: ChannelChecker,
  options: TrafficOptions,
  own: { index: number; lanes: Lane[]; random: SimRandom },
): Promise<void> {
  const capacity = capacities[own.index % capacities.length] as number;
  for (let turn = 0; cluster.now < options.untilUs; turn++) {
    const lane = await makeLane(cluster, checker, capacity, own, turn);
    if (lane === undefined) {
      await cluster.sleep(SECOND);
      continue;
    }
    own.lanes[own.index] = lane;
    const end = Math.min(options.untilUs, cluster.now + options.channelLifeUs);
    while (cluster.now < end && lane.node.endedAt === undefined) await cluster.sleep(100 * MS);
    lane.retired = true;
    if (lane.node.endedAt !== undefined) lane.history.died();
    else await drain(cluster, lane);
  }
}

async function makeLane(
  cluster: Cluster,
  checker: ChannelChecker,
  capacity: number,
  own: { index: number; random: SimRandom },
  turn: number,
): Promise<Lane | undefined> {
  const node = pickNode(cluster, own.random);
  const path = `/${node.id}/traffic/${own.index}-${turn}`;
  const history = checker.channel(`${own.index}-${turn}`, capacity);
  try {
    const client = await cluster.client(node);
    await client.walk(path).makeChan(capacity, { timeoutMs: 5_000 });
    await client.close();
    return { path, node, history, retired: false, running: 0 };
  } catch (error) {
    if (error instanceof CircuitError) return undefined;
    throw error;
  }
}

/** Closes the channel and receives what is left, until the channel says that nothing is. */
async function drain(cluster: Cluster, lane: Lane): Promise<void> {
  const { history } = lane;
  try {
    const client = await cluster.client(lane.node);
    const chan = client.walk(lane.path).chan();
    await chan.close();
    history.closed();
    for (;;) {
      const op = history.receiveBegins();
      try {
        history.received(op, await chan.receiveText({ timeoutMs: 60_000 }));
      } catch (error) {
        history.receiveEnds(op, outcomeOf(error));
        if ((error as CircuitError).code !== 'CHANNEL_CLOSED') throw error;
        break;
      }
    }
    // Whoever still waits at a closed, empty channel is told so; then nothing is under way.
    await cluster.until(() => lane.running === 0 || lane.node.endedAt !== undefined);
    if (lane.node.endedAt === undefined) history.drained();
    await client.walk(lane.path).scrub();
    await client.close();
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    history.died();
  }
}

async function runClient(
  cluster: Cluster,
  options: TrafficOptions,
  own: { name: string; lanes: readonly Lane[]; random: SimRandom },
): Promise<void> {
  const { random } = own;
  const { tryRatio = 0, selects } = options;
  const selecting = random.fork('selects');
  const tries = random.fork('tries');
  let count = 0;
  while (cluster.now < options.untilUs) {
    const dialled = await dialAny(cluster, random);
    if (dialled === undefined) continue;
    const { host, client } = dialled;
    // A client that crashes hears no more of what it does: the outcome is unknown.
    const over = Promise.withResolvers<void>();
    while (client.connected && host.alive && cluster.now < options.untilUs) {
      await cluster.sleep(random.below(20) * MS);
      const lane = own.lanes[random.below(options.channels)];
      if (lane === undefined || lane.retired) continue;
      if (random.float() < options.crashRatio) {
        cluster.world.after(random.below(5) * MS, () => {
          host.crash();
          over.resolve();
        });
      }
      if (selects !== undefined && selecting.float() < selects.ratio) {
        const node = pickNode(cluster, selecting);
        const doing = { ...{ cluster, client, node, random: selecting, over: over.promise } };
        const lanes = own.lanes.filter((each) => !each.retired);
        const { checker } = selects;
        await select(lanes, { ...doing, checker, sender: own.name, number: count++ });
        continue;
      }
      const chan = client.walk(lane.path).chan();
      lane.running++;
      const patient = tryRatio === 0 || tries.float() >= tryRatio;
      const doing = { sender: own.name, number: count++, random, patient, over: over.promise };
      await (random.below(2) === 0 ? send(lane, chan, doing) : receive(lane, chan, doing));
      lane.running--;
    }
    host.crash();
  }
}

interface Doing {
  readonly random: SimRandom;
  /** It waits for its turn. */
  readonly patient: boolean;
  /** Resolves when the client crashes. */
  readonly over: Promise<void>;
}

async function send(
  lane: Lane,
  chan: Chan,
  doing: Doing & { readonly sender: string; readonly number: number },
): Promise<void> {
  const message = `${doing.sender}:${doing.number}`;
  const op = lane.history.sendBegins(message, doing.sender);
  const waiting = { timeoutMs: 50 + doing.random.below(2_000) };
  const sending = doing.patient ? chan.send(message, waiting) : chan.trySend(message, waiting);
  const sent = sending.then(
    (done) => (done === false ? ('no effect' as const) : ('done' as const)),
    (error) => outcomeOf(error),
  );
  const outcome = await Promise.race([sent, doing.over.then(() => 'unknown' as const)]);
  lane.history.sendEnds(op, outcome);
}

async function receive(lane: Lane, chan: Chan, doing: Doing): Promise<void> {
  const op = lane.history.receiveBegins();
  const waiting = { timeoutMs: 50 + doing.random.below(2_000) };
  const receiving = doing.patient ? chan.receive(waiting) : chan.tryReceive(waiting);
  const received = receiving.then(
    (bytes) => (bytes === undefined ? 'no effect' : { message: decoder.decode(bytes) }),
    (error) => outcomeOf(error),
  );
  const outcome = await Promise.race([received, doing.over.then(() => 'unknown' as const)]);
  if (typeof outcome === 'object') lane.history.received(op, outcome.message);
  else lane.history.receiveEnds(op, outcome);
}

/** What a failed operation did. A server that is gone may have done it first. */
function outcomeOf(error: unknown): 'no effect' | 'unknown' {
  if (!(error instanceof CircuitError)) throw error;
  return error.outcomeUnknown ? 'unknown' : 'no effect';
}
