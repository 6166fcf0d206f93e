import { describe, expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import { limits } from '../../../src/limits.ts';
import { Dialled } from '../../support/dialled.ts';
import { namesOf, type Opened } from '../../support/pipe.ts';

const second = 1_000_000;
const path = '/X317c2314a386a9db/c';
const empty = new Uint8Array(0);

/** What a promise came to; 'waits' while it has not. */
function watch(promise: Promise<unknown>): { code: string; unknown?: boolean } {
  const seen: { code: string; unknown?: boolean } = { code: 'waits' };
  promise.then(
    () => {
      seen.code = 'done';
    },
    (error: CircuitError) => {
      seen.code = error.code;
      seen.unknown = error.outcomeUnknown;
    },
  );
  return seen;
}

const first = (dialled: Dialled) => dialled.far.opened[0] as Opened;

describe('dialling', () => {
  test.each([
    ['refused', 'nothing listens there'],
    ['timeout', 'no answer'],
    ['unreachable', 'no way to that address'],
    ['reset', 'was broken'],
    ['ended', 'no circuit server'],
  ] as const)('that is %s says so in words', async (reason, words) => {
    const dialled = new Dialled();
    const connecting = dialled.connect();
    dialled.events.closed(reason);
    await expect(connecting).rejects.toThrow(words);
    await expect(connecting).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    expect(dialled.clock.waiting).toBe(0);
  });

  test('times out at its deadline, and not before', async () => {
    const dialled = new Dialled();
    const seen = watch(dialled.connect({ timeoutMs: 1000 }));
    dialled.silent = true;
    dialled.clock.advance(second - 1);
    await dialled.run();
    expect(seen.code).toBe('waits');
    dialled.clock.advance(1);
    await dialled.run();
    expect(seen.code).toBe('TIMEOUT');
    expect(dialled.wasReset).toBe(true);
    expect(dialled.clock.waiting).toBe(0);
  });

  test('is cancelled by its signal, before it began or after', async () => {
    for (const early of [true, false]) {
      const dialled = new Dialled();
      const abort = new AbortController();
      if (early) abort.abort();
      const seen = watch(dialled.connect({ signal: abort.signal }));
      abort.abort();
      await dialled.run();
      expect(seen.code).toBe('CANCELLED');
    }
  });
});

describe('giving up', () => {
  test('asks the server, and its answer counts: cancelled in time', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().receive({ timeoutMs: 500 }));
    await dialled.run();
    dialled.clock.advance(500_000);
    await dialled.run();
    expect(namesOf(first(dialled).heard)).toEqual(['cancelled']);
    expect(seen.code).toBe('waits');
    first(dialled).call.fail(new CircuitError('CANCELLED', 'in time'));
    await dialled.run();
    expect(seen).toEqual({ code: 'TIMEOUT', unknown: false });
  });

  test('asks the server, and its answer counts: too late, it was done', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const abort = new AbortController();
    const sent = watch(client.walk(path).chan().send('x', { signal: abort.signal }));
    await dialled.run();
    abort.abort();
    first(dialled).call.reply(empty, { end: true });
    await dialled.run();
    expect(sent.code).toBe('done');
  });

  test('without an answer for 2 s the outcome is unknown', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().send('x', { timeoutMs: 500 }));
    await dialled.run();
    dialled.clock.advance(500_000 + 2 * second - 1);
    await dialled.run();
    expect(seen.code).toBe('waits');
    dialled.clock.advance(1);
    await dialled.run();
    expect(seen).toEqual({ code: 'TIMEOUT', unknown: true });
  });

  test('leaves no timers behind, whatever came of it', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const before = dialled.clock.waiting;
    const seen = watch(client.walk(path).chan().send('x', { timeoutMs: 500 }));
    await dialled.run();
    expect(dialled.clock.waiting).toBe(before + 1);
    first(dialled).call.reply(empty, { end: true });
    await dialled.run();
    expect(seen.code).toBe('done');
    expect(dialled.clock.waiting).toBe(before);
  });

  test('before it began sends nothing, and streams say so when they are used', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const signal = AbortSignal.abort();
    const anchor = client.walk(path);
    const seen = [
      watch(anchor.chan().receive({ signal })),
      watch(anchor.chan().send(new Uint8Array(100_000), { signal })),
      watch(anchor.chan().sendStream({ signal })),
      watch(anchor.proc().stdout({ signal }).next()),
      watch(anchor.proc().stdin({ signal }).write(empty)),
      watch(anchor.proc().stdin({ signal }).write(new Uint8Array(1))),
    ];
    await dialled.run();
    expect(seen.map(({ code }) => code)).toEqual([
      ...['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED'],
      ...['done', 'CANCELLED'],
    ]);
    expect(dialled.far.opened).toEqual([]);
  });
});

