import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Command, commandCodec, parseCommand } from '../../../src/element/command.ts';
import { CircuitError } from '../../../src/errors.ts';
import { decode, encode } from '../../../src/wire/codec.ts';

test('a path alone is a command', () => {
  expect(parseCommand({ Path: '/bin/ls' })).toEqual({
    Env: null,
    Dir: '',
    Path: '/bin/ls',
    Args: null,
    Scrub: false,
  });
});

test('field names may be of any case, and null is as good as absent', () => {
  const command = parseCommand({
    path: '/bin/ls',
    ARGS: ['/'],
    env: null,
    dIR: null,
    scrub: true,
  });
  expect(command).toEqual({ Env: null, Dir: '', Path: '/bin/ls', Args: ['/'], Scrub: true });
});

test.each([
  [null, 'JSON object'],
  [[], 'JSON object'],
  ['/bin/ls', 'JSON object'],
  [{}, 'full path'],
  [{ Path: 'ls' }, 'full path'],
  [{ Path: 5 }, 'Path is a string'],
  [{ Path: '/bin/ls', Argv: [] }, '"Argv"'],
  [{ Path: '/bin/ls', Args: '/' }, 'list of strings'],
  [{ Path: '/bin/ls', Args: [1] }, 'Args[] is a string'],
  [{ Path: '/bin/ls', Env: ['NOVALUE'] }, 'KEY=VALUE'],
  [{ Path: '/bin/ls', Scrub: 'yes' }, 'true or false'],
  [{ Path: '/bin/ls\0' }, 'zero byte'],
  [{ Path: '/bin/ls', Args: ['a\0b'] }, 'zero byte'],
  [{ Path: '/bin/ls', Env: ['a=\0'] }, 'zero byte'],
  [{ Path: '/bin/ls', Dir: '\0' }, 'zero byte'],
])('%j is refused with a sentence that says why', (json, why) => {
  expect(() => parseCommand(json)).toThrow(why);
});

test('whatever it is given, it gives a command or BAD_ARGUMENT', () => {
  const likely = fc.record(
    {
      Path: fc.oneof(fc.constant('/bin/x'), fc.anything()),
      Args: fc.oneof(fc.array(fc.string()), fc.anything()),
      Env: fc.oneof(fc.array(fc.string()), fc.anything()),
      Dir: fc.oneof(fc.string(), fc.anything()),
      Scrub: fc.oneof(fc.boolean(), fc.anything()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(likely, fc.anything()), (json) => {
      try {
        parseCommand(json);
      } catch (error) {
        expect(error).toBeInstanceOf(CircuitError);
        expect((error as CircuitError).code).toBe('BAD_ARGUMENT');
      }
    }),
  );
});

test('a command parsed again, and sent and received, is the same', () => {
  const text = fc.string({ unit: 'grapheme' }).map((each) => each.replaceAll('\0', ''));
  const command: fc.Arbitrary<Command> = fc.record({
    Path: text.map((each) => `/${each}`),
    Args: fc.option(fc.array(text)),
    Env: fc.option(fc.array(text.map((each) => `K=${each}`))),
    Dir: text,
    Scrub: fc.boolean(),
  });
  fc.assert(
    fc.property(command, (each) => {
      expect(parseCommand(each)).toEqual(each);
      expect(decode(commandCodec, encode(commandCodec, each))).toEqual(each);
    }),
  );
});
