/** The unit of systemd and the image of Docker, as far as they can be checked without either; the
 * image itself is run by deploy-image.test.ts. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/index.ts';
import { limits } from '../../src/limits.ts';
import { circuit, endAll, output, startServer, until, wrapper } from '../support/circuit.ts';

const root = join(import.meta.dirname, '../..');
const unit = readFileSync(join(root, 'deploy/circuit.service'), 'utf8');
const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8').replace(/\\\n\s*/g, ' ');
let help: string;

beforeAll(async () => {
  help = await output(['start', '--help']);
});

afterEach(endAll);

/** The options of a command line that `circuit start` does not have. */
function unknownOptions(words: readonly string[]): string[] {
  const known = new Set(help.match(/(?<=[\s,])-{1,2}[a-z]+/g));
  return words.filter((word) => /^-{1,2}[a-z]/.test(word) && !known.has(word));
}

/** The value of an option, in a command line. */
const optionOf = (words: readonly string[], option: string) => words[words.indexOf(option) + 1];

/** What the unit says under that name. */
function setting(name: string): string {
  const values = unit.match(new RegExp(`^${name}=(.*)$`, 'gm')) ?? [];
  expect([name, values.length]).toEqual([name, 1]);
  return (values[0] as string).slice(name.length + 1);
}

/** Waits longer than a server takes that lets what moves go on to the last moment. */
const secondsAtMost = (drain: number) => drain + limits.processGraceMs / 1000 + 1;

