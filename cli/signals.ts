/**
 * What signals mean to a server. TERM and INT: it leaves in order, and a second one ends it at once.
 * HUP: it reads its key file again; a server without keys takes it for the end of its terminal, and
 * leaves. A PIPE is ignored, which Node does by itself. They are heard before anything else is
 * loaded, and what comes before there is a server is remembered: no moment is left in which a
 * signal would just kill us.
 */

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
  /** It is known now whether a HUP reloads, or makes the server leave. Called once at most. */
  understand(options: { readonly reloads: boolean }): void;
  /** There is a server now, which obeys, also what came before. Called once at most. */
  obey(obedience: Obedience): void;
}

/** Hears signals from now on, to the end of the program. */
export function hearSignals(): Signals {
  const told = Promise.withResolvers<void>();
  let obedience: Obedience | undefined;
  let reloads: boolean | undefined;
  let leaving = false;
  /** There was a HUP, and nobody yet who knows what to do. */
  let hungUp = false;
  const stop = (name: NodeJS.Signals) => {
    if (leaving) {
      const code = 128 + process.getBuiltinModule('node:os').constants.signals[name];
      if (obedience === undefined) process.exit(code);
      obedience.end(code);
      return;
    }
    leaving = true;
    told.resolve();
    obedience?.leave();
  };
  const hangUp = () => {
    if (reloads === false) stop('SIGHUP');
    else if (reloads === undefined || obedience === undefined) hungUp = true;
    else if (!leaving) obedience.reload();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', hangUp);
  return {
    get leaving() {
      return leaving;
    },
    told: told.promise,
    understand: (options) => {
      reloads = options.reloads;
      if (hungUp && !reloads) hangUp();
    },
    obey: (obeys) => {
      obedience = obeys;
      if (leaving) obeys.leave();
      else if (hungUp) hangUp();
    },
  };
}
