/** Random operations on channels, and selects on several of them, with their histories. */

import type { Chan } from '../../src/client/chan.ts';
import type { SelectClause } from '../../src/client/select.ts';
import type { SelectState } from '../../src/client/select-handle.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS } from '../../src/time.ts';
import type { ChannelCall, ChannelClause, ChannelResult } from '../history/channel-model.ts';
import { type Acting, ANSWER_MS, type Lane, recorded, retire } from './recorded.ts';

const CLAUSES_MAX = 3;
const PATIENCE_SELECT_MS = 20;
const decoder = new TextDecoder();
const gone: ChannelResult = { type: 'gone' };
const failures = {
  CHANNEL_CLOSED: { type: 'closed' },
  ABORTED: gone,
  NO_SUCH_ANCHOR: gone,
} as const;

/** Makes a channel; false when nobody can use it. */
export async function makeChannel(acting: Acting, lane: Lane, capacity: number): Promise<boolean> {
  const anchor = acting.client.walk(lane.path);
  const call = { type: 'make', channel: lane.name, capacity } as const;
  const made = await does(acting, call, async () => {
    await anchor.makeChan(capacity, { timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
  return made?.type === 'done';
}

/** One operation on one channel. */
export async function useChannel(acting: Acting, lane: Lane): Promise<void> {
  const { random } = acting;
  const waits = random.below(4) > 0;
  const chan = acting.client.walk(lane.path).chan();
  const kind = random.float();
  if (kind < 0.47) await send(acting, lane, chan, waits);
  else if (kind < 0.94) await receive(acting, lane, chan, waits);
  else await peek(acting, lane, chan);
}

/** Closes it and receives what is left, or scrubs it in the midst of what goes on. */
export async function endChannel(acting: Acting, lane: Lane): Promise<void> {
  const chan = acting.client.walk(lane.path).chan();
  if (acting.random.below(4) > 0) {
    await close(acting, lane, chan);
    await retire(acting, lane);
    while ((await receive(acting, lane, chan, true))?.type === 'done');
  }
  await does(acting, { type: 'scrub', channel: lane.name }, async () => {
    await chan.scrub({ timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
  if (!lane.retired) await retire(acting, lane);
}

/** Selects once, on some of the channels. */
export async function useSelect(acting: Acting, lanes: readonly Lane[]): Promise<void> {
  const { random, client, name, number } = acting;
  const chosen = Array.from(
    { length: 1 + random.below(CLAUSES_MAX) },
    () => lanes[random.below(lanes.length)] as Lane,
  );
  const clauses = chosen.map(
    ({ name: channel }, index): ChannelClause =>
      random.below(2) === 0
        ? { type: 'receive', channel }
        : { type: 'send', channel, message: `${name}:${number}:${index}` },
  );
  const asked = clauses.map((clause, index): SelectClause => {
    const chan = client.walk((chosen[index] as Lane).path).chan();
    return clause.type === 'receive' ? { receive: chan } : { send: chan, message: clause.message };
  });
  const atServer = random.below(3) === 0;
  const waits = atServer || random.below(4) > 0;
  for (const lane of chosen) lane.running++;
  await recorded(
    acting.checker.channels,
    acting,
    { type: 'select', clauses, waits },
    {
      work: () => (atServer ? atItsServer(acting, asked) : inClient(acting, asked, waits)),
      // Which clause is to blame is not told.
      failures: {},
    },
  );
  for (const lane of chosen) lane.running--;
}

async function inClient(
  { client, patienceMs: timeoutMs }: Acting,
  clauses: readonly SelectClause[],
  waits: boolean,
): Promise<ChannelResult> {
  const result = await client.select(clauses, { timeoutMs, otherwise: !waits });
  if (result.op === 'otherwise') return { type: 'blocked' };
  const clause = result.index;
  if (result.op !== 'receive') return { type: 'done', clause };
  if (result.closed) return { type: 'closed', clause };
  return { type: 'done', clause, message: decoder.decode(result.message) };
}

/** Made, waited for, and scrubbed when it takes too long. */
async function atItsServer(
  { client, cluster, name, number, patienceMs }: Acting,
  clauses: readonly SelectClause[],
): Promise<ChannelResult> {
  const nodes = cluster.present.filter(({ joinedAt }) => joinedAt !== undefined);
  const node = nodes[number % nodes.length];
  const path = `/${node?.id}/selects/${name}-${number}`;
  const made = await client.walk(path).makeSelect(clauses, { timeoutMs: ANSWER_MS });
  let over = false;
  const waiting = made.wait({ timeoutMs: patienceMs + 2 * ANSWER_MS }).finally(() => {
    over = true;
  });
  waiting.catch(() => {});
  const until = cluster.now + patienceMs * MS;
  while (!over && cluster.now < until) await cluster.sleep(PATIENCE_SELECT_MS * MS);
  // Its server may be gone, or it: then the wait says so.
  await made.scrub({ timeoutMs: ANSWER_MS }).catch(() => {});
  try {
    return resultOf(await waiting);
  } catch (error) {
    // Only a select that was scrubbed says for sure that it has done nothing.
    const isScrubbed = error instanceof CircuitError && error.code === 'ABORTED';
    if (!(error instanceof CircuitError) || isScrubbed) throw error;
    throw new CircuitError(error.code, error.message, { outcomeUnknown: true });
  }
}

function resultOf({ Result: result, Error: why }: SelectState): ChannelResult {
  if (result === null) {
    const { Code, Message, OutcomeUnknown } = why as NonNullable<typeof why>;
    throw new CircuitError(Code, Message, { outcomeUnknown: OutcomeUnknown });
  }
  const { Clause: clause, Message: message } = result;
  if (result.Closed) return { type: 'closed', clause };
  return message === undefined ? { type: 'done', clause } : { type: 'done', clause, message };
}

async function send(acting: Acting, lane: Lane, chan: Chan, waits: boolean): Promise<void> {
  const message = `${acting.name}:${acting.number}`;
  const waiting = { timeoutMs: acting.patienceMs };
  await does(acting, { type: 'send', channel: lane.name, message, waits }, async () => {
    if (waits) await chan.send(message, waiting);
    else if (!(await chan.trySend(message, waiting))) return { type: 'blocked' };
    return { type: 'done' };
  });
}

function receive(acting: Acting, lane: Lane, chan: Chan, waits: boolean) {
  const waiting = { timeoutMs: acting.patienceMs };
  return does(acting, { type: 'receive', channel: lane.name, waits }, async () => {
    const bytes = await (waits ? chan.receive(waiting) : chan.tryReceive(waiting));
    if (bytes === undefined) return { type: 'blocked' };
    return { type: 'done', message: decoder.decode(bytes) };
  });
}

async function peek(acting: Acting, lane: Lane, chan: Chan): Promise<void> {
  await does(acting, { type: 'peek', channel: lane.name }, async () => {
    const { Closed, NumSend, NumRecv } = await chan.peek({ timeoutMs: ANSWER_MS });
    return { type: 'state', closed: Closed, sent: NumSend, received: NumRecv };
  });
}

async function close(acting: Acting, lane: Lane, chan: Chan): Promise<void> {
  await does(acting, { type: 'close', channel: lane.name }, async () => {
    await chan.close({ timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
}

function does(acting: Acting, call: ChannelCall, work: () => Promise<ChannelResult>) {
  return recorded(acting.checker.channels, acting, call, { work, failures });
}
