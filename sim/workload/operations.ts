/**
 * Random clients on elements of all kinds: channels, selects on them, processes, subscriptions. They
 * give up, crash in the midst of what they do and come back, through any server, and the elements are
 * ended and replaced. What they do is recorded, and LinearizabilityChecker searches it for an order.
 */

import { type Client, connect } from '../../src/client/client.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS, SECOND } from '../../src/time.ts';
import { pick } from '../faults/draw.ts';
import type { Recording } from '../history/histories.ts';
import type { SimRandom } from '../random.ts';
import { endChannel, makeChannel, useChannel, useSelect } from './channel-operations.ts';
import { dialAny, pickNode } from './dialling.ts';
import { endProcess, makeProcess, type ProcessLane, useProcess } from './process-operations.ts';
import type { Acting, Lane } from './recorded.ts';
import type { Stage, StageServer } from './stage.ts';
import {
  endSubscription,
  makeSubscription,
  type SubscriptionLane,
  useSubscription,
} from './subscription-operations.ts';

/** What random clients do. */
export type OperationKind = 'channel' | 'select' | 'process' | 'subscription';

/** How many random clients there are, and what they do for how long. */
export interface OperationsOptions {
  readonly clients: number;
  readonly untilUs: number;
  /** How often each is done, compared with the others. Left out kinds: never. */
  readonly mix?: Readonly<Partial<Record<OperationKind, number>>>;
  /** Elements of each kind in use at a time. Default: 2. */
  readonly elements?: number;
  /** How long a client thinks between two operations, on average. Default: 100 ms. */
  readonly thinkMs?: number;
  /** How long an operation waits, at most. Default: 1 s. */
  readonly patienceMs?: number;
  /** An element is ended and replaced after so long. Default: 10 s. */
  readonly lifeUs?: number;
  /** What the names of clients and elements begin with, where that was done before. Default: ''. */
  readonly prefix?: string;
  /** Chance that a client crashes in the midst of an operation. Default: 0.02. */
  readonly crashRatio?: number;
}

const everything = { channel: 4, select: 2, process: 2, subscription: 1 };
const CAPACITIES = [0, 1, 2, 5] as const;
const RETRY_US = SECOND;
const PATIENCE_MIN_MS = 20;

/** All that is the same for all clients. */
interface Story {
  readonly cluster: Stage;
  readonly checker: Recording;
  readonly options: Required<OperationsOptions>;
  readonly mix: Readonly<Record<OperationKind, number>>;
  readonly channels: (Lane | undefined)[];
  readonly processes: (ProcessLane | undefined)[];
  readonly subscriptions: (SubscriptionLane | undefined)[];
}

/** Runs until `untilUs`; then what is left is ended, where its server lives. */
export async function randomOperations(
  cluster: Stage,
  checker: Recording,
  options: OperationsOptions,
): Promise<void> {
  const random = cluster.world.random.fork('operations');
  const mix = {
    channel: 0,
    select: 0,
    process: 0,
    subscription: 0,
    ...(options.mix ?? everything),
  };
  const story: Story = {
    ...{ cluster, checker, mix, channels: [], processes: [], subscriptions: [] },
    options: {
      ...{ mix, elements: 2, thinkMs: 100, patienceMs: 1_000 },
      ...{ lifeUs: 10 * SECOND, crashRatio: 0.02, prefix: '', ...options },
    },
  };
  const keepers = Array.from({ length: story.options.elements }, (_, index) => [
    ...(mix.channel + mix.select > 0 ? [keepChannel(story, index, random)] : []),
    ...(mix.process > 0 ? [keepProcess(story, index, random)] : []),
    ...(mix.subscription > 0 ? [keepSubscription(story, index, random)] : []),
  ]).flat();
  const clients = Array.from({ length: options.clients }, (_, index) =>
    runClient(story, `${story.options.prefix}c${index}`, random.fork(`client ${index}`)),
  );
  await Promise.all([...clients, ...keepers]);
}

function keepChannel(story: Story, index: number, all: SimRandom): Promise<void> {
  const random = all.fork(`channel ${index}`);
  return keep(story, `chan${index}`, random, {
    lanes: story.channels,
    index,
    laneOf: (lane) => lane,
    make: (acting, lane) =>
      makeChannel(acting, lane, CAPACITIES[random.below(CAPACITIES.length)] as number),
    end: endChannel,
  });
}

function keepProcess(story: Story, index: number, all: SimRandom): Promise<void> {
  return keep(story, `proc${index}`, all.fork(`process ${index}`), {
    lanes: story.processes,
    index,
    laneOf: (lane) => ({ ...lane, history: story.checker.process(lane.name) }),
    make: makeProcess,
    end: endProcess,
  });
}

function keepSubscription(story: Story, index: number, all: SimRandom): Promise<void> {
  const source = index % 2 === 0 ? 'join' : 'leave';
  return keep(story, `${source}${index}`, all.fork(`subscription ${index}`), {
    lanes: story.subscriptions,
    index,
    laneOf: (lane) => {
      const history = story.checker.subscription(lane.name, lane.node, source);
      return { ...lane, source, history };
    },
    make: makeSubscription,
    end: endSubscription,
  });
}

