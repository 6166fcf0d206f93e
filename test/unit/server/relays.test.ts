import { expect, test } from 'vitest';
import type { Call } from '../../../src/rpc/call.ts';
import { methodNumber, requestCodec } from '../../../src/rpc/method.ts';
import type { Open } from '../../../src/rpc/session.ts';
import { Relays } from '../../../src/server/relays.ts';
import { encode } from '../../../src/wire/codec.ts';
import { StillClock } from '../../support/calls.ts';
import { idOf } from '../../support/members.ts';

const target = idOf(2);
const by = '10.0.0.9:1';

function openOf(method: number, body: Uint8Array): Open {
  return { method, target, credit: 0, asker: undefined, body };
}

test('a call that is passed on is known until it is over, with its path where it has one', () => {
  const clock = new StillClock();
  const relays = new Relays(clock);
  const calls = [{}, {}, {}] as unknown as [Call, Call, Call];
  const receive = encode(requestCodec('receive'), { path: 'a/b' });
  relays.begin(calls[0], openOf(methodNumber('receive'), receive), target, by);
  clock.advance(5);
  const leave = encode(requestCodec('leave'), {});
  relays.begin(calls[1], openOf(methodNumber('leave'), leave), target, by);
  relays.begin(calls[2], openOf(60_000, new Uint8Array([1, 2])), target, by);
  expect(relays.pending()).toEqual([
    { method: 'receive', target, path: 'a/b', by, sinceUs: 0 },
    { method: 'leave', target, path: undefined, by, sinceUs: 5 },
    { method: '60000', target, path: undefined, by, sinceUs: 5 },
  ]);
  calls[0].watcher?.over(undefined);
  calls[2].watcher?.over('CALLER_GONE');
  expect(relays.pending().map(({ method }) => method)).toEqual(['leave']);
  expect(relays.size).toBe(1);
});

test('a call that is passed on malformed has no path', () => {
  const relays = new Relays(new StillClock());
  const call = {} as Call;
  relays.begin(call, openOf(methodNumber('receive'), new Uint8Array([0xff])), target, by);
  expect(relays.pending()[0]?.path).toBe(undefined);
});
