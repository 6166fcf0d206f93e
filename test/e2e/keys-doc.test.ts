/** What docs/security.md tells its reader to type does what it says. */

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { circuit, endAll, startServer, wrapper } from '../support/circuit.ts';
import { KeyFiles, keyed } from '../support/key-files.ts';
import { blocks, steps, withoutChance } from '../support/readme.ts';
import { read } from '../support/tidy/tree.ts';

const { text } = read('docs/security.md');

afterEach(endAll);

/** Runs it in a shell of the directory, and gives what it printed. */
async function shell(directory: string, script: string): Promise<string> {
  const { CIRCUIT: _, CIRCUIT_HMAC: __, CIRCUIT_DISCOVER: ___, ...environment } = process.env;
  const { stdout } = await execa('/bin/bash', ['-c', script], {
    cwd: directory,
    extendEnv: false,
    env: { ...environment, PATH: `${dirname(wrapper)}:${environment['PATH']}` },
  });
  return stdout;
}

test('the session gives what it shows', async () => {
  using files = new KeyFiles();
  const session = steps(blocks(text, 'console').join(''));
  const script = session.map(({ command }) =>
    command.endsWith('&')
      ? `${command.slice(0, -1)} 2>log & trap "kill $!" EXIT; until [ -s url ]; do sleep 0.05; done`
      : command,
  );
  const shown = await shell(files.directory, script.join('\n'));
  const expected = session.flatMap(({ output }) => output);
  expect(shown.split('\n').map(withoutChance)).toEqual(expected.map(withoutChance));
  expect(readFileSync(join(files.directory, 'refused'), 'utf8')).toMatch(/^circuit: .* key/);
});

test('the three steps give the key files that they describe', async () => {
  using files = new KeyFiles();
  const [old, next] = [await files.key(), await files.key()];
  files.write(old, { name: 'old' });
  files.write(next, { name: 'new' });
  const path = files.write(old, { name: 'key' });
  const commands = [...text.matchAll(/`(cat [^`]+ > key)`/g)].map(([, command]) => command);
  const contents: string[] = [];
  for (const command of commands) {
    await shell(files.directory, `umask 077\n${command}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    contents.push(readFileSync(path, 'utf8'));
  }
  expect(contents).toEqual([old + next, next + old, next]);
});

test('the exit code for keys that do not fit is the one that it names', async () => {
  using files = new KeyFiles();
  const [, code] = /Exit code (\d+), `WRONG_KEY`/.exec(text) ?? [];
  const [mine, theirs] = [files.write(await files.key()), files.write(await files.key())];
  const { url } = await startServer(['-hmac', theirs]);
  expect((await circuit(['ls', '/', '-d', url], keyed(mine))).code).toBe(Number(code));
});

test('files that others may read are refused, as it says', async () => {
  using files = new KeyFiles();
  const file = join(files.directory, 'key');
  writeFileSync(file, await files.key(), { mode: 0o644 });
  const { code, err } = await circuit(['start'], keyed(file));
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('chmod 600') });
});
