/** Channels over real sockets, between clients of different servers that come to every end. */

import { expect, test } from 'vitest';
import {
  type ByteSink,
  type Chan,
  type CircuitError,
  type Client,
  limits,
} from '../../src/index.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: CircuitError) => error.code,
  );

test('100,000 messages of ten senders to ten receivers: none lost, doubled or out of order', async () => {
  await using stage = new Stage();
  const servers = await stage.circuit(3);
  const senders = 10;
  const each = 10_000;
  const home = servers[0] as ServerProgram;
  const path = `/${home.id}/work`;
  const first = await stage.client(home);
  await first.walk(path).makeChan(100);
  const clients: Client[] = [];
  for (let i = 0; i < 2 * senders; i++) {
    clients.push(await stage.client(servers[i % 3] as ServerProgram));
  }
  const started = performance.now();
  const sending = clients.slice(0, senders).map(async (client, sender) => {
    const chan = client.walk(path).chan();
    for (let at = 0; at < each; at += 50) {
      const batch = Array.from({ length: 50 }, (_, i) => chan.send(`${sender} ${at + i}`));
      await Promise.all(batch);
    }
  });
  const receiving = clients.slice(senders).map(async (client) => {
    const chan = client.walk(path).chan();
    const loops = Array.from({ length: 4 }, async () => {
      const got: string[] = [];
      for await (const message of chan) got.push(new TextDecoder().decode(message));
      return got;
    });
    return Promise.all(loops);
  });
  await Promise.all(sending);
  await first.walk(path).chan().close();
  const got = (await Promise.all(receiving)).flat();
  const seconds = (performance.now() - started) / 1000;
  console.log(`${((senders * each) / seconds).toFixed()} messages/s through three servers`);

  const seen = new Set<string>();
  for (const messages of got) {
    const last = new Map<string, number>();
    for (const message of messages) {
      expect(seen.has(message)).toBe(false);
      seen.add(message);
      const [sender = '', number] = message.split(' ');
      // What one receiver gets of one sender comes in the order sent.
      expect(Number(number)).toBeGreaterThan(last.get(sender) ?? -1);
      last.set(sender, Number(number));
    }
  }
  expect(seen.size).toBe(senders * each);
  expect(await first.walk(path).chan().peek()).toMatchObject({
    NumSend: senders * each,
    NumRecv: senders * each,
  });
});

test('receivers that are killed while they wait lose nothing', async () => {
  await using stage = new Stage();
  const { client, chan, server } = await channel(stage, 0);
  const doomed = Array.from({ length: 5 }, () => stage.clientProgram(server, 'receive', chan.path));
  for (const receiver of doomed) await receiver.said('ready');
  for (const receiver of doomed) await receiver.kill();
  const sent = Array.from({ length: 20 }, (_, i) => chan.send(String(i)));
  const got: string[] = [];
  for (let i = 0; i < 20; i++) got.push(await chan.receiveText());
  expect(got).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  await Promise.all(sent);
  expect(client.connected).toBe(true);
});

test('receivers that are killed at any moment lose at most what they had confirmed', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 0);
  const total = 2000;
  const sending = (async () => {
    for (let i = 0; i < total; i++) await chan.send(String(i));
    await chan.close();
  })();
  const got: string[] = [];
  const said: string[] = [];
  for (let round = 0; round < 4; round++) {
    const doomed = stage.clientProgram(server, 'receive', chan.path);
    await until('it has received', () => doomed.lines.length > 100);
    await doomed.kill();
    said.push(...doomed.lines.slice(1).map((line) => line.slice(4)));
  }
  for await (const message of chan) got.push(new TextDecoder().decode(message));
  await sending;
  const all = [...said, ...got].map(Number);
  expect(all).toEqual(all.toSorted((a, b) => a - b));
  expect(new Set(all).size).toBe(all.length);
  // The receive under way at each of the four deaths: its message was its own to lose.
  expect(total - all.length).toBeLessThanOrEqual(4);
});

test('a receiver that is killed in the midst of a message fails its sender, who may send again', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 0);
  const doomed = stage.clientProgram(server, 'receiveSome', chan.path);
  const message = new Uint8Array(5_000_000).fill(3);
  const first = codeOf(chan.send(message));
  await doomed.said('part');
  await doomed.kill();
  expect(await first).toBe('PEER_GONE');
  const again = chan.send(message);
  expect(Buffer.from(await chan.receive()).equals(message)).toBe(true);
  await again;
});

test('a sender that is killed while it waits delivers nothing, and no empty message', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 0);
  for (const act of [
    ['send', chan.path, 'never'],
    ['sendHalf', chan.path, '10000'],
  ]) {
    const doomed = stage.clientProgram(server, ...act);
    await doomed.said('ready');
    await doomed.kill();
  }
  const sent = chan.send('alive');
  expect(await chan.receiveText()).toBe('alive');
  await sent;
  expect(await chan.peek()).toMatchObject({ NumSend: 1, NumRecv: 1 });
});

