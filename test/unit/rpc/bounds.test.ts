/** What the sessions of one server have together. */

import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { boundsOf } from '../../../src/rpc/bounds.ts';
import { replyLong } from '../../../src/rpc/long.ts';
import { dataOf, failureOf, type Opened, Pipe, pattern } from '../../support/pipe.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function pipesOf(changed: Partial<Record<keyof typeof limits, number>>) {
  const bounds = boundsOf({ ...limits, ...changed });
  const pipes = [new Pipe({ bounds }).run(), new Pipe({ bounds }).run()] as const;
  return { bounds, pipes };
}

function refusalsOf(opened: readonly Opened[]): (string | undefined)[] {
  return opened.map(({ heard }) => failureOf(heard)?.message);
}

test('calls of all connections in flight: at the limit they are taken, one more is not', () => {
  const { bounds, pipes } = pipesOf({ callsMax: 4 });
  const calls = [0, 1, 0, 1].map((at) => (pipes[at] as Pipe).near.open());
  for (const pipe of pipes) pipe.run();
  expect(bounds.calls.used).toBe(4);
  const more = pipes[0].near.open();
  pipes[0].run();
  expect(refusalsOf([...calls, more])).toEqual([
    ...[undefined, undefined, undefined, undefined],
    'too many calls are in flight at this server (limit callsMax: 4)',
  ]);
  // One that ends makes room, on whichever connection it was.
  pipes[1].far.opened[0]?.call.fail(new CircuitError('ABORTED', 'over'));
  pipes[1].run();
  const next = pipes[0].near.open();
  pipes[0].run();
  expect(refusalsOf([next])).toEqual([undefined]);
});

test('calls are given back once, however they end, and all of them with their connection', () => {
  const { bounds, pipes } = pipesOf({ callsMax: 100 });
  const [pipe, other] = pipes;
  for (let i = 0; i < 6; i++) pipe.near.open();
  other.near.open();
  for (const each of pipes) each.run();
  const [a, b, c] = pipe.far.opened.map(({ call }) => call);
  a?.reply(new Uint8Array(0), { end: true });
  b?.abandon(new CircuitError('ABORTED', 'over'));
  c?.fail(new CircuitError('ABORTED', 'over'));
  c?.fail(new CircuitError('ABORTED', 'over'));
  pipe.run();
  expect(bounds.calls.used).toBe(4);
  // Ours are not counted.
  pipe.far.open();
  pipe.run();
  expect(bounds.calls.used).toBe(4);
  pipe.far.session.close(new CircuitError('SERVER_GONE', 'gone'));
  pipe.far.opened[3]?.call.fail(new CircuitError('ABORTED', 'over'));
  expect(bounds.calls.used).toBe(1);
  other.far.session.close(new CircuitError('SERVER_GONE', 'gone'));
  expect(bounds.calls.used).toBe(0);
});

test('what connections leave unread is counted together, until it is read or they end', () => {
  const { bounds, pipes } = pipesOf({});
  const [a, b] = pipes.map(({ far }) => far) as [Pipe['far'], Pipe['far']];
  for (const side of [a, b]) {
    side.full = true;
    side.session.note(pattern(100 * KIB));
    side.session.flush();
  }
  // The header of each goes first, and is what finds the output full.
  const frame = 100 * KIB + 6;
  expect(bounds.unsent.used).toBe(2 * frame);
  a.full = false;
  a.session.drained();
  expect(bounds.unsent.used).toBe(frame);
  a.session.drained();
  b.session.close(new CircuitError('SERVER_GONE', 'gone'));
  expect(bounds.unsent.used).toBe(0);
  b.session.note(pattern(10));
  b.session.flush();
  expect(bounds.unsent.used).toBe(0);
});

test('a long answer is held until it is read, and given up when there is no room', () => {
  const { bounds, pipes } = pipesOf({ heldBytesMax: 300 * KIB });
  const [pipe] = pipes;
  const answers = [200, 60, 150].map((kib) => pattern(kib * KIB));
  for (const answer of answers) {
    pipe.far.answer = (call) => replyLong(call, answer);
    pipe.near.open();
    pipe.run();
  }
  const [long, short, tooMuch] = pipe.far.opened as [Opened, Opened, Opened];
  // The short one went out at once.
  expect(bounds.held.used).toBe(200 * KIB);
  expect([long.call.over, short.call.over]).toEqual([false, true]);
  expect(tooMuch.call.over).toBe(true);
  pipe.near.session.close(new CircuitError('CANCELLED', 'gone'));
  pipe.far.session.close(new CircuitError('SERVER_GONE', 'gone'));
  expect(bounds.held.used).toBe(0);
});

test('a long answer that is read to its end is given back once', () => {
  const { bounds, pipes } = pipesOf({ heldBytesMax: MIB });
  const [pipe] = pipes;
  pipe.far.answer = (call) => replyLong(call, pattern(200 * KIB));
  const opened = pipe.near.open({ credit: 100 * KIB });
  pipe.run();
  expect(bounds.held.used).toBe(200 * KIB);
  opened.call.grant(100 * KIB);
  pipe.run();
  expect(dataOf(opened.heard).length).toBe(136 * KIB);
  expect(bounds.held.used).toBe(0);
  pipe.far.answer = (call) => replyLong(call, pattern(2 * MIB));
  const late = pipe.near.open({ credit: 0 });
  pipe.run();
  expect(failureOf(late.heard)?.message).toBe(
    `the answer is too long for what is left here (limit heldBytesMax: ${MIB})`,
  );
});
