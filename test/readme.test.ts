/** The README says what is so: its session is typed, its examples are run, its tables compared. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { commands } from '../cli/table.ts';
import { usageOf } from '../cli/usage.ts';
import { errorCodes } from '../src/index.ts';
import {
  blocks,
  invocations,
  renamed,
  type Step,
  scripts,
  steps,
  withoutChance,
} from './support/readme.ts';
import { read, root } from './support/tidy/tree.ts';

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'STYLE.md'],
  ...['docs/elements.md', 'docs/library.md', 'docs/simulator.md', 'docs/README.md'],
  'docs/security.md',
  'examples/README.md',
].map(read);
const readme = read('README.md').text;
const directory = mkdtempSync(join(tmpdir(), 'circuit-readme-'));
const children = new Set<ChildProcess>();

afterEach(() => {
  // Each leads a group, so that the servers that it started end with it.
  for (const { pid } of children) if (pid !== undefined) endGroup(pid);
  children.clear();
});

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it is gone already.
  }
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { CIRCUIT: _, CIRCUIT_HMAC: __, CIRCUIT_DISCOVER: ___, ...environment } = process.env;
  const options = { cwd: root, env: { ...environment, ...env }, detached: true };
  const child = spawn(file, args, options);
  children.add(child);
  return child;
}

/** A shell that is typed into, and what it shows. */
class Shell {
  readonly #child = run('/bin/bash', ['--norc', '--noprofile', '-s']);
  #shown = '';
  #seen: () => void = () => {};

  constructor() {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#shown += text;
        this.#seen();
      });
    }
    this.#child.stdin?.write('exec 2>&1\n');
  }

  /** Types a command, and gives what it printed once it is over. */
  async type(command: string): Promise<string> {
    const mark = `-- ${children.size} over ${Math.random()} --`;
    this.#child.stdin?.write(`${command}\necho '${mark}'\n`);
    await this.#until(() => this.#shown.includes(`${mark}\n`));
    const [output = '', rest = ''] = this.#shown.split(`${mark}\n`);
    this.#shown = rest;
    return output;
  }

  async end(): Promise<void> {
    this.#child.stdin?.end('wait\n');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#seen = resolve));
  }
}

/** What a reader does without being told: types the contents of a file, waits for a server. */
function asTyped({ command, output }: Step): { command: string; printed: readonly string[] } {
  if (/^cat > \S+$/.test(command)) {
    return { command: `${command} <<'EOF'\n${output.join('\n')}\nEOF`, printed: [] };
  }
  const [, file] = /^circuit start.* > (\S+) &$/.exec(command) ?? [];
  if (file === undefined) return { command, printed: output };
  const log = join(directory, `said-${basename(file)}`);
  const watched = `${command.slice(0, -1)} 2>${log} &`;
  return { command: `${watched}\nuntil grep -s . ${log}; do sleep 0.05; done`, printed: output };
}

test('the session gives what the README shows', async () => {
  const shell = new Shell();
  const ids = new Map<string, string>();
  const shown: string[] = [];
  const expected: string[] = [];
  let servers = 0;
  for (const step of steps(blocks(readme, 'console').join(''))) {
    const here = { ...step, command: step.command.replaceAll('/tmp/', `${directory}/`) };
    const { command, printed } = asTyped(here);
    let typed = command;
    for (const [from, to] of ids) typed = typed.replaceAll(from, to);
    if (step.command.startsWith('circuit start')) {
      servers++;
      if (servers === 1) typed += `\nuntil [ -s ${directory}/url ]; do sleep 0.05; done`;
      else typed += `\nuntil [ "$(circuit ls / | wc -l)" = ${servers} ]; do sleep 0.05; done`;
    }
    const output = await shell.type(typed);
    if (!step.command.startsWith('circuit ls')) {
      for (const [from, to] of renamed(printed.join('\n'), output)) ids.set(from, to);
    }
    expected.push(`$ ${step.command}`, ...printed.map(withoutChance));
    shown.push(`$ ${step.command}`, ...output.trimEnd().split('\n').map(withoutChance));
  }
  await shell.end();
  // Servers are listed by id, so the two may change places.
  expect(shown.filter((line) => line !== '').sort()).toEqual(
    expected.filter((line) => line !== '').sort(),
  );
});

const hasDig = spawnSync('dig', ['-v']).status === 0;

