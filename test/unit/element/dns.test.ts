import { describe, expect, test } from 'vitest';
import { parseName } from '../../../src/dns/name.ts';
import { readAnswer, writeQuery } from '../../../src/dns/resolver.ts';
import { DnsElement } from '../../../src/element/dns.ts';
import type { NameServerEvents } from '../../../src/host/index.ts';
import { parseAddress } from '../../../src/id.ts';
import { Caller } from '../../support/calls.ts';
import { failureOf, namesOf, type Opened } from '../../support/pipe.ts';

class Bench {
  readonly caller = new Caller();
  readonly made: Opened;
  dns!: DnsElement;
  events!: NameServerEvents;
  closed = 0;
  readonly told: string[] = [];

  constructor() {
    const nameServers = {
      listen: (_: unknown, events: NameServerEvents) => {
        this.events = events;
        return { close: () => void this.closed++ };
      },
      close() {},
    };
    this.made = this.caller.call((call) => {
      this.dns = new DnsElement(nameServers, parseAddress('10.0.0.1:0'), call, {
        failed: () => this.told.push('failed'),
        malformed: () => this.told.push('malformed'),
      });
      return { failed: () => this.dns.starterGone() };
    });
  }

  listening(): this {
    this.events.listening(parseAddress('10.0.0.1:7711'));
    this.caller.run();
    return this;
  }

  ask(name: string): number | undefined {
    const question = { name: parseName(name), type: 1, class: 1 };
    const answer = this.events.message(writeQuery(1, question), 'udp');
    return answer && readAnswer(1, question, answer)?.answers.length;
  }
}

describe('making one', () => {
  test('is answered when it listens, and only then it tells its port', () => {
    const bench = new Bench();
    expect(bench.made.heard).toEqual([]);
    expect(bench.dns.peek()).toEqual({ Address: '10.0.0.1:0', Records: {} });
    bench.listening();
    expect(namesOf(bench.made.heard)).toEqual(['replied']);
    expect(bench.dns.peek()).toEqual({ Address: '10.0.0.1:7711', Records: {} });
  });

  test('fails with the reason why it cannot listen, and the element is to go', () => {
    const bench = new Bench();
    bench.events.failed('port 53 is in use');
    bench.caller.run();
    expect(failureOf(bench.made.heard)).toMatchObject({ code: 'SPAWN_FAILED' });
    expect(failureOf(bench.made.heard)?.message).toContain('port 53 is in use');
    expect(bench.told).toEqual(['failed']);
  });

  test('is aborted by a scrub, and harmed by nobody who goes away', () => {
    const bench = new Bench();
    bench.dns.scrub();
    bench.caller.run();
    expect(failureOf(bench.made.heard)).toMatchObject({ code: 'ABORTED' });
    expect(bench.closed).toBe(1);
    const other = new Bench();
    other.caller.vanish();
    other.listening();
    other.dns.set('a A 1.1.1.1');
    expect(other.ask('a')).toBe(1);
  });
});

test('what was set is answered until it is unset, and junk is counted', () => {
  const bench = new Bench().listening();
  bench.dns.set('a A 1.1.1.1');
  expect([bench.ask('A'), bench.ask('b')]).toEqual([1, 0]);
  bench.dns.unset('a');
  expect(bench.ask('a')).toBe(0);
  expect(bench.told).toEqual([]);
  expect(bench.events.message(new Uint8Array(3), 'udp')).toBeUndefined();
  expect(bench.events.message(new Uint8Array(12), 'tcp')?.length).toBe(12);
  expect(bench.told).toEqual(['malformed', 'malformed']);
});
