/** `circuit log` on real servers: what was done, by whom, in which order. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, type JournalEntry } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  output,
  type Running,
  startServer,
  startServers,
  type TestServer,
  until,
} from '../support/circuit.ts';

let first: TestServer;
let second: TestServer;
let third: TestServer;
let dial: string[];

beforeAll(async () => {
  [first, second, third] = (await startServers(3)) as [TestServer, TestServer, TestServer];
  dial = ['-d', first.url];
});

afterAll(endAll);

async function log(...args: string[]): Promise<JournalEntry[]> {
  return entriesIn(await output(['log', '--json', ...args, ...dial]));
}

function entriesIn(text: string): JournalEntry[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** As `event method`, and the error when there was one. */
function told(entries: readonly JournalEntry[]): string[] {
  return entries.map(({ event, method, error }) =>
    [event, method, error].filter((each) => each !== undefined).join(' '),
  );
}

async function follow(...args: string[]): Promise<Running> {
  const running = begin(['log', '--follow', ...args, ...dial]);
  await until(() => running.output().includes('joined'), 'the log begins');
  return running;
}

test('what was done on three servers is printed in the order in which it was done', async () => {
  const client = await connect(await nodeHost({ client: true }), first.url);
  const done: string[] = [];
  for (let turn = 0; turn < 30; turn++) {
    const server = [second, first, third][turn % 3] as TestServer;
    const path = `${server.path}/order/${turn}`;
    await client.walk(path).makeChan(1);
    done.push(path);
  }
  await client.close();
  const orders = (await log()).filter(({ path = '' }) => path.includes('/order/'));
  expect(orders.map(({ path }) => path)).toEqual(done);
  const stamps = orders.map(({ stamp }) => stamp);
  expect(stamps).toEqual([...stamps].sort());
});

test('what two programs do that tell each other by a channel is in that order, too', async () => {
  const [one, other] = await Promise.all([
    connect(await nodeHost({ client: true }), second.url),
    connect(await nodeHost({ client: true }), third.url),
  ]);
  await one.walk(`${first.path}/talk`).makeChan(0);
  const heard = other.walk(`${first.path}/talk`).chan().receiveText();
  await one.walk(`${second.path}/said/1`).makeChan(0);
  await one.walk(`${first.path}/talk`).chan().send('now you');
  expect(await heard).toBe('now you');
  await other.walk(`${third.path}/said/2`).makeChan(0);
  await Promise.all([one.close(), other.close()]);
  const said = (await log()).filter(({ path = '' }) => /said|talk/.test(path));
  // When the receiver began to wait, nobody has told anybody.
  const known = said.filter(({ event, method }) => event !== 'began' || method === 'send');
  const names = known.map(({ path = '' }) => path.slice(path.indexOf('/', 1)));
  expect(told(known).map((what, at) => `${what} ${names[at]}`)).toEqual([
    'done makeChan /talk',
    'done makeChan /said/1',
    'began send /talk',
    'ended send /talk',
    'ended receive /talk',
    'done makeChan /said/2',
  ]);
});

