import { describe, expect, test } from 'vitest';
import type { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { clauseJson, parseClauses, selectedJson } from '../../../src/select/clause.ts';

const path = '/X317c2314a386a9db/a/b';
const bytes = (text: string) => new TextEncoder().encode(text);

/** The error of clauses that are refused. */
function refusal(json: unknown): CircuitError {
  try {
    parseClauses(json);
  } catch (error) {
    return error as CircuitError;
  }
  throw new Error('they were not refused');
}

test('clauses are read from JSON, field names in any case', () => {
  const clauses = parseClauses([
    { op: 'recv', path },
    { Op: 'send', Path: path, Message: 'é' },
    { op: 'send', path, base64: '/wA=' },
    { op: 'exit', path },
    { op: 'event', path },
  ]);
  expect(clauses.map(({ op }) => op)).toEqual(['receive', 'send', 'send', 'exit', 'event']);
  expect(clauses[1]).toMatchObject({ message: bytes('é') });
  expect(clauses[2]).toMatchObject({ message: Uint8Array.of(255, 0) });
  expect(clauses[0]?.path).toEqual({ server: 'X317c2314a386a9db', names: ['a', 'b'] });
});

test('what peek shows of clauses can be read again', () => {
  const clauses = parseClauses([
    { op: 'recv', path },
    { op: 'send', path, message: 'hi' },
    { op: 'send', path, base64: '/wA=' },
  ]);
  const shown = clauses.map(clauseJson);
  expect(shown).toEqual([
    { Op: 'recv', Path: path },
    { Op: 'send', Path: path, Message: 'hi' },
    { Op: 'send', Path: path, Base64: '/wA=' },
  ]);
  expect(parseClauses(shown)).toEqual(clauses);
});

test('a result says which clause it is of, and what came of it', () => {
  const clauses = parseClauses([
    { op: 'send', path, message: 'hi' },
    { op: 'recv', path },
    { op: 'exit', path },
  ]);
  const of = (index: number, rest: object) => selectedJson({ index, ...rest } as never, clauses);
  expect(of(0, { op: 'send' })).toEqual({ Clause: 0, Op: 'send', Path: path });
  const received = { Clause: 1, Op: 'recv', Path: path };
  expect(of(1, { op: 'receive', message: bytes('hi') })).toEqual({ ...received, Message: 'hi' });
  const binary = of(1, { op: 'receive', message: Uint8Array.of(255, 0) });
  expect(binary).toEqual({ ...received, Base64: '/wA=' });
  expect(of(1, { op: 'receive', closed: true })).toEqual({ ...received, Closed: true });
  const joined = of(1, { op: 'event', path: '/X1' });
  expect(joined).toEqual({ ...received, Event: '/X1' });
  const exited = of(2, { op: 'exit', state: { Phase: 'exited' } });
  expect(exited).toEqual({ Clause: 2, Op: 'exit', Path: path, State: { Phase: 'exited' } });
  expect(selectedJson({ index: undefined, op: 'otherwise' }, clauses)).toBeNull();
});

describe('clauses are refused, and the error names which,', () => {
  test.each([
    ['no list', {}, 'a JSON list'],
    ['none', [], 'needs a clause'],
    ['no object', [{ op: 'recv', path }, 3], "select's clause 1"],
    ['an unknown field', [{ op: 'recv', path, file: 'x' }], '"file"'],
    ['an unknown op', [{ op: 'take', path }], '"take"'],
    ['an op of the prototype', [{ op: 'toString', path }], '"toString"'],
    ['no path', [{ op: 'recv' }], 'the path of clause 0'],
    ['the path of a server', [{ op: 'recv', path: '/X317c2314a386a9db' }], 'no channel'],
    ['the root', [{ op: 'recv', path: '/' }], 'no channel'],
    ['a send without a message', [{ op: 'send', path }], 'clause 0 sends'],
    ['a send of two', [{ op: 'send', path, message: '', base64: '' }], 'clause 0 sends'],
    ['a message that is no text', [{ op: 'send', path, message: 3 }], 'must be a string'],
    ['base64 that is none', [{ op: 'send', path, base64: 'a' }], 'base64 of clause 0'],
    ['a receive with a message', [{ op: 'recv', path, message: '' }], 'is no send'],
  ])('for %s', (_what, json, said) => {
    const { code, message } = refusal(json);
    expect(code).toBe('BAD_ARGUMENT');
    expect(message).toContain(said);
  });

  test('beyond their number', () => {
    const most = Array.from({ length: limits.selectClausesMax }, () => ({ op: 'recv', path }));
    expect(parseClauses(most)).toHaveLength(limits.selectClausesMax);
    expect(refusal([...most, { op: 'recv', path }]).code).toBe('LIMIT');
  });

  test('with a message that is too long to be sent at one go', () => {
    const message = 'x'.repeat(limits.messageHeadBytes);
    expect(parseClauses([{ op: 'send', path, message }])).toHaveLength(1);
    expect(refusal([{ op: 'send', path, message: `${message}x` }]).code).toBe('LIMIT');
  });
});
