/** Builders of ids and records for the membership tests. */

import fc from 'fast-check';
import type { Address, ServerId } from '../../src/id.ts';
import type { Member } from '../../src/membership/member.ts';

/** The id of the given number: ids sort as their numbers do. */
export function idOf(number: number): ServerId {
  return `X${number.toString(16).padStart(16, '0')}` as ServerId;
}

/** The record of that server, each at an address of its own. */
export function memberOf(number: number, fields: Partial<Member> = {}): Member {
  const address = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:11022` as Address;
  return {
    id: idOf(number),
    url: `circuit://${address}/${number}/Q0000000000000000`,
    address,
    incarnation: 0,
    joined: 1_700_000_000_000 + number,
    left: false,
    final: false,
    ...fields,
  };
}

/** Any server id at all. */
export const anyId = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([high, low]) => {
  const hex = (part: number) => part.toString(16).padStart(8, '0');
  return `X${hex(high)}${hex(low)}` as ServerId;
});

const fates = [
  { left: false, final: false },
  { left: true, final: false },
  { left: true, final: true },
] as const;

/** Records of the servers numbered below `count`, at low incarnations, so that they meet. */
export function anyRecord(count: number): fc.Arbitrary<Member> {
  return fc
    .record({
      number: fc.nat(count - 1),
      incarnation: fc.nat(3),
      fate: fc.constantFrom(...fates),
    })
    .map(({ number, incarnation, fate }) => memberOf(number, { incarnation, ...fate }));
}