describe('--follow', () => {
  test('prints what happens, also on a server that joins later, and ends well on INT', async () => {
    const running = await follow();
    await output(['mkchan', `${second.path}/live/1`, '1', ...dial]);
    await until(() => running.output().includes('/live/1'), 'the first is printed');
    const late = await startServer(['-j', second.url]);
    await until(
      async () => (await circuit(['ls', '-l', late.path, ...dial])).code === 0,
      'it has joined',
    );
    await output(['mkchan', `${late.path}/live/2`, '1', ...dial]);
    await until(() => running.output().includes('/live/2'), 'the second is printed');
    await output(['leave', late.path, ...dial]);
    await until(
      () => new RegExp(`left +${late.path}`).test(running.output()),
      'that it left is printed',
    );
    await output(['mkchan', `${third.path}/live/3`, '1', ...dial]);
    await until(() => running.output().includes('/live/3'), 'the third is printed');
    running.process.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0, err: '' });
    const printed = running.output();
    expect(printed.indexOf('/live/1')).toBeLessThan(printed.indexOf('/live/2'));
    expect(printed.indexOf('/live/2')).toBeLessThan(printed.indexOf('/live/3'));
  });

  test('of one anchor prints what is done there, and nothing else', async () => {
    const path = `${second.path}/only`;
    await output(['mkchan', path, '1', ...dial]);
    const running = begin(['log', '--follow', '--json', path, ...dial]);
    await until(() => running.output() !== '', 'the log begins');
    await output(['mkchan', `${path}else`, '1', ...dial]);
    await output(['mkchan', `${path}/below`, '1', ...dial]);
    await until(() => running.output().includes('/below'), 'what is below is printed');
    running.process.kill('SIGINT');
    expect(entriesIn((await running.ended).out).map((entry) => entry.path)).toEqual([
      path,
      `${path}/below`,
    ]);
  });

  test('of a server that goes away ends with that', async () => {
    const late = await startServer(['-j', first.url]);
    await until(
      async () => (await circuit(['ls', late.path, ...dial])).code === 0,
      'it has joined',
    );
    const running = begin(['log', '--follow', late.path, ...dial]);
    await until(() => running.output().includes('joined'), 'the log begins');
    late.running.process.kill('SIGKILL');
    expect((await running.ended).code).toBe(10);
  });
});

test('a line for people says when, where, what, by whom, and what came of it', async () => {
  const path = `${second.path}/people`;
  await output(['mkchan', path, '7', ...dial]);
  await circuit(['mkchan', path, '7', ...dial]);
  const [made, refused] = (await output(['log', path, ...dial])).split('\n');
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';
  const [there, relay] = [second.id.slice(0, 9), first.id.slice(0, 9)];
  expect(made).toMatch(
    new RegExp(
      `^${time} +${there} +makeChan +${path} +127.0.0.1:\\d+ through ${relay} +done, capacity 7$`,
    ),
  );
  expect(refused).toMatch(/ANCHOR_BUSY, capacity 7$/);
});

test('--since leaves out what is older, and what makes no sense is refused', async () => {
  await output(['mkchan', `${first.path}/since`, '1', ...dial]);
  const recent = await log('--since', '3600', `${first.path}/since`);
  expect(recent).toHaveLength(1);
  expect(await log('--since', '0', `${first.path}/since`)).toEqual([]);
  expect((await circuit(['log', '--since', 'noon', ...dial])).code).toBe(2);
});

