/** The namespace, help, and what becomes of bad arguments. */

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import {
  begin,
  built,
  circuit,
  endAll,
  output,
  startServer,
  startServers,
  type TestServer,
  until,
  wrapper,
} from '../support/circuit.ts';

const clone = join(import.meta.dirname, '../..');

let here: TestServer;
let there: TestServer;
let dial: string[];

beforeAll(async () => {
  const servers = (await startServers(2)) as [TestServer, TestServer];
  servers.sort((a, b) => (a.path < b.path ? -1 : 1));
  [here, there] = servers;
  dial = ['-d', here.url];
  await output(['mkchan', `${there.path}/b/chan`, '1', ...dial]);
  await output(['mkproc', `${there.path}/a`, ...dial], { input: '{"Path": "/bin/true"}' });
});

afterAll(endAll);

describe('ls', () => {
  test('prints full paths, sorted', async () => {
    const { path } = there;
    expect(await output(['ls', path, ...dial])).toBe(`${path}/a\n${path}/b\n`);
    expect(await output(['ls', `${path}/b`, ...dial])).toBe(`${path}/b/chan\n`);
    expect(await output([...['ls'], ...dial, '/'])).toBe(`${here.path}\n${path}\n`);
  });

  test('-l puts the kind in front, /... lists all below, --depth the leaves first', async () => {
    const { path } = there;
    const lines = [
      `         server ${here.path}\n`,
      `         server ${path}\n`,
      `           proc ${path}/a\n`,
      `              · ${path}/b\n`,
      `           chan ${path}/b/chan\n`,
    ];
    expect(await output(['ls', '-l', '/...', ...dial])).toBe(lines.join(''));
    const leaves = `${path}/a\n${path}/b/chan\n${path}/b\n`;
    expect(await output(['ls', '--depth', `${path}/...`, ...dial])).toBe(leaves);
    expect(await output(['ls', `${path}/...`, '-de', ...dial])).toBe(leaves);
    expect(JSON.parse(await output(['ls', '--json', `${path}/b/...`, ...dial]))).toEqual([
      { path: `${path}/b/chan`, kind: 'chan' },
    ]);
  });

  test('names what is missing', async () => {
    for (const command of ['ls', 'peek', 'scrub']) {
      const missing = `${there.path}/nothing/here`;
      const { code, out, err } = await circuit([command, missing, ...dial]);
      expect({ code, out }).toEqual({ code: 4, out: '' });
      expect(err).toContain(missing);
      const stranger = await circuit([command, '/X0000000000000000', ...dial]);
      expect(stranger.code).toBe(3);
      expect(stranger.err).toContain('X0000000000000000');
    }
  });
});

test('peek shows a server, and null where nothing is', async () => {
  const state = JSON.parse(await output(['peek', there.path, ...dial]));
  expect(state).toMatchObject({ Addr: there.url });
  expect(state.Joined).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(await output(['peek', `${there.path}/b`, ...dial])).toBe('null\n');
  expect(await output(['peek', '/', ...dial])).toBe('null\n');
});

test('scrub of an empty anchor does nothing, and a server cannot be scrubbed', async () => {
  expect(await output(['scrub', `${there.path}/b`, ...dial])).toBe('');
  expect(await circuit(['scrub', there.path, ...dial])).toMatchObject({ code: 19 });
});

describe('bad arguments', () => {
  test.each([
    [['bogus'], 'there is no command "bogus"'],
    [['lss'], 'did you mean "ls"'],
    [['-l', 'ls'], 'the command comes first'],
    [['ls', '/', '--bogus'], '--bogus'],
    [['ls', '/', '/'], 'extraneous'],
    [['mkchan', '/x'], 'not enough'],
    [['send'], 'not enough'],
    [['peek', '--timeout', 'soon', '/'], '--timeout soon'],
    [['peek', '--timeout', '', '/'], '--timeout "" is not a time'],
    [['log', '--since', 'noon'], 'circuit: --since noon'],
    [['sim', '/tmp'], 'there is no scenario file /tmp'],
    [['help', 'bogus'], 'bogus'],
    [['ls', 'relative'], 'relative'],
    [['peek', `/X0000000000000000/${'n'.repeat(300)}`], 'too long'],
    [['peek', `/X0000000000000000${'/n'.repeat(100)}`], 'too deep'],
    [['peek', `/X0000000000000000/${'n/'.repeat(4000)}`], 'too long'],
  ])('%j', async (args, words) => {
    const needsServer = !['help', '-l', 'sim'].includes(args[0] as string);
    const { code, out, err } = await circuit(needsServer ? [...args, ...dial] : args);
    expect(err).toContain(words);
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('with --json the error is a line of JSON', async () => {
    const { code, err } = await circuit(['peek', '--json', `${there.path}/none`, ...dial]);
    expect(code).toBe(errorCodes.NO_SUCH_ANCHOR);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'NO_SUCH_ANCHOR',
        message: expect.stringContaining('/none'),
        outcomeUnknown: false,
      },
    });
  });
});

