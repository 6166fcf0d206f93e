import { expect, test } from 'vitest';
import { CircuitError } from '../../../src/errors.ts';
import type { Host } from '../../../src/host/index.ts';
import { type Address, parseCircuitUrl } from '../../../src/id.ts';
import type {
  JoinFailure,
  MembershipEffect,
  MembershipEvent,
} from '../../../src/membership/event.ts';
import { Presence } from '../../../src/server/presence.ts';
import { NEVER } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';
import { memberOf } from '../../support/members.ts';

const address = '10.0.0.2:11022' as Address;

/** A shell whose machine the test plays. */
class Stage {
  readonly happened: string[] = [];
  readonly sent: number[] = [];
  readonly outcomes: (string | boolean | undefined)[][] = [];
  /** What the machine wants when it is told of something. */
  answer: (event: MembershipEvent) => MembershipEffect[] = () => [];
  arrive!: (from: Address, bytes: Uint8Array) => void;
  readonly presence: Presence;

  constructor() {
    const machine = {
      step: (_now: number, event: MembershipEvent, out: MembershipEffect[]) => {
        this.happened.push(event.type);
        out.push(...this.answer(event));
      },
      deadline: () => NEVER,
    };
    const datagrams = {
      send: (_to: Address, bytes: Uint8Array) => void this.sent.push(bytes.length),
      receive: (arrive: typeof this.arrive) => {
        this.arrive = arrive;
      },
    };
    const links = { enter() {}, exit() {}, dial() {}, sever() {} };
    this.presence = new Presence(
      { clock: new StillClock(), datagrams } as unknown as Host,
      machine as never,
      () => links as never,
      {
        joined: ({ id }) => void this.happened.push(`told ${id}`),
        left: () => {},
        departed: () => {},
        settled: () => void this.happened.push('settled'),
      },
    );
    this.presence.start();
    this.happened.length = 0;
  }

  join(url = `circuit://${address}`): void {
    this.presence.join(parseCircuitUrl(url), (error, isFinal) => {
      this.outcomes.push([error?.code, error?.message, isFinal]);
    });
  }

  /** The dial of the seed fails, and the machine says that the join has. */
  fail(reason: 'refused' | 'mismatch' | 'unreachable', error: CircuitError): void {
    this.answer = ({ type }) =>
      type === 'dialFailed' ? [{ type: 'seedFailed', address, reason }] : [];
    this.presence.dialFailed({ address, peer: undefined }, reason, error);
  }
}

test('everybody is told before it is settled, and what happens meanwhile comes after', () => {
  const stage = new Stage();
  const [one, two] = [memberOf(1), memberOf(2)];
  stage.answer = (event) => {
    if (event.type !== 'tick') return [];
    stage.presence.tell({ type: 'leave' });
    return [one, two].map((member) => ({ type: 'joined', member }));
  };
  stage.presence.tell({ type: 'tick' });
  expect(stage.happened).toEqual([
    ...['tick', `told ${one.id}`, `told ${two.id}`, 'settled'],
    ...['leave', 'settled'],
  ]);
});

test('what a server says that refuses us is what the join says, and it is final', () => {
  const stage = new Stage();
  stage.join();
  stage.fail('mismatch', new CircuitError('WRONG_CIRCUIT', 'it is of another circuit'));
  stage.join();
  stage.fail('unreachable', new CircuitError('PROTOCOL', 'it speaks version 1'));
  expect(stage.outcomes).toEqual([
    ['WRONG_CIRCUIT', 'it is of another circuit', true],
    ['PROTOCOL', `cannot join the server at ${address}: it speaks version 1`, true],
  ]);
});

test.each<[JoinFailure, boolean]>([
  ['refused', false],
  ['timeout', false],
  ['unreachable', false],
  ['reset', false],
  ['ended', false],
  ['busy', false],
  ['mismatch', true],
  ['self', true],
  ['left', true],
])('a join that failed as "%s" is final: %s', (reason, isFinal) => {
  const stage = new Stage();
  stage.answer = () => [{ type: 'seedFailed', address, reason }];
  stage.join();
  expect(stage.outcomes).toEqual([
    ['DIAL_FAILED', expect.stringContaining(`cannot join the server at ${address}: `), isFinal],
  ]);
});

test('of many joins each costs the same, however many are under way', () => {
  const stage = new Stage();
  const count = 1_000;
  let looks = 0;
  const ended: number[] = [];
  for (let i = 0; i < count; i++) {
    const url = {
      ...parseCircuitUrl(`circuit://${address}`),
      get address() {
        looks++;
        return address;
      },
    };
    stage.presence.join(url, () => ended.push(i));
  }
  stage.fail('refused', new CircuitError('DIAL_FAILED', 'nothing listens there'));
  expect(ended).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(looks).toBeLessThanOrEqual(2 * count);
});

test('a connection that merely broke is no refusal', () => {
  const stage = new Stage();
  stage.join();
  stage.fail('unreachable', new CircuitError('SERVER_GONE', 'the server dialled is gone'));
  expect(stage.outcomes[0]?.[0]).toBe('DIAL_FAILED');
  expect(stage.outcomes[0]?.[2]).toBe(false);
});

test('datagrams and their payload are counted, both ways', () => {
  const stage = new Stage();
  stage.answer = () => [{ type: 'datagram', to: address, bytes: new Uint8Array(7) }];
  stage.arrive(address, new Uint8Array(5));
  stage.arrive(address, new Uint8Array(6));
  expect(stage.presence.traffic).toEqual({ in: 2, out: 2, bytesIn: 11, bytesOut: 14 });
  expect(stage.sent).toEqual([7, 7]);
});
