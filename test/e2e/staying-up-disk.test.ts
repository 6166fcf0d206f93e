/** A disk that is full or gone, a directory that another server has, and a log that nobody reads. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dialTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  type TestServer,
  until,
  wrapper,
} from '../support/circuit.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'circuit-'));
});

afterEach(async () => {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
});

interface Keeping {
  readonly file?: string;
  readonly entries: number;
  readonly lost: number;
  readonly failures: number;
  readonly failing?: string;
}

async function keeping(server: TestServer): Promise<Keeping> {
  const state = await output(['peek', '-d', server.url, server.path]);
  return (JSON.parse(state) as { Status: { journal: Keeping } }).Status.journal;
}

const end = async (server: TestServer) => {
  process.kill(server.running.pid, 'SIGTERM');
  return (await server.running.ended).code;
};

/** Of the log of a server, the events that begin so. */
function events(server: TestServer, beginning: string): string[] {
  const lines = server.running.errors().split('\n').slice(0, -1);
  const all = lines.map((line) => (JSON.parse(line) as { event: string }).event);
  return all.filter((event) => event.startsWith(beginning));
}

describe('the journal outlives its server:', () => {
  test('what was done last before an orderly end is there, of this run and of the one before', async () => {
    const ids: string[] = [];
    for (const _ of [1, 2]) {
      const server = await startServer(['-var', directory]);
      ids.push(server.id);
      await output(['mkchan', '-d', server.url, `${server.path}/last`, '3']);
      expect(await end(server)).toBe(0);
    }
    const names = readdirSync(directory).filter((name) => name.startsWith('journal'));
    expect(names).toEqual(['journal-000001.jsonl', 'journal-000002.jsonl']);
    const log = await output(['log', '--file', directory]);
    expect(log.match(/makeChan/g)).toHaveLength(2);
    const lines = (await output(['log', '--json', '--file', directory, `/${ids[1]}/last`])).trim();
    expect(JSON.parse(lines)).toMatchObject({ server: ids[1], method: 'makeChan', event: 'done' });
    const one = await output(['log', '--file', join(directory, names[0] as string), '--json']);
    expect(
      new Set(
        one
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).server),
      ),
    ).toEqual(new Set([ids[0]]));
    expect(await output(['log', '--file', directory, '--since', '0'])).toBe('');
    expect(await output(['log', '--file', directory, '--since', '0', `/${ids[0]}`])).toBe('');
    for (const path of [`/${ids[1]}/nothing`, `/${ids[0]}/las`, '/X0000000000000000', 'nonsense']) {
      const { code, out, err } = await circuit(['log', '--file', directory, path]);
      expect({ code, out }).toEqual({ code: 4, out: '' });
      expect(err).toMatch(/^circuit: nothing in .* is about \/\S+\n$/);
      expect(err).toContain(path);
    }
  });

  test('what ended it is there as well', async () => {
    const server = await startServer(['-var', directory]);
    await output(['suicide', '-d', server.url, server.path]);
    await server.running.ended;
    expect(await output(['log', '--file', directory])).toContain('suicide');
  });

  test('kill -9 loses but what was done last; a line that it tore is left out', async () => {
    const server = await startServer(['-var', directory]);
    await output(['mkchan', '-d', server.url, `${server.path}/a`, '3']);
    await until(
      async () => (await output(['log', '--file', directory])).includes('makeChan'),
      'it is kept',
    );
    process.kill(server.running.pid, 'SIGKILL');
    await server.running.ended;
    writeFileSync(join(directory, 'journal-000001.jsonl'), '{"number":', { flag: 'a' });
    expect(await output(['log', '--file', directory])).toContain('makeChan');
  });

  test('what is no journal is told', async () => {
    writeFileSync(join(directory, 'notes'), 'hello\nworld\n');
    for (const [path, why] of [
      [directory, 'no server has left a journal'],
      [join(directory, 'notes'), 'is not the journal of a server'],
      [join(directory, 'nothing'), 'cannot read a journal'],
      ['/dev/zero', 'is not the journal of a server'],
    ] as const) {
      expect(await circuit(['log', '--file', path])).toMatchObject({
        code: 2,
        err: expect.stringContaining(why),
      });
    }
    expect((await circuit(['log', '--follow', '--file', directory])).code).toBe(2);
  });
});

describe('a directory', () => {
  test('that a server has is refused to a second one; after kill -9 the next takes it', async () => {
    const first = await startServer(['-var', directory]);
    const second = await circuit(['start', '-var', directory]);
    expect(second).toMatchObject({ code: 2, out: '' });
    expect(second.err).toBe(
      `circuit: the storage directory ${directory} is in use by process ${first.running.pid}: ` +
        'stop that server first, or give this one a directory of its own\n',
    );
    process.kill(first.running.pid, 'SIGKILL');
    await first.running.ended;
    expect(await end(await startServer(['-var', directory]))).toBe(0);
  });

  test('that nobody can write to, or where a file is, is told', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    for (const path of ['/sys/nothing', join(file, 'below')]) {
      const { code, err } = await circuit(['start', '-var', path]);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^circuit: cannot store anything in /),
      ]);
    }
  });

  test('that vanishes stops nothing; when it is there again, the journal goes on', async () => {
    const server = await startServer(['-var', directory, '--log', 'info']);
    await until(async () => (await keeping(server)).entries > 0, 'the journal is kept');
    rmSync(directory, { recursive: true });
    await until(
      async () => (await keeping(server)).failing?.includes('ENOENT') === true,
      'it fails',
    );
    mkdirSync(directory);
    await until(async () => (await keeping(server)).failing === undefined, 'it works');
    await until(() => events(server, 'journal').length === 2, 'it is logged');
    expect(events(server, 'journal')).toEqual(['journal-failing', 'journal-works-again']);
    expect(await end(server)).toBe(0);
  });
});

