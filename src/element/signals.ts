/** The signals that may be sent, by name without SIG. */
const names = (
  'ABRT ALRM BUS CHLD CONT FPE HUP ILL INT IO IOT KILL PIPE PROF QUIT SEGV STOP SYS TERM TRAP ' +
  'TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'
).split(' ');

export const signals: ReadonlySet<string> = new Set(names);

export function isSignal(name: string): boolean {
  return signals.has(name);
}
