import { describe, expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import type { ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { Call } from '../../../src/rpc/call.ts';
import { Resolver } from '../../../src/server/resolve.ts';
import { Caller, StillClock } from '../../support/calls.ts';
import { idOf } from '../../support/members.ts';
import { failureOf, namesOf, type Opened } from '../../support/pipe.ts';

const ms = 1_000;
const subject = idOf(7);

/** Calls that wait, and what the server around them knows. */
class Stage {
  readonly clock = new StillClock();
  readonly caller = new Caller();
  /** When, in ms, the neighbours were asked for whom. */
  readonly asked: [number, ServerId][] = [];
  readonly known = new Map<ServerId, object | 'departed'>();
  /** What the calls that went on were, in order. */
  readonly gone: string[] = [];
  readonly resolver = new Resolver(this.clock, {
    lookup: (id) => this.known.get(id),
    find: (id) => void this.asked.push([this.clock.now() / ms, id]),
  });

  hold(
    name: string,
    options: { seek?: boolean; subject?: ServerId; bytes?: number; end?: boolean } = {},
  ): Opened {
    const opened = this.caller.call((call) => this.#hold(call, name, options), {
      end: options.end ?? true,
    });
    return opened;
  }

  #hold(call: Call, name: string, options: { seek?: boolean; subject?: ServerId; bytes?: number }) {
    return this.resolver.hold({
      subject: options.subject ?? subject,
      seek: options.seek ?? true,
      call,
      bytes: options.bytes ?? 10,
      go: () => {
        this.gone.push(name);
        call.reply(new Uint8Array(0), { end: true });
        return {};
      },
      unknown: () => new CircuitError('NO_SUCH_SERVER', 'nobody knows it'),
    });
  }

  advance(forMs: number): void {
    this.clock.advance(forMs * ms);
    this.caller.run();
  }

  /** As the server does when a step announced it. */
  announce(id = subject): void {
    this.known.set(id, {});
    this.resolver.announced(id);
    this.resolver.settle();
    this.caller.run();
  }
}

const codeOf = (opened: Opened) => failureOf(opened.heard)?.code;

describe('a call for a server that is not known', () => {
  test('has the neighbours asked at 0, 100, 300 and 700 ms, and fails after a second', () => {
    const stage = new Stage();
    const call = stage.hold('one');
    stage.advance(999);
    expect(stage.asked).toEqual([0, 100, 300, 700].map((at) => [at, subject]));
    expect(call.heard).toEqual([]);
    stage.advance(1);
    expect(codeOf(call)).toBe('NO_SUCH_SERVER');
    expect(stage.asked.length).toBe(4);
    expect([stage.clock.waiting, stage.resolver.waiting]).toEqual([0, 0]);
  });

  test('goes on once it was announced, and not before all was told', () => {
    const stage = new Stage();
    stage.hold('one');
    stage.advance(150);
    stage.known.set(subject, {});
    stage.resolver.announced(subject);
    expect(stage.gone).toEqual([]);
    stage.resolver.settle();
    expect(stage.gone).toEqual(['one']);
    expect([stage.clock.waiting, stage.resolver.waiting]).toEqual([0, 0]);
  });

  test('waits on when the one that was announced has left in the same step', () => {
    const stage = new Stage();
    const call = stage.hold('one');
    stage.resolver.announced(subject);
    stage.resolver.settle();
    expect(stage.gone).toEqual([]);
    stage.advance(1_000);
    expect(codeOf(call)).toBe('NO_SUCH_SERVER');
  });

  test('fails with SERVER_GONE as soon as it is known that the server has left', () => {
    const stage = new Stage();
    const call = stage.hold('one');
    stage.advance(50);
    stage.known.set(subject, 'departed');
    stage.advance(49);
    expect(call.heard).toEqual([]);
    stage.advance(1);
    expect(codeOf(call)).toBe('SERVER_GONE');
  });

  test('has a second of its own when others wait already, and their order stays', () => {
    const stage = new Stage();
    const first = stage.hold('one');
    stage.advance(600);
    const second = stage.hold('two');
    stage.advance(400);
    expect([codeOf(first), codeOf(second)]).toEqual(['NO_SUCH_SERVER', undefined]);
    stage.advance(599);
    expect(codeOf(second)).toBeUndefined();
    // For as long as anybody waits; no more often than that.
    expect(stage.asked.map(([at]) => at)).toEqual([0, 100, 300, 700, 1_100, 1_500]);
    stage.hold('three');
    stage.announce();
    expect(stage.gone).toEqual(['two', 'three']);
  });

  test('that is given up is answered, and one whose caller is gone is forgotten', () => {
    const stage = new Stage();
    const given = stage.hold('one');
    given.call.cancel();
    stage.caller.run();
    expect(codeOf(given)).toBe('CANCELLED');
    expect([stage.clock.waiting, stage.resolver.waiting]).toEqual([0, 0]);
    stage.hold('two');
    stage.caller.vanish();
    expect([stage.clock.waiting, stage.resolver.waiting]).toEqual([0, 0]);
    stage.announce();
    expect(stage.gone).toEqual([]);
  });

  test('knows of what was said while it waited', () => {
    const stage = new Stage();
    const opened = stage.hold('one', { end: false });
    opened.call.end();
    stage.announce();
    expect(namesOf(opened.heard)).toEqual(['replied']);
    expect([opened.call.over, stage.caller.pipe.far.session.calls]).toEqual([true, 0]);
  });
});

