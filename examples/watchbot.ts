/**
 * watchbot: a program that stays in a circuit whatever single server of it dies.
 *
 * It is a pair of processes on two servers, a payload, which would do the work, and a nucleus. Each
 * waits for the other to end. The one that is left starts the next pair elsewhere, and ends. In the
 * original only the nucleus watches, so that the bot is dead with the server of its nucleus.
 *
 * Each half dials the server that it runs on. When that goes, the other half knows, and starts the
 * next pair; so this one, which may live on without its server, ends. The bot is therefore gone
 * only when both servers go at one time, and may be there twice when the network is cut between
 * them: whoever cannot reach the other takes it for dead. Scrubbing either half ends the bot.
 *
 *     npm run -s example examples/watchbot.ts URL
 */

import { CircuitError, type Client, type CommandInput, type Proc } from 'circuit';
import { main, type Outside } from './outside.ts';

export type Role = 'payload' | 'nucleus';

/** What one half is told when it is started. */
export interface Half {
  readonly role: Role;
  /** The number of its pair, from 0. */
  readonly epoch: number;
  /** Of the server that it runs on. */
  readonly url: string;
  /** Path of the other half. */
  readonly partner: string;
  /** Path of a channel that must take a message before a pair is started; none if empty. */
  readonly back: string;
}

/** How a half is run: the same on every server. */
export type Run = (args: readonly string[]) => CommandInput;

/** Before the next pair, so that a payload that dies at once does not burden the circuit. */
const PAUSE_MS = 2_000;
/** How long the other half may take to be started, before it counts as never born. */
const BIRTH_MS = 5_000;
const LOOK_AGAIN_MS = 500;
/** How often starting a pair is tried: servers that were picked may just have gone. */
const TRIES = 10;

export function parseHalf(args: readonly string[]): Half {
  const [role = '', epoch = '', url = '', partner = '', back = ''] = args;
  return { role: role as Role, epoch: Number(epoch), url, partner, back };
}

/** Starts a pair on two servers, other than `avoid` where there are enough. */
export async function startPair(
  client: Client,
  outside: Outside,
  run: Run,
  pair: { readonly epoch: number; readonly back: string; readonly avoid?: string | undefined },
): Promise<Record<Role, Proc>> {
  for (let tries = 1; ; tries++) {
    const urls = await pickTwo(client, outside, pair.avoid);
    const procs = {
      payload: client.walk(`/${urls.payload.id}/virus/payload-${pair.epoch}`).proc(),
      nucleus: client.walk(`/${urls.nucleus.id}/virus/nucleus-${pair.epoch}`).proc(),
    };
    const start = (role: Role, partner: Role) => {
      const args = [role, String(pair.epoch), urls[role].url, procs[partner].path, pair.back];
      return client.walk(procs[role].path).makeProc({ ...run(args), Scrub: true });
    };
    try {
      await start('payload', 'nucleus');
      await start('nucleus', 'payload');
      return procs;
    } catch (error) {
      // Whichever half is there would look for the other.
      await Promise.allSettled(Object.values(procs).map((proc) => proc.scrub({ kill: true })));
      if (tries === TRIES || !client.connected) throw error;
      await outside.sleep(LOOK_AGAIN_MS);
    }
  }
}

async function pickTwo(client: Client, outside: Outside, avoid: string | undefined) {
  const all = await client.members();
  const others = all.filter(({ id }) => id !== avoid);
  const payload = outside.pick(others.length > 0 ? others : all);
  const rest = others.filter(({ id }) => id !== payload?.id);
  const nucleus = outside.pick(rest.length > 0 ? rest : all);
  if (payload === undefined || nucleus === undefined) throw new Error('the circuit has no servers');
  return { payload, nucleus };
}

/** The life of a half. Resolves with the pair that it started, or undefined if it was to end. */
export async function live(
  outside: Outside,
  half: Half,
  run: Run,
): Promise<Record<Role, Proc> | undefined> {
  await using client = await outside.connect(half.url);
  outside.say(`the ${half.role} of pair ${half.epoch} is there`);
  if ((await untilOver(client, outside, half.partner)) !== 'dead') return undefined;
  if (half.back !== '' && !(await acquired(client, half))) return undefined;
  await outside.sleep(PAUSE_MS);
  const { epoch, back } = half;
  const [, avoid] = half.partner.split('/');
  return await startPair(client, outside, run, { epoch: epoch + 1, back, avoid });
}

/**
 * Waits for a half: `dead` when it failed or its server went, `stop` when it was scrubbed or ended
 * well, which it does only when it was to end. Rejects when our own server goes.
 */
async function untilOver(client: Client, outside: Outside, path: string): Promise<'dead' | 'stop'> {
  for (let waitedMs = 0; waitedMs < BIRTH_MS; waitedMs += LOOK_AGAIN_MS) {
    try {
      const { Exit } = await client.walk(path).proc().wait();
      return Exit === null ? 'stop' : 'dead';
    } catch (error) {
      if (!(error instanceof CircuitError) || !client.connected) throw error;
      if (error.code === 'ABORTED') return 'stop';
      // Not started yet, or over before we looked.
      if (error.code !== 'NO_SUCH_ANCHOR' && error.code !== 'NO_SUCH_SERVER') return 'dead';
    }
    await outside.sleep(LOOK_AGAIN_MS);
  }
  return 'dead';
}

/** Waits until the back channel takes our message. False when it is closed or gone. */
async function acquired(client: Client, half: Half): Promise<boolean> {
  const message = `${half.epoch} ${half.role} acquired back channel`;
  try {
    await client.walk(half.back).chan().send(message);
    return true;
  } catch (error) {
    if (error instanceof CircuitError) return false;
    throw error;
  }
}

/** This program as a process: it must be at the same place on every host. */
export const thisProgram: Run = (args) => ({
  Path: process.execPath,
  Args: [...process.execArgv, import.meta.filename, 'half', ...args],
  Dir: process.cwd(),
});

if (import.meta.main) {
  await main(async (outside, url = '', ...half) => {
    if (url === 'half') {
      await live(outside, parseHalf(half), thisProgram);
      return true;
    }
    await using client = await outside.connect(url);
    const pair = await startPair(client, outside, thisProgram, { epoch: 0, back: '' });
    outside.say(`${pair.payload.path}\n${pair.nucleus.path}`);
    return true;
  });
}
