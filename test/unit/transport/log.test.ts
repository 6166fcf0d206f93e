import { expect, test } from 'vitest';
import { JsonLog } from '../../../transport/log.ts';

function logged(write: (log: JsonLog) => void): Record<string, unknown>[] {
  let text = '';
  write(new JsonLog({ write: (line) => (text += line) }, 'info'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test('a line is an object with time, level, event and the fields', () => {
  const [line] = logged((log) => log.write('warn', 'joined', { member: 'X1', count: 2 }));
  expect(line).toMatchObject({ level: 'warn', event: 'joined', member: 'X1', count: 2 });
  expect(Number.isNaN(Date.parse(String(line?.['time'])))).toBe(false);
  expect(Object.keys(line ?? {}).slice(0, 3)).toEqual(['time', 'level', 'event']);
});

test('what is less serious than asked for is left out', () => {
  const lines = logged((log) => {
    log.write('debug', 'a');
    log.write('info', 'b');
    log.write('error', 'c');
  });
  expect(lines.map((line) => line['event'])).toEqual(['b', 'c']);
});

test('fields cannot pass for our own, nor for a second line', () => {
  const lines = logged((log) =>
    log.write('info', 'a\nb', { event: 'forged', text: '\n{"x":1}\n' }),
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]?.['event']).toBe('a\nb');
});

test('errors and large integers are told as text', () => {
  const [line] = logged((log) => log.write('error', 'a', { error: new Error('broken'), big: 5n }));
  expect(line?.['error']).toContain('broken');
  expect(line?.['big']).toBe('5');
});

test('what JSON cannot hold costs the fields and not the line', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const [line] = logged((log) => log.write('error', 'a', cyclic));
  expect(line).toMatchObject({ level: 'error', event: 'a' });
});

test('a sink that is broken does no harm', () => {
  const log = new JsonLog(
    {
      write() {
        throw new Error('gone');
      },
    },
    'debug',
  );
  expect(log.write('error', 'a')).toBe(undefined);
});

test('what nobody reads is bounded; how much was dropped is told once somebody does', () => {
  let text = '';
  let unread = 0;
  const sink = {
    write(line: string) {
      text += line;
      unread += line.length;
    },
    get writableLength() {
      return unread;
    },
  };
  const log = new JsonLog(sink, 'info');
  for (let i = 0; i < 100_000; i++) log.write('info', 'happened', { i });
  expect(unread).toBeGreaterThan(1_000_000);
  expect(unread).toBeLessThan(1_200_000);
  const written = text.split('\n').length - 1;
  [unread, text] = [0, ''];
  log.write('debug', 'not wanted');
  log.write('info', 'after');
  log.write('info', 'later');
  const lines = text.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'warn', event: 'log-lines-dropped', count: 100_000 - written },
    { event: 'after' },
    { event: 'later' },
  ]);
});

test('lines that a full disk did not take are told of as dropped', () => {
  let full = true;
  const lines: string[] = [];
  const write = (line: string) => {
    if (full) throw new Error('ENOSPC');
    lines.push(line);
  };
  const log = new JsonLog({ write }, 'info');
  log.write('info', 'a');
  log.write('info', 'b');
  full = false;
  log.write('info', 'c');
  expect(JSON.parse(lines.join('').split('\n')[0] as string)).toMatchObject({ count: 2 });
});
