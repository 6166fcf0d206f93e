/** A select over a session whose other side the test plays. */

import { describe, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/index.ts';
import { Budget, Share } from '../../../src/budget.ts';
import { CircuitError } from '../../../src/errors.ts';
import { methodNames } from '../../../src/rpc/method.ts';
import { parseClauses, type Selected } from '../../../src/select/clause.ts';
import { Selecting } from '../../../src/select/selecting.ts';
import { StillClock } from '../../support/calls.ts';
import { failureOf, greetedPipe, namesOf, type Opened } from '../../support/pipe.ts';

const at = (name: string) => `/X317c2314a386a9db/${name}`;
const utf8 = new TextEncoder();
const empty = new Uint8Array(0);
const second = 1_000_000;

class Bench {
  readonly pipe = greetedPipe();
  readonly clock = new StillClock();
  readonly results: (Selected | CircuitError)[] = [];
  readonly selecting: Selecting;

  readonly held: Budget;
  readonly share: Share;

  constructor(
    json: readonly object[],
    options: { wait?: boolean; bytesMax?: number; heldBytesMax?: number } = {},
  ) {
    const { wait = true, bytesMax = 1_000, heldBytesMax = 10_000 } = options;
    this.held = new Budget(heldBytesMax);
    this.share = new Share(this.held);
    const { session } = this.pipe.near;
    const around = { session, clock: this.clock, random: new SimRandom('1') };
    this.selecting = new Selecting(
      { ...around, clauses: parseClauses(json), wait, bytesMax, share: this.share },
      (result) => void this.results.push(result),
    );
    this.selecting.start();
    this.pipe.run();
  }

  /** The last call of that method. */
  call(method: string): Opened {
    const found = this.pipe.far.opened.findLast(({ open }) => methodNames[open.method] === method);
    return found as Opened;
  }

  get methods(): string[] {
    return this.pipe.far.opened.map(({ open }) => methodNames[open.method] as string);
  }

  reply(method: string, body = empty, options = { end: true }): void {
    this.call(method).call.reply(body, options);
    this.pipe.run();
  }

  fail(method: string, code: CircuitError['code'], options = {}): void {
    this.call(method).call.fail(new CircuitError(code, 'as played', options));
    this.pipe.run();
  }

  offer(bytes: Uint8Array, options: { complete: boolean }): void {
    this.call('tryReceive').call.offer(1, options.complete, bytes);
    this.pipe.run();
  }

  vanish(): void {
    this.pipe.near.session.close(new CircuitError('SERVER_GONE', 'gone', { outcomeUnknown: true }));
  }
}

const receive = [{ op: 'recv', path: at('a') }];
const send = [{ op: 'send', path: at('a'), message: 'm' }];
const exit = [{ op: 'exit', path: at('a') }];

describe('a receive', () => {
  test('is awaited, tried, and taken; and the others are let go', () => {
    const bench = new Bench([...receive, ...exit]);
    expect(bench.methods).toEqual(['awaitReceive', 'wait']);
    bench.reply('awaitReceive');
    bench.offer(utf8.encode('hello'), { complete: true });
    expect(namesOf(bench.call('tryReceive').heard)).toEqual(['taken']);
    bench.reply('tryReceive');
    const message = utf8.encode('hello');
    expect(bench.results).toEqual([{ index: 0, op: 'receive', closed: false, message }]);
    expect(failureOf(bench.call('wait').heard)?.code).toBe('CANCELLED');
    expect(bench.pipe.near.session.calls).toBe(0);
    expect(bench.clock.waiting).toBe(0);
  });

  test('of a long message is over when all of it is here', () => {
    const bench = new Bench(receive);
    bench.reply('awaitReceive');
    bench.offer(empty, { complete: false });
    bench.reply('tryReceive', empty, { end: false });
    const { call } = bench.call('tryReceive');
    call.data(utf8.encode('hel'));
    call.data(utf8.encode('lo'));
    bench.pipe.run();
    expect(bench.results).toEqual([]);
    call.end();
    bench.pipe.run();
    expect(bench.results).toMatchObject([{ message: utf8.encode('hello') }]);
  });

  test('of more than it may hold fails, and the other side is told', () => {
    const bench = new Bench(receive, { bytesMax: 10 });
    bench.reply('awaitReceive');
    bench.offer(empty, { complete: false });
    bench.reply('tryReceive', empty, { end: false });
    bench.call('tryReceive').call.data(new Uint8Array(10));
    bench.pipe.run();
    expect(bench.results).toEqual([]);
    bench.call('tryReceive').call.data(new Uint8Array(1));
    bench.pipe.run();
    expect(bench.results).toMatchObject([{ code: 'LIMIT', outcomeUnknown: true }]);
    expect(failureOf(bench.call('tryReceive').heard)?.code).toBe('LIMIT');
  });

  test('is tried again when somebody else was quicker', () => {
    const bench = new Bench(receive);
    bench.reply('awaitReceive');
    bench.fail('tryReceive', 'WOULD_BLOCK');
    bench.clock.advance(second);
    bench.pipe.run();
    expect(bench.methods).toEqual(['awaitReceive', 'tryReceive', 'awaitReceive']);
  });
});

describe('an error', () => {
  test('names the clause and its path', () => {
    const bench = new Bench([...send, ...receive]);
    bench.fail('awaitReceive', 'NO_SUCH_ANCHOR');
    const [error] = bench.results as [CircuitError];
    expect(error.code).toBe('NO_SUCH_ANCHOR');
    expect(error.message).toBe(`clause 1, receive ${at('a')}: as played`);
  });

  test('of a server that goes while clauses are awaited says that nothing was done', () => {
    const bench = new Bench([...send, ...receive]);
    bench.vanish();
    expect(bench.results).toMatchObject([{ code: 'SERVER_GONE', outcomeUnknown: false }]);
  });

  test('of a server that goes with an attempt says that it may have been done', () => {
    const bench = new Bench([...receive, ...send]);
    bench.reply('awaitSend');
    bench.vanish();
    expect(bench.results).toMatchObject([{ code: 'SERVER_GONE', outcomeUnknown: true }]);
    expect((bench.results[0] as CircuitError).message).toContain('clause 1, send');
  });

  test('comes at once where the server is gone already', () => {
    const bench = new Bench(send);
    bench.vanish();
    const results: unknown[] = [];
    const around = { session: bench.pipe.near.session, clock: bench.clock };
    const random = new SimRandom('1');
    const options = { ...around, random, clauses: parseClauses(receive), wait: true, bytesMax: 1 };
    new Selecting(options, (result) => void results.push(result)).start();
    expect(results).toMatchObject([{ code: 'SERVER_GONE' }]);
  });

  test('says that the outcome is unknown when nobody says what became of the attempt', () => {
    const bench = new Bench(send);
    bench.reply('awaitSend');
    bench.selecting.giveUp(new CircuitError('TIMEOUT', 'too late'));
    bench.pipe.run();
    expect(namesOf(bench.call('send').heard)).toEqual(['cancelled']);
    expect(bench.results).toEqual([]);
    bench.clock.advance(2 * second);
    expect(bench.results).toMatchObject([{ code: 'TIMEOUT', outcomeUnknown: true }]);
    expect(bench.pipe.near.session.calls).toBe(0);
  });
});

describe('an exit', () => {
  test('is the state that is answered', () => {
    const bench = new Bench(exit);
    bench.reply('wait', utf8.encode('{"Phase":'), { end: false });
    bench.call('wait').call.data(utf8.encode('"exited"}'));
    bench.call('wait').call.end();
    bench.pipe.run();
    expect(bench.results).toEqual([{ index: 0, op: 'exit', state: { Phase: 'exited' } }]);
  });

  test('that is no JSON is an error, and no crash', () => {
    const bench = new Bench(exit);
    bench.reply('wait', utf8.encode('{'));
    expect(bench.results).toMatchObject([{ code: 'PROTOCOL' }]);
  });

  test('longer than it may be is an error', () => {
    const bench = new Bench(exit, { bytesMax: 3 });
    bench.reply('wait', utf8.encode('"exited"'));
    expect(bench.results).toMatchObject([{ code: 'LIMIT', outcomeUnknown: false }]);
  });

  test('is asked for and given up in one go by who does not wait', () => {
    const bench = new Bench(exit, { wait: false });
    expect(namesOf(bench.call('wait').heard)).toEqual(['cancelled']);
    bench.fail('wait', 'CANCELLED');
    expect(bench.results).toEqual([{ index: undefined, op: 'otherwise' }]);
  });
});

test('who does not wait tries everything by what does not wait', () => {
  const bench = new Bench([...send, ...receive], { wait: false });
  bench.fail(bench.methods[0] as string, 'WOULD_BLOCK');
  bench.fail(bench.methods[1] as string, 'WOULD_BLOCK');
  expect(bench.methods.toSorted()).toEqual(['tryReceive', 'trySend']);
  expect(bench.results).toEqual([{ index: undefined, op: 'otherwise' }]);
});

test('a peer that answers a receive without an offer does not leave it waiting for ever', () => {
  const bench = new Bench(receive);
  bench.reply('awaitReceive');
  bench.reply('tryReceive');
  expect(bench.results).toHaveLength(1);
});

describe('what is received', () => {
  test('counts as long as it is kept, and not when it is offered anew or falls through', () => {
    const bench = new Bench(receive);
    bench.reply('awaitReceive');
    bench.offer(utf8.encode('hello'), { complete: true });
    expect(bench.held.used).toBe(5);
    bench.offer(utf8.encode('hi'), { complete: true });
    expect(bench.held.used).toBe(2);
    bench.fail('tryReceive', 'WOULD_BLOCK');
    expect(bench.held.used).toBe(0);
    bench.clock.advance(second);
    bench.pipe.run();
    bench.reply('awaitReceive');
    bench.offer(utf8.encode('third'), { complete: true });
    bench.reply('tryReceive');
    expect(bench.results).toMatchObject([{ op: 'receive', message: utf8.encode('third') }]);
    expect(bench.held.used).toBe(5);
    bench.share.close();
    expect(bench.held.used).toBe(0);
  });

  test('fails the select with LIMIT where there is no room for it', () => {
    const bench = new Bench(receive, { heldBytesMax: 4 });
    bench.reply('awaitReceive');
    bench.offer(utf8.encode('hello'), { complete: true });
    const [result] = bench.results as [CircuitError];
    expect([result.code, result.outcomeUnknown]).toEqual(['LIMIT', true]);
    expect(result.message).toContain('(limit heldBytesMax: 4)');
    expect(bench.held.used).toBe(0);
  });
});
