/** Channels from the command line, on two servers: everything is done through the other one. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  circuit,
  endAll,
  output,
  type Running,
  startServers,
  type TestServer,
  until,
  untilConnected,
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

/** A fresh channel on the other server. */
async function chan(capacity: number): Promise<string> {
  const path = `${there.path}/chan/${made++}`;
  expect(await output(['mkchan', path, String(capacity), ...dial])).toBe('');
  return path;
}

async function peek(path: string) {
  return JSON.parse(await output(['peek', path, ...dial]));
}

function recv(path: string) {
  return begin(['recv', path, ...dial]);
}

describe('a channel', () => {
  test('is peeked with the fields of the original, as JSON with tabs', async () => {
    const path = await chan(3);
    expect(await output(['peek', path, ...dial])).toBe(
      '{\n\t"Cap": 3,\n\t"Closed": false,\n\t"Aborted": false,\n\t"NumSend": 0,\n\t"NumRecv": 0\n}\n',
    );
    expect(await output(['peek', '--json', path, ...dial])).toBe(
      '{"Cap":3,"Closed":false,"Aborted":false,"NumSend":0,"NumRecv":0}\n',
    );
  });

  test('gives messages back to the byte, in order, and then counts them', async () => {
    const path = await chan(3);
    for (const message of ['one\n', '', 'three \u0000 \u00fc'])
      expect(await output(['send', path, ...dial], { input: message })).toBe('');
    expect(await output(['recv', path, ...dial])).toBe('one\n');
    expect(await output(['recv', path, ...dial])).toBe('');
    expect(await output(['recv', path, ...dial])).toBe('three \u0000 \u00fc');
    expect(await peek(path)).toMatchObject({ NumSend: 3, NumRecv: 3 });
  });

  test('takes 32 KiB into its buffer, and more only with a receiver', async () => {
    const path = await chan(2);
    const head = 'x'.repeat(32 * 1024);
    await output(['send', path, ...dial], { input: head });
    const longer = begin(['send', path, ...dial], { input: `${head}y` });
    await until(async () => (await peek(path)).NumSend === 2, 'the longer one is in the buffer');
    expect(longer.over()).toBe(false);
    expect(await output(['recv', path, ...dial])).toBe(head);
    expect(await output(['recv', path, ...dial])).toBe(`${head}y`);
    expect((await longer.ended).code).toBe(0);
  });

  test('carries a message of many megabytes whole', async () => {
    const path = await chan(0);
    const message = Array.from({ length: 600_000 }, (_, line) => `line ${line}`).join('\n');
    const receiver = recv(path);
    await output(['send', path, ...dial], { input: message });
    const { code, out } = await receiver.ended;
    expect(code).toBe(0);
    expect(out === message).toBe(true);
  });

  test('of capacity 0 lets a sender wait for its receiver', async () => {
    const path = await chan(0);
    const sender = begin(['send', path, ...dial], { input: 'hello' });
    expect(await output(['recv', path, ...dial])).toBe('hello');
    expect(await sender.ended).toMatchObject({ code: 0, out: '', err: '' });
  });

  test('that is closed gives what it has, and then says that it is closed', async () => {
    const path = await chan(1);
    await output(['send', path, ...dial], { input: 'last' });
    expect(await output(['close', path, ...dial])).toBe('');
    expect(await circuit(['send', path, ...dial], { input: 'too late' })).toMatchObject({
      code: 7,
      err: `circuit: ${path}: the channel is closed\n`,
    });
    expect(await output(['recv', path, ...dial])).toBe('last');
    expect(await circuit(['recv', path, ...dial])).toMatchObject({ code: 7, out: '' });
    expect(await circuit(['close', path, ...dial])).toMatchObject({ code: 7 });
    expect(await peek(path)).toMatchObject({ Closed: true, NumSend: 1, NumRecv: 1 });
  });

  test('that is scrubbed fails what waits at it', async () => {
    await scrubbed((path) => begin(['send', path, ...dial], { input: 'never' }));
    await scrubbed(recv);
  });
});

/** Scrubs again and makes anew until the command was there in time to be told, and not in between. */
async function scrubbed(start: (path: string) => Running): Promise<void> {
  await until(async () => {
    const path = await chan(0);
    const command = start(path);
    await until(async () => {
      await circuit(['scrub', path, ...dial]);
      if (command.over()) return true;
      await circuit(['mkchan', path, '0', ...dial]);
      return false;
    }, 'the command is told');
    const { code, out } = await command.ended;
    expect([4, 8]).toContain(code);
    expect(out).toBe('');
    return code === 8;
  }, 'a command that waits is told');
}

