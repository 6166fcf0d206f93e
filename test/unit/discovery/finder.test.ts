import { describe, expect, test } from 'vitest';
import { Finder, type FinderEffect, type FinderEvent } from '../../../src/discovery/finder.ts';
import { encodePacket } from '../../../src/discovery/packet.ts';
import type { Address, CircuitName } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { MS, NEVER } from '../../../src/time.ts';
import { circuitName, someServer } from '../../support/discovery-alone.ts';

const far = '10.0.0.9:7711' as Address;

class Client {
  now = 0;
  readonly finder: Finder;

  constructor(circuit?: string) {
    this.finder = new Finder(0, 5_000, circuit as CircuitName | undefined);
  }

  step(event: FinderEvent): FinderEffect[] {
    const effects: FinderEffect[] = [];
    this.finder.step(this.now, event, effects);
    return effects;
  }

  hear(server = someServer(1), { circuit = circuitName, from = far } = {}): FinderEffect[] {
    const bytes = encodePacket({ type: 'offer', circuit, server });
    return this.step({ type: 'packet', from, bytes });
  }

  /** What it wants until then, with when in ms. */
  run(ms: number): [number, string][] {
    const all: [number, string][] = [];
    while (this.finder.deadline() <= ms * MS) {
      this.now = this.finder.deadline();
      for (const { type } of this.step({ type: 'tick' })) all.push([this.now / MS, type]);
    }
    this.now = ms * MS;
    return all;
  }
}

describe('a client that looks for a server', () => {
  test('asks ever more seldom, and gives up when its time is over', () => {
    const client = new Client();
    expect(client.run(60_000)).toEqual([
      ...[0, 100, 300, 700, 1_500, 3_100].map((ms) => [ms, 'send']),
      [5_000, 'gaveUp'],
    ]);
    expect(client.finder.deadline()).toBe(NEVER);
    expect(client.hear()).toEqual([]);
  });

  test('dials the first that answers, and asks no more meanwhile', () => {
    const client = new Client();
    client.run(50);
    expect(client.hear(someServer(7))).toEqual([{ type: 'dial', url: someServer(7).url }]);
    expect(client.hear(someServer(1))).toEqual([]);
    expect(client.finder.deadline()).toBe(NEVER);
  });

  test('dials the next one when that fails, and one that failed only when there is no other', () => {
    const client = new Client();
    client.run(50);
    client.hear(someServer(7));
    client.hear(someServer(1));
    const next = (number: number) => [{ type: 'dial', url: someServer(number).url }];
    expect(client.step({ type: 'dialFailed' })).toEqual(next(1));
    client.hear(someServer(7));
    client.hear(someServer(2));
    expect(client.step({ type: 'dialFailed' })).toEqual(next(2));
    expect(client.step({ type: 'dialFailed' })).toEqual(next(7));
    expect(client.step({ type: 'dialFailed' })).toEqual([]);
    expect(client.run(60_000).at(-1)).toEqual([5_000, 'gaveUp']);
  });

  test('takes the question of a server for an answer', () => {
    const client = new Client();
    client.run(50);
    const bytes = encodePacket({ type: 'query', circuit: circuitName, server: someServer(3) });
    const [effect] = client.step({ type: 'packet', from: far, bytes });
    expect(effect).toEqual({ type: 'dial', url: someServer(3).url });
  });

  test('ignores questions of clients, junk, and circuits of another name than it wants', () => {
    const client = new Client('mine');
    client.run(50);
    const look = encodePacket({ type: 'look', circuit: undefined });
    expect(client.step({ type: 'packet', from: far, bytes: look })).toEqual([]);
    expect(client.step({ type: 'packet', from: far, bytes: Uint8Array.of(1) })).toEqual([]);
    expect(client.hear(someServer(1))).toEqual([]);
    expect(client.hear(someServer(1), { circuit: 'mine' as CircuitName })).toHaveLength(1);
  });

  test('never takes the loopback address of another machine for its own', () => {
    const client = new Client();
    client.run(50);
    const local = { ...someServer(1), url: 'circuit://127.0.0.1:11022' };
    expect(client.hear(local)).toEqual([]);
    expect(client.hear(local, { from: '127.0.0.1:7711' as Address })).toHaveLength(1);
  });

  test('says when all that it heard speak another version', () => {
    const client = new Client();
    const bytes = Uint8Array.of(0x43, 0x49, 0x52, 0x44, 99);
    client.step({ type: 'packet', from: far, bytes });
    client.now = 5_000 * MS;
    expect(client.step({ type: 'tick' })).toEqual([{ type: 'gaveUp', foreign: true }]);
  });

  test('remembers a bounded number of answers', () => {
    const client = new Client();
    client.run(50);
    for (let i = 0; i < 2 * limits.candidatesMax; i++) client.hear(someServer(i));
    let dials = 0;
    while (client.step({ type: 'dialFailed' }).length > 0) dials++;
    expect(dials).toBe(limits.candidatesMax);
  });
});
