/**
 * Readers of subscriptions: several share one, through any server; they give up, sleep and crash,
 * and others take their place. What they see is the history that SubscriptionChecker checks.
 */

import type { Subscription } from '../../src/client/subscription.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS, SECOND } from '../../src/time.ts';
import type { SubscriptionChecker, SubscriptionHistory } from '../checkers/subscriptions.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { SimRandom } from '../random.ts';
import { dialAny, pickNode } from './dialling.ts';

/** How much is read, and by whom. */
export interface SubscriptionTrafficOptions {
  /** Subscriptions in use at a time, to arrivals and to departures in turn. */
  readonly subscriptions: number;
  /** Readers that share each of them. */
  readonly readers: number;
  readonly untilUs: number;
  /** A subscription is read empty and replaced after so long. */
  readonly lifeUs: number;
  /** Chance that a reader crashes in the midst of a receive. */
  readonly crashRatio: number;
  /** Chance that it stands still for some seconds. */
  readonly pauseRatio: number;
}

/** How long readers may still be heard of: they give up, and offers to those that crash go back. */
const QUIET_US = 10 * SECOND;

/** A subscription in use. */
interface Lane {
  readonly path: string;
  readonly node: Node;
  readonly history: SubscriptionHistory;
  /** No receives are begun any more. */
  retired: boolean;
}

/** Runs until `untilUs`; each subscription whose server lives is then read empty. */
export async function subscriptionTraffic(
  cluster: Cluster,
  checker: SubscriptionChecker,
  options: SubscriptionTrafficOptions,
): Promise<void> {
  const random = cluster.world.random.fork('subscriptions');
  const lanes = Array.from({ length: options.subscriptions }, (_, index) =>
    keepSubscribed(cluster, checker, options, { index, random: random.fork(`lane ${index}`) }),
  );
  await Promise.all(lanes);
}

async function keepSubscribed(
  cluster: Cluster,
  checker: SubscriptionChecker,
  options: SubscriptionTrafficOptions,
  own: { readonly index: number; readonly random: SimRandom },
): Promise<void> {
  const source = own.index % 2 === 0 ? 'join' : 'leave';
  for (let turn = 0; cluster.now < options.untilUs; turn++) {
    const node = pickNode(cluster, own.random);
    const path = `/${node.id}/subscriptions/${own.index}-${turn}`;
    const lane = { path, node, history: checker.subscription(node, source), retired: false };
    if (!(await make(cluster, lane, source))) {
      await cluster.sleep(SECOND);
      continue;
    }
    const reading = Array.from({ length: options.readers }, (_, i) =>
      read(cluster, lane, options, own.random.fork(`reader ${turn} ${i}`)),
    );
    const end = Math.min(options.untilUs, cluster.now + options.lifeUs);
    while (cluster.now < end && node.endedAt === undefined) await cluster.sleep(100 * MS);
    lane.retired = true;
    await Promise.all(reading);
    await cluster.sleep(QUIET_US);
    await drain(cluster, lane);
  }
}

/** False when its server is gone. */
async function make(cluster: Cluster, lane: Lane, source: 'join' | 'leave'): Promise<boolean> {
  try {
    const client = await cluster.client(lane.node);
    const anchor = client.walk(lane.path);
    await (source === 'join' ? anchor.makeOnJoin() : anchor.makeOnLeave());
    lane.history.made();
    await client.close();
    return true;
  } catch (error) {
    if (error instanceof CircuitError) return false;
    throw error;
  }
}

/** Receives what is left. */
async function drain(cluster: Cluster, { path, node, history }: Lane): Promise<void> {
  if (node.endedAt !== undefined) return;
  try {
    const client = await cluster.client(node);
    const subscription = client.walk(path).subscription();
    for (;;) {
      const told = history.toldCount;
      const began = history.receiveBegins();
      const event = await subscription.tryReceive({ timeoutMs: 60_000 });
      if (event === undefined) {
        history.drained(told);
        break;
      }
      history.received(began, event);
    }
    await subscription.scrub();
    await client.close();
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
  }
}

/** One reader after another, each until it crashes or its connection does. */
async function read(
  cluster: Cluster,
  lane: Lane,
  options: SubscriptionTrafficOptions,
  random: SimRandom,
): Promise<void> {
  const isOver = () => lane.retired || lane.node.endedAt !== undefined;
  while (!isOver()) {
    const dialled = await dialAny(cluster, random);
    if (dialled === undefined) continue;
    const { host, client } = dialled;
    const subscription = client.walk(lane.path).subscription();
    const crashed = Promise.withResolvers<'crashed'>();
    while (client.connected && host.alive && !isOver()) {
      const fate = random.float();
      const soonUs = random.below(2_000) * MS;
      if (fate < options.crashRatio) {
        cluster.world.after(soonUs, () => {
          host.crash();
          crashed.resolve('crashed');
        });
      } else if (fate < options.crashRatio + options.pauseRatio) {
        cluster.world.after(soonUs, () => host.pause(3 * SECOND));
      }
      await receive(lane.history, subscription, { random, crashed: crashed.promise });
    }
    host.crash();
  }
}

async function receive(
  history: SubscriptionHistory,
  subscription: Subscription,
  { random, crashed }: { random: SimRandom; crashed: Promise<'crashed'> },
): Promise<void> {
  const began = history.receiveBegins();
  const waiting = { timeoutMs: 50 + random.below(4_000) };
  const received = subscription.receive(waiting).then(
    (path) => ({ path }),
    (error) => {
      if (!(error instanceof CircuitError)) throw error;
      return error.outcomeUnknown ? 'unknown' : 'no effect';
    },
  );
  const outcome = await Promise.race([received, crashed]);
  if (typeof outcome === 'object') history.received(began, outcome.path);
  else if (outcome !== 'no effect') history.readerLost();
}
