/** The directory of a server: odd places are refused at once, and its URL misleads nobody. */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { begin, circuit, endAll, startServer, type TestServer } from '../support/circuit.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'circuit-'));
});

afterEach(async () => {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
});

const at = (...names: string[]) => join(directory, ...names);
const makePipe = (path: string) => spawnSync('mkfifo', [path]);

const end = async ({ running }: TestServer, signal: NodeJS.Signals) => {
  process.kill(running.pid, signal);
  return (await running.ended).code;
};

describe('a directory that cannot be is told at once:', () => {
  test.each([
    ['where nothing can be made', () => '/proc/nothing', 'ENOENT'],
    ['below that', () => '/proc/nothing/below', 'ENOENT'],
    ['of a process', () => '/proc/self/nothing', 'ENOENT'],
    ['a device', () => '/dev/null', 'no directory'],
    ['a file', () => at('file'), 'no directory'],
    ['below a file', () => at('file', 'below'), 'ENOTDIR'],
    ['a pipe', () => at('pipe'), 'no directory'],
    ['below a pipe', () => at('pipe', 'below'), 'ENOTDIR'],
    ['a link to nothing', () => at('dangling'), 'no directory'],
    ['below a link to nothing', () => at('dangling', 'below'), 'no directory'],
    ['a link to itself', () => at('loop', 'below'), 'ELOOP'],
    ['with a name that is too long', () => at('n'.repeat(300)), 'ENAMETOOLONG'],
    ['without a name', () => '', '-var names no directory'],
  ])('%s', async (_what, path, words) => {
    writeFileSync(at('file'), '');
    makePipe(at('pipe'));
    symlinkSync(at('nowhere'), at('dangling'));
    symlinkSync(at('loop'), at('loop'));
    const { code, out, err } = await circuit(['start', '-var', path()]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect(err).toContain(words);
    expect(err).toContain(path());
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  test.each(['address~', 'address/', '~lock.7/'])('with %s in it', async (name) => {
    if (name.endsWith('/')) mkdirSync(at(name));
    else makePipe(at(name));
    const { code, err } = await circuit(['start', '-var', directory]);
    expect([code, err]).toEqual([2, expect.stringMatching(/^circuit: [^\n]*directory|ENXIO/)]);
  });
});

test('pipes in the places of its files hold up no server', async () => {
  for (const name of ['address', '~lock.1', 'journal-000001.jsonl']) makePipe(at(name));
  const server = await startServer(['-var', directory]);
  expect(readFileSync(at('address'), 'utf8')).toBe(`${server.url}\n`);
  expect(await end(server, 'SIGTERM')).toBe(0);
});

describe('the file with its URL', () => {
  const ls = () => circuit(['ls', '/'], { env: { CIRCUIT: at('address') } });

  test('is there while it serves, and not after an orderly end', async () => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      const server = await startServer(['-var', directory]);
      expect(await ls()).toMatchObject({ code: 0, out: `${server.path}\n` });
      expect(await end(server, signal)).toBe(0);
      expect(readdirSync(directory)).not.toContain('address');
    }
    const { code, err } = await ls();
    expect([code, err]).toEqual([2, expect.stringContaining(at('address'))]);
  });

  test('is left by one that was killed, and who is misled by it is told', async () => {
    const server = await startServer(['-var', directory]);
    await end(server, 'SIGKILL');
    const { code, err } = await ls();
    expect([code, err]).toEqual([
      13,
      expect.stringContaining(`is in the file ${at('address')}, which CIRCUIT names`),
    ]);
  });

  test('of one that was killed is gone when the next one starts, before it serves', async () => {
    await end(await startServer(['-var', directory]), 'SIGKILL');
    // It waits for a server that is not there: port 9 is for what is thrown away.
    const waiting = ['-j', 'circuit://127.0.0.1:9', '--timeout', '2'];
    const next = begin(['start', '-var', directory, ...waiting], { input: '' });
    expect(await next.ended).toMatchObject({ code: 13 });
    expect(readdirSync(directory)).not.toContain('address');
  });

  test('of another server that has the directory by now is left alone', async () => {
    const server = await startServer(['-var', directory]);
    writeFileSync(at('address'), 'of another\n');
    expect(await end(server, 'SIGTERM')).toBe(0);
    expect(readFileSync(at('address'), 'utf8')).toBe('of another\n');
  });
});
