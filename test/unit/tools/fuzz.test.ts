/** The fuzzer finds what is planted, makes it small, keeps what is new, and ends as it says. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Draw } from '../../../tools/fuzz/draw.ts';
import { type Find, Fuzzer } from '../../../tools/fuzz/fuzzer.ts';
import { INPUT_BYTES_MAX, mutated } from '../../../tools/fuzz/mutate.ts';
import { smallest } from '../../../tools/fuzz/smaller.ts';
import { codecTarget, type Target } from '../../../tools/fuzz/target.ts';
import { tried } from '../../../tools/fuzz/trial.ts';

function target(run: Target['run']): Target {
  return { name: 'planted', covers: [], generate: (draw) => draw.exactly(12), run };
}

async function findsIn(planted: Target, count = 3_000): Promise<Find[]> {
  const finds: Find[] = [];
  const fuzzer = new Fuzzer(planted, {
    ...{ seed: 'test', coverage: undefined, entries: [] },
    events: { trying: () => {}, kept: () => {}, found: (find) => finds.push(find) },
  });
  await fuzzer.replay();
  await fuzzer.fresh(count);
  return finds;
}

test('a decoder that throws is found, and what it throws at is as small as it gets', async () => {
  const finds = await findsIn(
    target((input) => {
      if (input.includes(0xff)) throw new TypeError(`no 255 among ${input.length}`);
      return 'read';
    }),
  );
  expect(finds).toHaveLength(1);
  expect(finds[0]?.input).toEqual(Uint8Array.of(0xff));
  expect(finds[0]?.failure.kind).toBe('TypeError: no # among #');
});

test('a decoder that allocates what a length says is found', async () => {
  const kept: Uint8Array[] = [];
  const finds = await findsIn(
    target((input) => {
      if (input.length < 4) return 'short';
      kept[0] = new Uint8Array(new DataView(input.buffer).getUint32(0) % 0x400000);
      return 'read';
    }),
    300,
  );
  expect(finds.map(({ failure }) => failure.kind)).toEqual(['allocates']);
});

test('what is within the bound is no find', async () => {
  const plain = target((own) => String(own.length));
  expect(await tried(plain, new Uint8Array(100))).toMatchObject({ outcome: '100' });
});

test('a codec that reads what it does not write is found', async () => {
  const finds = await findsIn(
    codecTarget<number>('planted', {
      codec: { write: (writer, value) => writer.u8(value & 0x7f), read: (reader) => reader.u8() },
      covers: [],
      value: (draw) => draw.below(100),
    }),
  );
  expect(finds.map(({ failure }) => failure.kind)).toContain(
    'Broken: what was written is not what is read',
  );
});

test('the same seed makes the same inputs, none longer than it may be', () => {
  const series = (seed: string) => {
    const draw = new Draw(seed);
    let input: Uint8Array = new Uint8Array(8);
    return Array.from({ length: 300 }, () => {
      input = mutated(draw, input, { other: draw.bytes(), words: [Uint8Array.of(1, 2)] });
      return Buffer.from(input).toString('hex');
    });
  };
  expect(series('a')).toEqual(series('a'));
  expect(series('b')).not.toEqual(series('a'));
  expect(Math.max(...series('a').map((hex) => hex.length / 2))).toBeLessThanOrEqual(
    INPUT_BYTES_MAX,
  );
});

test('what cannot be made smaller is left as it is', async () => {
  const input = Uint8Array.of(7, 9);
  expect(await smallest(input, async (each) => each.length === 2 && each[0] === 7)).toEqual(
    Uint8Array.of(7, 0),
  );
});

function program(...args: string[]) {
  const cwd = new URL('../../../', import.meta.url);
  const { status, stdout, stderr } = spawnSync('node', ['tools/fuzz/main.ts', ...args], {
    ...{ cwd, encoding: 'utf8' },
  });
  return { status, text: stdout + stderr };
}

test.each([
  [['--target', 'nobody'], 'no target is called "nobody"'],
  [['--minutes', 'soon'], '--minutes is a number above 0'],
  [['--jobs', '0'], '--jobs is a number from 1 on'],
  [['--fast'], 'there are --minutes'],
  [['--target', 'path', '--replay', '/none/such'], 'no such file'],
])('%j is a mistake of usage', (args, message) => {
  const { status, text } = program(...args);
  expect(text).toContain(message);
  expect(status).toBe(2);
});

test('an input is tried again by its file, whose folder names the target', () => {
  const folder = mkdtempSync(join(tmpdir(), 'circuit-fuzz-'));
  const file = join(folder, 'x.txt');
  writeFileSync(file, '/nonsense');
  expect(program('--target', 'path', '--replay', file)).toEqual({
    ...{ status: 0, text: 'path: NO_SUCH_SERVER\n' },
  });
});
