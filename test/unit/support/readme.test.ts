import { expect, test } from 'vitest';
import {
  blocks,
  invocations,
  renamed,
  scripts,
  steps,
  withoutChance,
} from '../../support/readme.ts';

const text = [
  'Say `circuit ls -l /...` or `circuit nosuch --flag` after `npm run build`; `npm test`.',
  'The file `src/circuit more.ts` is none, and npm and git are no scripts.',
  '```console',
  '$ circuit start > /tmp/url &',
  'circuit server X0123456789abcdef on 127.0.0.1:1234',
  '$ echo a | circuit send /X/mail; echo $?',
  '```',
  '```sh',
  './bin/circuit demo      # all of it',
  '```',
].join('\n');

test('blocks are found by language', () => {
  expect(blocks(text, 'sh')).toEqual(['./bin/circuit demo      # all of it\n']);
  expect(blocks(text, 'ts')).toEqual([]);
});

test('a session is what is typed and what is printed', () => {
  expect(steps(blocks(text, 'console')[0] as string)).toEqual([
    {
      command: 'circuit start > /tmp/url &',
      output: ['circuit server X0123456789abcdef on 127.0.0.1:1234'],
    },
    { command: 'echo a | circuit send /X/mail; echo $?', output: [] },
  ]);
});

test('commands of circuit are found wherever they are said', () => {
  expect(invocations(text)).toEqual([
    ['demo'],
    ['start'],
    ['send', '/X/mail'],
    ['ls', '-l', '/...'],
    ['nosuch', '--flag'],
  ]);
});

test('scripts of npm are found', () => {
  expect(scripts(text)).toEqual(['build', 'test']);
});

test('what differs from run to run is taken out, and nothing else', () => {
  expect(withoutChance('circuit://127.0.0.1:4/5/Q0123456789abcdef /X0123456789abcdef/a 7')).toBe(
    'circuit://127.0.0.1:PORT/PID/Q... /X.../a 7',
  );
});

test('ids are told apart by their places', () => {
  const [one, two, three] = ['X0000000000000001', 'X0000000000000002', 'X0000000000000003'];
  expect(renamed(`a ${one} /${two}`, `a ${three} /${one}`)).toEqual([
    [one, three],
    [two, one],
  ]);
});