describe('the unit', () => {
  const start = setting('ExecStart').split(' ');

  test('starts a server with options that there are', () => {
    expect(start.slice(0, 2)).toEqual(['/usr/bin/circuit', 'start']);
    expect(unknownOptions(start)).toEqual([]);
    expect(unknownOptions(['--drain', '--nonsense', '-x'])).toEqual(['--nonsense', '-x']);
    expect(optionOf(start, '-var')).toBe(`/var/lib/${setting('StateDirectory')}`);
  });

  test('gives it time to drain, and does not start again what cannot start', () => {
    const drain = Number(optionOf(start, '--drain'));
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThan(secondsAtMost(drain));
    const { BAD_ARGUMENT, WRONG_CIRCUIT, WRONG_KEY } = errorCodes;
    expect(setting('RestartPreventExitStatus')).toBe(
      [BAD_ARGUMENT, WRONG_CIRCUIT, WRONG_KEY].join(' '),
    );
    expect(setting('KillMode')).toBe('mixed');
  });

  test('has started once its server answers, and has not when that has ended', async () => {
    const [, shell = '', flag = '', script = ''] =
      /^(\S+) (-c) '(.*)'$/.exec(setting('ExecStartPost')) ?? [];
    const waits = (pid: number, file: string) =>
      spawnSync(shell, [flag, script.replaceAll('/usr/bin/circuit', wrapper)], {
        env: { ...process.env, MAINPID: String(pid), CIRCUIT: file },
        encoding: 'utf8',
      });
    expect(unit).toContain('\nEnvironment=CIRCUIT=/var/lib/circuit/address\n');
    const directory = mkdtempSync(join(tmpdir(), 'circuit-'));
    const server = await startServer(['-var', directory]);
    const file = join(directory, 'address');
    expect(waits(server.running.pid, file)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    process.kill(server.running.pid, 'SIGKILL');
    await server.running.ended;
    expect(waits(server.running.pid, file)).toMatchObject({ status: 1, stdout: '', stderr: '' });
    rmSync(directory, { recursive: true });
  });

  const analyze = spawnSync('systemd-analyze', ['--version']);
  test.skipIf(analyze.error !== undefined)('is one by the word of systemd', () => {
    const directory = mkdtempSync(join(tmpdir(), 'circuit-'));
    try {
      const path = join(directory, 'circuit.service');
      const verify = (text: string) => {
        writeFileSync(path, text.replaceAll('/usr/bin/circuit', wrapper));
        const { status, stderr } = spawnSync('systemd-analyze', ['verify', path], {
          encoding: 'utf8',
        });
        return [status, stderr];
      };
      expect(verify(unit)).toEqual([0, '']);
      expect(verify(unit.replace('KillMode', 'KilMode'))[1]).toContain('KilMode');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('the image', () => {
  /** The instructions of that name, what follows of each. */
  const instructions = (name: string) =>
    [...dockerfile.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest]) => rest as string);
  const listOf = (text: string) => JSON.parse(text.slice(text.indexOf('['))) as string[];

  test('starts a server with options that there are, under a first process that reaps', () => {
    const [entry = ''] = instructions('ENTRYPOINT');
    const [more = ''] = instructions('CMD');
    const words = [...listOf(entry), ...listOf(more)];
    expect(words.slice(0, 4)).toEqual(['tini', '--', 'circuit', 'start']);
    expect(unknownOptions(words.slice(3))).toEqual([]);
    // docker stop waits for 10 s.
    expect(secondsAtMost(Number(optionOf(words, '--drain')))).toBeLessThan(10);
  });

  test('is healthy by a command that there is, and knows where the URL is', async () => {
    const [check = ''] = instructions('HEALTHCHECK');
    expect(listOf(check)).toEqual(['circuit', 'ls', '--timeout', '4', '/']);
    expect(instructions('ENV')).toEqual(['CIRCUIT=/var/lib/circuit/address']);
    const directory = mkdtempSync(join(tmpdir(), 'circuit-'));
    const server = await startServer(['-var', directory]);
    const env = { CIRCUIT: join(directory, 'address') };
    const asks = () => circuit(listOf(check).slice(1), { env });
    expect(await asks()).toMatchObject({ code: 0, out: `${server.path}\n` });
    process.kill(server.running.pid, 'SIGTERM');
    await server.running.ended;
    expect((await asks()).code).not.toBe(0);
    rmSync(directory, { recursive: true });
  });

  test('is made of what there is, by commands that there are, and not run as root', () => {
    const { scripts, bin, engines } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as { scripts: object; bin: { circuit: string }; engines: { node: string } };
    expect(scripts).toHaveProperty('build');
    expect(dockerfile).toContain(`/opt/circuit/${bin.circuit}`);
    expect(engines.node).toBe('>=24');
    for (const image of instructions('FROM')) expect(image).toMatch(/^node:24-/);
    expect(instructions('USER')).toEqual(['node']);
    expect(existsSync(join(root, '.dockerignore'))).toBe(true);
  });
});

const pids = ['--fork', '--kill-child', '--pid', '--mount-proc'];
const trial = spawnSync('unshare', [...pids, 'tini', '--version']);

describe.skipIf(trial.status !== 0)(`as in a container ${trial.stderr ?? trial.error}`, () => {
  test('with tini first, what processes leave behind is reaped, and a signal arrives', async () => {
    const server = await startServer([], { through: ['unshare', ...pids, 'tini', '--'] });
    const run = async (name: string, command: string) => {
      const path = `${server.path}/${name}`;
      const at = ['-d', server.url, path];
      await circuit(['mkproc', ...at], {
        input: JSON.stringify({ Path: '/bin/sh', Args: ['-c', command] }),
      });
      return await output(['stdout', ...at]);
    };
    await run('orphan', 'setsid sleep 0.01 & true');
    let tries = 0;
    const zombies = () => run(`look-${tries++}`, 'cat /proc/[0-9]*/stat | grep -c " Z " || true');
    await until(async () => (await zombies()) === '0\n', 'none is left');
    const tini = spawnSync('pgrep', ['-P', String(server.running.pid)], { encoding: 'utf8' });
    process.kill(Number(tini.stdout), 'SIGTERM');
    expect((await server.running.ended).code).toBe(0);
  });
});