describe('help', () => {
  test('lists every command and every exit code, with and without asking', async () => {
    const help = await output(['help']);
    for (const name of ['start', 'ls', 'members', 'mkproc', 'waitall', 'leave', 'sim', 'demo']) {
      expect(help).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    for (const [code, number] of Object.entries(errorCodes)) {
      expect(help).toMatch(new RegExp(`^ +${number} ${code}\\b`, 'm'));
    }
    for (const number of [0, 70, 129, 130, 141, 143]) {
      expect(help).toMatch(new RegExp(`^ +${number} `, 'm'));
    }
    expect(help).not.toContain('\u001b');
    for (const args of [[], ['--help'], ['-h']]) expect(await output(args)).toBe(help);
  });

  test('shows one command', async () => {
    const help = await output(['help', 'ls']);
    expect(help).toContain('$ circuit ls [OPTIONS] [PATH]\n');
    expect(await output(['help', 'start'])).toContain('$ circuit start [OPTIONS]\n');
    for (const args of [
      ['ls', '--help'],
      ['ls', '-h'],
      ['ls', '/', '--help'],
    ]) {
      expect(await output(args)).toBe(help);
    }
  });

  test('--version prints the version', async () => {
    expect(await output(['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('bin/circuit', () => {
  test('works through a symbolic link and from another directory', () => {
    const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
    try {
      symlinkSync(wrapper, join(directory, 'link'));
      const { status, stdout } = spawnSync('./link', ['ls', '/', ...dial], { cwd: directory });
      expect({ status, out: String(stdout) }).toEqual({
        status: 0,
        out: `${here.path}\n${there.path}\n`,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

test('a reader of our output that goes away ends us quietly, as SIGPIPE would', () => {
  const script = `"${wrapper}" help | true; wait`;
  const { status, stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${script}`]);
  expect([0, 141]).toContain(status);
  expect(String(stderr)).toBe('');
});

test('what stands in the way of our output is said, and is no bug of ours', async () => {
  const script = `"${wrapper}" help > /dev/full`;
  const { status, stderr } = spawnSync('bash', ['-c', script]);
  expect([status, String(stderr)]).toEqual([
    2,
    expect.stringMatching(/^circuit: cannot write standard output: .*no space left/),
  ]);
});

test('a directory on standard input is no empty message', async () => {
  const server = await startServer();
  const path = `${server.path}/directory`;
  await output(['mkchan', '-d', server.url, path, '1']);
  const { status, stderr } = spawnSync('bash', [
    '-c',
    `"${wrapper}" send -d ${server.url} ${path} < /tmp`,
  ]);
  expect([status, String(stderr)]).toEqual([2, expect.stringContaining('it is a directory')]);
  expect(JSON.parse(await output(['peek', '-d', server.url, path])).NumSend).toBe(0);
});

test('a demo that is interrupted leaves nothing behind either', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
  const demo = begin(['demo'], { env: { TMPDIR: directory } });
  await until(() => demo.output().includes('circuit://'), 'the first server is there');
  demo.process.kill('SIGINT');
  expect((await demo.ended).code).toBe(12);
  expect(readdirSync(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});

test('the demo shows what it does, and leaves nothing behind', async () => {
  const out = await output(['demo']);
  expect(out).toMatch(/^hello from process \d+$/m);
  expect(out).toMatch(/^a message$/m);
  const pids = [...out.matchAll(/^circuit:\/\/[^/]+\/(\d+)\//gm)].map((match) => Number(match[1]));
  expect(pids).toHaveLength(3);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
});

test.runIf(existsSync(built))('the built program runs a scenario from any folder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
  try {
    // All of what is built, in a place of its own: others run what is in dist.
    const dist = join(directory, 'dist');
    const tsc = join(clone, 'node_modules/.bin/tsc');
    const compiled = spawnSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', dist], {
      cwd: clone,
      encoding: 'utf8',
    });
    expect([compiled.status, compiled.stdout]).toEqual([0, '']);
    cpSync(dirname(built), join(dist, 'cli'), { recursive: true });
    copyFileSync(join(clone, 'package.json'), join(directory, 'package.json'));
    symlinkSync(join(clone, 'node_modules'), join(directory, 'node_modules'));
    copyFileSync(join(clone, 'scenarios/channel-handoff.ts'), join(directory, 'mine.ts'));
    const args = ['sim', 'mine.ts', '--json', '--report', '.'];
    const program = join(dist, 'cli', basename(built));
    const { stdout } = spawnSync(process.execPath, [program, ...args], { cwd: directory });
    expect(JSON.parse(String(stdout))).toMatchObject({ ok: true });
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toMatch(/<style>[\s\S]+<script>/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
