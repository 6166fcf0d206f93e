import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutputStream } from '../../../src/element/output.ts';
import { limits } from '../../../src/limits.ts';
import { Caller, PlayedChild } from '../../support/calls.ts';
import { dataOf, failureOf, namesOf, type Opened, pattern } from '../../support/pipe.ts';

const window = limits.streamWindowBytes;

class Bench {
  readonly child = new PlayedChild({ path: '/bin/x', args: [], dir: undefined, env: undefined }, {
    readable: (output: 'stdout') => void (output === 'stdout' && this.stream.readable()),
  } as never);
  readonly stream = new OutputStream(this.child, 'stdout');
  printed = 0;

  print(bytes: number): void {
    this.child.print('stdout', pattern(bytes, this.printed));
    this.printed += bytes;
  }

  /** Each reader is a client of its own. */
  reader(credit = window): { caller: Caller; read: Opened } {
    const caller = new Caller();
    const read = caller.call((call) => this.stream.attach(call), { end: false, credit });
    return { caller, read };
  }
}

const got = ({ read }: { read: Opened }) => dataOf(read.heard);

describe('a reader', () => {
  test('gets what is printed as it is printed', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.print(10);
    reader.caller.run();
    expect(got(reader)).toEqual(Buffer.from(pattern(10)));
    bench.print(5);
    reader.caller.run();
    expect(got(reader)).toEqual(Buffer.from(pattern(15)));
  });

  test('leaves in the pipe what it has no credit for', () => {
    const bench = new Bench();
    const reader = bench.reader(100);
    bench.print(300);
    reader.caller.run();
    expect(bench.child.unread('stdout')).toBe(200);
    reader.read.call.grant(50);
    reader.caller.run();
    expect(bench.child.unread('stdout')).toBe(150);
    expect(got(reader).length).toBe(150);
  });

  test('learns of the end after the last byte, and its own end lets the next one in', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.print(10);
    bench.stream.ended();
    reader.caller.run();
    expect(namesOf(reader.read.heard)).toEqual(['replied', 'ended']);
    expect(failureOf(bench.reader().read.heard)?.code).toBe('STREAM_BUSY');
    reader.read.call.end();
    reader.caller.run();
    const next = bench.reader();
    expect(namesOf(next.read.heard)).toEqual(['replied', 'ended']);
    expect(got(next).length).toBe(0);
    expect(reader.caller.pipe.far.session.calls).toBe(0);
  });

  test('is refused while there is another, and when it has ended its stream already', () => {
    const bench = new Bench();
    bench.reader();
    expect(failureOf(bench.reader().read.heard)?.code).toBe('STREAM_BUSY');
    const other = new Bench();
    const caller = new Caller();
    const read = caller.call((call) => other.stream.attach(call), { end: true, credit: window });
    expect(failureOf(read.heard)?.code).toBe('PROTOCOL');
    other.print(10);
    expect(got(other.reader()).length).toBe(0 + 10);
  });

  test('that ends its stream early leaves the rest to the next', () => {
    const bench = new Bench();
    const reader = bench.reader(10);
    bench.print(30);
    reader.caller.run();
    reader.read.call.end();
    reader.caller.run();
    expect(namesOf(reader.read.heard)).toEqual(['replied', 'ended']);
    expect(reader.caller.pipe.far.session.calls).toBe(0);
    expect(got(bench.reader())).toEqual(Buffer.from(pattern(30)));
  });

  test('fails when the element is scrubbed', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.stream.abort(
      new (class extends Error {
        readonly code = 'ABORTED';
        readonly outcomeUnknown = false;
      })('scrubbed') as never,
    );
    reader.caller.run();
    expect(failureOf(reader.read.heard)?.code).toBe('ABORTED');
  });
});

