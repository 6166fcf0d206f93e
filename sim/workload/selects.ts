/** Random selects on the channels in use, by a client itself or by an element at a server. */

import type { Client } from '../../src/client/client.ts';
import type { SelectClause } from '../../src/client/select.ts';
import type { SelectState } from '../../src/client/select-handle.ts';
import { CircuitError } from '../../src/errors.ts';
import { MS } from '../../src/time.ts';
import type { ClauseOp, SelectChecker, SelectEnd } from '../checkers/selects.ts';
import type { Cluster } from '../cluster.ts';
import type { Node } from '../node.ts';
import type { SimRandom } from '../random.ts';
import type { Lane } from './channels.ts';

/** A client that is to select. */
export interface Selecting {
  readonly cluster: Cluster;
  readonly client: Client;
  readonly checker: SelectChecker;
  readonly random: SimRandom;
  /** Who sends, and a number that is new. */
  readonly sender: string;
  readonly number: number;
  /** Where an element may be. */
  readonly node: Node;
  /** Resolves when the client crashes. */
  readonly over: Promise<void>;
}

const CLAUSES_MAX = 4;
const decoder = new TextDecoder();

/** Selects once on some of the channels, and has the checker know what came of it. */
export async function select(lanes: readonly Lane[], doing: Selecting): Promise<void> {
  const { random, client } = doing;
  const count = 1 + random.below(CLAUSES_MAX);
  const chosen = Array.from({ length: count }, () => lanes[random.below(lanes.length)] as Lane);
  const atServer = random.below(3) === 0;
  // An element outlives its client: what it sends has no order with what that sends later.
  const sender = atServer ? `${doing.sender}:${doing.number}` : doing.sender;
  const ops: ClauseOp[] = [];
  const clauses = chosen.map(({ path, history }, index): SelectClause => {
    const chan = client.walk(path).chan();
    if (random.below(2) === 0) {
      ops.push({ history, receive: history.receiveBegins() });
      return { receive: chan };
    }
    const message = `${doing.sender}:${doing.number}:${index}`;
    ops.push({ history, send: history.sendBegins(message, sender) });
    return { send: chan, message };
  });
  for (const lane of chosen) lane.running++;
  const timeoutMs = 50 + random.below(2_000);
  const selected = atServer
    ? atItsServer(clauses, timeoutMs, doing)
    : inClient(clauses, timeoutMs, doing);
  const unknown = doing.over.then((): SelectEnd => ({ type: 'unknown' }));
  doing.checker.ends(ops, await Promise.race([selected, unknown]));
  for (const lane of chosen) lane.running--;
}

async function inClient(
  clauses: readonly SelectClause[],
  timeoutMs: number,
  { client, random }: Selecting,
): Promise<SelectEnd> {
  try {
    const result = await client.select(clauses, { timeoutMs, otherwise: random.below(5) === 0 });
    if (result.op === 'otherwise') return { type: 'no effect' };
    const bytes = result.op === 'receive' ? result.message : undefined;
    const message = bytes && decoder.decode(bytes);
    return { type: 'done', index: result.index, message };
  } catch (error) {
    return endOf(error);
  }
}

/** Made, waited for, and scrubbed when it takes too long. */
async function atItsServer(
  clauses: readonly SelectClause[],
  timeoutMs: number,
  { client, cluster, node, sender, number }: Selecting,
): Promise<SelectEnd> {
  try {
    const made = await client.walk(`/${node.id}/selects/${sender}-${number}`).makeSelect(clauses);
    let over = false;
    const waiting = made.wait().then(
      (state) => endOfState(state),
      (error): SelectEnd => {
        // Only a select that was scrubbed says for sure that it has done nothing.
        const { code } = error as CircuitError;
        return code === 'ABORTED' ? endOf(error) : { type: 'unknown' };
      },
    );
    void waiting.then(() => {
      over = true;
    });
    const until = cluster.now + timeoutMs * MS;
    while (!over && cluster.now < until) await cluster.sleep(10 * MS);
    // Its server may be gone, or it: then the wait says so.
    await made.scrub().catch(() => {});
    return await waiting;
  } catch (error) {
    return endOf(error);
  }
}

function endOfState({ Result, Error: why }: SelectState): SelectEnd {
  if (Result !== null) return { type: 'done', index: Result.Clause, message: Result.Message };
  return { type: why?.OutcomeUnknown ? 'unknown' : 'no effect' };
}

function endOf(error: unknown): SelectEnd {
  if (!(error instanceof CircuitError)) throw error;
  return { type: error.outcomeUnknown ? 'unknown' : 'no effect' };
}
