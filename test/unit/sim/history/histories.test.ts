/** Histories as they are made, whoever makes them: a simulation or real processes. */

import { expect, test } from 'vitest';
import { Histories, type Searched } from '../../../../sim/index.ts';

const server = { host: { name: 's1' } };
const receive = { type: 'receive', waits: false } as const;
const done = { type: 'done' } as const;

function recording(hearsLate: boolean) {
  const searched: Searched[] = [];
  const histories = new Histories({
    ...{ now: () => 0, isCalm: () => true, hearsLate },
    searched: (history) => void searched.push(history),
  });
  return { histories, searched };
}

test('a message that is received twice has no order', () => {
  const { histories, searched } = recording(true);
  const { channels } = histories;
  channels.happened('a', { type: 'make', channel: 'x', capacity: 1 }, done);
  channels.happened('a', { type: 'send', channel: 'x', message: 'm', waits: true }, done);
  for (const name of ['b', 'c']) {
    const call = { type: 'receive', channel: 'x', waits: true } as const;
    channels.happened(name, call, { type: 'done', message: 'm' });
  }
  histories.over('x');
  expect(searched).toMatchObject([{ kind: 'channels', name: 'x', verdict: 'broken' }]);
  expect(searched[0]?.explanation).toContain('no order has a place for "c receive on x');
  expect(histories.counts.channels).toEqual({ all: 1, undecided: 0 });
});

/** What comes of receives before it is heard what the server told. */
function subscribed(hearsLate: boolean, received: readonly string[], told: readonly string[]) {
  const { histories, searched } = recording(hearsLate);
  histories.hear(server, 'join', '/own');
  const recorder = histories.subscription('sub', server, 'join');
  recorder.happened('a', { type: 'make' }, done);
  for (const path of received) recorder.happened('a', receive, { type: 'done', server: path });
  for (const path of told) histories.hear(server, 'join', path);
  histories.over('sub');
  return searched[0]?.verdict;
}

test('what is heard late may have happened before', () => {
  expect(subscribed(true, ['/own', '/x', '/y'], ['/x', '/y'])).toBe('linearizable');
  expect(subscribed(false, ['/own', '/x', '/y'], ['/x', '/y'])).toBe('broken');
});

test('what is heard late happened in the order in which it is heard', () => {
  expect(subscribed(true, ['/own', '/y', '/x'], ['/x', '/y'])).toBe('broken');
});

test('what is heard late and never happened is missed', () => {
  expect(subscribed(true, ['/own', '/x', '/x'], ['/x', '/y'])).toBe('broken');
  expect(subscribed(true, ['/own', '/x'], [])).toBe('broken');
});

test('those that had no effect are counted', () => {
  const { histories } = recording(true);
  const { channels } = histories;
  channels.noEffect(channels.begins('a', { type: 'close', channel: 'x' }));
  expect(channels.withoutEffect).toBe(1);
  expect(channels.operations).toEqual([]);
});
