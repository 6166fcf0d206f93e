import { expect, test } from 'vitest';
import { duration, memberLines, memberObjects } from '../../../cli/format.ts';
import type { Address, MemberState } from '../../../src/index.ts';
import { idOf } from '../../support/members.ts';

function stateOf(number: number, fields: Partial<MemberState> = {}): MemberState {
  const address = `10.0.0.${number}:11022` as Address;
  return {
    id: idOf(number),
    url: `circuit://${address}/1/Q0000000000000000`,
    address,
    circuit: 'prod',
    joined: 1_700_000_000_500,
    ageMs: 61_999,
    incarnation: 0,
    neighbours: 3,
    roundTripMs: undefined,
    suspected: false,
    dialled: false,
    ...fields,
  };
}

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [3_659_000, '1 h'],
  [3_660_000, '1 h 1 min'],
  [86_399_999, '23 h 59 min'],
  [1_000 * 86_400 * 400, '400 d'],
])('%d ms are "%s"', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test('members are lines in columns', () => {
  const members = [
    stateOf(1, { dialled: true }),
    stateOf(12, { roundTripMs: 0.4321, neighbours: 10, suspected: true, ageMs: 3_700_000 }),
  ];
  expect(memberLines(members)).toBe(
    'X0000000000000001  10.0.0.1:11022   since 2023-11-14T22:13:20Z  (1 min 1 s)   3 neighbours' +
      '        -  incarnation 0  dialled\n' +
      'X000000000000000c  10.0.0.12:11022  since 2023-11-14T22:13:20Z  (1 h 1 min)  10 neighbours' +
      '  0.43 ms  incarnation 0  suspected\n',
  );
  expect(memberLines([])).toBe('');
});

test('members for programs have all fields, null for what was not measured', () => {
  expect(memberObjects([stateOf(1), stateOf(2, { roundTripMs: 0.4 })])).toMatchObject([
    {
      id: idOf(1),
      url: 'circuit://10.0.0.1:11022/1/Q0000000000000000',
      address: '10.0.0.1:11022',
      circuit: 'prod',
      joined: '2023-11-14T22:13:20Z',
      ageSeconds: 61,
      neighbours: 3,
      roundTripMs: null,
      incarnation: 0,
      suspected: false,
      dialled: false,
    },
    { roundTripMs: 0.4 },
  ]);
});
