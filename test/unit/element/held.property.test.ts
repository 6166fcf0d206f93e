/** What a server keeps for its peers: counted as long as it is kept, and not a moment longer. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, Share } from '../../../src/budget.ts';
import { Channel } from '../../../src/channel/channel.ts';
import { Zone } from '../../../src/dns/zone.ts';
import { OutputStream } from '../../../src/element/output.ts';
import { StdinStream } from '../../../src/element/stdin.ts';
import { SubscriptionElement } from '../../../src/element/subscription.ts';
import { CircuitError } from '../../../src/errors.ts';
import type { ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { boundsOf } from '../../../src/rpc/bounds.ts';
import { bytesOf, shareOf } from '../../../src/server/command-share.ts';
import { Caller, PlayedSpawner, StillClock } from '../../support/calls.ts';
import { ChanBench, isDone, messageOf, type Sent } from '../../support/chan-bench.ts';
import { dataOf, failureOf, pattern } from '../../support/pipe.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const OVERHEAD = limits.messageOverheadBytes;
const HEAD = limits.messageHeadBytes;
const spent = (max: number) => `(limit heldBytesMax: ${max})`;

describe('of a channel', () => {
  test('messages count with an overhead until they are received', () => {
    const bench = new ChanBench(2);
    bench.send(pattern(1000));
    bench.send(pattern(500));
    const waiting = bench.send(pattern(100));
    expect(isDone(waiting)).toBe(false);
    expect(bench.bounds.held.used).toBe(1600 + 3 * OVERHEAD);
    bench.receive();
    expect(bench.bounds.held.used).toBe(600 + 2 * OVERHEAD);
    waiting.call.cancel();
    bench.run();
    expect(bench.bounds.held.used).toBe(600 + 2 * OVERHEAD);
    bench.receive();
    bench.receive();
    expect(bench.bounds.held.used).toBe(0);
  });

  test('what would not fit fails with LIMIT, and fits when something was received', () => {
    const bench = new ChanBench(1_000_000, { heldBytesMax: MIB });
    const size = 32 * KIB - OVERHEAD;
    const sent = Array.from({ length: 32 }, () => bench.send(pattern(size)));
    expect(sent.every(isDone)).toBe(true);
    expect(bench.bounds.held.used).toBe(MIB);
    for (const patient of [true, false]) {
      const refused = failureOf(bench.send(pattern(0), { patient }).heard);
      expect([refused?.code, refused?.message]).toEqual([
        'LIMIT',
        expect.stringContaining(spent(MIB)),
      ]);
    }
    expect(messageOf(bench.receive())?.length).toBe(size);
    expect(isDone(bench.send(pattern(size)))).toBe(true);
  });

  test('the beginning of a long message counts as if it were there; it is cut when it ends early', () => {
    const bench = new ChanBench(1);
    const sent = bench.send(pattern(10), { open: true });
    expect(bench.bounds.held.used).toBe(HEAD + OVERHEAD);
    sent.call.end();
    bench.run();
    expect(bench.bounds.held.used).toBe(10 + OVERHEAD);
    const lost = bench.send(pattern(10), { open: true });
    lost.by.vanish();
    bench.run();
    expect(bench.bounds.held.used).toBe(10 + OVERHEAD);
  });

  test('what is under way of a long message counts until its end, or that of either side', () => {
    const bench = new ChanBench(0);
    const pipe = () => {
      const sender = bench.send(pattern(10), { open: true });
      return { sender, receiver: bench.receive({ credit: 5 }) };
    };
    const ahead = limits.streamWindowBytes - HEAD;
    const [whole, noSender, noReceiver] = [pipe(), pipe(), pipe()];
    expect(bench.bounds.held.used).toBe(3 * ahead);
    whole.sender.call.end();
    whole.receiver.call.grant(5);
    bench.run();
    expect(messageOf(whole.receiver)?.length).toBe(10);
    expect(bench.bounds.held.used).toBe(2 * ahead);
    noSender.sender.by.vanish();
    bench.run();
    expect(bench.bounds.held.used).toBe(ahead);
    noReceiver.receiver.by.vanish();
    bench.run();
    expect(bench.bounds.held.used).toBe(0);
  });

  test('a long message goes on in small pieces where there is no room', () => {
    const bench = new ChanBench(0, { heldBytesMax: MIB });
    const content = pattern(500 * KIB);
    const sender = bench.send(content.subarray(0, HEAD), { open: true });
    bench.bounds.held.overdraw(MIB);
    const receiver = bench.receive();
    for (let at = HEAD; at < content.length; ) {
      const room = sender.call.room();
      expect(room).toBeGreaterThan(0);
      expect(room).toBeLessThanOrEqual(HEAD);
      sender.call.data(content.subarray(at, at + room));
      at += room;
      bench.run();
    }
    sender.call.end();
    bench.run();
    expect(messageOf(receiver)).toEqual(Buffer.from(content));
    expect(bench.bounds.held.used).toBe(MIB);
  });

  test('whatever clients do, nothing is left when they and the channel are gone', () => {
    const act = fc.record({
      what: fc.constantFrom(
        'send',
        'open',
        'try',
        'receive',
        'tryReceive',
        'more',
        'end',
        'cancel',
      ),
      bytes: fc.integer({ min: 0, max: HEAD }),
      which: fc.nat(20),
      take: fc.boolean(),
    });
    const over = fc.constantFrom('scrub first', 'clients first');
    const property = fc.property(
      ...([fc.nat(3), fc.array(act, { maxLength: 25 }), over] as const),
      (capacity, acts, first) => {
        const bench = new ChanBench(capacity, { heldBytesMax: 2 * MIB });
        const { held } = bench.bounds;
        const all: Sent[] = [];
        for (const { what, bytes, which, take } of acts) {
          const chosen = all[which % Math.max(1, all.length)];
          const data = pattern(bytes);
          if (what === 'send') all.push(bench.send(data));
          else if (what === 'open') all.push(bench.send(data, { open: true }));
          else if (what === 'try') all.push(bench.send(data, { patient: false }));
          else if (what === 'receive') all.push(bench.receive({ take, credit: bytes }));
          else if (what === 'tryReceive') all.push(bench.receive({ patient: false, take }));
          else if (chosen !== undefined && what === 'cancel') chosen.call.cancel();
          else if (chosen !== undefined && what === 'end') chosen.call.end();
          else if (chosen !== undefined && what === 'more') {
            const room = chosen.call.over ? 0 : chosen.call.room();
            try {
              chosen.call.data(data.subarray(0, room));
            } catch {
              // After its end: that is the test's mistake, and no matter.
            }
          }
          bench.run();
          bench.clock.advance(100_000);
          expect(held.used).toBeGreaterThanOrEqual(0);
          expect(held.used).toBeLessThanOrEqual(2 * MIB);
        }
        const vanish = () => {
          for (const client of bench.clients) client.vanish();
        };
        if (first === 'scrub first') bench.scrub();
        vanish();
        bench.run();
        // Nobody waits any more: there is what is in the buffer, and nothing else.
        const { NumSend, NumRecv } = bench.peek() as { NumSend: number; NumRecv: number };
        const buffered = first === 'scrub first' ? 0 : NumSend - NumRecv;
        expect(held.used).toBeGreaterThanOrEqual(buffered * OVERHEAD);
        expect(held.used).toBeLessThanOrEqual(buffered * (OVERHEAD + HEAD));
        if (first !== 'scrub first') bench.scrub();
        expect(held.used).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 150 });
  });
});

describe('of a subscription', () => {
  const server = 'Xaaaaaaaaaaaaaaaa' as ServerId;

  test('events are dropped, and counted, where there is no room', () => {
    const held = new Budget(3 * OVERHEAD);
    const ended = () => {};
    const options = { clock: new StillClock(), channel: new Channel<Uint8Array>(10), ended, held };
    const subscription = new SubscriptionElement('join', options);
    for (let i = 0; i < 5; i++) subscription.tell(server);
    expect(subscription.peek()).toMatchObject({ Pending: 3, Dropped: 2 });
    const by = new Caller();
    by.call((call) => subscription.receive(call, { patient: false }), { take: true });
    by.run();
    expect(held.used).toBe(2 * OVERHEAD);
    subscription.tell(server);
    expect(subscription.peek()).toMatchObject({ Pending: 3, Dropped: 2 });
    subscription.scrub();
    expect(held.used).toBe(0);
  });

  test('events beyond its own bound are given back', () => {
    const held = new Budget(100 * OVERHEAD);
    const ended = () => {};
    const options = { clock: new StillClock(), channel: new Channel<Uint8Array>(2), ended, held };
    const subscription = new SubscriptionElement('join', options);
    for (let i = 0; i < 5; i++) subscription.tell(server);
    expect(subscription.peek()).toMatchObject({ Pending: 2, Dropped: 3 });
    expect(held.used).toBe(2 * OVERHEAD);
  });
});

describe('of a process', () => {
  function running(heldBytesMax: number) {
    const bounds = boundsOf({ ...limits, heldBytesMax });
    const spawner = new PlayedSpawner();
    const outputs: OutputStream[] = [];
    const stdins: StdinStream[] = [];
    const child = spawner.spawn(
      { path: '/bin/x', args: [], dir: undefined, env: undefined },
      {
        started() {},
        failed() {},
        readable: () => outputs[0]?.readable(),
        ended: () => outputs[0]?.ended(),
        drained: () => stdins[0]?.taken(),
        stdinClosed() {},
        exited() {},
      },
    );
    outputs.push(new OutputStream(child, 'stdout'));
    stdins.push(new StdinStream(child));
    return {
      ...{ bounds, child, by: new Caller(bounds) },
      output: outputs[0] as OutputStream,
      stdin: stdins[0] as StdinStream,
    };
  }

  test('output that was sent counts until it is used up', () => {
    const { bounds, child, by, output } = running(MIB);
    const reader = by.call((call) => output.attach(call), { end: false, credit: 200 * KIB });
    child.print('stdout', pattern(100 * KIB));
    by.run();
    expect(dataOf(reader.heard).length).toBe(100 * KIB);
    expect(bounds.held.used).toBe(100 * KIB);
    reader.call.grant(60 * KIB);
    by.run();
    child.print('stdout', pattern(1));
    by.run();
    expect(bounds.held.used).toBe(40 * KIB + 1);
    by.vanish();
    expect(bounds.held.used).toBe(40 * KIB + 1);
    output.abort(new CircuitError('ABORTED', 'scrubbed'));
    expect(bounds.held.used).toBe(0);
  });

  test('output goes on in pieces of a frame where there is no room, and all of it arrives', () => {
    const { bounds, child, by, output } = running(MIB);
    bounds.held.overdraw(MIB);
    const all = pattern(700 * KIB);
    const reader = by.call((call) => output.attach(call), { end: false, credit: MIB });
    child.print('stdout', all);
    by.run();
    for (let got = 0; got < all.length; ) {
      const now = dataOf(reader.heard).length;
      expect(now - got).toBeGreaterThan(0);
      expect(now - got).toBeLessThanOrEqual(limits.dataBytesMax);
      reader.call.grant(now - got);
      got = now;
      by.run();
    }
    expect(dataOf(reader.heard)).toEqual(Buffer.from(all));
  });

  test('input counts until it is taken, and comes in pieces of a frame where there is no room', () => {
    const { bounds, child, by, stdin } = running(MIB);
    child.full = true;
    const writer = by.call((call) => stdin.attach(call), { end: false });
    expect(writer.call.room()).toBe(MIB);
    writer.call.data(pattern(100));
    by.run();
    expect(bounds.held.used).toBe(100);
    child.events.drained();
    expect(bounds.held.used).toBe(0);
    writer.call.fail(new CircuitError('CANCELLED', 'enough'));
    by.run();
    bounds.held.overdraw(MIB);
    const next = by.call((call) => stdin.attach(call), { end: false });
    expect(next.call.room()).toBe(limits.dataBytesMax);
  });

  test('a command counts all of its texts, and has a bound of its own', () => {
    const command = { Path: '/bin/é', Args: ['ab', ''], Env: null, Dir: '', Scrub: true };
    const bytes = 8 + 3 + 1 + 1;
    expect(bytesOf(command)).toBe(bytes);
    const held = new Budget(2 * bytes);
    const bounds = { ...limits, commandBytesMax: bytes };
    const share = shareOf(command, bounds, held);
    expect(held.used).toBe(bytes);
    const longer = { ...command, Args: ['abc', ''] };
    expect(() => shareOf(longer, bounds, held)).toThrow(
      `the command takes ${bytes + 1} bytes, with its arguments and environment (limit commandBytesMax: ${bytes})`,
    );
    shareOf(command, bounds, held);
    expect(() => shareOf(command, bounds, held)).toThrow(spent(2 * bytes));
    share.close();
    shareOf(command, bounds, held);
  });
});

test('records of a name server count until they are unset', () => {
  const held = new Budget(100);
  const share = new Share(held);
  const zone = new Zone(limits, share);
  zone.set('a.example. 1 IN A 10.0.0.1');
  const one = held.used;
  expect(one).toBeGreaterThan(20);
  zone.set('b.example. 1 IN A 10.0.0.1');
  expect(held.used).toBe(2 * one);
  expect(() => zone.set(`c.example. 1 IN TXT "${'x'.repeat(100)}"`)).toThrow(spent(100));
  expect(zone.peek()).not.toHaveProperty('c.example.');
  zone.unset('a.example.');
  zone.unset('a.example.');
  expect(held.used).toBe(one);
  share.close();
  expect(held.used).toBe(0);
});