/** Keeps one element in use, and replaces it when its time is over or its server gone. */
async function keep<L extends Lane>(
  story: Story,
  name: string,
  random: SimRandom,
  how: {
    readonly lanes: (L | undefined)[];
    readonly index: number;
    laneOf(lane: Lane): L;
    make(acting: Acting, lane: L): Promise<boolean>;
    end(acting: Acting, lane: L): Promise<void>;
  },
): Promise<void> {
  const { cluster, options, checker } = story;
  for (let turn = 0; cluster.now < options.untilUs; turn++) {
    if (!(await anyServer(story))) return;
    const node = pickNode(cluster, random);
    const path = `/${node.id}/operations/${options.prefix}${name}-${turn}`;
    const lane = how.laneOf({
      ...{ name: `${name}-${turn} on ${node.host.name}`, path, node },
      ...{ retired: false, running: 0 },
    });
    const made = await asKeeper(story, lane, random, (acting) => how.make(acting, lane));
    if (made === true) {
      how.lanes[how.index] = lane;
      await ended(cluster, node, Math.min(options.untilUs, cluster.now + options.lifeUs));
      await asKeeper(story, lane, random, (acting) => how.end(acting, lane));
      lane.retired = true;
    } else await cluster.sleep(RETRY_US);
    checker.over(lane.name);
  }
}

/** Does something as a client of the element's own server; undefined when that does not answer. */
async function asKeeper<T>(
  { cluster, checker, options }: Story,
  { name, node }: Lane,
  random: SimRandom,
  work: (acting: Acting) => Promise<T>,
): Promise<T | undefined> {
  if (node.endedAt !== undefined) return undefined;
  const host = cluster.clientHost();
  const client = await dial(host, node);
  const result =
    client &&
    (await work({
      ...{ cluster, checker, client, random, name: `keeper of ${name}`, number: 0 },
      ...{ crashed: new Promise<void>(() => {}), patienceMs: options.patienceMs },
    }));
  host.crash();
  return result;
}

async function dial(
  host: Parameters<typeof connect>[0],
  node: StageServer,
): Promise<Client | undefined> {
  try {
    return await connect(host, node.server.url, { timeoutMs: 5_000 });
  } catch (error) {
    if (error instanceof CircuitError) return undefined;
    throw error;
  }
}

/** Waits for a server that has joined; false when there is none in time. */
async function anyServer({ cluster, options }: Story): Promise<boolean> {
  while (cluster.now < options.untilUs) {
    if (cluster.present.some(({ joinedAt }) => joinedAt !== undefined)) return true;
    await cluster.sleep(RETRY_US);
  }
  return false;
}

/** Resolves when the node has ended, or at that time. */
async function ended(cluster: Stage, node: StageServer, untilUs: number): Promise<void> {
  while (cluster.now < untilUs && node.endedAt === undefined) {
    await cluster.sleep(Math.min(SECOND, untilUs - cluster.now));
  }
}

/** One client after another of that name, each until it crashes or its connection does. */
async function runClient(story: Story, name: string, random: SimRandom): Promise<void> {
  const { cluster, checker, options } = story;
  let number = 0;
  while (await anyServer(story)) {
    const dialled = await dialAny(cluster, random);
    if (dialled === undefined) continue;
    const { host, client } = dialled;
    const crash = Promise.withResolvers<void>();
    while (client.connected && host.alive && cluster.now < options.untilUs) {
      await cluster.sleep(random.below(2 * options.thinkMs * MS + 1));
      if (random.float() < options.crashRatio) {
        cluster.world.after(random.below(5) * MS, () => {
          host.crash();
          crash.resolve();
        });
      }
      const patienceMs = PATIENCE_MIN_MS + random.below(options.patienceMs);
      const acting = { cluster, checker, client, random, name, number: number++, patienceMs };
      await act(story, { ...acting, crashed: crash.promise });
    }
    host.crash();
  }
}

async function act(story: Story, acting: Acting): Promise<void> {
  const { random } = acting;
  const kind = pick(random, story.mix);
  if (kind === 'select') {
    const lanes = story.channels.filter((lane) => lane !== undefined && !lane.retired);
    if (lanes.length > 0) await useSelect(acting, lanes as Lane[]);
  } else if (kind === 'channel') await on(story.channels, acting, useChannel);
  else if (kind === 'process') await on(story.processes, acting, useProcess);
  else await on(story.subscriptions, acting, useSubscription);
}

async function on<L extends Lane>(
  lanes: readonly (L | undefined)[],
  acting: Acting,
  use: (acting: Acting, lane: L) => Promise<void>,
): Promise<void> {
  const lane = lanes[acting.random.below(Math.max(1, lanes.length))];
  if (lane === undefined || lane.retired) return;
  lane.running++;
  await use(acting, lane);
  lane.running--;
}
