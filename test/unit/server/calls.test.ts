import { describe, expect, test } from 'vitest';
import type { Address, ServerId } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import type { Member } from '../../../src/membership/member.ts';
import { methodNames, methodNumber } from '../../../src/rpc/method.ts';
import { Calls } from '../../../src/server/calls.ts';
import type { Link } from '../../../src/server/link.ts';
import { Relays } from '../../../src/server/relays.ts';
import { Resolver } from '../../../src/server/resolve.ts';
import { StillClock } from '../../support/calls.ts';
import { idOf, memberOf } from '../../support/members.ts';
import { failureOf, greetedPipe, namesOf, type Opened, pattern } from '../../support/pipe.ts';

const us = idOf(1);
const other = idOf(2);
const stranger = idOf(3);
const second = 1_000_000;

/** A server that knows itself and one other, with a caller in front and the other one behind. */
class Stage {
  readonly clock = new StillClock();
  readonly front = greetedPipe();
  readonly back = greetedPipe();
  readonly view = new Map<ServerId, Member | 'departed'>([
    [us, memberOf(1)],
    [other, memberOf(2)],
  ]);
  readonly happened: string[] = [];
  /** For whom calls were acted on here. */
  readonly by: string[] = [];
  /** The server that the caller is; undefined for a client. */
  from: ServerId | undefined;
  target: ServerId | undefined = us;
  readonly resolver = new Resolver(this.clock, {
    lookup: (id) => this.view.get(id),
    find: (id) => void this.happened.push(`find ${id}`),
  });
  readonly client = {} as Link;
  /** Whose words were passed on, and where to. */
  readonly passedOn: [Link, unknown][] = [];
  readonly relays = new Relays(this.clock);
  readonly calls = new Calls({
    id: us,
    membership: this.#membership() as never,
    links: {
      sessionWith: () => this.back.near.session,
      reading: { relayed: (...what: [Link, unknown]) => void this.passedOn.push(what) },
    } as never,
    resolver: this.resolver,
    dispatch: {
      answer: (call: Opened['call'], method: number, body: Uint8Array, by: string) => {
        this.happened.push(`${methodNames[method]} ${body.length}`);
        this.by.push(by);
        call.reply(new Uint8Array(0), { end: true });
        return {};
      },
    } as never,
    relays: this.relays,
    refusal: () => undefined,
    served: (from, method) => void this.happened.push(`served ${from} ${method}`),
  });

  constructor() {
    this.front.far.answer = (call, open) =>
      this.calls.answer(
        call,
        { ...open, target: this.target },
        {
          server: this.from,
          address: '10.0.0.9:1' as Address,
          link: this.client,
        },
      );
  }

  #membership() {
    const { view } = this;
    return {
      lookup: (id: ServerId) => view.get(id),
      has: (id: ServerId) => typeof view.get(id) === 'object',
      get size() {
        return [...view.values()].filter((each) => each !== 'departed').length;
      },
    };
  }

  open(body = pattern(5)): Opened {
    const opened = this.front.near.open({ method: methodNumber('peek'), body });
    this.front.run();
    return opened;
  }

  announce(id: ServerId): void {
    this.view.set(id, memberOf(3));
    this.happened.push(`joined ${id}`);
    this.resolver.announced(id);
    this.resolver.settle();
    this.front.run();
    this.back.run();
  }

  after(us: number): void {
    this.clock.advance(us);
    this.front.run();
  }
}

describe('a call from another server', () => {
  test('is acted on at once when it is known, and observers hear of it before', () => {
    const stage = new Stage();
    stage.from = other;
    expect(namesOf(stage.open().heard)).toEqual(['replied']);
    expect(stage.happened).toEqual([`served ${other} peek`, 'peek 5']);
  });

  test('waits until it was announced; then it is acted on, in order', () => {
    const stage = new Stage();
    stage.from = stranger;
    const opened = [stage.open(pattern(1)), stage.open(pattern(2))];
    stage.after(second - 1);
    expect(stage.happened).toEqual([]);
    stage.announce(stranger);
    const served = `served ${stranger} peek`;
    expect(stage.happened).toEqual([`joined ${stranger}`, served, 'peek 1', served, 'peek 2']);
    expect(opened.map(({ heard }) => namesOf(heard))).toEqual([['replied'], ['replied']]);
  });

  test('that stays unknown fails after a second, and nobody was asked', () => {
    const stage = new Stage();
    stage.from = stranger;
    const opened = stage.open();
    stage.after(second);
    expect(failureOf(opened.heard)).toMatchObject({ code: 'NO_SUCH_SERVER' });
    expect(failureOf(opened.heard)?.message).toContain(`does nothing for ${stranger}`);
    expect(stage.happened).toEqual([]);
  });

  test('is not relayed again, and needs no patience', () => {
    const stage = new Stage();
    for (const from of [other, stranger]) {
      stage.from = from;
      stage.target = other;
      expect(failureOf(stage.open().heard)).toMatchObject({ code: 'NO_SUCH_SERVER' });
    }
    expect(stage.back.far.opened).toEqual([]);
  });
});

