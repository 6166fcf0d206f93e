import { expect, test } from 'vitest';
import { replyLong } from '../../../src/rpc/long.ts';
import { membersCodec, methodNumber } from '../../../src/rpc/method.ts';
import { encode } from '../../../src/wire/codec.ts';
import { Dialled } from '../../support/dialled.ts';
import { idOf, memberOf } from '../../support/members.ts';

function member(number: number) {
  const { id, url, joined } = memberOf(number);
  const fields = { ageMs: 5, incarnation: 2, neighbours: 10, suspected: true };
  return { id, url, joined, roundTripUs: number === 3 ? 1_500 : undefined, ...fields };
}

test('members are sorted by id, and the one dialled is marked', async () => {
  const dialled = new Dialled({ server: idOf(2) });
  dialled.far.answer = (call, open) => {
    expect([open.method, open.target]).toEqual([methodNumber('members'), idOf(2)]);
    const members = [member(3), member(1), member(2)];
    return replyLong(call, encode(membersCodec, { circuit: 'prod', members }));
  };
  const client = await dialled.connected();
  const asked = client.members();
  await dialled.run();
  const members = await asked;
  expect(members.map(({ id, dialled }) => [id, dialled])).toEqual([
    [idOf(1), false],
    [idOf(2), true],
    [idOf(3), false],
  ]);
  expect(members[2]).toEqual({
    id: idOf(3),
    url: memberOf(3).url,
    address: '10.0.0.3:11022',
    circuit: 'prod',
    joined: memberOf(3).joined,
    ageMs: 5,
    incarnation: 2,
    neighbours: 10,
    roundTripMs: 1.5,
    suspected: true,
    dialled: false,
  });
  expect(members[0]?.roundTripMs).toBeUndefined();
});

test('10,000 members come, as a stream', async () => {
  const dialled = new Dialled({ server: idOf(2) });
  const members = Array.from({ length: 10_000 }, (_, i) => member(i + 1));
  const bytes = encode(membersCodec, { circuit: '', members });
  dialled.far.answer = (call) => replyLong(call, bytes);
  const client = await dialled.connected();
  const asked = client.members();
  await dialled.run();
  expect((await asked).length).toBe(10_000);
  expect(Math.max(...dialled.far.written)).toBeLessThan(bytes.length / 4);
});

test('an answer that is no list of members is an error', async () => {
  const dialled = new Dialled({ server: idOf(2) });
  dialled.far.answer = (call) => replyLong(call, new Uint8Array([1, 2, 3]));
  const client = await dialled.connected();
  const asked = client.members();
  const failing = expect(asked).rejects.toMatchObject({ code: 'PROTOCOL' });
  await dialled.run();
  await failing;
});
