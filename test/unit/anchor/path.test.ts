import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPath, parseNames, parsePath } from '../../../src/anchor/path.ts';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';

const server = '/X317c2314a386a9db';
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as CircuitError).code;
  }
  return undefined;
};

test.each([
  ['/', undefined, []],
  ['//', undefined, []],
  [server, server.slice(1), []],
  [`${server}/`, server.slice(1), []],
  [`${server}/hi/charlie`, server.slice(1), ['hi', 'charlie']],
  [`${server}//hi///charlie/`, server.slice(1), ['hi', 'charlie']],
  [`${server}/a b/ü/..`, server.slice(1), ['a b', 'ü', '..']],
])('%s is a path', (text, id, names) => {
  expect(parsePath(text)).toEqual({ server: id, names });
});

test.each([
  ['', 'BAD_ARGUMENT'],
  ['hi', 'BAD_ARGUMENT'],
  [server.slice(1), 'BAD_ARGUMENT'],
  ['/hi', 'NO_SUCH_SERVER'],
  ['/X317c2314a386a9d', 'NO_SUCH_SERVER'],
  ['/X317C2314A386A9DB', 'NO_SUCH_SERVER'],
  [`${server}/a\nb`, 'BAD_ARGUMENT'],
  [`${server}/\u007f`, 'BAD_ARGUMENT'],
  [`${server}/\ud800`, 'BAD_ARGUMENT'],
])('%j is refused with %s', (text, code) => {
  expect(codeOf(() => parsePath(text))).toBe(code);
});

test('a name may have its most bytes, and not one more', () => {
  const most = 'ü'.repeat(127);
  expect(parseNames(`${most}x`)).toEqual([`${most}x`]);
  expect(codeOf(() => parseNames(`${most}xx`))).toBe('BAD_ARGUMENT');
  expect(limits.nameBytesMax).toBe(255);
});

test('a path may have its most names, and not one more', () => {
  const most = Array.from({ length: limits.pathDepthMax }, () => 'a').join('/');
  expect(parseNames(most).length).toBe(limits.pathDepthMax);
  expect(codeOf(() => parseNames(`${most}/a`))).toBe('BAD_ARGUMENT');
});

test('a path may have its most bytes, and not one more', () => {
  const name = 'a'.repeat(255);
  const most = Array.from({ length: 16 }, () => name).join('/');
  expect(most.length).toBe(limits.pathBytesMax - 1);
  expect(parseNames(`${most}/`).length).toBe(16);
  expect(codeOf(() => parseNames(`${most}//`))).toBe('BAD_ARGUMENT');
});

test('a path that is written and parsed again is the same', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !/[/\u0000-\u001f\u007f]/.test(text));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 20 }), (names) => {
      const path = parsePath([server, ...names].join('/'));
      expect(path.names).toEqual(names);
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
  );
});

test('any text is a path or a CircuitError', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const each of [text, `/${text}`, `${server}/${text}`]) {
        try {
          parsePath(each);
        } catch (error) {
          expect(error).toBeInstanceOf(CircuitError);
        }
      }
    }),
  );
});
