/** What many operations, and clients that behave badly, leave of a channel. */

import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { ChanBench as Bench, messageOf } from '../../support/chan-bench.ts';
import { pattern } from '../../support/pipe.ts';

const head = limits.messageHeadBytes;

test('a thousand messages of each kind leave nothing behind on any session', () => {
  const bench = new Bench(2);
  const [sender, receiver] = [bench.client(), bench.client()];
  for (let i = 0; i < 1000; i++) {
    const send = bench.send(pattern(i % 7), { by: sender, open: i % 2 === 0 });
    if (i % 3 === 0 && i % 2 === 0) send.call.cancel();
    else if (i % 2 === 0) send.call.end();
    if (i % 6 !== 0) bench.receive({ by: receiver });
    bench.run();
  }
  expect(bench.peek()).toMatchObject({ NumSend: 833, NumRecv: 833 });
  expect(sender.pipe.far.session.calls + receiver.pipe.far.session.calls).toBe(0);
  expect(bench.chan.operations).toBe(0);
});

test('one client that waits a hundred times and vanishes with offers under way loses nothing', () => {
  const bench = new Bench(100);
  const doomed = bench.client();
  for (let i = 0; i < 100; i++) bench.receive({ by: doomed, take: false });
  for (let i = 0; i < 50; i++) bench.send(Uint8Array.of(i));
  doomed.vanish();
  const got = Array.from({ length: 50 }, () => messageOf(bench.receive())?.[0]);
  expect(got).toEqual(Array.from({ length: 50 }, (_, i) => i));
});

test('a client that reads nothing and guesses offers ends its own session and harms nobody', () => {
  const bench = new Bench(0);
  const greedy = bench.client();
  greedy.pipe.far.full = true;
  const calls = Array.from({ length: 3000 }, () => bench.receive({ by: greedy, take: false }).call);
  for (let i = 2999; i >= 0; i--) calls[i]?.take(i + 1);
  const message = pattern(head);
  const sender = bench.client();
  for (let i = 0; i < 3000; i++) {
    sender.call((call) => bench.chan.send(call, message, { patient: true }));
  }
  greedy.pipe.far.session.flush();
  bench.run();
  expect(greedy.pipe.far.finished?.message).toContain('does not read');
  const received = bench.receive();
  expect(messageOf(received)?.length).toBe(head);
});
