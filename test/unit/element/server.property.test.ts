import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServerElement } from '../../../src/element/server.ts';

const facts = { url: 'u', joined: 0, dropped: { frames: 1 }, status: { circuit: 'c' } };
const at = (joined: number) => new ServerElement(() => ({ ...facts, joined })).peek();

test('the time of joining is written as ISO 8601 has it, in seconds', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const expected = `${date.toISOString().slice(0, 19)}Z`;
        expect(at(date.getTime())).toEqual({
          Addr: 'u',
          Joined: expected,
          Dropped: { frames: 1 },
          Status: { circuit: 'c' },
        });
      },
    ),
  );
});

test('a server cannot be scrubbed', () => {
  expect(() => new ServerElement(() => facts).scrub()).toThrow('cannot be scrubbed');
});
