/**
 * What signals mean to a server. TERM and INT: it leaves in order, and a second one ends it at once.
 * HUP: it reads its key file again; a server without keys takes it for the end of its terminal, and
 * leaves. A PIPE is ignored, which Node does by itself.
 */

import { constants } from 'node:os';

/** What a server does when it is told by a signal. */
export interface Obedience {
  /** Leaves in order; `end` may follow. Called once at most. */
  leave(): void;
  /** Ends at once, with that exit code: 128 and the number of the signal, as of a shell. */
  end(exitCode: number): void;
  /** Takes changes of files; undefined where there are none to take. Not called once it leaves. */
  readonly reload: (() => void) | undefined;
}

/** Whether a signal made the server leave. */
export interface Signals {
  readonly leaving: boolean;
}

/** Obeys signals from now on, to the end of the program. */
export function obeySignals({ leave, end, reload }: Obedience): Signals {
  let leaving = false;
  const stop = (name: 'SIGTERM' | 'SIGINT' | 'SIGHUP') => {
    if (leaving) {
      end(128 + constants.signals[name]);
      return;
    }
    leaving = true;
    leave();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', (name) => {
    if (reload === undefined) stop(name as 'SIGHUP');
    else if (!leaving) reload();
  });
  return {
    get leaving() {
      return leaving;
    },
  };
}