test.each([10_000, 200_000])(
  'a sender that is killed in the midst of a message, after %i bytes, delivers no part of it',
  async (bytes) => {
    await using stage = new Stage();
    const { chan, server } = await channel(stage, 0);
    const receiving = codeOf(chan.receive());
    const doomed = stage.clientProgram(server, 'sendHalf', chan.path, String(bytes));
    await doomed.said('half');
    await doomed.kill();
    expect(await receiving).toBe('PEER_GONE');
  },
);

test('a sender that is killed with half a message in the buffer leaves the buffer to others', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 1);
  const doomed = stage.clientProgram(server, 'sendHalf', chan.path, '10000');
  await doomed.said('half');
  await doomed.kill();
  await chan.send('alive');
  expect(await chan.receiveText()).toBe('alive');
});

test('a storm of receives that are aborted loses nothing', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 0);
  const other = (await stage.client(server)).walk(chan.path).chan();
  const total = 2000;
  const sending = (async () => {
    for (let i = 0; i < total; i++) await other.send(String(i));
    await other.close();
  })();
  const got: string[] = [];
  let aborted = 0;
  const codes = new Set<string>();
  const receiver = async (seed: number) => {
    for (let i = 0; ; i++) {
      const abort = new AbortController();
      const receiving = chan.receiveText({ signal: abort.signal });
      // Some are aborted at once, some while the offer is under way, some hardly ever.
      const ticks = (seed * 7 + i) % 12;
      void Promise.resolve().then(async () => {
        for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
        abort.abort();
      });
      try {
        got.push(await receiving);
      } catch (error) {
        const { code } = error as CircuitError;
        codes.add(code);
        if (code === 'CHANNEL_CLOSED') return;
        aborted++;
      }
    }
  };
  await Promise.all([sending, ...Array.from({ length: 5 }, (_, seed) => receiver(seed))]);
  expect(got.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
  expect(aborted).toBeGreaterThan(100);
  expect([...codes].sort()).toEqual(['CANCELLED', 'CHANNEL_CLOSED']);
});

test('a storm of sends that are aborted delivers exactly those that were not', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 0);
  const receiver = (await stage.client(server)).walk(chan.path).chan();
  const got: string[] = [];
  const receiving = (async () => {
    for await (const message of receiver) got.push(new TextDecoder().decode(message));
  })();
  const done: string[] = [];
  for (let i = 0; i < 1000; i++) {
    const abort = new AbortController();
    const sending = chan.send(String(i), { signal: abort.signal });
    for (let tick = 0; tick < i % 8; tick++) await new Promise(setImmediate);
    abort.abort();
    if ((await codeOf(sending)) === 'done') done.push(String(i));
  }
  await chan.close();
  await receiving;
  expect(got).toEqual(done);
});

test('a receiver that is stopped holds up the others for the offer timeout, and goes on after', async () => {
  await using stage = new Stage();
  const { client, chan, server } = await channel(stage, 0);
  const asleep = stage.clientProgram(server, 'receive', chan.path);
  await asleep.said('ready');
  await chan.send('first');
  await asleep.said('got first');
  const waits = async () => {
    const isSecond = (await chan.peek()).NumRecv === 1;
    const doing = await client.walk(`/${server.id}`).server().stacks();
    return isSecond && doing.includes(' receive ');
  };
  await until('it waits for the next', waits);
  asleep.signal('SIGSTOP');
  const sent = performance.now();
  const sending = [chan.send('second'), chan.send('third')];
  expect(await chan.receiveText()).toBe('second');
  expect(await chan.receiveText()).toBe('third');
  expect(performance.now() - sent).toBeGreaterThan(0.9 * limits.offerTimeoutMs);
  await Promise.all(sending);
  asleep.signal('SIGCONT');
  await chan.send('fourth');
  await asleep.said('got fourth');
});

test('a close lets what is there be received, and wakes who waits', async () => {
  await using stage = new Stage();
  const { client, chan } = await channel(stage, 2);
  const waiting = await client.walk(`${chan.path}-empty`).makeChan(0);
  const receiving = [codeOf(waiting.receive()), codeOf(waiting.receiveStream())];
  await Promise.all([chan.send('one'), chan.send('two')]);
  const blocked = chan.send('three');
  await chan.close();
  await waiting.close();
  expect(await Promise.all(receiving)).toEqual(['CHANNEL_CLOSED', 'CHANNEL_CLOSED']);
  expect(await codeOf(chan.close())).toBe('CHANNEL_CLOSED');
  expect(await codeOf(chan.send('four'))).toBe('CHANNEL_CLOSED');
  const got: string[] = [];
  for await (const message of chan) got.push(new TextDecoder().decode(message));
  expect(got).toEqual(['one', 'two', 'three']);
  await blocked;
  expect(await codeOf(chan.receive())).toBe('CHANNEL_CLOSED');
});

