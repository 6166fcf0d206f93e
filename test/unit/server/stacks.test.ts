import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { computedText, stacksText } from '../../../src/server/stacks.ts';
import type { SelfSources } from '../../../src/server/stats.ts';
import { SECOND } from '../../../src/time.ts';
import { idOf } from '../../support/members.ts';

/** A server at which so many operations wait. */
function sources(waiting: number): SelfSources {
  const pending = Array.from({ length: waiting }, (_, at) => ({
    number: at + 1,
    method: 'receive',
    path: `c${at}`,
    by: '10.0.0.9:1',
    sinceUs: at * SECOND,
  }));
  const host = {
    clock: { now: () => 10 * SECOND },
    runtime: {
      usage: () => ({ cpuUs: SECOND, residentBytes: 1 << 20, heapBytes: 0 }),
      activities: () => ['waiting tasks x 1'],
    },
  };
  const proc = { kind: 'proc', program: '/bin/true' };
  const ended = { kind: 'proc', program: undefined };
  return {
    host,
    ...{ id: idOf(1), url: 'circuit://10.0.0.1:1/1/Q1', circuit: 'prod', version: '1.2.3' },
    startedAt: 0,
    membership: { size: 3, neighbours: () => [1, 2] },
    operations: { pending: () => pending },
    relays: { pending: () => [] },
    links: { sessions: () => [] },
    space: {
      counts: new Map([['proc', 2]]),
      tree: {
        size: 7,
        elements: () => [
          ['a', proc],
          ['b', ended],
        ],
      },
    },
  } as unknown as SelfSources;
}

test('the head says what the server takes, and each operation that waits has a line', () => {
  expect(stacksText(sources(1)).split('\n')).toEqual([
    `server /${idOf(1)} at circuit://10.0.0.1:1/1/Q1`,
    'version 1.2.3, circuit "prod", 3 members, 2 neighbours',
    'up 10.0 s, CPU 1.0 s (10.0 %), 1.0 MiB resident, 0.0 MiB of heap',
    'anchors 7, elements 2 proc',
    '',
    'operations that wait here: 1',
    `      10.0 s  receive /${idOf(1)}/c0  for client 10.0.0.9:1`,
    '',
    'calls that wait elsewhere, passed on by this server: 0',
    '',
    'programs that run: 1',
    `  proc /${idOf(1)}/a  /bin/true`,
    '',
    'sessions: 0',
    '',
    'what keeps the process awake:',
    '  waiting tasks x 1',
    '',
  ]);
});

test('of very many that wait the oldest are shown, and the others are counted', () => {
  const lines = stacksText(sources(limits.stackLinesMax + 2)).split('\n');
  expect(lines.filter((line) => line.includes('  receive '))).toHaveLength(limits.stackLinesMax);
  expect(lines).toContain('  and 2 more');
  const all = stacksText(sources(limits.stackLinesMax));
  expect(all).not.toContain('more');
});

test('what nobody looked at is said to be unknown', () => {
  expect(computedText(undefined)).toContain('a profile is being taken');
});
