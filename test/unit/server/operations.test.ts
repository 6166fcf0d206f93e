import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { Stamps } from '../../../src/journal/stamp.ts';
import { limits } from '../../../src/limits.ts';
import type { Call, CallEvents } from '../../../src/rpc/call.ts';
import { askedOf } from '../../../src/server/details.ts';
import { type Asked, Operations } from '../../../src/server/operations.ts';
import { Caller, StillClock } from '../../support/calls.ts';
import { pattern } from '../../support/pipe.ts';

const BY = '10.0.0.1:1';

/** A server that only keeps its journal. */
class Stage {
  readonly clock = new StillClock();
  readonly journal = new Journal(new Stamps(this.clock));
  readonly operations = new Operations(this.clock, this.journal);
  readonly caller = new Caller();

  /** Answers a call as Dispatch does. */
  call(
    asked: Partial<Asked>,
    handle: (call: Call) => CallEvents,
    options: { end?: boolean; credit?: number } = {},
  ) {
    return this.caller.call((call) => {
      const operation = this.operations.begin(call, {
        method: 'peek',
        path: 'a',
        by: BY,
        ...asked,
      });
      const events = handle(call);
      this.operations.handled(operation);
      return events;
    }, options);
  }

  entries(): Record<string, unknown>[] {
    const { first, next } = this.journal;
    return Array.from({ length: next - first }, (_, i) =>
      JSON.parse(this.journal.line(first + i, '/X')),
    );
  }

  told(): string[] {
    return this.entries().map(({ event, operation, method, error, bytes }) =>
      [event, operation, method, error, bytes].filter((each) => each !== undefined).join(' '),
    );
  }
}

const empty = new Uint8Array(0);
const done = (call: Call): CallEvents => {
  call.reply(empty, { end: true });
  return {};
};

test('an operation that is answered within its call has one entry, which says who asked', () => {
  const stage = new Stage();
  stage.call({ detail: 'capacity 3' }, done);
  expect(stage.entries()).toMatchObject([
    { event: 'done', operation: 1, method: 'peek', path: '/X/a', by: BY, detail: 'capacity 3' },
  ]);
  expect(stage.operations.pending()).toEqual([]);
  expect(stage.operations.counts).toEqual({ begun: 1, failed: 0 });
});

test('one that waits has two, and is pending in between', () => {
  const stage = new Stage();
  stage.clock.advance(5);
  let waiting: Call | undefined;
  stage.call({ method: 'wait' }, (call) => {
    waiting = call;
    return {};
  });
  stage.clock.advance(5);
  expect(stage.operations.pending()).toMatchObject([
    { number: 1, method: 'wait', path: 'a', by: BY, sinceUs: 5 },
  ]);
  stage.call({}, done);
  done(waiting as Call);
  expect(stage.told()).toEqual(['began 1 wait', 'done 2 peek', 'ended 1 wait']);
  expect([stage.operations.waiting, stage.operations.pending()]).toEqual([0, []]);
});

test('what an operation caused comes after it', () => {
  const stage = new Stage();
  let waiting: Call | undefined;
  stage.call({ method: 'receive', bytes: 0 }, (call) => {
    waiting = call;
    return {};
  });
  stage.call({ method: 'close' }, (call) => {
    waiting?.fail(new CircuitError('CHANNEL_CLOSED', 'closed'));
    return done(call);
  });
  expect(stage.told()).toEqual([
    'began 1 receive',
    'done 2 close',
    'ended 1 receive CHANNEL_CLOSED',
  ]);
  expect(stage.operations.counts).toEqual({ begun: 2, failed: 1 });
});

test('an operation whose caller goes away ends with that', () => {
  const stage = new Stage();
  stage.call({ method: 'wait' }, () => ({}));
  stage.caller.vanish();
  expect(stage.told()).toEqual(['began 1 wait', 'ended 1 wait CALLER_GONE']);
  expect(stage.operations.waiting).toBe(0);
});

test('sizes are those of the request and of what was streamed, both ways', () => {
  const stage = new Stage();
  const sent = stage.call(
    { method: 'send', bytes: 10 },
    (call) => {
      call.grant(100);
      return { ended: () => call.reply(empty, { end: true }) };
    },
    { end: false },
  );
  sent.call.data(pattern(30));
  sent.call.end();
  stage.caller.run();
  stage
    .call({ method: 'tryReceive', bytes: 0 }, (call) => {
      call.offer(1, true, pattern(7));
      return { taken: () => call.reply(empty, { end: true }) };
    })
    .call.take(1);
  stage.caller.run();
  expect(stage.told()).toEqual([
    'began 1 send',
    'ended 1 send 40',
    'began 2 tryReceive',
    'ended 2 tryReceive 7',
  ]);
});

test('who reads the journal does not read of that, but is pending', () => {
  const stage = new Stage();
  stage.call({ method: 'journal' }, () => ({}));
  expect(stage.told()).toEqual([]);
  expect(stage.operations.waiting).toBe(1);
  stage.caller.vanish();
  expect([stage.told(), stage.operations.waiting]).toEqual([[], 0]);
});

test('of a command the program is told, and neither its environment nor its arguments', () => {
  const command = {
    Env: ['PASSWORD=hush'],
    Dir: '/hush',
    Path: '/bin/ls',
    Args: ['--token', 'hush'],
    Scrub: false,
  };
  const docker = JSON.stringify({ image: 'busybox', Env: ['A=hush'], Args: ['hush'] });
  const asked = [
    askedOf('makeProc', { path: 'a', command }, BY),
    askedOf('makeDocker', { path: 'a', command: docker }, BY),
    askedOf('makeDocker', { path: 'a', command: '{"Image": "hush' }, BY),
    askedOf('makeSelect', { path: 'a', clauses: '[{"Message": "hush"}]' }, BY),
    askedOf('send', { path: 'a', head: new TextEncoder().encode('hush') }, BY),
  ];
  expect(asked.map(({ detail }) => detail)).toEqual([
    '/bin/ls',
    'busybox',
    undefined,
    undefined,
    undefined,
  ]);
  expect(JSON.stringify(asked)).not.toContain('hush');
  expect(asked.at(-1)?.bytes).toBe(4);
});

test('a detail is cut at its bound', () => {
  const record = 'r'.repeat(limits.journalDetailCharsMax + 1);
  const { detail } = askedOf('setRecord', { path: 'a', record }, BY);
  expect(detail).toBe(record.slice(1));
});