test('a scrub wakes everybody who waits, and then there is no channel', async () => {
  await using stage = new Stage();
  const { client, chan } = await channel(stage, 1);
  const empty = await client.walk(`${chan.path}-empty`).makeChan(0);
  const half = await chan.sendStream();
  const waiting = [
    codeOf(chan.send('waits')),
    codeOf(half.finished),
    codeOf(empty.receive()),
    codeOf(empty.receiveStream()),
  ];
  await chan.peek();
  await Promise.all([chan.scrub(), empty.scrub()]);
  expect(await Promise.all(waiting)).toEqual(['ABORTED', 'ABORTED', 'ABORTED', 'ABORTED']);
  expect(await codeOf(chan.send('late'))).toBe('NO_SUCH_ANCHOR');
});

test('a receive that times out has taken nothing', async () => {
  await using stage = new Stage();
  const { chan } = await channel(stage, 0);
  expect(await codeOf(chan.receive({ timeoutMs: 20 }))).toBe('TIMEOUT');
  const sent = chan.send('later');
  expect(await chan.receiveText({ timeoutMs: 10_000 })).toBe('later');
  await sent;
});

test('a long message that stalls does not outlive the deadline of its receiver', async () => {
  await using stage = new Stage();
  const { chan } = await channel(stage, 0);
  const sending = chan.sendStream();
  let sink: ByteSink | undefined;
  void sending.then((meeting) => {
    sink = meeting;
  });
  // A deadline may be over before they meet.
  for (let timeoutMs = 300; sink === undefined; timeoutMs *= 2) {
    expect(await codeOf(chan.receive({ timeoutMs }))).toBe('TIMEOUT');
  }
  await codeOf(sink.write(new Uint8Array(100_000)));
  expect(await codeOf(sink.finished)).toBe('PEER_GONE');
});

test('10,000 buffered messages of clients that are gone cost little memory', async () => {
  await using stage = new Stage();
  const { chan, server } = await channel(stage, 10_000);
  const before = server.memoryMib();
  for (let i = 0; i < 100; i++) {
    const sender = await stage.client(server);
    const to = sender.walk(chan.path).chan();
    await Promise.all(Array.from({ length: 100 }, () => to.send('16 bytes of text')));
    await sender.close();
  }
  const grown = server.memoryMib() - before;
  console.log(`10,000 buffered messages of 16 bytes: ${grown.toFixed()} MiB`);
  expect(grown).toBeLessThan(64);
});

test('a try never waits: it is done at once, or has no effect', async () => {
  await using stage = new Stage();
  const { client, chan } = await channel(stage, 1);
  expect(await chan.tryReceive()).toBeUndefined();
  expect(await chan.trySend('one')).toBe(true);
  expect(await chan.trySend('two')).toBe(false);
  expect(Buffer.from((await chan.tryReceive()) ?? []).toString()).toBe('one');
  expect(await chan.tryReceive()).toBeUndefined();
  expect(await codeOf(chan.trySend(new Uint8Array(32 * 1024 + 1)))).toBe('BAD_ARGUMENT');
  expect(await chan.trySend(new Uint8Array(32 * 1024))).toBe(true);
  expect(await chan.peek()).toMatchObject({ NumSend: 2, NumRecv: 1 });
  const other = await client.walk(`${chan.path}-other`).makeChan(0);
  expect(await other.trySend('nobody is there')).toBe(false);
  const receives = other.receiveText();
  await other.peek();
  expect(await other.trySend('you')).toBe(true);
  expect(await receives).toBe('you');
  const sends = other.send(new Uint8Array(100_000).fill(5));
  await other.peek();
  const long = await other.tryReceive();
  expect(long?.length).toBe(100_000);
  await sends;
  await other.close();
  expect(await codeOf(other.trySend('late'))).toBe('CHANNEL_CLOSED');
  expect(await codeOf(other.tryReceive())).toBe('CHANNEL_CLOSED');
});

test('tries of many clients lose and double nothing', async () => {
  await using stage = new Stage();
  const servers = await stage.circuit(2);
  const home = servers[0] as ServerProgram;
  const path = `/${home.id}/c`;
  await (await stage.client(home)).walk(path).makeChan(3);
  const chans: Chan[] = [];
  for (let i = 0; i < 8; i++) {
    chans.push((await stage.client(servers[i % 2] as ServerProgram)).walk(path).chan());
  }
  const sent: string[] = [];
  const got: string[] = [];
  const each = 200;
  const sending = chans.slice(0, 4).map(async (chan, sender) => {
    for (let i = 0; i < each; ) {
      const message = `${sender} ${i}`;
      if (!(await chan.trySend(message))) continue;
      sent.push(message);
      i++;
    }
  });
  const receiving = chans.slice(4).map(async (chan) => {
    while (got.length < 4 * each) {
      const message = await chan.tryReceive();
      if (message !== undefined) got.push(new TextDecoder().decode(message));
    }
  });
  await Promise.all([...sending, ...receiving]);
  expect(got.sort()).toEqual(sent.sort());
});

async function channel(
  stage: Stage,
  capacity: number,
): Promise<{ server: ServerProgram; client: Client; chan: Chan }> {
  const server = await stage.server();
  const client = await stage.client(server);
  return { server, client, chan: await client.walk(`/${server.id}/c`).makeChan(capacity) };
}
