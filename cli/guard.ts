/**
 * While a simulation runs, nothing of the real world may be asked: a scenario that draws from
 * Math.random or waits by setTimeout would not be the same twice, or never go on. Each such thing
 * is replaced by one that says so, for the duration of one synchronous run.
 */

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const instead: Readonly<Record<string, string>> = {
  time: 'take the time from cluster.now',
  chance: 'draw from cluster.world.random',
  waiting: 'wait with cluster.sleep',
};

/** Runs `work` with the traps in place. */
export function guarded<T>(work: () => T): T {
  const undo: (() => void)[] = [];
  const trap = (owner: object, name: string, what: keyof typeof instead) => {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    if (original?.configurable !== true) return;
    Object.defineProperty(owner, name, {
      configurable: true,
      writable: true,
      value: () => {
        throw new Error(`${name} is not the same twice; in a simulation ${instead[what]}`);
      },
    });
    undo.push(() => Object.defineProperty(owner, name, original));
  };
  trap(Math, 'random', 'chance');
  trap(Date, 'now', 'time');
  trap(performance, 'now', 'time');
  trap(process, 'hrtime', 'time');
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    trap(globalThis, name, 'waiting');
  }
  for (const name of ['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues']) {
    trap(crypto, name, 'chance');
  }
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    for (const restore of undo) restore();
    syncBuiltinESMExports();
  }
}
