/** The connection of a server to itself, on which its selects call. */

import { expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import type { Connection, ConnectionEvents, Host } from '../../../src/host/index.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { parseClauses } from '../../../src/select/clause.ts';
import { Selects } from '../../../src/server/selects.ts';
import { StillClock } from '../../support/calls.ts';

const clauses = parseClauses([{ op: 'recv', path: '/X317c2314a386a9db/a' }]);

class Bench {
  readonly clock = new StillClock();
  readonly dialled: { readonly to: string; ended: boolean; readonly events: ConnectionEvents }[] =
    [];
  readonly selects: Selects;

  constructor() {
    const dial = (to: string, events: ConnectionEvents) => {
      const dialled = { to, ended: false, events };
      this.dialled.push(dialled);
      const connection: Partial<Connection> = {
        write: () => true,
        end: () => {
          dialled.ended = true;
        },
      };
      return connection;
    };
    const host = { clock: this.clock, random: new SimRandom('1'), streams: { dial } };
    const stamps = new Stamps(this.clock);
    const url = 'circuit://127.0.0.1:7/12/Q0123456789abcdef';
    this.selects = new Selects({ host: host as unknown as Host, url, stamps });
  }

  get ended(): boolean[] {
    return this.dialled.map(({ ended }) => ended);
  }

  start() {
    const select = this.selects.make(clauses);
    select.start();
    return select;
  }
}

test('all selects share one connection, which is closed with the last of them', () => {
  const bench = new Bench();
  expect(bench.dialled).toEqual([]);
  const [one, two] = [bench.start(), bench.start()];
  expect(bench.dialled.map(({ to }) => to)).toEqual(['127.0.0.1:7']);
  one.scrub();
  bench.clock.advance(1);
  expect(bench.ended).toEqual([false]);
  two.scrub();
  bench.clock.advance(1);
  expect(bench.ended).toEqual([true]);
});

test('the next select after the last has a connection of its own', () => {
  const bench = new Bench();
  bench.start().scrub();
  const next = bench.start();
  bench.clock.advance(1);
  expect(bench.ended).toEqual([true, false]);
  expect(next.peek()).toMatchObject({ Phase: 'waiting' });
});

test('a connection that breaks fails its selects, and the next one dials anew', () => {
  const bench = new Bench();
  const select = bench.start();
  bench.dialled[0]?.events.closed('reset');
  expect(select.peek()).toMatchObject({ Phase: 'failed', Error: { Code: 'DIAL_FAILED' } });
  bench.start();
  bench.clock.advance(1);
  expect(bench.ended).toEqual([true, false]);
});
