/** Notes, with whatever else is said at once, arrive whole, in order, and in one piece. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundsAlone } from '../../../src/rpc/bounds.ts';
import { Outbox } from '../../../src/rpc/outbox.ts';
import { greetedPipe, pattern } from '../../support/pipe.ts';

const told = { stamps: undefined, ...boundsAlone() };

test('notes of any size arrive in the order in which they were sent', () => {
  const size = fc.oneof(fc.nat(300), fc.constantFrom(8_191, 8_192, 70_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 8 }), fc.nat(3), (sizes, pings) => {
      const pipe = greetedPipe();
      const sent = sizes.map(pattern);
      for (const [at, note] of sent.entries()) {
        if (at < pings) pipe.near.session.ping();
        pipe.near.session.note(note);
      }
      pipe.run();
      expect(pipe.far.notes).toEqual(sent.map((note) => new TextDecoder().decode(note)));
    }),
    { numRuns: 100 },
  );
});

test('a note that is told to several is framed once, and each has it', () => {
  const written: Uint8Array[] = [];
  const wakes: number[] = [];
  const outboxes = [0, 1, 2].map((number) => {
    const write = (bytes: Uint8Array) => written.push(bytes) > 0;
    return new Outbox({ write, wake: () => wakes.push(number) }, () => {}, told);
  });
  const note = pattern(40);
  for (const outbox of outboxes) {
    outbox.note(note);
    expect(outbox.unsent).toBe(46);
  }
  for (const outbox of outboxes) outbox.flush();
  expect(wakes).toEqual([0, 1, 2]);
  expect(written).toHaveLength(3);
  expect(written[1]).toBe(written[0]);
  expect(written[2]).toBe(written[0]);
  for (const outbox of outboxes) outbox.flush();
  expect(written).toHaveLength(3);
});

test('what is said after a note goes with it, and wakes nobody twice', () => {
  const written: Uint8Array[] = [];
  let wakes = 0;
  const output = { write: (bytes: Uint8Array) => written.push(bytes) > 0, wake: () => wakes++ };
  const outbox = new Outbox(output, () => {}, told);
  outbox.note(pattern(3));
  outbox.note(pattern(4));
  expect(outbox.unsent).toBe(9 + 10);
  outbox.flush();
  expect(wakes).toBe(1);
  expect(written.map((bytes) => bytes.length)).toEqual([19]);
});
