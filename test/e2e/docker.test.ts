/** Containers from the command line, on a real engine: everything is done through another server. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  type TestServer,
  until,
  untilListed,
} from '../support/circuit.ts';
import { openEngine, type TestEngine, tellSkipped } from '../support/docker.ts';

const found = await openEngine();
if (typeof found === 'string') tellSkipped('containers from the command line', found);
const engine = found as TestEngine;

describe.skipIf(typeof found === 'string')('containers', () => {
  let dial: string[];
  let there: TestServer;
  let made = 0;

  beforeAll(async () => {
    const first = await startServer();
    there = await startServer(['-docker', '-j', first.url], { env: engine.env });
    await untilListed(first, [first, there]);
    dial = ['-d', first.url];
  });

  afterAll(async () => {
    await endAll();
    await engine.close();
  });

  const freshPath = () => `${there.path}/docker/${made++}`;

  async function run(command: object, ...options: string[]): Promise<string> {
    const path = freshPath();
    const input = JSON.stringify({ Image: engine.image, ...command });
    await output(['mkdkr', ...options, path, ...dial], { input });
    return path;
  }

  const shell = (script: string, ...options: string[]) =>
    run({ Path: '/bin/sh', Args: ['-c', script] }, ...options);

  const peek = async (path: string) => JSON.parse(await output(['peek', path, ...dial]));

  const nameOf = async (path: string) => ((await peek(path)).Name as string).slice(1);

  async function isThere(name: string): Promise<boolean> {
    return (await engine.list()).some(({ Names }) => Names.includes(`/${name}`));
  }

  describe('mkdkr', () => {
    test('runs a container, whose output waits until it is read', async () => {
      const path = await run({ Path: '/bin/echo', Args: ['hello', 'there'] });
      const state = JSON.parse(await output(['wait', path, ...dial]));
      expect(state.State).toMatchObject({ Status: 'exited', ExitCode: 0, Running: false });
      expect(state.Name).toMatch(/^\/via-circuit-[0-9a-f]{16}$/);
      expect(await output(['stdout', path, ...dial])).toBe('hello there\n');
      expect(await output(['ls', '-l', path.replace(/\/[^/]*$/, ''), ...dial])).toContain(
        `         docker ${path}\n`,
      );
    });

    test('takes every field, in any case, and the container sees them', async () => {
      const outside = mkdtempSync(join(tmpdir(), 'circuit-volume-'));
      try {
        const path = await run({
          image: engine.image,
          MEMORY: 32 * 1024 * 1024,
          cpushares: 128,
          Volume: ['/webapp', `${outside}:/shared`, `${outside}:/fixed:ro`],
          dir: '/tmp',
          entry: '/bin/sh',
          env: ['A=b c'],
          Args: [
            '-c',
            'pwd; echo $A; test -d /webapp && echo volume; echo x >/shared/file; ' +
              'echo y >/fixed/other; cat /fixed/file',
          ],
        });
        const state = JSON.parse(await output(['wait', path, ...dial]));
        expect(state.State.ExitCode).toBe(0);
        expect(await output(['stdout', path, ...dial])).toBe('/tmp\nb c\nvolume\nx\n');
        expect(await output(['stderr', path, ...dial])).toContain('Read-only file system');
        expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('x\n');
        expect(state.HostConfig).toMatchObject({
          Memory: 32 * 1024 * 1024,
          CpuShares: 128,
          Binds: [`${outside}:/shared`, `${outside}:/fixed:ro`],
        });
        expect(state.Config).toMatchObject({ WorkingDir: '/tmp', Entrypoint: ['/bin/sh'] });
        expect(Object.keys(state.Config.Volumes)).toContain('/webapp');
      } finally {
        rmSync(outside, { recursive: true, force: true });
      }
    });

    test('a container that takes more memory than it may is killed, and inspect says so', async () => {
      const path = await run({
        Memory: 16 * 1024 * 1024,
        Path: '/bin/sh',
        // A line that has no end is kept whole.
        Args: ['-c', 'sort </dev/zero; exit $?'],
      });
      const { State } = JSON.parse(await output(['wait', path, ...dial]));
      expect(State).toMatchObject({ OOMKilled: true, ExitCode: 137 });
    });

    test('Lxc, which no engine has any more, is accepted with a warning', async () => {
      const path = freshPath();
      const input = JSON.stringify({ Image: engine.image, Path: '/bin/true', Lxc: ['a=b'] });
      const { code, err } = await circuit(['mkdkr', path, ...dial], { input });
      expect(code).toBe(0);
      expect(err).toMatch(/^circuit: warning: [^\n]*Lxc[^\n]*\n$/);
      expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 0 });
    });

    test('a server that was not started with -docker says so', async () => {
      const { url, path } = await startServer();
      const input = JSON.stringify({ Image: engine.image });
      const { code, err } = await circuit(['mkdkr', '-d', url, `${path}/x`], { input });
      expect(code).toBe(19);
      expect(err).toContain('docker is not enabled on this server; start it with -docker');
      expect(await circuit(['peek', '-d', url, `${path}/x`])).toMatchObject({ code: 4 });
    });

    test.each([
      ['', 'standard input is empty'],
      ['{"Image": "x",}', 'not JSON'],
      ['{}', 'Image'],
      ['{"Image": "x", "Bogus": 1}', '"Bogus"'],
      ['{"Image": "x", "Memory": "1g"}', 'Memory is a whole number'],
      ['{"Image": "x", "CpuShares": -1}', 'CpuShares is a whole number'],
      ['{"Image": "x", "Volume": ["webapp"]}', 'Volume'],
    ])('refuses %s', async (input, words) => {
      const path = freshPath();
      const { code, err } = await circuit(['mkdkr', path, ...dial], { input });
      expect(err).toMatch(/^circuit: [^\n]*\n$/);
      expect(err).toContain(words);
      expect(code).toBe(2);
      expect(await circuit(['peek', path, ...dial])).toMatchObject({ code: 4 });
    });
  });

  describe('what the original did wrong', () => {
    test('standard input reaches the container, with its end', async () => {
      const path = await run({ Path: '/bin/cat' });
      const reader = begin(['stdout', path, ...dial]);
      const bytes = new Uint8Array(300_000).fill(97);
      await output(['stdin', path, ...dial], { input: bytes });
      const { code, out } = await reader.ended;
      expect(code).toBe(0);
      expect(out === 'a'.repeat(300_000)).toBe(true);
      expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 0 });
    });

    test('a signal reaches the container, and KILL ends it', async () => {
      const path = await shell(
        'trap "echo got it; exit 5" TERM; echo ready; while :; do sleep 0.1; done',
      );
      const reader = begin(['stdout', path, ...dial]);
      await until(() => reader.output() === 'ready\n', 'it handles signals');
      await output(['signal', 'term', path, ...dial]);
      expect(await reader.ended).toMatchObject({ out: 'ready\ngot it\n' });
      expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 5 });
      expect(await circuit(['signal', 'TERM', path, ...dial])).toMatchObject({ code: 16 });
      const sleeping = await run({ Path: '/bin/sleep', Args: ['1000'] });
      await output(['signal', 'KILL', sleeping, ...dial]);
      expect(await circuit(['wait', '--status', sleeping, ...dial])).toMatchObject({ code: 137 });
      expect((await peek(sleeping)).State).toMatchObject({ Running: false, ExitCode: 137 });
    });

    test('scrub removes a container that runs, and one that has ended', async () => {
      const running = await run({ Path: '/bin/sleep', Args: ['1000'] });
      const ended = await run({ Path: '/bin/true' });
      await output(['wait', ended, ...dial]);
      const names = [await nameOf(running), await nameOf(ended)];
      const waiting = begin(['wait', running, ...dial]);
      await until(
        async () => (await isThere(names[0] as string)) && waiting.pid > 0,
        'it is there',
      );
      for (const path of [running, ended]) await output(['scrub', path, ...dial]);
      for (const name of names) expect(await isThere(name)).toBe(false);
      expect(await waiting.ended).toMatchObject({ code: expect.toBeOneOf([4, 8]) });
      expect(await circuit(['peek', running, ...dial])).toMatchObject({ code: 4 });
    });

    test('wait needs neither its input closed nor its output read', async () => {
      const path = await shell('head -c 1000000 /dev/zero; head -c 100000 /dev/zero >&2; exit 3');
      expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 3 });
      const blocked = await shell('head -c 100000000 /dev/zero');
      await output(['signal', 'KILL', blocked, ...dial]);
      expect(await circuit(['wait', '--status', blocked, ...dial])).toMatchObject({ code: 137 });
    });

    test('an image that is not there fails at once and says what to do', async () => {
      const path = freshPath();
      const input = '{"Image": "circuit-test-nosuch"}';
      const { code, err } = await circuit(['mkdkr', path, ...dial], { input });
      expect(code).toBe(15);
      expect(err).toContain('no image circuit-test-nosuch on that host: docker pull');
      expect((await peek(path)).State).toMatchObject({
        Status: 'failed',
        ExitCode: 127,
        Error: expect.stringContaining('docker pull circuit-test-nosuch'),
      });
      expect(await circuit(['wait', '--status', path, ...dial])).toMatchObject({ code: 127 });
      expect(await circuit(['stdout', path, ...dial])).toMatchObject({ code: 0, out: '' });
      expect(await circuit(['stdin', path, ...dial])).toMatchObject({ code: 16 });
      await output(['scrub', path, ...dial]);
    });

    test('a command that is not there fails with the reason of the engine, and leaves nothing', async () => {
      const path = freshPath();
      const input = JSON.stringify({ Image: engine.image, Path: '/bin/nosuch' });
      const before = (await engine.list()).length;
      const { code, err } = await circuit(['mkdkr', path, ...dial], { input });
      expect(code).toBe(15);
      expect(err).toContain('/bin/nosuch');
      expect((await engine.list()).length).toBe(before);
    });
  });

  test('with --scrub the element and the container go when it exits', async () => {
    const path = await shell('echo last words; read line', '--scrub');
    const name = await nameOf(path);
    const reader = begin(['stdout', path, ...dial]);
    await until(() => reader.output() === 'last words\n', 'it runs');
    await output(['stdin', path, ...dial]);
    expect(await reader.ended).toMatchObject({ code: 0, out: 'last words\n' });
    await until(async () => (await circuit(['peek', path, ...dial])).code === 4, 'it is gone');
    await until(async () => !(await isThere(name)), 'the container is gone');
  });

  test('killed or removed by somebody else, it has ended, and says what is known', async () => {
    const killed = await run({ Path: '/bin/sleep', Args: ['1000'] });
    const removed = await run({ Path: '/bin/sleep', Args: ['1000'] });
    const waiting = [killed, removed].map((path) => begin(['wait', '--status', path, ...dial]));
    await engine.docker.getContainer(await nameOf(killed)).kill();
    await engine.docker.getContainer(await nameOf(removed)).remove({ force: true });
    for (const wait of waiting) expect(await wait.ended).toMatchObject({ code: 137 });
    expect((await peek(killed)).State).toMatchObject({ Status: 'exited', ExitCode: 137 });
    const state = await peek(removed);
    expect(state.State).toMatchObject({ Status: 'removed', Running: false, ExitCode: 137 });
    expect(state.Config.Image).toBe(engine.image);
    await output(['scrub', removed, ...dial]);
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
  });

  test('waitall waits for processes and containers alike', async () => {
    const proc = `${there.path}/proc`;
    await output(['mkproc', proc, ...dial], { input: '{"Path": "/bin/cat"}' });
    const container = await run({ Path: '/bin/cat' });
    const waiting = begin(['waitall', '--json', ...dial], { input: `${proc}\n${container}\n` });
    await output(['stdin', proc, ...dial]);
    await output(['wait', proc, ...dial]);
    expect(waiting.over()).toBe(false);
    await output(['stdin', container, ...dial]);
    const states = JSON.parse((await waiting.ended).out);
    expect(states[0].state.Phase).toBe('exited');
    expect(states[1].state.State.ExitCode).toBe(0);
  });
});
