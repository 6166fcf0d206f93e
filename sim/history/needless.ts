/**
 * What of a history of channels need not be searched. Where each message is sent once, most of what
 * nobody knows the outcome of can be told: a message that nobody is known to have received may as
 * well not have been sent, if nobody knows that it was. That leaves the same histories linearizable:
 * take a send out of an order, with the receive of unknown outcome that took its message, and the
 * rest of the order stands, as it has only more room. (Nothing that began later was alone.)
 *
 * A receive of unknown outcome can have taken only a message that was sent, as somebody knows, and
 * that nobody is known to have received.
 */

import type { ChannelClause, ChannelOperation } from './channel-model.ts';

/** The operations that say something. Each message must be sent once. */
export function withoutNeedless(operations: readonly ChannelOperation[]): ChannelOperation[] {
  const lost = lostOf(operations);
  const clausesOf = (clauses: readonly ChannelClause[]) =>
    clauses.flatMap((clause): readonly ChannelClause[] => {
      if (clause.type === 'send') return lost.received.has(clause.message) ? [clause] : [];
      const among = lost.byChannel.get(clause.channel);
      return among === undefined ? [] : [{ ...clause, among }];
    });
  return operations.flatMap((operation): readonly ChannelOperation[] => {
    const { call, result } = operation;
    if (result !== undefined) return [operation];
    if (call.type === 'send' || call.type === 'receive') {
      return clausesOf([call]).map((one) => ({
        ...operation,
        call: { ...one, waits: call.waits },
      }));
    }
    if (call.type !== 'select') return [operation];
    const clauses = clausesOf(call.clauses);
    return clauses.length === 0 ? [] : [{ ...operation, call: { ...call, clauses } }];
  });
}

/** What is known to be received, and what is known to be sent and not to be received. */
function lostOf(operations: readonly ChannelOperation[]) {
  const received = new Set<string>();
  /** Message => the channel that it was sent on. */
  const sent = new Map<string, string>();
  for (const { call, result } of operations) {
    if (result?.type !== 'done') continue;
    const done = call.type === 'select' ? call.clauses[result.clause ?? 0] : call;
    if (done?.type === 'send') sent.set(done.message, done.channel);
    const isReceived = done?.type === 'receive' && result.message !== undefined;
    if (isReceived) received.add(result.message);
  }
  /** Channel => messages. */
  const byChannel = new Map<string, Set<string>>();
  for (const [message, channel] of sent) {
    if (received.has(message)) continue;
    const known = byChannel.get(channel);
    if (known === undefined) byChannel.set(channel, new Set([message]));
    else known.add(message);
  }
  return { received, byChannel };
}
