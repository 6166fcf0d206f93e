import { expect, test } from 'vitest';
import { badArgument, CircuitError } from '../../src/errors.ts';

test('a wrong argument shows where it was given, other errors have no stack', () => {
  const before = Error.stackTraceLimit;
  expect(badArgument('no').stack).toContain('errors.test');
  const refused = new CircuitError('DIAL_FAILED', 'nothing listens there');
  expect(refused.stack).not.toContain('errors.test');
  expect(refused.message).toBe('nothing listens there');
  expect(Error.stackTraceLimit).toBe(before);
  expect(new Error('ours').stack).toContain('errors.test');
});