describe('a call from a server that is not known', () => {
  test('waits without a question to the neighbours: it introduces itself', () => {
    const stage = new Stage();
    const call = stage.hold('one', { seek: false });
    stage.known.set(subject, 'departed');
    stage.advance(999);
    expect([stage.asked, call.heard]).toEqual([[], []]);
    stage.advance(1);
    expect(codeOf(call)).toBe('NO_SUCH_SERVER');
    expect(stage.clock.waiting).toBe(0);
  });

  test('goes on in its turn with those for that server', () => {
    const stage = new Stage();
    stage.hold('from', { seek: false });
    stage.advance(10);
    stage.hold('to');
    stage.advance(0);
    expect(stage.asked).toEqual([[10, subject]]);
    stage.hold('other', { subject: idOf(8) });
    stage.announce();
    expect(stage.gone).toEqual(['from', 'to']);
    expect(stage.resolver.waiting).toBe(1);
  });
});

describe('more calls than may wait', () => {
  test('fail at once, and the others wait on', () => {
    const stage = new Stage();
    const calls = Array.from({ length: limits.waitingCallsMax }, (_, i) =>
      stage.hold('call', { subject: idOf(i % 100) }),
    );
    expect(codeOf(stage.hold('more', { subject: idOf(5_000) }))).toBe('LIMIT');
    expect(calls.every(({ heard }) => heard.length === 0)).toBe(true);
    stage.announce(idOf(3));
    expect(stage.gone.length).toBe(41);
    expect(codeOf(stage.hold('again'))).toBeUndefined();
    stage.advance(1_000);
    expect([stage.clock.waiting, stage.resolver.waiting]).toEqual([0, 0]);
  });

  test('are also those that hold too many bytes together', () => {
    const stage = new Stage();
    const half = limits.waitingBytesMax / 2;
    expect(codeOf(stage.hold('one', { bytes: half }))).toBeUndefined();
    expect(codeOf(stage.hold('two', { bytes: half + 1 }))).toBe('LIMIT');
    expect(codeOf(stage.hold('two', { bytes: half }))).toBeUndefined();
    expect(codeOf(stage.hold('three', { bytes: 1 }))).toBe('LIMIT');
    stage.advance(1_000);
    expect(codeOf(stage.hold('four', { bytes: 2 * half }))).toBeUndefined();
  });
});