// Of its own, so that nothing of this machine is filled.
const small = (path: string) => [
  'unshare',
  '--mount',
  'sh',
  '-c',
  `mount -t tmpfs -o size=1m circuit ${path} && exec "$@"`,
  'sh',
];
const trial = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'circuit', tmpdir()]);
const whyNot = trial.status === 0 ? undefined : `no file systems can be mounted: ${trial.stderr}`;

describe.skipIf(whyNot !== undefined)(`a disk that is full ${whyNot ?? ''}`, () => {
  /** Runs a command where the server runs, which sees the small disk. */
  async function run(server: TestServer, name: string, command: string): Promise<void> {
    const path = `${server.path}/${name}`;
    await circuit(['mkproc', '-d', server.url, path], {
      input: JSON.stringify({ Path: '/bin/sh', Args: ['-c', command] }),
    });
    await circuit(['wait', '-d', server.url, path]);
  }

  test('is counted, told once, and again when it works; the server serves on', async () => {
    const server = await startServer(['-var', directory, '--log', 'info'], {
      through: small(directory),
    });
    await run(server, 'fill', `cat /dev/zero > ${directory}/fill`);
    const isFull = async () => (await keeping(server)).failing?.includes('ENOSPC') === true;
    await until(isFull, 'the disk is full');
    for (const name of ['a', 'b', 'c']) {
      await output(['mkchan', '-d', server.url, `${server.path}/${name}`, '1']);
    }
    await until(() => events(server, 'journal').length > 0, 'it is logged');
    expect(events(server, 'journal')).toEqual(['journal-failing']);
    await run(server, 'empty', `rm ${directory}/fill`);
    await until(async () => (await keeping(server)).failing === undefined, 'the disk works');
    expect(await keeping(server)).toMatchObject({ lost: 0 });
    const { failures } = await keeping(server);
    expect(failures).toBeGreaterThan(0);
    await until(() => events(server, 'journal').length === 2, 'it is logged');
    expect(events(server, 'journal')).toEqual(['journal-failing', 'journal-works-again']);
    expect(await end(server)).toBe(0);
  });

  test('does not keep a server from ending in order', async () => {
    const server = await startServer(['-var', directory], { through: small(directory) });
    await run(server, 'fill', `cat /dev/zero > ${directory}/fill`);
    expect(await end(server)).toBe(0);
  });

  test('at the start is told in one sentence', async () => {
    const [file, ...args] = [
      ...small(directory),
      'sh',
      '-c',
      `cat /dev/zero > ${directory}/fill; exec "$@"`,
      'sh',
    ];
    const { status, stderr } = spawnSync(
      file as string,
      [...args, wrapper, 'start', '-var', directory],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(/^circuit: cannot .* ENOSPC: no space left on device.*\n$/m),
    ]);
  });
});

test('a log that nobody reads stops nothing', async () => {
  const server = spawn(wrapper, ['start', '--json', '--log', 'debug'], { stdio: 'pipe' });
  server.stderr.pause();
  try {
    const line = await new Promise<string>((resolve) =>
      server.stdout.once('data', (bytes) => resolve(String(bytes))),
    );
    const { url, id } = JSON.parse(line) as { url: string; id: string };
    const [host = '', port] = url.replace('circuit://', '').split('/')[0]?.split(':') ?? [];
    // Each is a line of the log: more than a pipe and a socket hold.
    const junk = () =>
      new Promise((resolve) => {
        const socket = dialTcp(Number(port), host, () => socket.end(Buffer.alloc(64, 0xff)));
        socket.on('error', resolve).on('close', resolve).resume();
      });
    for (let i = 0; i < 150; i++) await Promise.all(Array.from({ length: 40 }, junk));
    expect(await output(['ls', '-d', url, '/'])).toBe(`/${id}\n`);
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
  } finally {
    server.kill('SIGKILL');
  }
});

const ownPids = ['unshare', '--fork', '--kill-child', '--pid', '--mount-proc'];
const pidTrial = spawnSync('unshare', [...ownPids.slice(1), 'true']);
const noPids = pidTrial.status === 0 ? undefined : `no namespaces of processes: ${pidTrial.stderr}`;

describe.skipIf(noPids !== undefined)(`as the first process of a container ${noPids ?? ''}`, () => {
  /** The server is the only child of what made its namespace. */
  const pidOf = ({ running }: TestServer) =>
    Number(spawnSync('pgrep', ['-P', String(running.pid)], { encoding: 'utf8' }).stdout);

  test('a server obeys signals', async () => {
    const server = await startServer([], { through: ownPids });
    process.kill(pidOf(server), 'SIGTERM');
    expect((await server.running.ended).code).toBe(0);
  });

  test('of two that share a directory and a number, one has it; after kill -9 the next', async () => {
    const first = await startServer(['-var', directory], { through: ownPids });
    const second = await begin(['start', '-var', directory], { input: '', through: ownPids }).ended;
    expect([second.code, second.err]).toEqual([
      2,
      expect.stringContaining('is in use by process 1'),
    ]);
    process.kill(pidOf(first), 'SIGKILL');
    await first.running.ended;
    const third = await startServer(['-var', directory], { through: ownPids });
    process.kill(pidOf(third), 'SIGTERM');
    expect((await third.running.ended).code).toBe(0);
  });
});