describe('who goes away', () => {
  test('a sender that is killed half-way delivers nothing', async () => {
    const path = await chan(0);
    const receiver = recv(path);
    const sender = begin(['send', path, ...dial]);
    sender.process.stdin?.write('z'.repeat(200_000));
    await until(async () => (await peek(path)).NumRecv === 1, 'the receiver has it');
    sender.process.kill('SIGKILL');
    expect(await receiver.ended).toMatchObject({
      code: 9,
      out: '',
      err: `circuit: ${path}: the sender went away before the message was complete\n`,
    });
  });

  test('a sender that is killed with its message in the buffer takes it along', async () => {
    const path = await chan(1);
    const sender = begin(['send', path, ...dial]);
    sender.process.stdin?.write('z'.repeat(200_000));
    await until(async () => (await peek(path)).NumSend === 1, 'the message is in the buffer');
    sender.process.kill('SIGKILL');
    await until(async () => (await peek(path)).NumSend === 0, 'the message is gone');
    await output(['send', path, ...dial], { input: 'whole' });
    expect(await output(['recv', path, ...dial])).toBe('whole');
  });

  test('a receiver that is killed or interrupted takes no message along', async () => {
    const path = await chan(0);
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const receiver = recv(path);
      await untilConnected(receiver);
      receiver.process.kill(signal);
      await receiver.ended;
    }
    const sender = begin(['send', path, ...dial], { input: 'kept' });
    expect(await output(['recv', path, ...dial])).toBe('kept');
    expect((await sender.ended).code).toBe(0);
  });

  test('--timeout and an interrupt end a wait with their own codes', async () => {
    const path = await chan(0);
    expect(await circuit(['recv', path, '--timeout', '0.2', ...dial])).toMatchObject({
      code: 11,
      err: 'circuit: no result within 0.2 s\n',
    });
    expect(
      await circuit(['send', path, '--timeout', '0.2', ...dial], { input: 'x' }),
    ).toMatchObject({ code: 11 });
    const sender = begin(['send', path, ...dial]);
    sender.process.stdin?.write('x'.repeat(100_000));
    await untilConnected(sender);
    sender.process.kill('SIGINT');
    expect(await sender.ended).toMatchObject({ code: 12 });
    expect(await peek(path)).toMatchObject({ NumSend: 0, NumRecv: 0 });
  });
});

describe('--try', () => {
  test('sends and receives what it can at once, and else fails with code 21', async () => {
    const path = await chan(1);
    const nothing = await circuit(['recv', '--try', path, ...dial]);
    expect(nothing).toMatchObject({ code: 21, out: '' });
    expect(nothing.err).toContain('there is no message');
    expect(await output(['send', '--try', path, ...dial], { input: 'one' })).toBe('');
    const full = await circuit(['send', '--try', path, ...dial], { input: 'two' });
    expect(full).toMatchObject({ code: 21, out: '' });
    expect(full.err).toContain('was not sent');
    expect(await output(['recv', '--try', path, ...dial])).toBe('one');
    expect(await peek(path)).toMatchObject({ NumSend: 1, NumRecv: 1 });
  });

  test('meets who waits: a send its receiver, a receive its sender', async () => {
    const path = await chan(0);
    const receiver = recv(path);
    await untilConnected(receiver);
    await until(
      async () => (await circuit(['send', '--try', path, ...dial], { input: 'you' })).code === 0,
      'the receiver is there',
    );
    expect(await receiver.ended).toMatchObject({ code: 0, out: 'you' });
    const long = 'x'.repeat(100_000);
    const sender = begin(['send', path, ...dial], { input: long });
    let message = '';
    await until(async () => {
      message = (await circuit(['recv', '--try', path, ...dial])).out;
      return message !== '';
    }, 'the sender is there');
    expect(message).toBe(long);
    expect(await sender.ended).toMatchObject({ code: 0 });
  });

  test('sends no message of more than 32 KiB', async () => {
    const path = await chan(1);
    const input = 'x'.repeat(32 * 1024 + 1);
    expect(await circuit(['send', '--try', path, ...dial], { input })).toMatchObject({ code: 2 });
  });
});

describe('recv --json', () => {
  test('prints text as a JSON string, and what is not UTF-8 in base64', async () => {
    const path = await chan(2);
    await output(['send', path, ...dial], { input: 'a "quoted" line\n' });
    await output(['send', path, ...dial], { input: Uint8Array.of(0xff, 0x00, 0x80) });
    expect(await output(['recv', path, '--json', ...dial])).toBe(
      '{"message":"a \\"quoted\\" line\\n"}\n',
    );
    expect(await output(['recv', path, '--json', ...dial])).toBe('{"base64":"/wCA"}\n');
  });
});

describe('bad input', () => {
  test.each(['-1', '1.5', 'many', '99999999999999999999', ''])(
    'mkchan refuses the capacity "%s"',
    async (capacity) => {
      const path = `${there.path}/never`;
      const { code, err } = await circuit(['mkchan', ...dial, path, capacity]);
      expect(code).toBe(2);
      expect(err).toMatch(/^circuit: .*\n$/);
    },
  );

  test('an anchor that is taken, a wrong kind, and no channel each have a code', async () => {
    const path = await chan(0);
    expect(await circuit(['mkchan', path, '0', ...dial])).toMatchObject({ code: 5 });
    expect(await circuit(['wait', path, ...dial])).toMatchObject({ code: 6 });
    expect(await circuit(['stdout', path, ...dial])).toMatchObject({ code: 6 });
    expect(await circuit(['send', there.path, ...dial])).toMatchObject({ code: 6 });
    for (const command of ['send', 'recv', 'close']) {
      const { code, err } = await circuit([command, `${there.path}/none`, ...dial]);
      expect(code).toBe(4);
      expect(err).toContain(`${there.path}/none`);
      expect(err.trim().split('\n')).toHaveLength(1);
    }
  });
});
