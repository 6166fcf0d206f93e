/** Processes of the operating system under anchors, as clients see them. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Anchor, CircuitError, CommandInput, Proc } from '../../src/index.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: CircuitError) => error.code,
  );

const shell = (script: string, more: Partial<CommandInput> = {}): CommandInput => ({
  Path: '/bin/sh',
  Args: ['-c', script],
  ...more,
});

async function text(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function stand(stage: Stage): Promise<{ server: ServerProgram; root: Anchor }> {
  const server = await stage.server();
  const client = await stage.client(server);
  return { server, root: client.walk(`/${server.id}`) };
}

test('wait ends with the process, though nobody closes its input or reads its output', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('echo hello; exit 3'));
  expect(await proc.wait()).toMatchObject({
    Phase: 'exited',
    Exit: { Code: 3, Message: 'exit status 3' },
  });
  expect(await text(proc.stdout())).toBe('hello\n');
});

test('output is live: a line arrives while the process waits for an answer to it', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('echo ask; read answer; echo "got $answer"'));
  const stdout = proc.stdout();
  const first = await stdout.next();
  expect(Buffer.from(first.value as Uint8Array).toString()).toBe('ask\n');
  const stdin = proc.stdin();
  await stdin.write(new TextEncoder().encode('yes\n'));
  expect(await text(stdout)).toBe('got yes\n');
});

test('a program reads its input to the end that the client gives it', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('wc -c; echo done >&2'));
  const stdin = proc.stdin();
  await stdin.write(new Uint8Array(100_000));
  await stdin.end();
  expect((await text(proc.stdout())).trim()).toBe('100000');
  expect(await text(proc.stderr())).toBe('done\n');
  expect(await codeOf(proc.stdin().write(new Uint8Array(1)))).toBe('NOT_RUNNING');
});

test('a second reader is told that the stream is taken, and gets it after the first', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('echo one; read x; echo two'));
  const first = proc.stdout();
  await first.next();
  expect(await codeOf(text(proc.stdout()))).toBe('STREAM_BUSY');
  expect(await codeOf(proc.stderr().return())).toBe('done');
  await first.return();
  const second = text(proc.stdout());
  await proc.stdin().end();
  expect(await second).toBe('two\n');
});

test('a reader that is killed neither kills the process nor loses what it had not used up', async () => {
  await using stage = new Stage();
  const { server, root } = await stand(stage);
  const lines = Array.from({ length: 100_000 }, (_, i) => i + 1).join('\n');
  const proc = await root.walk('p').makeProc(shell('seq 1 100000'));
  const reader = stage.clientProgram(server, 'stdout', proc.path, '50000');
  const used = Buffer.from(await reader.said('used'), 'base64').toString();
  await reader.kill();
  await until('another may read', async () => {
    const rest = await text(proc.stdout()).catch((error: CircuitError) => error);
    if (typeof rest !== 'string') {
      expect(rest.code).toBe('STREAM_BUSY');
      return false;
    }
    expect(`${used}${rest}` === `${lines}\n`).toBe(true);
    return true;
  });
  expect(await proc.wait()).toMatchObject({ Phase: 'exited', Exit: null });
});

test('readers that give up one after another see every byte once', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('seq 1 200000'));
  let got = '';
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController();
    try {
      let chunks = 0;
      for await (const chunk of proc.stdout({ signal: abort.signal })) {
        got += Buffer.from(chunk).toString();
        if (++chunks === 3) {
          if (round % 2 === 0) break;
          abort.abort();
        }
      }
    } catch (error) {
      expect((error as CircuitError).code).toBe('CANCELLED');
    }
  }
  got += await text(proc.stdout());
  expect(got === `${Array.from({ length: 200_000 }, (_, i) => i + 1).join('\n')}\n`).toBe(true);
});

test('the command is reported as it was given, and run so', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const command = shell('pwd; echo "$K"; env | wc -l', { Dir: '/usr', Env: ['K=V'] });
  const proc = await root.walk('p').makeProc(command);
  const [dir, value] = (await text(proc.stdout())).split('\n');
  expect([dir, value]).toEqual(['/usr', 'V']);
  expect(await proc.wait()).toMatchObject({
    Cmd: { Dir: '/usr', Env: ['K=V'], Path: '/bin/sh', Args: command.Args, Scrub: false },
  });
});

test('signals end, stop and continue a process, and its phase says so', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc({ Path: '/bin/sleep', Args: ['1000'] });
  await proc.signal('STOP');
  await until('it is stopped', async () => (await proc.peek()).Phase === 'stopped');
  await proc.signal('cont');
  await until('it runs', async () => (await proc.peek()).Phase === 'running');
  expect(await codeOf(proc.signal('NOSUCH'))).toBe('BAD_ARGUMENT');
  const waits = Array.from({ length: 20 }, () => proc.wait());
  await proc.signal('SIGTERM');
  for (const state of await Promise.all(waits)) {
    expect(state).toMatchObject({
      Phase: 'signaled',
      Exit: { Signal: 'TERM', Message: 'ended by signal TERM' },
    });
  }
  expect(await codeOf(proc.signal('KILL'))).toBe('NOT_RUNNING');
});

test('a program that cannot be started says why, and leaves an element that says so too', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const anchor = root.walk('p');
  const made = anchor.makeProc({ Path: '/bin/nosuch' });
  await expect(made).rejects.toMatchObject({ code: 'SPAWN_FAILED' });
  await expect(made).rejects.toThrow('/bin/nosuch: no such file or directory');
  expect(await anchor.peek()).toMatchObject({ Phase: 'unknown', Exit: { Message: /nosuch/ } });
  expect(await anchor.proc().wait()).toMatchObject({ Phase: 'unknown' });
  expect(await text(anchor.proc().stdout())).toBe('');
  expect(await text(anchor.proc().stderr())).toBe('');
  expect(await codeOf(anchor.proc().stdin().write(new Uint8Array(1)))).toBe('NOT_RUNNING');
  await anchor.scrub();
  expect(await codeOf(anchor.peek())).toBe('NO_SUCH_ANCHOR');
});

test('a scrub wakes everybody who waits and leaves the process running', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const directory = mkdtempSync(join(tmpdir(), 'circuit-'));
  const mark = join(directory, 'mark');
  const script = `echo $$; while [ ! -e ${mark}-go ]; do sleep 0.05; done; echo ran > ${mark}`;
  const proc = await root.walk('p').makeProc(shell(script));
  const stdout = proc.stdout();
  await stdout.next();
  const sink = proc.stdin();
  const waiting = [codeOf(proc.wait()), codeOf(stdout.next()), codeOf(sink.finished)];
  await proc.peek();
  await proc.scrub();
  expect(await Promise.all(waiting)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  expect(await codeOf(proc.peek())).toBe('NO_SUCH_ANCHOR');
  writeFileSync(`${mark}-go`, '');
  const written = () => existsSync(mark) && readFileSync(mark, 'utf8') === 'ran\n';
  await until('it has run to its end', written);
  rmSync(directory, { recursive: true });
});

test('a scrub that is to kill ends the process and what it has started', async () => {
  await using stage = new Stage();
  const { root } = await stand(stage);
  const proc = await root.walk('p').makeProc(shell('sleep 1000 & echo $$ $!; wait'));
  const { value } = await proc.stdout().next();
  const pids = Buffer.from(value as Uint8Array)
    .toString()
    .trim()
    .split(' ');
  await proc.scrub({ kill: true });
  await until('both are gone', () => pids.every((pid) => !runs(pid)));
});

test('200 processes of every fate leave no descriptors behind', async () => {
  await using stage = new Stage();
  const { server, root } = await stand(stage);
  const before = server.descriptors();
  for (let batch = 0; batch < 10; batch++) {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => comeAndGo(root.walk(`p${batch}-${i}`), i % 5)),
    );
  }
  await until('all descriptors are closed', () => server.descriptors() <= before + 2);
  await until('no anchor is left', async () => (await root.view()).length === 0);
});

/** Makes one, and lets it end in one of several ways. */
async function comeAndGo(anchor: Anchor, fate: number): Promise<void> {
  if (fate === 0) {
    // Nobody reads its output, and nobody scrubs it.
    await anchor.makeProc(shell('seq 1 20000; exec true', { Scrub: true })).catch(() => {});
    await anchor.proc().stdout().return();
    await drainUntilGone(anchor);
    return;
  }
  if (fate === 1) {
    await codeOf(anchor.makeProc({ Path: '/bin/nosuch' }));
    await anchor.scrub();
    return;
  }
  const proc: Proc = await anchor.makeProc(shell(fate === 2 ? 'sleep 1000' : 'echo hello'));
  if (fate !== 2) await proc.wait();
  if (fate === 3) await text(proc.stdout());
  // Scrubbed: while it runs, with its output read, with its output unread.
  await proc.scrub({ kill: fate === 2 });
}

/** A writer that is not read stands still, and so would never exit. */
async function drainUntilGone(anchor: Anchor): Promise<void> {
  await until('it has exited and is gone', async () => {
    await codeOf(anchor.proc().stdout().next());
    return (await codeOf(anchor.peek())) === 'NO_SUCH_ANCHOR';
  });
}

/** Neither gone nor dead and not yet buried. */
function runs(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
