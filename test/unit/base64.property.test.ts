import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/base64.ts';

test('bytes become the text that Node makes of them, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = toBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(text)).toEqual(bytes);
    }),
  );
});

test.each(['a', 'ab', 'abc', 'a===', 'ab=c', '====', 'ab==ab==', 'a b=', 'ab-_'])(
  '"%s" is not base64',
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);
