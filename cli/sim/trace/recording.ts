/** Records the trace of a run, for a file. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TraceSink, TraceTold } from '../../../sim/index.ts';
import { CircuitError } from '../../../src/index.ts';
import { type Request, type Run, replayLine } from '../request.ts';
import { type TraceHeader, traceFormat, traceVersion } from './format.ts';

const LEVEL = 3;
/** Compressed in parts of so many characters, so that the oldest can be dropped. */
const PART_CHARS = 1 << 20;
/** What is kept, compressed: some fifty million events. */
const TRACE_BYTES_MAX = 128 * 1024 * 1024;

/** Takes in the trace of a run, to be written to a file afterwards. */
export class Recording implements TraceSink {
  readonly #bytesMax: number;
  readonly #partChars: number;
  #text = '';
  #textFrom = 0;
  /** Compressed, the oldest first. */
  #parts: { readonly from: number; readonly bytes: Uint8Array }[] = [];
  #bytes = 0;
  #cut = false;
  #hosts = 0;
  #kinds = 0;

  constructor(bytesMax = TRACE_BYTES_MAX) {
    this.#bytesMax = bytesMax;
    this.#partChars = Math.min(PART_CHARS, bytesMax);
  }

  event(at: number, actor: number, kind: number, a: number, b: number): void {
    if (actor > this.#hosts) this.#hosts = actor;
    if (kind > this.#kinds) this.#kinds = kind;
    this.#add(at, `["e",${at},${actor},${kind},${a},${b}]\n`);
  }

  note(at: number, actor: number, text: string): void {
    if (actor > this.#hosts) this.#hosts = actor;
    this.#add(at, `${JSON.stringify(['n', at, actor, text])}\n`);
  }

  told({ at, type, observer, subject, start, incarnation, from }: TraceTold): void {
    this.#add(at, `["t",${at},"${type}",${observer},${subject},${start},${incarnation},${from}]\n`);
  }

  /** Throws BAD_ARGUMENT when the file cannot be written. */
  write(file: string, request: Request, run: Run): void {
    this.#close();
    const { report, trace, incidents, history } = run;
    const untilUs = Math.round(report.virtualSeconds * 1e6);
    const header: TraceHeader = {
      ...{
        format: traceFormat,
        version: traceVersion,
        scenario: request.typed,
        claim: report.claim,
      },
      ...{ seed: report.seed, parameters: report.parameters, replay: replayLine(request, history) },
      ...{ hash: report.hash, events: report.events, untilUs },
      fromUs: this.#cut ? (this.#parts[0]?.from ?? untilUs) : 0,
      hosts: Array.from({ length: this.#hosts + 1 }, (_, actor) => trace.names.actor(actor)),
      kinds: Array.from({ length: this.#kinds + 1 }, (_, kind) => trace.names.kind(kind)),
      ...{ incidents, violations: report.violations },
    };
    const parts = [gzipSync(`${JSON.stringify(header)}\n`), ...this.#parts.map((it) => it.bytes)];
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.concat(parts));
    } catch (error) {
      const why = (error as Error).message;
      throw new CircuitError('BAD_ARGUMENT', `cannot write the trace to ${file}: ${why}`);
    }
  }

  #add(at: number, line: string): void {
    if (this.#text === '') this.#textFrom = at;
    this.#text += line;
    if (this.#text.length >= this.#partChars) this.#close();
  }

  /** Parts of a file are compressed one by one: gzip takes what follows for more of the same. */
  #close(): void {
    if (this.#text === '') return;
    const bytes = gzipSync(this.#text, { level: LEVEL });
    this.#parts.push({ from: this.#textFrom, bytes });
    this.#bytes += bytes.length;
    this.#text = '';
    while (this.#bytes > this.#bytesMax && this.#parts.length > 1) {
      this.#bytes -= this.#parts.shift()?.bytes.length ?? 0;
      this.#cut = true;
    }
  }
}