describe('a server that is silent', () => {
  test('counts as gone after three looks, while somebody waits for it', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().receive());
    await dialled.run();
    dialled.silent = true;
    for (let i = 0; i < 3; i++) {
      dialled.clock.advance(5 * second);
      await dialled.run();
      expect(seen.code).toBe('waits');
    }
    dialled.clock.advance(5 * second);
    await dialled.run();
    expect(seen).toEqual({ code: 'SERVER_GONE', unknown: true });
    expect(client.connected).toBe(false);
    expect(dialled.wasReset).toBe(true);
  });

  test('is asked for a sign of life, and then does not', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().receive());
    for (let i = 0; i < 100; i++) {
      await dialled.run();
      dialled.clock.advance(5 * second);
    }
    await dialled.run();
    expect(seen.code).toBe('waits');
  });

  test('may be so while nobody waits for it', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    dialled.silent = true;
    dialled.clock.advance(100 * second);
    await dialled.run();
    expect(client.connected).toBe(true);
  });

  test('was perhaps not: we were stopped ourselves, and time has passed', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().receive());
    await dialled.run();
    for (let i = 0; i < 10; i++) {
      // One look finds that an hour has gone by, and what was waiting comes in after it.
      dialled.clock.jump(3600 * second);
      await dialled.run();
    }
    expect(seen.code).toBe('waits');
  });
});

describe('closing', () => {
  test('fails what is under way, and waits until the connection has ended', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    const seen = watch(client.walk(path).chan().receive());
    const closed = watch(client.close());
    await dialled.run();
    expect(seen.code).toBe('CANCELLED');
    expect(closed.code).toBe('waits');
    expect(dialled.ended).toBe(true);
    dialled.events.closed('local');
    await dialled.run();
    expect(closed.code).toBe('done');
    expect(dialled.clock.waiting).toBe(0);
  });

  test('does not wait for ever for a server that takes nothing', async () => {
    const dialled = new Dialled();
    const client = await dialled.connected();
    dialled.silent = true;
    const closed = watch(client.close());
    dialled.clock.advance(5 * second - 1);
    await dialled.run();
    expect(closed.code).toBe('waits');
    dialled.clock.advance(1);
    await dialled.run();
    expect(dialled.wasReset).toBe(true);
    expect(closed.code).toBe('done');
  });
});

test('a request beyond its bound fails before it is sent', async () => {
  const dialled = new Dialled();
  const client = await dialled.connected();
  const anchor = client.walk(path);
  const command = (bytes: number) => ({ Path: '/bin/x', Args: ['x'.repeat(bytes)] });
  const seen = [
    watch(anchor.makeProc(command(limits.bodyBytesMax - 100))),
    watch(anchor.makeProc(command(limits.bodyBytesMax))),
    watch(anchor.makeChan(limits.channelCapacityMax + 1)),
  ];
  await dialled.run();
  expect(seen.map(({ code }) => code)).toEqual(['waits', 'LIMIT', 'BAD_ARGUMENT']);
  expect(dialled.far.opened.length).toBe(1);
});
