/** Files that servers leave: journals, locks, the address; and what the system tells of processes. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseUrlFile } from '../../../cli/dial.ts';
import { entriesOfFiles } from '../../../cli/log-files.ts';
import { LogLines } from '../../../cli/log-lines.ts';
import { parseJournalEntry } from '../../../src/client/journal.ts';
import { CircuitError } from '../../../src/errors.ts';
import { parseStat } from '../../../transport/proc-stat.ts';
import { parseLock } from '../../../transport/storage-lock.ts';
import type { Draw } from '../draw.ts';
import { bytesOf, law, parsed, type Target, textOf } from '../target.ts';

const FILES_MAX = 8;
/** Begins a file within an input; its name follows. */
const BEGIN = '==';
const head = '{"format":1,"server":"X0000000000000001"}';

function lineOf(draw: Draw, number: number): string {
  const stamp = `2026-11-21T03:15:53.${draw.pick(['123', '000'])}Z.0000${number % 10}`;
  const event = draw.pick(['began', 'ended', 'done', 'joined', 'left', 'lost']);
  const path = draw.optional(() => `/${draw.server()}/${draw.path()}`);
  const more = { method: draw.pick(['send', 'list']), by: draw.address(), detail: draw.text(9) };
  const numbers = { operation: number, bytes: draw.integer(), lost: draw.integer(9) };
  const wrong = draw.oneIn(12) ? { [draw.pick(['path', 'method', 'by', 'lost'])]: [number] } : {};
  const rest = draw.boolean() ? more : numbers;
  return JSON.stringify({ number, stamp, event, path, ...rest, ...wrong });
}

/** What is in a directory: the names of files and what is in them. */
function* filesIn(text: string): Generator<readonly [string, string]> {
  const parts = text.split(/^==/m).slice(0, FILES_MAX);
  for (const part of parts) {
    const end = part.indexOf('\n');
    const name = part.slice(0, Math.max(0, end)).replace(/[^a-z0-9.~-]/g, '_');
    if (/[a-z0-9]/.test(name)) yield [name.slice(0, 60), part.slice(end + 1)];
  }
}

/** How many entries a file has of which nothing is wrong; undefined for any other. */
function entriesOfWhole(content: string): number | undefined {
  const [first = '', ...lines] = content.split('\n');
  if (first !== head || lines.pop() !== '') return undefined;
  for (const line of lines) {
    const json = parsed(() => jsonOf(line), 'BAD_ARGUMENT');
    if ('refused' in json || typeof json.value !== 'object' || json.value === null)
      return undefined;
    if (parseJournalEntry('X', json.value as Record<string, unknown>) === undefined)
      return undefined;
  }
  return lines.length;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CircuitError('BAD_ARGUMENT', 'no JSON');
  }
}

/** A directory of a server, as `circuit log --file` reads it. */
const journals: Target = {
  ...{ name: 'journal-files', text: true, share: 0.03, bytesBase: 8 * 1024 * 1024 },
  covers: ['src/client/journal.ts parseJournalEntry'],
  words: [
    ...['==journal-000001.jsonl\n', '"stamp"', '"number"', '"event"', '"server"', '"format":1'],
    ...['"path":7', '"method"', '\u2028', '\r\n', 'null', '\u001b[2J', `${head}\n`],
  ],
  generate(draw) {
    const file = (_: unknown, index: number) => {
      const lines = Array.from({ length: draw.below(4) }, (_, number) => lineOf(draw, number + 1));
      return [`${BEGIN}journal-${String(index + 1).padStart(6, '0')}.jsonl`, head, ...lines, ''];
    };
    return bytesOf(
      Array.from({ length: 1 + draw.below(3) }, file)
        .flat()
        .join('\n'),
    );
  },
  async run(input) {
    const folder = mkdtempSync(join(tmpdir(), 'circuit-fuzz-'));
    try {
      const files = [...new Map(filesIn(textOf(input)))];
      for (const [name, content] of files) writeFileSync(join(folder, name), content);
      const counted = files
        .filter(([name]) => /^journal-\d{1,15}\.jsonl$/.test(name))
        .map(([, content]) => entriesOfWhole(content));
      return await printed(folder, counted);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function printed(folder: string, counted: readonly (number | undefined)[]): Promise<string> {
  const lines = new LogLines();
  const isWhole = counted.length > 0 && counted.every((count) => count !== undefined);
  let count = 0;
  try {
    for await (const entry of entriesOfFiles(folder)) {
      const line = lines.line(entry);
      law(!/\p{Cc}/u.test(line.slice(0, -1)), 'a line does something to the terminal');
      count++;
    }
  } catch (error) {
    if (!(error instanceof CircuitError) || error.code !== 'BAD_ARGUMENT') throw error;
    law(!isWhole, `a journal is refused: ${error.message}`);
    return `refused ${Math.min(3, count)}`;
  }
  const all = counted.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  law(!isWhole || count === all, `${count} entries are read of ${all}`);
  return `${Math.min(5, count)}`;
}

/** What is in the lock of a directory, and what the system tells of who has it. */
const locks: Target = {
  ...{ name: 'lock', text: true },
  covers: ['transport/storage-lock.ts parseLock', 'transport/proc-stat.ts parseStat'],
  words: ['0', '-1', '1e3', ' ', ') S 1', '4026531836', '/pid:['],
  generate: (draw) =>
    bytesOf(
      draw.boolean()
        ? `${draw.integer()} ${draw.integer()} 7f3c-1/pid:[4026531836]\n`
        : `${draw.integer()} (${draw.text(15)}) S 1 ${Array.from({ length: 40 }, () => draw.integer(9)).join(' ')}\n`,
    ),
  run(input) {
    const text = textOf(input);
    const { pid, start, place } = parseLock(text);
    law(pid === undefined || (Number.isSafeInteger(pid) && pid > 0), 'no such process can be');
    law(start >= 0, 'no process starts then');
    law(place !== '' || text.includes('  '), 'a place without a name');
    const fields = parseStat(text);
    law(fields.join('').length <= text.length, 'fields out of nothing');
    return `${pid === undefined} ${place === undefined} ${Math.min(20, fields.length)}`;
  },
};

/** The file of a URL; it may be any other, as one with a key, of which nothing is told. */
const addresses: Target = {
  ...{ name: 'url-file', covers: ['cli/dial.ts parseUrlFile'], text: true },
  words: ['circuit://', '\n', '\r\n', ' ', '[::1]:1', '/1/Q0f12d4a914fdcedb'],
  generate: (draw) => bytesOf(draw.oneIn(4) ? draw.text() : `${draw.url()}\n`),
  run(input) {
    const text = textOf(input);
    try {
      const url = parseUrlFile(text, 'FILE');
      law(url.startsWith('circuit://'), 'what was read is no URL');
      law(text.includes(url), 'the URL is not in the file');
      return 'accepted';
    } catch (error) {
      if (!(error instanceof CircuitError) || error.code !== 'BAD_ARGUMENT') throw error;
      const [secret = ''] = text.trim().split('\n');
      const isQuoted = secret.length > 12 && error.message.includes(secret.slice(0, 40));
      law(secret.startsWith('circuit://') || !isQuoted, 'an error quotes the file');
      law(error.message.length < 1_000, 'an error is long');
      return 'refused';
    }
  },
};

export const leftFiles: readonly Target[] = [journals, locks, addresses];
