/**
 * A process that copies its input to its output, done to one operation after another. It ends by
 * itself at some moment after its input has ended, or after a signal that ends it was sent; whoever
 * is told how it ended is told the same.
 */

import { unreachable } from '../../src/assert.ts';
import type { Model, Operation } from './operation.ts';

/** What clients do with a process. */
export type ProcessCall =
  | { readonly type: 'spawn' }
  | { readonly type: 'wait' | 'peek' | 'scrub' | 'read' | 'end' }
  | { readonly type: 'signal'; readonly name: string }
  | { readonly type: 'write'; readonly text: string };

/** What came of it. What had no effect, because its client gave up, is not in a history. */
export type ProcessResult =
  | { readonly type: 'done' }
  /** What was read; undefined at the end of the output. */
  | { readonly type: 'read'; readonly text: string | undefined }
  /** How it ended: `exit 0`, `KILL`. */
  | { readonly type: 'over'; readonly how: string }
  | { readonly type: 'runs'; readonly stopped: boolean }
  /** It could not be started. */
  | { readonly type: 'refused' }
  /** It has ended, or takes no input. */
  | { readonly type: 'not running' }
  /** It was scrubbed. */
  | { readonly type: 'gone' };

/** A process. */
export interface ProcessState {
  readonly phase: 'absent' | 'running' | 'over' | 'gone';
  /** How it ended, or may end at any moment. */
  readonly ends: readonly string[];
  readonly stopped: boolean;
  /** No more input is taken. */
  readonly inputOver: boolean;
  /** Written, and not read from its output. */
  readonly unread: string;
}

type ProcessOperation = Operation<ProcessCall, ProcessResult>;

/** How a process ends that has read its input to the end. */
export const EXIT_BY_ITSELF = 'exit 0';

/** A process that nobody has started yet. */
export const processModel: Model<ProcessState, ProcessCall, ProcessResult> = {
  initial: { phase: 'absent', ends: [], stopped: false, inputOver: false, unread: '' },
  step,
  key: ({ phase, ends, stopped, inputOver, unread }) =>
    `${phase}:${ends.join()}:${stopped}:${inputOver}:${unread}`,
  describe,
};

function step(state: ProcessState, { call, result }: ProcessOperation): readonly ProcessState[] {
  if (result?.type === 'gone') return state.phase === 'gone' ? [state] : [];
  if (call.type === 'spawn') return spawn(state, result);
  if (state.phase !== 'running' && state.phase !== 'over') return [];
  switch (call.type) {
    case 'signal':
      return signal(state, call.name, result);
    case 'write':
      return input(state, result, { ...state, unread: state.unread + call.text });
    case 'end':
      return input(state, result, {
        ...{ ...state, inputOver: true },
        ends: withEnd(state.ends, EXIT_BY_ITSELF),
      });
    case 'read':
      return read(state, result);
    case 'wait':
    case 'peek':
      return look(state, result);
    case 'scrub':
      return [{ ...state, phase: 'gone' }];
    default:
      return unreachable(call);
  }
}

function spawn(state: ProcessState, result: ProcessResult | undefined): readonly ProcessState[] {
  if (state.phase !== 'absent') return [];
  return [result?.type === 'refused' ? state : { ...state, phase: 'running' }];
}

/** What is taken by one that may be about to end is lost, or not. */
function input(
  state: ProcessState,
  result: ProcessResult | undefined,
  after: ProcessState,
): readonly ProcessState[] {
  if (result?.type === 'not running') return state.inputOver ? [state] : ended(state);
  return state.inputOver || state.phase === 'over' ? [] : [after];
}

function signal(
  state: ProcessState,
  name: string,
  result: ProcessResult | undefined,
): readonly ProcessState[] {
  if (result?.type === 'not running') return ended(state);
  if (state.phase === 'over') return [];
  if (name === 'STOP') return [{ ...state, stopped: true }];
  if (name === 'CONT') return [{ ...state, stopped: false }];
  return [{ ...state, ends: withEnd(state.ends, name) }];
}

/** All that it can have ended by, if it has. */
function ended(state: ProcessState): readonly ProcessState[] {
  if (state.phase === 'over') return [state];
  return state.ends.map((how) => over(state, how));
}

function over(state: ProcessState, how: string): ProcessState {
  return { ...state, phase: 'over', ends: [how], stopped: false, inputOver: true };
}

function read(state: ProcessState, result: ProcessResult | undefined): readonly ProcessState[] {
  const { unread } = state;
  // A reader that is gone may have used up any part.
  if (result?.type !== 'read') {
    return Array.from(unread, (_, at) => ({ ...state, unread: unread.slice(at + 1) }));
  }
  const { text } = result;
  if (text !== undefined) {
    return unread.startsWith(text) ? [{ ...state, unread: unread.slice(text.length) }] : [];
  }
  // Its output ends with it; whom a signal ended may have left some of its input.
  return ended(state).filter(({ ends: [how] }) => unread === '' || how !== EXIT_BY_ITSELF);
}

function look(state: ProcessState, result: ProcessResult | undefined): readonly ProcessState[] {
  if (result?.type === 'over') {
    const { how } = result;
    return ended(state).filter(({ ends }) => ends[0] === how);
  }
  if (result?.type !== 'runs') return [state];
  // One that ends is not stopped any more, and for a moment not known to have ended.
  const isSame = state.stopped === result.stopped || (!result.stopped && state.ends.length > 0);
  return state.phase === 'running' && isSame ? [state] : [];
}

function withEnd(ends: readonly string[], how: string): readonly string[] {
  return ends.includes(how) ? ends : [...ends, how].sort();
}

function describe(call: ProcessCall, result: ProcessResult | undefined): string {
  const name = call.type === 'signal' ? ` ${call.name}` : '';
  const what = `${call.type}${call.type === 'write' ? ` "${call.text}"` : name}`;
  if (result === undefined) return what;
  switch (result.type) {
    case 'read':
      return `${what} -> ${result.text === undefined ? 'the end' : `"${result.text}"`}`;
    case 'over':
      return `${what} -> ${result.how}`;
    case 'runs':
      return `${what} -> ${result.stopped ? 'stopped' : 'runs'}`;
    default:
      return `${what} -> ${result.type}`;
  }
}
