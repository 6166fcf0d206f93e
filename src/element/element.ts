import type { Call, CallEvents } from '../rpc/call.ts';

/** What `circuit ls -l` shows. Later elements add theirs. */
export type ElementKind = 'server' | 'chan' | 'proc';

/** What an anchor may hold. */
export interface Element {
  readonly kind: ElementKind;
  /** Its state, as JSON, without waiting. */
  peek(): unknown;
  /** It leaves its anchor: everything that waits on it fails with ABORTED. */
  scrub(options: { kill: boolean }): void;
}

/** What answers a call that was opened: the events of the call. */
export type Answer = (call: Call) => CallEvents;

const empty = new Uint8Array(0);

/** Answers a call with nothing but success. */
export function done(call: Call): void {
  call.reply(empty, { end: true });
}
