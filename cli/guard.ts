/**
 * While a simulation runs, nothing of the real world may be asked: a scenario that draws from
 * Math.random or waits by setTimeout would not be the same twice, or never go on. Each such thing
 * is replaced by one that says so, for the duration of one synchronous run.
 */

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

type Kind = 'time' | 'chance' | 'waiting';

const instead: Readonly<Record<Kind, string>> = {
  time: 'take the time from cluster.now',
  chance: 'draw from cluster.world.random',
  waiting: 'wait with cluster.sleep',
};

/** Runs `work` with the traps in place. */
export function guarded<T>(work: () => T): T {
  const undo: (() => void)[] = [];
  const replace = (owner: object, name: string, value: unknown) => {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { configurable: true, writable: true, value });
    undo.push(() => {
      // What was inherited is so again.
      if (original === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, original);
    });
  };
  const trap = (owner: object, name: string, kind: Kind) =>
    replace(owner, name, () => refuse(name, kind));
  trap(Math, 'random', 'chance');
  trap(performance, 'now', 'time');
  trap(process, 'hrtime', 'time');
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    trap(globalThis, name, 'waiting');
  }
  for (const name of ['randomUUID', 'randomBytes', 'randomInt']) trap(crypto, name, 'chance');
  for (const name of ['randomUUID', 'getRandomValues']) trap(globalThis.crypto, name, 'chance');
  trap(Date, 'now', 'time');
  replace(globalThis, 'Date', dateOfMoments);
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    for (const restore of undo.reverse()) restore();
    syncBuiltinESMExports();
  }
}

/** A date that is given a moment is the same on every run; one that is given none is now. */
const dateOfMoments = new Proxy(Date, {
  apply: () => refuse('Date', 'time'),
  construct(target, args, newTarget) {
    if (args.length === 0) refuse('new Date', 'time');
    return Reflect.construct(target, args, newTarget) as object;
  },
});

function refuse(name: string, kind: Kind): never {
  throw new Error(`${name} is not the same twice; in a simulation ${instead[kind]}`);
}
