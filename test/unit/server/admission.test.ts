import { describe, expect, test } from 'vitest';
import type { CircuitError } from '../../../src/errors.ts';
import { type Address, type CircuitName, parseCircuitName, type RunId } from '../../../src/id.ts';
import type { Hello } from '../../../src/rpc/hello.ts';
import { admit, isMismatch } from '../../../src/server/admission.ts';
import { PROTOCOL_VERSION } from '../../../src/wire/version.ts';
import { idOf } from '../../support/members.ts';
import { Pipe } from '../../support/pipe.ts';

const run = 'Q0000000000000001' as RunId;
const url = `circuit://10.0.0.1:11022/1/${run}`;
const us = { id: idOf(1), url, run, circuit: 'prod' as CircuitName };
const accepted = { address: undefined, expected: undefined };
const dialled = { address: '10.0.0.2:11022' as Address, expected: undefined };

function peer(fields: Partial<Hello> = {}): Hello {
  return {
    version: PROTOCOL_VERSION,
    server: idOf(2),
    url: 'circuit://10.0.0.2:11022',
    expects: undefined,
    circuit: us.circuit,
    ...fields,
  };
}

function refusal(dial: Parameters<typeof admit>[1], hello: Hello): CircuitError | undefined {
  try {
    admit(us, dial, hello);
    return undefined;
  } catch (error) {
    return error as CircuitError;
  }
}

describe('a server of a circuit with another name', () => {
  test.each([
    ['test', 'circuit "prod"', 'circuit "test"'],
    ['', 'circuit "prod"', 'a circuit without a name'],
  ])('"%s" is refused by the one it dials, which says both names', (name, ours, theirs) => {
    const error = refusal(accepted, peer({ circuit: name as CircuitName }));
    expect(error?.code).toBe('WRONG_CIRCUIT');
    expect(error?.message).toBe(
      `the server at 10.0.0.1:11022 is of ${ours}, the one that dials it of ${theirs}: ` +
        'start both with the same --name, or dial another',
    );
  });

  test('is refused by the one that dials it, in the same words', () => {
    const error = refusal(dialled, peer({ circuit: 'test' as CircuitName }));
    expect(error).toMatchObject({ code: 'WRONG_CIRCUIT' });
    expect(error?.message).toContain(
      '10.0.0.2:11022 is of circuit "test", the one that dials it of circuit "prod"',
    );
  });

  test('at the address of a neighbour is not that neighbour', () => {
    const dial = { ...dialled, expected: idOf(3) };
    const error = refusal(dial, peer({ circuit: 'test' as CircuitName })) as CircuitError;
    expect(isMismatch(error)).toBe(true);
    expect(isMismatch(refusal(dial, peer()) as CircuitError)).toBe(true);
    expect(refusal(dial, peer({ server: idOf(3) }))).toBeUndefined();
  });

  test('is told so in full, however long the names are', () => {
    const name = 'n'.repeat(64) as CircuitName;
    const error = refusal(dialled, peer({ circuit: name })) as CircuitError;
    const pipe = new Pipe();
    pipe.far.admit = () => {
      throw error;
    };
    pipe.run();
    expect(pipe.near.finished?.message).toBe(error.message);
  });
});

test('clients may dial any server, and servers those of their circuit', () => {
  expect(refusal(accepted, peer({ server: undefined, url: '', circuit: '' as CircuitName }))).toBe(
    undefined,
  );
  expect(refusal(accepted, peer())).toBeUndefined();
  expect(refusal(dialled, peer())).toBeUndefined();
});

test('whoever wants another run, is this server, or has no address, is refused', () => {
  const other = peer({ expects: 'Q0000000000000002' as RunId });
  expect(refusal(accepted, other)).toMatchObject({ code: 'DIAL_FAILED' });
  expect(refusal(accepted, peer({ expects: run }))).toBeUndefined();
  expect(refusal(accepted, peer({ server: us.id }))).toMatchObject({ code: 'BAD_ARGUMENT' });
  expect(refusal(accepted, peer({ url: 'nonsense' }))).toMatchObject({ code: 'BAD_ARGUMENT' });
});

test('a name has 1 to 64 letters, digits, "-", "_" and "."', () => {
  for (const name of ['a', 'prod.eu-1_B', 'x'.repeat(64)])
    expect(parseCircuitName(name)).toBe(name);
  for (const name of ['', 'x'.repeat(65), 'a b', 'a/b', 'ä', 'a\n']) {
    expect(() => parseCircuitName(name)).toThrow('1 to 64 letters');
  }
});