/** ORIGINAL.md, logging of operations. */
describe('defects of the original that do not come back', () => {
  async function of(name: string, ...args: string[]): Promise<JournalEntry[]> {
    return log(...args, `${first.path}/defects/${name}`);
  }

  function at(name: string): string {
    return `${first.path}/defects/${name}`;
  }

  test('who asked is logged: the address of a client, or the server that it asked', async () => {
    await output(['mkchan', at('who/direct'), '1', ...dial]);
    await output(['mkchan', at('who/relayed'), '1', '-d', second.url]);
    const [direct, relayed] = await of('who');
    expect(direct?.by).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(relayed?.by).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+ through ${second.id}$`));
  });

  test('send and recv are logged, where they begin and where they end', async () => {
    await output(['mkchan', at('chan'), '0', ...dial]);
    const recv = begin(['recv', at('chan'), ...dial]);
    await until(async () => (await of('chan')).length === 2, 'the receiver waits');
    await output(['send', at('chan'), ...dial], { input: 'hello' });
    expect((await recv.ended).out).toBe('hello');
    const entries = await of('chan');
    expect(told(entries)).toEqual([
      'done makeChan',
      'began receive',
      'began send',
      'ended send',
      'ended receive',
    ]);
    const numbers = entries.map(({ operation }) => operation);
    expect([numbers[1], numbers[2]]).toEqual([numbers[4], numbers[3]]);
    expect(entries.slice(3).map(({ bytes }) => bytes)).toEqual([5, 5]);
  });

  test('close is logged', async () => {
    await output(['mkchan', at('closed'), '0', ...dial]);
    await output(['close', at('closed'), ...dial]);
    expect(told(await of('closed'))).toEqual(['done makeChan', 'done close']);
  });

  test('signal, wait and standard streams are logged', async () => {
    await output(['mkproc', at('cat'), ...dial], { input: '{"Path": "/bin/cat"}' });
    const waiting = begin(['wait', at('cat'), ...dial]);
    await until(async () => told(await of('cat')).includes('began wait'), 'the wait begins');
    const stdout = begin(['stdout', at('cat'), ...dial]);
    await until(async () => told(await of('cat')).includes('began stdout'), 'the reading begins');
    await output(['stdin', at('cat'), ...dial], { input: 'abc' });
    expect((await stdout.ended).out).toBe('abc');
    expect((await waiting.ended).code).toBe(0);
    expect((await circuit(['signal', 'KILL', at('cat'), ...dial])).code).not.toBe(0);
    const entries = await of('cat');
    expect(told(entries)).toEqual(
      expect.arrayContaining(['ended wait', 'ended stdin', 'ended stdout']),
    );
    expect(entries.at(-1)).toMatchObject({
      method: 'signal',
      detail: 'KILL',
      error: 'NOT_RUNNING',
    });
    const moved = entries.filter(({ bytes }) => bytes !== undefined);
    expect(moved.map(({ method, bytes }) => `${method} ${bytes}`).sort()).toEqual([
      'stdin 3',
      'stdout 3',
    ]);
  });

  test('peek, ls and scrub are logged', async () => {
    await output(['mkchan', at('seen'), '0', ...dial]);
    await output(['peek', at('seen'), ...dial]);
    await output(['ls', `${at('seen')}/...`, ...dial]);
    await output(['scrub', at('seen'), ...dial]);
    expect(told(await of('seen'))).toEqual([
      'done makeChan',
      'done peek',
      'done list',
      'done scrub',
    ]);
  });

  test('join is logged, with the URL', async () => {
    const lone = await startServer();
    await output(['join', lone.path, first.url, '-d', lone.url]);
    const joins = (await log(lone.path)).filter(({ method }) => method === 'join');
    expect(told(joins)).toEqual(['began join', 'ended join']);
    expect(joins[0]?.detail).toBe(first.url);
  });

  test('set and unset are logged, with the record', async () => {
    await output(['mkdns', at('dns'), ...dial]);
    await output(['set', at('dns'), 'miek.nl. 3600 IN A 10.0.0.1', ...dial]);
    await output(['unset', at('dns'), 'miek.nl.', ...dial]);
    const changes = (await of('dns')).filter(({ method }) => method !== 'makeDns');
    expect(changes.map(({ method, detail }) => [method, detail])).toEqual([
      ['setRecord', 'miek.nl. 3600 IN A 10.0.0.1'],
      ['unsetRecords', 'miek.nl.'],
    ]);
  });

  test('neither environments nor arguments nor messages are in the log', async () => {
    const command = {
      Path: '/bin/true',
      Args: ['--password', 'hush-argument'],
      Env: ['TOKEN=hush-environment'],
    };
    await output(['mkproc', at('secret'), ...dial], { input: JSON.stringify(command) });
    await output(['wait', at('secret'), ...dial]);
    await output(['mkchan', at('secret/chan'), '1', ...dial]);
    await output(['send', at('secret/chan'), ...dial], { input: 'hush-message' });
    const text = await output(['log', '--json', ...dial]);
    expect(text).toContain(at('secret/chan'));
    expect(text).not.toContain('hush');
    expect((await of('secret'))[0]?.detail).toBe('/bin/true');
  });
});
