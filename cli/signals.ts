/**
 * What signals mean to a server. TERM and INT: it leaves in order, and a second one ends it at once.
 * HUP: it reads its key file again; a server without keys takes it for the end of its terminal, and
 * leaves. A PIPE is ignored, which Node does by itself. What comes before there is a server is
 * remembered: no moment is left in which a signal would just kill us.
 */

import { constants } from 'node:os';

/** What a server does when it is told by a signal. */
export interface Obedience {
  /** Leaves in order; `end` may follow. Called once at most. */
  leave(): void;
  /** Ends at once, with that exit code: 128 and the number of the signal, as of a shell. */
  end(exitCode: number): void;
  /** Takes changes of files. Not called once it leaves, nor where a HUP makes it leave. */
  reload(): void;
}

export interface Signals {
  /** Whether a signal made the server leave, or is to when it stands. */
  readonly leaving: boolean;
  /** Resolves when the first such comes. */
  readonly told: Promise<void>;
  /** There is a server now, which obeys, also what came before. Called once at most. */
  obey(obedience: Obedience): void;
}

/** Hears signals from now on, to the end of the program. `reloads`: a HUP does not end it. */
export function hearSignals({ reloads }: { readonly reloads: boolean }): Signals {
  const told = Promise.withResolvers<void>();
  let obedience: Obedience | undefined;
  let leaving = false;
  let outOfDate = false;
  const stop = (name: NodeJS.Signals) => {
    if (leaving) {
      obedience?.end(128 + constants.signals[name]);
      return;
    }
    leaving = true;
    told.resolve();
    obedience?.leave();
  };
  const reload = () => {
    if (leaving) return;
    outOfDate = obedience === undefined;
    obedience?.reload();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', reloads ? reload : stop);
  return {
    get leaving() {
      return leaving;
    },
    told: told.promise,
    obey: (obeys) => {
      obedience = obeys;
      if (leaving) obeys.leave();
      else if (outOfDate) obeys.reload();
    },
  };
}
