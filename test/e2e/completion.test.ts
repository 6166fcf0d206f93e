/** Completion, asked as the shells ask, and in real shells where they are installed. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../cli/table.ts';
import {
  circuit,
  endAll,
  output,
  startServers,
  type TestServer,
  wrapper,
} from '../support/circuit.ts';

let here: TestServer;
let far: TestServer;
const directory = mkdtempSync(join(tmpdir(), 'circuit-completion-'));

beforeAll(async () => {
  [here, far] = (await startServers(2)) as [TestServer, TestServer];
  for (const name of ['jobs/one', 'jobs/two', 'mail']) {
    await output(['mkchan', '-d', here.url, `${far.path}/${name}`, '1']);
  }
  // In PATH under its name, as a user has it.
  writeFileSync(join(directory, 'circuit'), `#!/bin/sh\nexec "${wrapper}" "$@"\n`);
  chmodSync(join(directory, 'circuit'), 0o755);
  writeFileSync(join(directory, 'url'), `${here.url}\n`);
});

afterAll(async () => {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
});

async function complete(line: string): Promise<string[]> {
  const printed = await output(['completion', '--line', line]);
  return printed.split('\n').slice(0, -1);
}

describe('what may follow', () => {
  test('the name of a command', async () => {
    expect(await complete('circuit ')).toEqual(Object.keys(commands));
    expect(await complete('circuit mkp')).toEqual(['mkproc']);
    expect(await complete('circuit nonsense ')).toEqual([]);
  });

  test('an option of that command, and the values of those that have a few', async () => {
    expect(await complete('circuit ls --de')).toEqual(['--depth']);
    expect(await complete('circuit ls --pro')).toEqual([]);
    expect(await complete('circuit start --profile w')).toEqual(['wan']);
    expect(await complete('circuit start --log ')).toEqual(['debug', 'info', 'warn', 'error']);
    expect(await complete('circuit start -if l')).toContain('lo');
  });

  test('a signal, and only then a path', async () => {
    expect(await complete('circuit signal KI')).toEqual(['KILL']);
    const paths = await complete(`circuit signal KILL -d ${here.url} /`);
    expect(paths).toEqual([here.path, far.path].sort());
  });

  test('a path, wherever in the circuit, a name at a time', async () => {
    const at = (path: string) => complete(`circuit peek -d ${here.url} ${path}`);
    expect(await at('')).toEqual([here.path, far.path].sort());
    expect(await at(far.path.slice(0, 12))).toContain(far.path);
    expect(await at(`${far.path}/`)).toEqual([`${far.path}/jobs`, `${far.path}/mail`]);
    expect(await at(`${far.path}/jobs/t`)).toEqual([`${far.path}/jobs/two`]);
    // What is complete is gone into.
    expect(await at(`${far.path}/jobs`)).toEqual(
      ['jobs', 'jobs/one', 'jobs/two'].map((name) => `${far.path}/${name}`),
    );
  });

  test('nothing is said where no server answers', async () => {
    const asked = await circuit(['completion', '--line', 'circuit ls -d circuit://127.0.0.1:1 /']);
    expect(asked).toMatchObject({ code: 0, out: '', err: '' });
  });
});

test('a shell that we do not know is an error that names those we do', async () => {
  const asked = await circuit(['completion', 'tcsh']);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain('bash, zsh, fish');
});

const env = () => ({
  ...process.env,
  PATH: `${directory}:${process.env['PATH']}`,
  CIRCUIT: join(directory, 'url'),
});

test('bash completes words with signs at which it splits them', () => {
  const script = `
    source <(circuit completion bash)
    try() { COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=("\${@:2}"); COMP_CWORD=$(($# - 2)); _circuit
      echo "\${COMPREPLY[*]}"; }
    try 'circuit mk@' circuit mk @
    try 'circuit mk@j' circuit mk @ j
    try 'circuit wai' circuit wai
    try "circuit peek -d ${here.url} ${far.path}/m" circuit peek -d circuit : x ${far.path}/m
  `;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { env: env() });
  const known = Object.keys(commands).filter((name) => name.startsWith('mk@'));
  const lines = [
    // Behind the sign at which bash split them.
    known.map((name) => name.slice(3)).join(' '),
    'join',
    'wait waitall',
    `${far.path}/mail`,
  ];
  expect(String(stderr)).toBe('');
  expect(String(stdout).trimEnd().split('\n')).toEqual(lines);
});

const hasFish = spawnSync('fish', ['--version']).status === 0;

test.runIf(hasFish)('fish completes paths', () => {
  const script = `circuit completion fish | source; complete -C "circuit peek ${far.path}/m"`;
  const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { env: env() });
  expect(String(stdout).split('\n')).toContain(`${far.path}/mail`);
});
