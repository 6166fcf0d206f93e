/** Processes from the command line: everything is done through another server. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  output,
  startServers,
  type TestServer,
  until,
} from '../support/circuit.ts';

let dial: string[];
let there: TestServer;
let made = 0;

beforeAll(async () => {
  const [first, second] = await startServers(2);
  there = second as TestServer;
  dial = ['-d', (first as TestServer).url];
});

afterAll(endAll);

const freshPath = () => `${there.path}/proc/${made++}`;

async function run(command: unknown, ...options: string[]): Promise<string> {
  const path = freshPath();
  await output(['mkproc', ...options, path, ...dial], { input: JSON.stringify(command) });
  return path;
}

const shell = (script: string, ...options: string[]) =>
  run({ Path: '/bin/sh', Args: ['-c', script] }, ...options);

async function peek(path: string) {
  return JSON.parse(await output(['peek', path, ...dial]));
}

describe('a process', () => {
  test('runs, is waited for, and its output waits until it is read', async () => {
    const path = await run({ Path: '/bin/echo', Args: ['hello', 'there'] });
    const state = {
      Cmd: { Env: null, Dir: '', Path: '/bin/echo', Args: ['hello', 'there'], Scrub: false },
      Exit: null,
      Phase: 'exited',
    };
    expect(await output(['wait', path, ...dial])).toBe(`${JSON.stringify(state, null, '\t')}\n`);
    expect(await output(['stdout', path, ...dial])).toBe('hello there\n');
    expect(await output(['stdout', path, ...dial])).toBe('');
  });

  test('takes the fields of the original in any case, and reports Dir', async () => {
    const path = await run({
      env: ['A=b c'],
      DIR: '/',
      path: '/bin/sh',
      args: ['-c', 'pwd; echo $A'],
    });
    const state = JSON.parse(await output(['wait', '--json', path, ...dial]));
    expect(state.Cmd).toMatchObject({ Env: ['A=b c'], Dir: '/' });
    expect(await output(['stdout', path, ...dial])).toBe('/\nb c\n');
  });

  test('tells its exit code and its signal, and --status exits with it', async () => {
    const failing = await shell('exit 3');
    const { code, out } = await circuit(['wait', '--status', '--json', failing, ...dial]);
    expect(code).toBe(3);
    expect(JSON.parse(out).Exit).toEqual({ Code: 3, Message: 'exit status 3' });
    const sleeping = await run({ Path: '/bin/sleep', Args: ['1000'] });
    expect(await peek(sleeping)).toMatchObject({ Phase: 'running', Exit: null });
    await output(['signal', 'term', sleeping, ...dial]);
    expect(await circuit(['wait', '--status', sleeping, ...dial])).toMatchObject({ code: 143 });
    expect(await peek(sleeping)).toMatchObject({ Phase: 'signaled', Exit: { Signal: 'TERM' } });
    expect(await circuit(['signal', 'TERM', sleeping, ...dial])).toMatchObject({ code: 16 });
    expect(await circuit(['signal', 'NONSENSE', sleeping, ...dial])).toMatchObject({ code: 2 });
  });

  test('is written to, and the next writer goes on where an interrupted one stopped', async () => {
    const path = await run({ Path: '/bin/cat' });
    const writer = begin(['stdin', path, ...dial]);
    writer.process.stdin?.write('one ');
    const reader = begin(['stdout', path, ...dial]);
    await until(() => reader.output() === 'one ', 'the output is live');
    expect(await circuit(['stdin', path, ...dial], { input: 'x' })).toMatchObject({ code: 17 });
    writer.process.kill('SIGINT');
    expect(await writer.ended).toMatchObject({ code: 12 });
    await output(['stdin', path, ...dial], { input: 'two' });
    expect(await reader.ended).toMatchObject({ code: 0, out: 'one two' });
    expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 0 });
  });

  test('is read to the byte by one reader after another, interrupted in between', async () => {
    const path = await shell('i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done');
    let all = '';
    for (let round = 0; round < 3; round++) {
      const reader = begin(['stdout', path, ...dial]);
      await until(() => reader.output().length > 0 || reader.over(), 'something is read');
      reader.process.kill('SIGINT');
      all += (await reader.ended).out;
    }
    all += (await circuit(['stdout', path, ...dial])).out;
    const wanted = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join('');
    expect(all === wanted).toBe(true);
  });

  test('has its standard error on the standard output of circuit stderr', async () => {
    const path = await shell('echo oops >&2');
    expect(await output(['stderr', path, ...dial])).toBe('oops\n');
  });

  test('leaves with --scrub when it exits', async () => {
    const path = await shell('read line', '--scrub');
    expect(await peek(path)).toMatchObject({ Cmd: { Scrub: true } });
    await output(['stdin', path, ...dial]);
    await until(
      async () => (await circuit(['peek', path, ...dial])).code === 4,
      'the element is gone',
    );
  });

  test('that is scrubbed with --kill ends', async () => {
    const path = await shell('echo $$; exec sleep 1000');
    const reader = begin(['stdout', path, ...dial]);
    await until(() => reader.output().endsWith('\n'), 'its number is known');
    await output(['scrub', '--kill', path, ...dial]);
    expect(await reader.ended).toMatchObject({ code: 8 });
    const pid = Number(reader.output());
    await until(() => !isAlive(pid), 'it has ended');
  });

  test('that a reader of ours leaves early loses nothing of what was not read', async () => {
    // It lives until its input has ended: whoever writes to one that does not run is told so.
    const path = await shell('echo first; read go; echo second; read end');
    const reader = begin(['stdout', path, ...dial]);
    await until(() => reader.output() === 'first\n', 'the first line');
    reader.process.kill('SIGKILL');
    await reader.ended;
    await output(['stdin', path, ...dial], { input: 'go\n' });
    expect(await output(['stdout', path, ...dial])).toMatch(/^(first\n)?second\n$/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('waitall', () => {
  test('waits for every process, and says how they ended with --json', async () => {
    const paths = [await shell('exit 0'), await shell('exit 5'), await run({ Path: '/bin/cat' })];
    const input = `${paths.join('\n')}\n\n`;
    const waiting = begin(['waitall', ...dial], { input });
    await output(['wait', paths[1] as string, ...dial]);
    expect(waiting.over()).toBe(false);
    await output(['stdin', paths[2] as string, ...dial]);
    expect(await waiting.ended).toMatchObject({ code: 0, out: '', err: '' });
    const states = JSON.parse(await output(['waitall', '--json', ...dial], { input }));
    expect(states.map((each: { path: string }) => each.path)).toEqual(paths);
    expect(states[1].state.Exit.Code).toBe(5);
  });

  test('fails for a path without a process', async () => {
    const path = `${there.path}/proc/none`;
    const { code, err } = await circuit(['waitall', ...dial], { input: path });
    expect(code).toBe(4);
    expect(err).toContain(path);
    expect(await circuit(['waitall', ...dial])).toMatchObject({ code: 2 });
  });
});

describe('mkproc with bad input', () => {
  test.each([
    ['', 2, 'standard input is empty'],
    ['{"Path": "/bin/ls",}', 2, 'not JSON'],
    ['[]', 2, 'JSON object'],
    ['{"Path": "/bin/ls", "Bogus": 1}', 2, '"Bogus"'],
    ['{"Path": 7}', 2, 'Path'],
    ['{"Path": "/bin/ls", "Args": "x"}', 2, 'Args'],
    ['{"Path": "/bin/ls", "Env": ["novalue"]}', 2, 'KEY=VALUE'],
    ['{"Path": "/bin/ls", "Scrub": "yes"}', 2, 'Scrub'],
    ['{"Path": "ls"}', 2, 'full path'],
    ['{}', 2, 'Path'],
  ])('%s', async (input, wanted, words) => {
    const path = freshPath();
    const { code, err } = await circuit(['mkproc', path, ...dial], { input });
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect(err).toContain(words);
    expect(code).toBe(wanted);
    expect(await circuit(['peek', path, ...dial])).toMatchObject({ code: 4 });
  });

  test('a program that cannot be started fails with the reason, and the element tells it', async () => {
    const path = freshPath();
    const input = '{"Path": "/bin/nosuch"}';
    const { code, err } = await circuit(['mkproc', path, ...dial], { input });
    expect(code).toBe(15);
    expect(err).toContain('/bin/nosuch: no such file or directory');
    expect(await peek(path)).toMatchObject({ Phase: 'unknown' });
    expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 127 });
    expect(await circuit(['stdout', path, ...dial])).toMatchObject({ code: 0, out: '' });
  });

  test('nothing can be made at / or at a server', async () => {
    const input = '{"Path": "/bin/true"}';
    for (const path of ['/', there.path]) {
      const { code } = await circuit(['mkproc', path, ...dial], { input });
      expect(code).toBe(2);
    }
  });
});
