/**
 * watchbot-with-channel: the watchbot, with a channel back to its operator. Before it starts the
 * next pair, a half sends to it, and goes on when the message was taken. The channel holds three
 * messages that nobody received, and so the bot stops after three deaths that nobody looked at:
 *
 *     npm run -s example examples/watchbot-with-channel.ts URL
 *     circuit recv /X.../virus/back          lets it go on once more, and says where it is
 *     circuit close /X.../virus/back         lets it end with its next death
 *
 * The channel is on the server that was dialled: when that goes, so does the operator's say, and
 * the bot ends with its next death.
 */

import type { Client, Proc } from 'circuit';
import { main, type Outside } from './outside.ts';
import { type Role, type Run, startPair, thisProgram } from './watchbot.ts';

/** How many deaths it survives that nobody has looked at. */
const UNSEEN_MAX = 3;

/** Starts the first pair, and makes the channel at the server that was dialled. */
export async function startWithChannel(
  client: Client,
  outside: Outside,
  run: Run,
): Promise<{ back: string; pair: Record<Role, Proc> }> {
  const back = `/${client.server}/virus/back`;
  await client.walk(back).makeChan(UNSEEN_MAX);
  return { back, pair: await startPair(client, outside, run, { epoch: 0, back }) };
}

if (import.meta.main) {
  await main(async (outside, url = '') => {
    await using client = await outside.connect(url);
    const { back, pair } = await startWithChannel(client, outside, thisProgram);
    outside.say(`${pair.payload.path}\n${pair.nucleus.path}\n${back}`);
    return true;
  });
}
