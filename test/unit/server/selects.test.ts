/** The connection of a server to itself, on which its selects call. */

import { expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { Budget, type Share } from '../../../src/budget.ts';
import type { Connection, ConnectionEvents, Host } from '../../../src/host/index.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits as defaults, type Limits } from '../../../src/limits.ts';
import { parseClauses } from '../../../src/select/clause.ts';
import { Selects } from '../../../src/server/selects.ts';
import { StillClock } from '../../support/calls.ts';

const clauses = parseClauses([{ op: 'recv', path: '/X317c2314a386a9db/a' }]);

class Bench {
  readonly clock = new StillClock();
  readonly dialled: { readonly to: string; ended: boolean; readonly events: ConnectionEvents }[] =
    [];
  readonly held: Budget;
  readonly shares: Share[] = [];
  readonly selects: Selects;

  constructor(limits: Limits = defaults) {
    this.held = new Budget(limits.heldBytesMax);
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
    const { held } = this;
    const url = 'circuit://127.0.0.1:7/12/Q0123456789abcdef';
    this.selects = new Selects({ host: host as unknown as Host, url, stamps, limits, held });
  }

  get ended(): boolean[] {
    return this.dialled.map(({ ended }) => ended);
  }

  start() {
    const { element, share } = this.selects.make(clauses, 100);
    element.start();
    this.shares.push(share);
    return element;
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

test('one clause more than may wait is refused, as is one for which there is no room', () => {
  const bench = new Bench({ ...defaults, selectClausesWaitingMax: 2, heldBytesMax: 250 });
  const [one] = [bench.start(), bench.start()];
  expect(() => bench.start()).toThrow('(limit selectClausesWaitingMax: 2)');
  one?.scrub();
  // It waits no longer, and what is kept of it is given back with its element.
  expect(() => bench.start()).toThrow('(limit heldBytesMax: 250)');
  bench.shares[0]?.close();
  bench.start();
});
