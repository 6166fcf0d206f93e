import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { entriesOfFiles } from '../../../cli/log-files.ts';
import { type JournalEntry, limits } from '../../../src/index.ts';

const head = '{"format":1,"server":"X0000000000000001"}\n';

function line(number: number, fields: object = {}): string {
  const stamp = `2026-11-21T03:15:53.123Z.${String(number).padStart(5, '0')}`;
  return `${JSON.stringify({ number, stamp, event: 'done', ...fields })}\n`;
}

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'circuit-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function entriesIn(folder: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of entriesOfFiles(folder)) entries.push(entry);
  return entries;
}

async function numbersIn(files: Parameters<typeof folderOf>[0]): Promise<number[]> {
  const entries = await entriesIn(folderOf(files));
  return entries.map(({ number }) => number);
}

const only = (content: string | Uint8Array) => numbersIn({ 'journal-000001.jsonl': content });

test('files are read in the order of their numbers, however long these are', async () => {
  const files = {
    'journal-1000000.jsonl': head + line(3),
    'journal-000001.jsonl': head + line(1),
    'journal-999999.jsonl': head + line(2),
    'journal-000002.jsonl~': 'half written',
    'journal-x.jsonl': 'of somebody else',
  };
  expect(await numbersIn(files)).toEqual([1, 2, 3]);
});

test('an entry begins with its server, which the head of the file names', async () => {
  const server = 'X0000000000000001';
  const files = {
    'journal-000001.jsonl': head + line(1, { server: 'X0000000000000002', more: 1 }),
  };
  const [entry] = await entriesIn(folderOf(files));
  expect(Object.keys(entry ?? {})).toEqual(['server', 'number', 'stamp', 'event', 'more']);
  expect(entry?.server).toBe(server);
});

test('what else might end a line of text is part of an entry', async () => {
  const path = '/X0000000000000001/a\u2028b\u2029c\u0085d\re';
  const folder = folderOf({ 'journal-000001.jsonl': head + line(1, { path }) + line(2) });
  const entries = await entriesIn(folder);
  expect(entries.map((entry) => entry.path)).toEqual([path, undefined]);
});

test.each(['', head.slice(0, -9), head, head + line(1).slice(0, -5)])(
  'what a crash has cut short is left out: %s',
  async (content) => {
    expect(await only(content)).toEqual([]);
  },
);

test.each([
  ['{}\n', 'is not the journal'],
  ['[]\n', 'is not the journal'],
  ['{"server":"X1"}\n', 'is not the journal'],
  ['{"format":2,"server":"X1"}\n', 'of format 2; this circuit reads format 1'],
  [`half\n${head}`, 'is not the journal'],
  [`${head}{"number":1}\n`, 'is not the journal'],
  [head + line(1, { method: 7 }), 'is not the journal'],
  [head + line(1, { path: null }), 'is not the journal'],
  [head + line(1, { bytes: '1' }), 'is not the journal'],
  [head + line(1, { stamp: 'now' }), 'is not the journal'],
])('%s is refused', async (content, why) => {
  await expect(only(content)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining(why),
  });
});

test('a line that no server writes is not read to its end', async () => {
  const garbage = new Uint8Array(4 * 16 * limits.pathBytesMax).fill(0x61);
  await expect(only(garbage)).rejects.toThrow('is not the journal');
});
