import fc from 'fast-check';
import { expect, test } from 'vitest';
import { literal } from '../../../cli/sim/shrink/literal.ts';

/** What the text is, read as code. */
const read = (text: string) => new Function(`return ${text}`)() as unknown;

test('what fits is on one line, and a schedule is one incident a line', () => {
  const schedule = Array.from({ length: 3 }, (_, i) => ({ at: i, type: 'crash', host: `n${i}` }));
  expect(literal({ seed: '1', set: { servers: 5 }, schedule })).toBe(`{
  seed: '1',
  set: { servers: 5 },
  schedule: [
    { at: 0, type: 'crash', host: 'n0' },
    { at: 1, type: 'crash', host: 'n1' },
    { at: 2, type: 'crash', host: 'n2' },
  ],
}`);
});

test('names that are no identifiers, quotes and line ends are escaped', () => {
  expect(literal({ 'a b': "it's", c: 'say "hi"', d: 'two\nlines' })).toBe(
    `{\n  'a b': "it's",\n  c: 'say "hi"',\n  d: 'two\\nlines',\n}`,
  );
});

test('it is the same value when it is read, and no line is too long for words', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false } as object), (value) => {
      // JSON knows no negative zero, and objects made by literals no own __proto__.
      const plain = JSON.parse(JSON.stringify({ value }));
      fc.pre(!JSON.stringify(plain).includes('__proto__'));
      expect(read(literal(plain).replace(/^\{/, '({').concat(')'))).toEqual(plain);
    }),
  );
});
