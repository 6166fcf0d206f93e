/**
 * Joining, as a server does when it starts. Servers are started together: the one to join may not
 * listen yet, or have too many to answer at once. So it is tried again while that may help.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitError, type CircuitUrl, formatCircuitUrl, type Server } from '../src/index.ts';

/** How long, without --timeout. Shorter: a seed that starts is missed. Longer: a typo shows late. */
const patienceMs = 10_000;
const firstPauseMs = 100;
const lastPauseMs = 1_000;

interface Failure {
  readonly error: CircuitError;
  /** It would not help to try again. */
  readonly isFinal: boolean;
}

/**
 * Joins the first of the servers that answers, in rounds with growing pauses; resolves early when
 * `isOver`. Throws what all of them said, with DIAL_FAILED when that differs: to go on alone would
 * surprise everybody.
 */
export async function joinFirst(
  server: Server,
  urls: readonly CircuitUrl[],
  options: { readonly timeoutSeconds: number | undefined; readonly isOver: () => boolean },
): Promise<void> {
  const { timeoutSeconds, isOver } = options;
  const now = () => performance.now();
  const end = now() + (timeoutSeconds === undefined ? patienceMs : timeoutSeconds * 1000);
  /** URL => why it was not joined, the last time. */
  const failures = new Map<CircuitUrl, Failure>();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, lastPauseMs)) {
    const round = urls.filter((url) => failures.get(url)?.isFinal !== true);
    for (const [at, url] of round.entries()) {
      // One that is silent may not use up the time of those after it.
      const share = (end - now()) / (round.length - at);
      const failure = await joinOne(server, url, timeoutSeconds === undefined ? undefined : share);
      if (failure === undefined || isOver()) return;
      failures.set(url, failure);
    }
    const all = [...failures.values()];
    // Half of each pause is chance: those that were turned away together come back one by one.
    const wait = pauseMs * (0.5 + Math.random() / 2);
    if (all.every(({ isFinal }) => isFinal) || now() + wait >= end) throw summary(all);
    await sleep(wait);
    if (isOver()) return;
  }
}

/** Undefined when it is done. Without `withinMs`, the server itself gives up after some time. */
function joinOne(
  server: Server,
  url: CircuitUrl,
  withinMs: number | undefined,
): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const giveUp = () => {
      const what = `could not join ${formatCircuitUrl(url)} in the time allowed: there is no answer`;
      resolve({ error: new CircuitError('TIMEOUT', what), isFinal: false });
    };
    const timer = withinMs === undefined ? undefined : setTimeout(giveUp, withinMs);
    server.join(url, (error, isFinal) => {
      clearTimeout(timer);
      resolve(error === undefined ? undefined : { error, isFinal });
    });
  });
}

function summary(failures: readonly Failure[]): CircuitError {
  const errors = failures.map(({ error }) => error);
  const [first] = errors as [CircuitError];
  const code = errors.every((error) => error.code === first.code) ? first.code : 'DIAL_FAILED';
  return new CircuitError(code, errors.map(({ message }) => message).join('; '));
}
