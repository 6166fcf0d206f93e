/** The signals that may be sent, by name without SIG. */

import { CircuitError } from '../errors.ts';

const names = (
  'ABRT ALRM BUS CHLD CONT FPE HUP ILL INT IO IOT KILL PIPE PROF QUIT SEGV STOP SYS TERM TRAP ' +
  'TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'
).split(' ');

/** Their names, without SIG, in capitals. */
export const signals: ReadonlySet<string> = new Set(names);

/** A name in any case, with or without SIG. Throws BAD_ARGUMENT. */
export function parseSignal(name: string): string {
  const signal = name.toUpperCase().replace(/^SIG/, '');
  if (signals.has(signal)) return signal;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `"${name.slice(0, 40)}" is not a signal; name one without SIG, for example TERM or KILL`,
  );
}
