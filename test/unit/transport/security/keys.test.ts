import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../../../../src/limits.ts';
import { parseKeys, readKeyFile } from '../../../../transport/security/keys.ts';

const line = (byte: number, bytes = 64) => Buffer.alloc(bytes, byte).toString('base64');

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'circuit-keys-'));
  path = join(directory, 'key');
});

afterEach(() => rmSync(directory, { recursive: true }));

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

describe('a key file', () => {
  test('may be a pipe, which is waited for, and read to its bound', async () => {
    execFileSync('mkfifo', ['-m', '600', path]);
    const write = async (text: string) => {
      const writer = await open(path, 'w');
      // Who reads no more breaks the pipe.
      await writer.writeFile(text).catch(() => {});
      await writer.close();
    };
    const read = async (text: string) => (await Promise.all([readKeyFile(path), write(text)]))[0];
    expect(await read(`${line(1)}\n`)).toEqual(parseKeys(line(1), 'other'));
    await expect(read('')).rejects.toThrow('holds no key');
    await expect(read(`${line(1)}\n${' '.repeat(200_000)}`)).rejects.toThrow('is too long');
  });

  test('may have comments, empty lines, blanks and line ends of any kind', async () => {
    write(`# the new one\n\n  ${line(1)}  \r\n#${line(9)}\n${line(2)}\n# that is all`);
    const ring = await readKeyFile(path);
    expect(ring).toEqual(parseKeys(`${line(1)}\n${line(2)}`, 'other'));
    expect(ring.length).toBe(2);
  });

  test.each(['600', '400', '700'])('with mode %s is read', async (mode) => {
    write(line(1), Number.parseInt(mode, 8));
    expect((await readKeyFile(path)).length).toBe(1);
  });

  test.each(['644', '640', '604', '620', '602', '610', '601'])(
    'with mode %s is refused, and it says what to do',
    async (mode) => {
      write(line(1), Number.parseInt(mode, 8));
      if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
      await expect(readKeyFile(path)).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        message: `others than its owner may use the key file ${path}: forbid it with chmod 600 ${path}`,
      });
    },
  );

  test.runIf(process.getuid?.() === 0)(
    'of root may be read by its group, and no more',
    async () => {
      write(line(1), 0o640);
      expect((await readKeyFile(path)).length).toBe(1);
      write(line(1), 0o660);
      await expect(readKeyFile(path)).rejects.toThrow('chmod 600');
      write(line(1), 0o644);
      await expect(readKeyFile(path)).rejects.toThrow('chmod 600');
    },
  );

  test.each([
    ['', 'holds no key: make one with "circuit keygen"'],
    ['# nothing\n\n', 'holds no key'],
    ['not base64!\n', 'line 1, is not base64'],
    [`${line(1)}\nQUJD*\n`, 'line 2, is not base64'],
    ['QUJ\n', 'line 1, is not base64'],
    [line(1, 31), 'a key of 31 bytes: 32 to 128 are taken'],
    [line(1, 129), 'a key of 129 bytes'],
    [`${line(1)}\n${line(1)}`, 'line 2, repeats a key'],
    [
      Array.from({ length: limits.keysMax + 1 }, (_, i) => line(i)).join('\n'),
      `more than ${limits.keysMax} keys: remove old ones`,
    ],
    ['#'.repeat(64 * 1024 + 1), 'too long for a key file'],
  ])('with %j is refused', async (text, words) => {
    write(text);
    const refusal = readKeyFile(path);
    await expect(refusal).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(refusal).rejects.toThrow(words);
    await expect(refusal).rejects.toThrow(path);
  });

  test('with as many keys as there may be, of the shortest and the longest kind, is read', async () => {
    const keys = Array.from({ length: limits.keysMax }, (_, i) => line(i, i % 2 === 0 ? 32 : 128));
    write(keys.join('\n'));
    expect((await readKeyFile(path)).length).toBe(limits.keysMax);
  });

  test('that is no file, or is not there, is refused', async () => {
    await expect(readKeyFile(path)).rejects.toThrow(`cannot read the key file ${path}: ENOENT`);
    mkdirSync(path, { mode: 0o700 });
    await expect(readKeyFile(path)).rejects.toThrow(`${path} is a directory, not a key file`);
  });

  test('is never quoted in what is said of it', async () => {
    const secret = 'bm90IGEga2V5IGJ1dCBhIHNlY3JldA';
    write(`${secret}\n`);
    const error = await readKeyFile(path).catch((caught: Error) => caught);
    expect(String(error)).not.toContain(secret);
  });
});

describe('what is derived of a key', () => {
  const [key] = parseKeys(line(7), 'test');

  test('is different for each purpose, and for each key', () => {
    const [other] = parseKeys(line(8), 'test');
    const all = [key, other].flatMap((one) => [one.stream, one.datagram, one.multicast, one.id]);
    expect(new Set(all.map(String)).size).toBe(8);
    for (const bytes of [key.stream, key.datagram, key.multicast]) expect(bytes.length).toBe(32);
    expect(key.id).toMatch(/^[0-9a-f]{16}$/);
  });

  test('stays what it is: other versions must derive the same', () => {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').slice(0, 16);
    expect([key.id, hex(key.stream), hex(key.datagram), hex(key.multicast)]).toMatchInlineSnapshot(`
      [
        "3db2ea6f01d64516",
        "a6645bed855cdf38",
        "e222465d07ce2ee4",
        "03e75de461b28c02",
      ]
    `);
  });
});
