/** Clients that ask for more than the edge between two servers carries at once. */

import { expect, test } from 'vitest';
import { CircuitError } from '../../src/errors.ts';
import type { Chan } from '../../src/index.ts';
import { type ServerProgram, Stage } from '../support/programs.ts';

const clients = 4;
const each = 6_000;
/** All of it is three times what may be unsent on a connection. */
const message = new Uint8Array(8_000);

test('what they ask for is done or refused, the edge stands, and others are served', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const path = `/${far.id}/chan`;
  const direct = await stage.client(far);
  await direct.walk(path).makeChan(clients * each);
  const others = await stage.client(near);

  const send = async (chan: Chan): Promise<string> => {
    try {
      await chan.send(message);
      return 'sent';
    } catch (error) {
      if (!(error instanceof CircuitError)) throw error;
      return `${error.code} ${error.outcomeUnknown}`;
    }
  };
  let busy = true;
  const load = async () => {
    const chans = await Promise.all(
      Array.from({ length: clients }, async () => (await stage.client(near)).walk(path).chan()),
    );
    const ends = chans.flatMap((chan) => Array.from({ length: each }, () => send(chan)));
    const outcomes = await Promise.all(ends);
    busy = false;
    return outcomes;
  };
  const served = async () => {
    let count = 0;
    do {
      await others.walk(`/${near.id}`).view();
      await others.walk(`/${far.id}`).view();
      count++;
    } while (busy);
    return count;
  };
  const [outcomes, count] = await Promise.all([load(), served()]);
  expect(outcomes.filter((each) => each !== 'sent' && each !== 'LIMIT false')).toEqual([]);
  const { NumSend } = await direct.walk(path).chan().peek();
  expect(NumSend).toBe(outcomes.filter((each) => each === 'sent').length);
  expect(count).toBeGreaterThan(0);
});