test('who asked is the client, and through whom; the server where it says for nobody', () => {
  const stage = new Stage();
  const ask = (asker?: string) => {
    const request = { method: methodNumber('peek'), target: undefined, asker, body: pattern(1) };
    stage.front.near.session.open(request, { end: true, credit: 0 }, {});
    stage.front.run();
  };
  ask('10.9.9.9:9');
  stage.from = other;
  ask('10.0.0.7:5');
  ask();
  // What a client says of itself is not believed.
  expect(stage.by).toEqual(['10.0.0.9:1', `10.0.0.7:5 through ${other}`, other]);
});

describe('a call of a client', () => {
  test('that is passed on may make the client wait, and so may each part of its stream', () => {
    const stage = new Stage();
    stage.target = other;
    const request = { method: methodNumber('send'), target: undefined, body: pattern(5) };
    const call = stage.front.near.session.open(request, { end: false, credit: 0 }, {});
    const passedOn = [[stage.client, stage.back.near.session]];
    stage.front.run();
    expect(stage.passedOn).toEqual(passedOn);
    stage.back.run();
    stage.back.far.opened[0]?.call.grant(10);
    stage.back.run();
    stage.front.run();
    call.data(pattern(10));
    stage.front.run();
    expect(stage.passedOn).toEqual([...passedOn, ...passedOn]);
  });

  test('that finds no room on its way fails, with nothing written', () => {
    const stage = new Stage();
    stage.target = other;
    stage.back.near.full = true;
    stage.back.near.session.note(new Uint8Array(0.75 * limits.unsentBytesMax));
    stage.back.near.session.flush();
    const error = failureOf(stage.open().heard);
    expect([error?.code, error?.outcomeUnknown]).toEqual(['LIMIT', false]);
    stage.back.near.session.flush();
    expect([stage.back.near.session.calls, stage.relays.size]).toEqual([0, 0]);
    expect(stage.back.near.written.length).toBe(3);
  });

  test('for a server that is known is relayed, for one that has left it fails at once', () => {
    const stage = new Stage();
    stage.target = other;
    stage.open();
    stage.back.run();
    expect(stage.back.far.opened.length).toBe(1);
    expect(stage.back.far.opened[0]?.open.asker).toBe('10.0.0.9:1');
    stage.view.set(other, 'departed');
    expect(failureOf(stage.open().heard)?.code).toBe('SERVER_GONE');
  });

  test('for one that is unknown waits, and is relayed as it was once that is announced', () => {
    const stage = new Stage();
    stage.target = stranger;
    const opened = stage.open(pattern(77));
    stage.after(0);
    expect(stage.happened).toEqual([`find ${stranger}`]);
    expect(opened.heard).toEqual([]);
    stage.announce(stranger);
    expect(stage.back.far.opened[0]?.open.body).toEqual(pattern(77));
    stage.back.far.opened[0]?.call.reply(pattern(3), { end: true });
    stage.back.run();
    stage.front.run();
    expect(opened.heard).toEqual([['replied', pattern(3), true]]);
  });

  test('for one that stays unknown fails after a second, and at once in a circuit of one', () => {
    const stage = new Stage();
    stage.target = stranger;
    const opened = stage.open();
    stage.after(second - 1);
    expect(opened.heard).toEqual([]);
    stage.after(1);
    expect(failureOf(opened.heard)?.code).toBe('NO_SUCH_SERVER');
    stage.view.delete(other);
    expect(failureOf(stage.open().heard)?.code).toBe('NO_SUCH_SERVER');
  });
});
