/** What becomes of calls that find no room, and of those in flight when a session is given up. */

import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { failureOf, greetedPipe, type Opened, type Pipe } from '../../support/pipe.ts';

test('a peer is asked for no more than fits, and the session stands', () => {
  const pipe = greetedPipe();
  pipe.near.full = true;
  const body = new Uint8Array(1024 * 1024);
  const opened = Array.from({ length: 200 }, () => pipe.near.open({ body }));
  const refused = opened.filter(({ call }) => call.over);
  expect(opened.length - refused.length).toBe(limits.unsentBytesMax / body.length / (4 / 3) - 1);
  const errors = refused.map(({ heard }) => failureOf(heard));
  expect(errors.every((e) => e?.code === 'LIMIT' && !e.outcomeUnknown)).toBe(true);
  expect(errors[0]?.message).toContain(`(limit unsentBytesMax: ${limits.unsentBytesMax})`);
  for (const { call } of opened) call.cancel();
  pipe.near.full = false;
  pipe.run();
  expect(pipe.near.finished).toBeUndefined();
  expect(pipe.far.opened.length).toBe(opened.length - refused.length);
  pipe.near.session.drained();
  expect(pipe.near.open({ body }).call.over).toBe(false);
});

test('a peer that is given up for whatever reason may have done what it was asked', () => {
  const reasons: ((pipe: Pipe) => void)[] = [
    (pipe) => pipe.near.session.received(Uint8Array.of(0, 0, 0, 2, 255, 1)),
    (pipe) => pipe.near.session.close(new CircuitError('LIMIT', 'too many')),
    (pipe) => pipe.near.session.goodbye(new CircuitError('ABORTED', 'leaves')),
    (pipe) => {
      pipe.near.full = true;
      pipe.near.session.note(new Uint8Array(limits.unsentBytesMax + 1));
      pipe.near.session.flush();
      pipe.near.session.flush();
    },
  ];
  for (const end of reasons) {
    const pipe = greetedPipe();
    const ours = pipe.near.open();
    pipe.far.open();
    pipe.run();
    end(pipe);
    expect(failureOf(ours.heard)?.outcomeUnknown).toBe(true);
    // What they asked of us was their risk; why the session ended says nothing of it.
    expect(failureOf((pipe.near.opened[0] as Opened).heard)?.outcomeUnknown).toBe(false);
    expect(pipe.near.finished?.outcomeUnknown).toBe(false);
    expect(ours.call.over).toBe(true);
  }
});
