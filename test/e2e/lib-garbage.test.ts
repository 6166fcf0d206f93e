/** What comes to the port of a server that no circuit peer would send. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../../src/index.ts';
import { Frame, writeTarget } from '../../src/rpc/frames.ts';
import { methodNames } from '../../src/rpc/method.ts';
import { Writer } from '../../src/wire/codec.ts';
import { frame, hello, say } from '../support/junk-frames.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

async function dropped(stage: Stage, server: ServerProgram): Promise<Record<string, number>> {
  const client = await stage.client(server);
  const { Dropped } = (await client.walk(`/${server.id}`).peek()) as {
    Dropped: Record<string, number>;
  };
  await client.close();
  return Dropped;
}

async function serves(stage: Stage, server: ServerProgram): Promise<void> {
  const client = await stage.client(server);
  expect(await client.servers()).toContain(server.id);
  await client.close();
}

const malformed: Record<string, Uint8Array[]> = {
  'random bytes': [Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)],
  'the header of an enormous frame': [Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)],
  'a web request': [new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  'a greeting, then random bytes': [hello(), new Uint8Array(5000).fill(0xee)],
  'a greeting, then an enormous frame': [hello(), Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
  'a greeting, then a frame of an unknown type': [hello(), frame(99, 0, () => {})],
};

test.each(Object.entries(malformed))(
  '%s is dropped, counted, and harms nobody',
  async (_, parts) => {
    await using stage = new Stage();
    const server = await stage.server();
    const witness = await stage.client(server);
    const socket = await say(server, ...parts);
    await until('it is hung up on', () => socket.closed);
    expect(await dropped(stage, server)).toMatchObject({ frames: 1 });
    expect(await witness.servers()).toEqual([server.id]);
    expect(server.memoryMib()).toBeLessThan(256);
  },
);

test('who says half a greeting, or nothing, is let go in time and disturbs nobody', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const half = await say(server, hello().subarray(0, 10));
  const silent = await say(server);
  await serves(stage, server);
  await until('both are let go', () => half.closed && silent.closed);
  await serves(stage, server);
});

test('a server that introduces itself with nonsense is refused', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  for (const url of [
    '',
    'nonsense',
    'circuit://',
    'circuit://host:99999',
    `circuit://${'x'.repeat(400)}`,
  ]) {
    const socket = await say(server, hello({ server: 'X0123456789abcdef' as never, url }));
    await until('it is hung up on', () => socket.closed);
  }
  const itself = await say(server, hello({ server: server.id as never, url: server.url }));
  await until('it is hung up on', () => itself.closed);
  await serves(stage, server);
});

test('1,100 silent connections keep nobody out, and those dropped are counted', async () => {
  await using stage = new Stage();
  const server = await stage.server();
  const witness = await stage.client(server);
  const sockets = await Promise.all(Array.from({ length: 1100 }, () => say(server)));
  await serves(stage, server);
  expect(await witness.servers()).toEqual([server.id]);
  const { strangers } = await dropped(stage, server);
  expect(strangers).toBeGreaterThanOrEqual(1100 - limits.strangersMax);
  for (const socket of sockets) socket.destroy();
  await serves(stage, server);
});

test('calls of every method with anything in them leave two servers alive', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const client = await stage.client(near);
  for (const { id } of [near, far]) {
    await client.walk(`/${id}/c`).makeChan(1);
    await client.walk(`/${id}/p`).makeProc({ Path: '/bin/cat' });
  }
  const harmless = methodNames.flatMap((name, i) =>
    name === 'leave' || name === 'suicide' ? [] : [i],
  );
  const id = fc.integer({ min: 0, max: 6 });
  const target = fc.constantFrom(near.id, far.id, undefined, 'X0000000000000000');
  const path = fc.constantFrom('c', 'p', '', 'none').map((text) => {
    const writer = new Writer();
    writer.text(text);
    return writer.take();
  });
  const open = fc
    .record({
      id,
      target,
      method: fc.constantFrom(...harmless, 999),
      end: fc.boolean(),
      credit: fc.constantFrom(0, 10, 1024 * 1024, 1024 * 1024 + 1),
      path,
      body: fc.uint8Array({ maxLength: 40 }),
    })
    .map((each) =>
      frame(Frame.OPEN, 2 * each.id + 1, (writer) => {
        writer.u8(each.end ? 1 : 0);
        writer.varint(each.method);
        writeTarget(writer, each.target as never);
        writer.varint(each.credit);
        writer.raw(each.path);
        writer.raw(each.body);
      }),
    );
  const on = fc
    .record({
      id,
      type: fc.constantFrom(
        ...[Frame.REPLY, Frame.OFFER, Frame.TAKE, Frame.DATA, Frame.CREDIT],
        ...[Frame.TAKE, Frame.DATA, Frame.CREDIT, Frame.ERROR, Frame.CANCEL, Frame.PING],
      ),
      rest: fc.oneof(
        fc.constantFrom(Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(0, 1, 2, 3)),
        fc.uint8Array({ maxLength: 30 }),
      ),
    })
    .map((each) => frame(each.type, 2 * each.id + 1, (writer) => writer.raw(each.rest)));
  const huge = fc.constant(
    frame(Frame.OPEN, 99, (writer) => {
      writer.u8(1);
      writer.varint(0);
      writeTarget(writer, far.id as never);
      writer.varint(0);
      writer.raw(new Uint8Array(limits.bodyBytesMax + 1));
    }),
  );
  const conversation = fc.array(
    fc.oneof(
      { weight: 20, arbitrary: open },
      { weight: 20, arbitrary: on },
      { weight: 1, arbitrary: huge },
    ),
    { minLength: 1, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(conversation, async (frames) => {
      const socket = await say(near, hello(), ...frames);
      socket.end();
      await until('it is over', () => socket.closed);
    }),
    { numRuns: 300, endOnFailure: true },
  );
  for (const server of [near, far]) {
    expect(server.ended).toBe(false);
    await serves(stage, server);
  }
  expect((await client.servers()).length).toBe(2);
});