describe('the next reader', () => {
  test.each(['is killed', 'cancels'])(
    'goes on where the one before stopped, when that %s',
    (how) => {
      const bench = new Bench();
      const reader = bench.reader();
      bench.print(1000);
      reader.caller.run();
      reader.read.call.grant(400);
      if (how === 'cancels') reader.read.call.cancel();
      reader.caller.run();
      if (how === 'is killed') reader.caller.vanish();
      const next = bench.reader();
      expect(got(next)).toEqual(Buffer.from(pattern(600, 400)));
    },
  );

  test('gets what was left in pieces, as its own credit allows, then what is fresh', () => {
    const bench = new Bench();
    const first = bench.reader();
    bench.print(1000);
    first.caller.run();
    first.caller.vanish();
    const next = bench.reader(300);
    expect(got(next).length).toBe(300);
    bench.print(500);
    next.caller.run();
    expect(got(next).length).toBe(300);
    next.read.call.grant(300);
    next.caller.run();
    next.read.call.grant(300);
    next.caller.run();
    next.read.call.grant(300);
    next.caller.run();
    expect(got(next)).toEqual(Buffer.from(pattern(1200)));
    next.caller.vanish();
    expect(got(bench.reader())).toEqual(Buffer.from(pattern(600, 900)));
  });

  test('gets the end too, though it came while nobody read', () => {
    const bench = new Bench();
    const first = bench.reader();
    bench.print(10);
    first.caller.run();
    first.caller.vanish();
    bench.stream.ended();
    const next = bench.reader();
    expect(got(next).length).toBe(10);
    expect(namesOf(next.read.heard)).toEqual(['replied', 'ended']);
  });

  test('and the one after, and so on: each byte is used up once, whoever stops when', () => {
    const acts = fc.array(
      fc.oneof(
        fc.record({ act: fc.constant('print' as const), bytes: fc.nat(5000) }),
        fc.record({ act: fc.constant('attach' as const), bytes: fc.nat(5000) }),
        fc.record({ act: fc.constant('use' as const), bytes: fc.nat(5000) }),
        fc.record({ act: fc.constant('leave' as const), bytes: fc.nat(1) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(acts, (all) => {
        const bench = new Bench();
        const used: Uint8Array[] = [];
        let reader: ReturnType<Bench['reader']> | undefined;
        let usedHere = 0;
        const use = (bytes: number) => {
          if (reader === undefined) return;
          reader.caller.run();
          const bytesHere = got(reader).subarray(usedHere, usedHere + bytes);
          usedHere += bytesHere.length;
          used.push(bytesHere);
          reader.read.call.grant(bytesHere.length);
          reader.caller.run();
        };
        for (const { act, bytes } of all) {
          if (act === 'print') bench.print(bytes);
          if (act === 'use') use(bytes);
          if (act === 'attach' && reader === undefined) {
            reader = bench.reader(bytes);
            usedHere = 0;
          }
          if (act === 'leave' && reader !== undefined) {
            if (bytes === 0) reader.caller.vanish();
            else reader.read.call.cancel();
            reader.caller.run();
            reader = undefined;
          }
        }
        reader?.caller.vanish();
        bench.stream.ended();
        reader = bench.reader();
        usedHere = 0;
        use(bench.printed);
        expect(Buffer.concat(used)).toEqual(Buffer.from(pattern(bench.printed)));
      }),
    );
  });
});

describe('memory', () => {
  test('a reader that uses up nothing makes us keep a window and no more', () => {
    const bench = new Bench();
    const reader = bench.reader();
    bench.print(window + 5000);
    reader.caller.run();
    expect(bench.child.unread('stdout')).toBe(5000);
    reader.caller.vanish();
    bench.reader().caller.vanish();
    const last = bench.reader();
    expect(got(last).length).toBe(window);
    expect(bench.child.unread('stdout')).toBe(5000);
  });

  test('without a reader nothing is read', () => {
    const bench = new Bench();
    bench.print(window * 2);
    expect(bench.child.unread('stdout')).toBe(window * 2);
  });

  test('of an element that is gone, what the last reader leaves is thrown away', () => {
    const bench = new Bench();
    const reader = bench.reader(10);
    bench.print(100);
    bench.stream.discard();
    reader.caller.run();
    expect(bench.child.unread('stdout')).toBe(90);
    reader.caller.vanish();
    expect(bench.child.unread('stdout')).toBe(0);
    bench.print(100);
    expect(bench.child.unread('stdout')).toBe(0);
  });
});
