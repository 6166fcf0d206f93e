import type { Call, CallEvents } from '../rpc/call.ts';

/** What `circuit ls -l` shows. */
export type ElementKind =
  | 'server'
  | 'chan'
  | 'proc'
  | 'docker'
  | 'dns'
  | '@join'
  | '@leave'
  | 'select';

/** What an anchor may hold. */
export interface Element {
  readonly kind: ElementKind;
  /** Its state, as JSON, without waiting. */
  peek(): unknown;
  /** Where the state has to be asked for: answers a peek instead. */
  readonly inspect?: (call: Call) => CallEvents;
  /** The program behind it, for people; undefined once that has ended. */
  readonly program?: string | undefined;
  /** It leaves its anchor: everything that waits on it fails with ABORTED. */
  scrub(options: { kill: boolean }): void;
  /** Where more than the element has to go: answers a scrub, after `scrub`, once that has gone. */
  readonly scrubbed?: (call: Call) => CallEvents;
}

const empty = new Uint8Array(0);

/** Answers a call with nothing but success. */
export function done(call: Call): void {
  call.reply(empty, { end: true });
}
