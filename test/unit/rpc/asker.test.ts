/** For whom a server relays a call: what arrives of it, and what may not be said there. */

import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { greetedPipe, pattern } from '../../support/pipe.ts';

function asked(asker: string | undefined) {
  const pipe = greetedPipe();
  const request = { method: 3, target: undefined, asker, body: pattern(9) };
  pipe.near.session.open(request, { end: true, credit: 5 }, {});
  pipe.run();
  return pipe.far;
}

test.each([undefined, '10.0.0.7:5', '[::1]:65535', 'a'.repeat(limits.askerBytesMax)])(
  'the asker %s arrives as it was said, and so does the rest',
  (asker) => {
    const [opened] = asked(asker).opened;
    expect(opened?.open).toEqual({
      method: 3,
      target: undefined,
      credit: 5,
      asker,
      body: pattern(9),
    });
  },
);

test.each([
  ['nothing in it', ''],
  ['a control character', '10.0.0.1:1\n'],
  ['a blank', '10.0.0.1:1 and more'],
  ['too much in it', 'a'.repeat(limits.askerBytesMax + 1)],
])('an asker with %s ends the session with a reason', (_what, asker) => {
  const side = asked(asker);
  expect(side.opened).toEqual([]);
  expect(side.malformed.length).toBe(1);
  expect(side.finished?.code).toBe('PROTOCOL');
});