test.runIf(hasDig)('the session of docs/elements.md gives what it shows', async () => {
  const server = run(join(root, 'bin/circuit'), ['start', '--json']);
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  const { url, id } = JSON.parse(String(line)) as { url: string; id: string };
  const shell = new Shell();
  const file = join(directory, 'dns-url');
  writeFileSync(file, url);
  await shell.type(`export PATH="$PWD/bin:$PATH" CIRCUIT=${file} far=/${id}`);
  const port = await freePort();
  for (const { command, output } of steps(
    blocks(read('docs/elements.md').text, 'console').join(''),
  )) {
    const printed = await shell.type(command.replace('7711', String(port)));
    expect(printed, command).toBe(output.map((each) => `${each}\n`).join(''));
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.each([
  ['README.md', ['library', 'scenario']],
  ['docs/simulator.md', ['rolling-upgrade', 'fault-and-checker', 'property', 'star-overlay']],
])('the examples in %s are files that are compiled and run here', (document, names) => {
  const examples = names.map((name) => read(`test/readme/${name}.ts`).text);
  expect(blocks(read(document).text, 'ts')).toEqual(examples);
});

test('what STYLE.md quotes from our files stands there', () => {
  const quotes = read('STYLE.md').text.matchAll(/\(`(src\/[\w./-]+)`\)[^`]*?```text\n(.*?)```/gs);
  let count = 0;
  for (const [, path, quote] of quotes) {
    const { text } = read(path as string);
    const lines = (quote as string).split('\n').filter((line) => !line.includes('...'));
    for (const line of lines) expect(text, `${path}: ${line}`).toContain(line.trim());
    count++;
  }
  expect(count).toBeGreaterThan(3);
});

test('the blocks of docs/library.md are one program and one scenario', () => {
  const found = blocks(read('docs/library.md').text, 'ts');
  expect(found.slice(0, -1).join('\n')).toBe(read('test/readme/chapter.ts').text);
  expect(found.at(-1)).toBe(read('test/readme/simulated.ts').text);
});

/** Runs an example on a server, with the names of the doors as in an installed package. */
async function onServer(example: string, url: string) {
  const doors = join(root, 'tools/doors.ts');
  const file = join(root, `test/readme/${example}.ts`);
  return outcome(run(process.execPath, ['--import', doors, file, url]));
}

async function startServer(...args: string[]): Promise<string> {
  const server = run(join(root, 'bin/circuit'), ['start', ...args]);
  const [url] = (await once(server.stdout!, 'data')) as [Buffer];
  return String(url).trim();
}

test('the property test of docs/simulator.md holds', async () => {
  expect(await onServer('property', '')).toEqual({ code: 0, out: 'it holds\n', err: '' });
});

test('the example of the library works', async () => {
  const out = 'one\ntwo\ndone\n';
  expect(await onServer('library', await startServer())).toEqual({ code: 0, out, err: '' });
});

test('the program of docs/library.md works', async () => {
  const url = await startServer();
  await startServer('-j', url);
  const { code, out, err } = await onServer('chapter', url);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out.trimEnd().split('\n')).toEqual([
    ...['true 2', 'true true', 'first', 'second', 'SHOUT', 'exited null', "[ 'web.example.' ]"],
    ...['true', 'true', 'undefined', 'true', '1 false', 'now'],
    ...['@join arrivals', '@leave departures', 'chan jobs', 'chan left', 'dns names'],
    ...['chan right', 'proc upper', 'select waits', 'true'],
    ...['TIMEOUT false', 'CANCELLED', 'true running', '1000000', '0'],
  ]);
});

const scenarios = ['scenario', 'rolling-upgrade', 'fault-and-checker', 'star-overlay', 'simulated'];

test.each(scenarios)('the example %s runs in any folder', async (name) => {
  const mine = join(directory, `${name}.ts`);
  writeFileSync(mine, readFileSync(join(root, `test/readme/${name}.ts`)));
  const child = run(process.execPath, [join(root, 'cli/main.ts'), 'sim', mine]);
  const { code, out } = await outcome(child);
  expect(out).toContain('ok: every guarantee held');
  expect(code).toBe(0);
});

async function outcome(child: ChildProcess) {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const [code] = await once(child, 'close');
  return { code, out, err };
}

test.each(documents)('$path names only commands and options that there are', async ({ text }) => {
  for (const [name = '', ...args] of invocations(text)) {
    expect(Object.keys(commands), `circuit ${name}`).toContain(name.replace('COMMAND', 'ls'));
    const load = commands[name];
    if (load === undefined) continue;
    const usage = usageOf(await load(args));
    for (const option of args.filter((arg) => /^--?[a-z]/.test(arg))) {
      expect(usage, `circuit ${name} ${option}`).toMatch(new RegExp(`(?<![\\w-])${option}\\b`));
    }
  }
});

test.each(documents)('$path names only npm scripts that there are', ({ text }) => {
  const { scripts: ours } = JSON.parse(read('package.json').text) as { scripts: object };
  for (const name of scripts(text)) expect(Object.keys(ours), name).toContain(name);
});

test('the table of exit codes is complete', () => {
  const rows = [...readme.matchAll(/^\| (\d+) \| `([A-Z_]+)` \| \S/gm)];
  const table = Object.fromEntries(rows.map(([, number, code]) => [code, Number(number)]));
  expect(table).toEqual(errorCodes);
});

process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
