/** The thread that watches a run; see watchdog.ts. */

import { closeSync, writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { mistakeExitCode, type Watched } from './watchdog.ts';

const { beats, file, stuckSeconds, json, endsWithParent } = workerData as Watched;
const bugExitCode = 70;
const lookMs = 500;

interface Frame {
  readonly name: string;
  readonly url: string;
  readonly line: number;
}

/** An error as --json prints it. */
interface Told {
  readonly code: string;
  readonly message: string;
  readonly outcomeUnknown?: boolean;
}

let beat = -1;
let beatAt = performance.now();
let ending = false;

const parent = process.ppid;

setInterval(() => {
  // The first thread hears of it only between two runs.
  if (endsWithParent && process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  const current = Atomics.load(beats, 1);
  if (Atomics.load(beats, 0) === 0 || current !== beat) {
    beat = current;
    beatAt = performance.now();
  } else if (!ending && performance.now() - beatAt > stuckSeconds * 1000) {
    ending = true;
    stop();
  }
}, lookMs);

function stop(): void {
  const session = new Session();
  session.connectToMainThread();
  /** number of a script => where it is from; the frames below do not say. */
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    const [top] = params.callFrames;
    const frames = params.callFrames.map(({ functionName, location }) => {
      const { lineNumber, scriptId } = location;
      return { name: functionName, url: urls.get(scriptId) ?? '', line: lineNumber + 1 };
    });
    const own = frames.find(({ url }) => url === pathToFileURL(file).href);
    // A promise callback that makes the next one due: it is of the story, but not on the stack.
    const isChain = own === undefined && frames[1]?.name === 'runPromises';
    if (isChain) say(endlessChain);
    else say(own === undefined ? bug(frames) : mistake(own));
    const exitCode = own === undefined && !isChain ? bugExitCode : mistakeExitCode;
    // Node would add that it waits for the debugger, which is us.
    closeSync(2);
    session.post('Debugger.evaluateOnCallFrame', {
      callFrameId: top?.callFrameId ?? '',
      expression: `process.reallyExit(${exitCode})`,
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

const endlessChain: Told = {
  code: 'BAD_ARGUMENT',
  message:
    `${file}: promises have been settling each other for ${stuckSeconds} s: does a loop await ` +
    'something that takes no virtual time? (--stuck-seconds gives it longer)',
  outcomeUnknown: false,
};

function mistake({ line }: Frame): Told {
  const message =
    `${file}:${line}: the run has been here for ${stuckSeconds} s: ` +
    'does this loop end? (--stuck-seconds gives it longer)';
  return { code: 'BAD_ARGUMENT', message, outcomeUnknown: false };
}

function bug(frames: readonly Frame[]): Told {
  const where = frames.slice(0, 5).map(({ name, url, line }) => {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url;
    return `${name} ${path}:${line}`;
  });
  const message =
    `nothing has happened in the run for ${stuckSeconds} s, and the scenario is not the one that ` +
    `computes; this is a bug in circuit, please report it with: ${where.join(' < ')}`;
  return { code: 'BUG', message };
}

function say(error: Told): void {
  writeSync(2, json ? `${JSON.stringify({ error })}\n` : `circuit: ${error.message}\n`);
}
