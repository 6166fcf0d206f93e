/** What is read from files, streams and answers outside the protocol: keys, containers, traces. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { traceFormat, traceVersion } from '../../../cli/sim/trace/format.ts';
import { openTrace } from '../../../cli/sim/trace/reading.ts';
import { Words } from '../../../cli/sim/trace/words.ts';
import { CircuitError } from '../../../src/errors.ts';
import { DockerOutput } from '../../../transport/docker-streams.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { bytesOf, law, same, type Target, textOf } from '../target.ts';

const keys: Target = {
  ...{ name: 'key-file', covers: ['transport/security/keys.ts parseKeys'], text: true },
  words: ['#', '\n', '\r\n', '=', 'A'.repeat(43)],
  generate: (draw) =>
    bytesOf(draw.list(5, () => Buffer.from(draw.exactly(32)).toString('base64')).join('\n')),
  run(input) {
    const text = textOf(input);
    try {
      const ring = parseKeys(text, 'FILE');
      law(ring.length >= 1 && ring.length <= 8, 'more keys than there may be');
      same(new Set(ring.map(({ id }) => id)).size, ring.length, 'two keys have one name');
      return `${ring.length} keys`;
    } catch (error) {
      if (!(error instanceof CircuitError) || error.code !== 'BAD_ARGUMENT') throw error;
      for (const line of text.split('\n')) {
        const secret = line.trim();
        law(secret.length < 24 || !error.message.includes(secret), 'an error quotes the file');
      }
      return 'refused';
    }
  },
};

/** However the bytes come, the output is the same. The first byte says in what pieces. */
const docker: Target = {
  ...{ name: 'docker-stream', covers: [], share: 0.3 },
  generate(draw) {
    const frames = draw.list(5, () => {
      const part = draw.bytes(30);
      return [1 + draw.below(2), 0, 0, 0, 0, 0, 0, part.length, ...part];
    });
    return Uint8Array.of(draw.below(256), ...frames.flat(), ...draw.bytes(10));
  },
  async run(input) {
    const [step = 0] = input;
    const stream = input.slice(1);
    const pieces = await outputOf(stream, 1 + (step % 37));
    same(pieces, outputIn(stream), 'the output is not what is in the frames');
    return `${pieces.length > 0}`;
  },
};

/** What the frames hold, as the engine documents them. */
function outputIn(stream: Uint8Array): number[] {
  const output: number[] = [];
  const view = new DataView(stream.buffer);
  for (let at = 0; at + 8 <= stream.length; ) {
    const length = view.getUint32(at + 4);
    output.push(...stream.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return output;
}

async function outputOf(stream: Uint8Array, step: number): Promise<number[]> {
  const socket = new PassThrough();
  const found: number[] = [];
  await new Promise<void>((ended) => {
    const output: DockerOutput = new DockerOutput(socket as unknown as Socket, {
      readable() {
        for (let part = output.read(7); part !== undefined; part = output.read(7)) {
          found.push(...part);
        }
      },
      ended,
    });
    for (let at = 0; at < stream.length; at += step) socket.write(stream.subarray(at, at + step));
    socket.end();
  });
  return found;
}

const header = {
  ...{
    format: traceFormat,
    version: traceVersion,
    hosts: ['', 'n1', 'n2'],
    kinds: ['timer', 'syn'],
  },
  ...{ scenario: 'x.ts', claim: 'all is well', seed: '1', parameters: {}, replay: '', hash: '0' },
  ...{ events: 3, untilUs: 9, fromUs: 0, violations: [], incidents: [] },
};

const lines = [
  ['e', 1, 1, 1, 0, 0],
  ['n', 2, 0, 'note'],
  ['t', 3, 'joined', 1, 2, 1, 0, 0],
];

/** A trace: the lines of it, or with another first byte, what is to be their compressed form. */
const traces: Target = {
  ...{ name: 'trace-file', covers: [], text: true, share: 0.02 },
  words: [
    '["e",',
    '["n",',
    '["t",',
    '"joined"',
    'null',
    '{}',
    '1e999',
    '"violations"',
    '"schedule"',
  ],
  bytesBase: 8 * 1024 * 1024,
  generate: (draw) =>
    bytesOf(
      [header, ...draw.list(5, () => draw.pick(lines))]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    ),
  async run(input) {
    const folder = mkdtempSync(join(tmpdir(), 'circuit-fuzz-'));
    const file = join(folder, 'trace.gz');
    try {
      writeFileSync(file, input[0] === 0x7a ? input.subarray(1) : gzipSync(input, { level: 1 }));
      const { header: read, records } = await openTrace(file);
      const words = new Words(read);
      let lines = 0;
      for await (const record of records) {
        law(words.line(record).length > 0, 'a line says nothing');
        lines++;
      }
      return `${Math.min(5, lines)} lines`;
    } catch (error) {
      if (!(error instanceof CircuitError) || error.code !== 'BAD_ARGUMENT') throw error;
      return 'refused';
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

export const files: readonly Target[] = [keys, docker, traces];
