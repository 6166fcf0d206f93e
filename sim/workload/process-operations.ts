/** Random operations on processes that copy their input to their output, with their histories. */

import type { Proc, ProcState } from '../../src/client/proc.ts';
import { CircuitError } from '../../src/errors.ts';
import type { ProcessRecorder } from '../history/histories.ts';
import type { ProcessCall, ProcessResult } from '../history/process-model.ts';
import { type Acting, ANSWER_MS, type Lane, recorded, retire } from './recorded.ts';

/** A process in use. */
export interface ProcessLane extends Lane {
  readonly history: ProcessRecorder;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const gone: ProcessResult = { type: 'gone' };
const failures = {
  NOT_RUNNING: { type: 'not running' },
  ABORTED: gone,
  NO_SUCH_ANCHOR: gone,
} as const;
const SIGNALS = ['STOP', 'CONT', 'CONT', 'CONT', 'TERM', 'KILL'] as const;

/** Starts it; false when nobody can use it. */
export async function makeProcess(acting: Acting, lane: ProcessLane): Promise<boolean> {
  const anchor = acting.client.walk(lane.path);
  const spawned = await recorded(
    lane.history,
    acting,
    { type: 'spawn' },
    {
      work: async (): Promise<ProcessResult> => {
        await anchor.makeProc({ Path: '/bin/cat' }, { timeoutMs: ANSWER_MS });
        return { type: 'done' };
      },
      failures: { SPAWN_FAILED: { type: 'refused' } },
    },
  );
  return spawned?.type === 'done';
}

/** One operation. */
export async function useProcess(acting: Acting, lane: ProcessLane): Promise<void> {
  const { random } = acting;
  const proc = acting.client.walk(lane.path).proc();
  const kind = random.float();
  if (kind < 0.3) await write(acting, lane, proc);
  else if (kind < 0.6) await read(acting, lane, proc);
  else if (kind < 0.75) await peek(acting, lane, proc);
  else if (kind < 0.9) await wait(acting, lane, proc);
  else if (kind < 0.98) {
    await signal(acting, lane, proc, SIGNALS[random.below(SIGNALS.length)] as string);
  } else await end(acting, lane, proc);
}

/** Lets it end, reads what is left, asks twice how it ended, and scrubs it. */
export async function endProcess(acting: Acting, lane: ProcessLane): Promise<void> {
  const proc = acting.client.walk(lane.path).proc();
  await signal(acting, lane, proc, 'CONT');
  await end(acting, lane, proc);
  await retire(acting, lane);
  for (let text: string | undefined = ''; text !== undefined; ) {
    const result = await read(acting, lane, proc);
    text = result?.type === 'read' ? result.text : undefined;
  }
  await wait(acting, lane, proc);
  await wait(acting, lane, proc);
  await does(acting, lane, { type: 'scrub' }, async () => {
    await proc.scrub({ kill: true, timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
}

/** A writer that goes away again and leaves the input open for the next. */
async function write(acting: Acting, lane: ProcessLane, proc: Proc): Promise<void> {
  const text = `${acting.name}:${acting.number} `;
  await does(acting, lane, { type: 'write', text }, async () => {
    const sink = proc.stdin({ timeoutMs: ANSWER_MS });
    // What is wrong with the whole says more than what is wrong with the writing.
    await sink.write(encoder.encode(text)).catch(() => {});
    sink.abandon();
    try {
      await sink.finished;
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      const { code, message } = error;
      if (code === 'NO_SUCH_ANCHOR' || code === 'STREAM_BUSY') throw error;
      // After any other, such as that it has ended, some of it may have been taken before.
      if (code !== 'CANCELLED') throw new CircuitError(code, message, { outcomeUnknown: true });
    }
    return { type: 'done' };
  });
}

/** One piece; what was used up is certain when the server has answered something later. */
function read(acting: Acting, lane: ProcessLane, proc: Proc) {
  return does(acting, lane, { type: 'read' }, async () => {
    const source = proc.stdout({ timeoutMs: acting.patienceMs });
    const { value } = await source.next();
    await source.return();
    try {
      await proc.peek({ timeoutMs: ANSWER_MS });
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      throw new CircuitError(error.code, error.message, { outcomeUnknown: true });
    }
    return { type: 'read', text: value && decoder.decode(value) };
  });
}

async function peek(acting: Acting, lane: ProcessLane, proc: Proc): Promise<void> {
  await does(acting, lane, { type: 'peek' }, async () =>
    resultOf(await proc.peek({ timeoutMs: ANSWER_MS })),
  );
}

async function wait(acting: Acting, lane: ProcessLane, proc: Proc): Promise<void> {
  await does(acting, lane, { type: 'wait' }, async () =>
    resultOf(await proc.wait({ timeoutMs: acting.patienceMs })),
  );
}

async function signal(acting: Acting, lane: ProcessLane, proc: Proc, name: string): Promise<void> {
  await does(acting, lane, { type: 'signal', name }, async () => {
    await proc.signal(name, { timeoutMs: ANSWER_MS });
    return { type: 'done' };
  });
}

async function end(acting: Acting, lane: ProcessLane, proc: Proc): Promise<void> {
  await does(acting, lane, { type: 'end' }, async () => {
    await proc.stdin({ timeoutMs: ANSWER_MS }).end();
    return { type: 'done' };
  });
}

function does(
  acting: Acting,
  lane: ProcessLane,
  call: ProcessCall,
  work: () => Promise<ProcessResult>,
) {
  return recorded(lane.history, acting, call, { work, failures });
}

function resultOf({ Phase, Exit }: ProcState): ProcessResult {
  if (Phase === 'running' || Phase === 'stopped') {
    return { type: 'runs', stopped: Phase === 'stopped' };
  }
  const how = Exit?.Signal ?? `exit ${Exit?.Code ?? 0}`;
  return { type: 'over', how };
}
